"""The list of bags: its address is its state, and it says what the API says."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from flask.testing import FlaskClient

from tests.discovery.browsing import every, get, slugs
from tests.storefront.reading import Document, read, slugs_of


def counts(page: Document, group: str) -> set[str]:
    return {each["value"] for each in page.all("input", type="checkbox", name=group)}


#: What is asked of a list.
QUERIES = (
    "?material=arena&colour_family=black",
    "?family=le-city&family=le-cagole&sort=price_desc",
    "?size=mini,small&sort=name",
    "?q=cagolle",
    "?available=false&price_min=&sort=",
    "?kind=accessory",
    "?price_min=200000&price_max=399999&detail=large-studs",
)


def test_a_list_shows_what_the_api_finds(client: FlaskClient) -> None:
    for query in QUERIES:
        asked = query.replace("&price_min=&sort=", "")
        found = get(client, f"{asked}&facets=family,material,size&limit=100")

        page = read(client, f"/en-us/bags{query}")

        assert slugs_of(page) == slugs(found["items"])[:24], query
        assert f"{len(found['items'])} bag" in page.text, query
        for group in ("family", "material", "size"):
            assert counts(page, group) == {each["slug"] for each in found["facets"][group]}, query
            chosen = {each["value"] for each in page.all("input", name=group) if "checked" in each}
            assert chosen == {each["slug"] for each in found["facets"][group] if each["selected"]}, query


def test_a_price_range_and_a_chosen_filter_are_links_that_keep_the_rest(client: FlaskClient) -> None:
    page = read(client, "/en-us/bags?material=arena&size=mini&sort=price_asc")

    asked = [set(link.partition("?")[2].split("&")) for link in page.links("/en-us/bags?")]
    assert {"size=mini", "sort=price_asc"} in asked
    ranged = next(each for each in asked if any(part.startswith("price_min") for part in each))
    assert {"material=arena", "size=mini", "sort=price_asc"} < ranged


def test_a_list_is_paged_forwards_and_back(client: FlaskClient) -> None:
    path: str | None = "/en-us/bags?sort=name"
    ways: list[tuple[str, list[str]]] = []
    while path is not None:
        page = read(client, path)
        ways.append((path, slugs_of(page)))
        path = next((each["href"] for each in page.all("a", rel="next")), None)

    assert [slug for _, shown in ways for slug in shown] == slugs(every(client, sort="name"))
    for (_, shown), (later, _) in pairwise(ways):
        back = read(client, later).all("a", rel="prev")[0]["href"]
        assert slugs_of(read(client, back)) == shown


def test_nothing_found_offers_a_way_out(client: FlaskClient) -> None:
    page = read(client, "/en-us/bags?size=nano&family=rodeo")

    assert "No bag is all of that" in page.text
    assert "/en-us/bags?family=rodeo" in page.links()


def test_a_word_that_was_mistyped_is_told(client: FlaskClient) -> None:
    assert "this is what was found for cagole" in read(client, "/en-us/bags?q=cagolle").text


def test_what_a_list_cannot_be_asked_is_refused_as_a_page(client: FlaskClient) -> None:
    for query in ("size=huge", "sort=best", "available=maybe", "cursor=nonsense", "price_min=-1", "q=%00"):
        page = read(client, f"/en-us/bags?{query}", status=422)

        assert "Nothing goes by that name" in page.text, query


def test_what_was_typed_is_text_and_nothing_else(client: FlaskClient) -> None:
    plain = len(read(client, "/en-us/bags?q=words&colour=black").elements)
    for text in ("<script>alert(1)</script>", '"><img src=x>', "{{ 7 * 7 }}", "%(num)s", "'onfocus='x"):
        answer = client.get("/en-us/bags", query_string={"q": text, "colour": "black"})

        assert answer.status_code == 200
        document = Document()
        document.feed(answer.text)
        assert len(document.elements) == plain, text
        assert text in document.text


def test_what_others_add_to_an_address_is_passed_over(client: FlaskClient) -> None:
    plain: Any = client.get("/en-us/bags?size=mini").text

    assert slugs_of(read(client, "/en-us/bags?size=mini&utm_source=letter&fbclid=x"))
    assert "utm_source" not in plain
