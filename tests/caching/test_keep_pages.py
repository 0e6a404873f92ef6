"""Pages of the catalogue are kept as its JSON is: until something moves that they show."""

from __future__ import annotations

import re
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient

from shop.kit.clock import clock
from tests.caching.conftest import counted
from tests.caching.test_stay_true import set_price
from tests.shopper import Shopper
from tests.storefront.reading import read

BAG_PAGE = "/en-us/bags/le-city-bag-medium"
PAGES = ("/en-us/", "/en-us/families/le-city", "/en-us/bags", BAG_PAGE, "/fr-fr/closet")


def test_a_page_is_sent_again_only_when_it_is_another(app: Flask, client: FlaskClient) -> None:
    for path in PAGES:
        first = client.get(path)
        clock.advance(timedelta(seconds=3))
        with counted(app) as statements:
            again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})

        assert (again.status_code, again.data) == (304, b""), path
        # One look for all pages together, and nothing of the catalogue.
        assert not [each for each in statements if re.search(r"FROM (product|variant|family|market)\b", each)]


def test_a_new_price_and_a_sale_are_on_the_page_after_a_second(
    app: Flask, client: FlaskClient, shopper: Shopper
) -> None:
    assert "$2,850" in read(client, BAG_PAGE).text
    set_price(app)
    clock.advance(timedelta(seconds=1))
    assert "$2,900" in read(client, BAG_PAGE).text

    shopper.places_order(quantity=6)
    clock.advance(timedelta(seconds=1))
    assert "Only 2 left" in read(client, BAG_PAGE).text


def test_a_kept_page_holds_nothing_of_who_asked_for_it(client: FlaskClient) -> None:
    for path in PAGES:
        made, kept = (client.get(path, headers={"Cookie": "bag=secret; session=x"}) for _ in range(2))

        for answer in (made, kept):
            assert "Set-Cookie" not in answer.headers
            assert "secret" not in answer.text
            assert answer.headers["ETag"] == client.get(path).headers["ETag"]
            assert answer.headers["X-Request-Id"] not in answer.text


def test_no_page_may_run_or_load_anything_of_others(client: FlaskClient) -> None:
    for path in (*PAGES, "/en-us/nothing"):
        answer = client.get(path)
        policy = answer.headers["Content-Security-Policy"]
        page = read(client, path, status=answer.status_code)

        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "nonce" not in policy  # it would have to be new each time
        assert not page.all("script")
        assert not page.all("style")
        assert not [tag for tag, attributes in page.elements if "style" in attributes]
        assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
        loaded = [each["href"] for each in page.all("link")] + [each["src"] for each in page.all("img")]
        assert all(address.startswith("/") and not address.startswith("//") for address in loaded)


def test_a_file_is_kept_for_good_and_an_old_address_leads_to_the_new_one(client: FlaskClient) -> None:
    address = next(each["href"] for each in read(client, "/en-us/").all("link", rel="stylesheet"))
    file = client.get(address, headers={"Accept-Encoding": "br"})

    assert (file.status_code, file.headers["Content-Encoding"]) == (200, "br")
    assert file.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get(re.sub(r"/static/\w+/", "/static/0000000000000000/", address)).location == address
    assert client.get("/static/0000000000000000/none.css").status_code == 404
    assert client.get("/static/0000000000000000/..%2fsetting.py").status_code == 404
