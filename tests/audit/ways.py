"""Every way to change the shop as its owner over HTTP and by the forms of pages; by command: ``commands``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from sqlalchemy import update

from shop.cli import cli
from shop.kit.db import transaction
from shop.media.models import Image
from shop.payments.double import StripeDouble
from tests.admin.pages.browsing import Merchant, a_picture, form, forms
from tests.media.pictures import picture
from tests.owner import Owner
from tests.shopper import BAG, Shopper


@dataclass
class House:
    """A shop that takes authorized money by hand, its owner, and orders to decide on."""

    app: Flask
    double: StripeDouble
    #: Where a copy of its database may be.
    backup: Path = Path("shop.backup")
    owner: Owner = field(init=False)

    def __post_init__(self) -> None:
        self.owner = Owner.of(self.app)

    def authorized(self) -> str:
        """Return the number of an order whose money waits to be taken."""
        shopper = Shopper(self.app.test_client(), self.double).places_order()
        shopper.pays()
        shopper.comes_back()
        return str(shopper.placed["order"]["number"])

    def waiting(self) -> str:
        """Return the number of an order that nobody has paid."""
        placed = Shopper(self.app.test_client(), self.double).places_order().placed
        return str(placed["order"]["number"])

    def captured(self) -> str:
        """Return the number of an order whose money was taken."""
        number = self.authorized()
        assert self.owner.captures(number).status_code == 201
        return number

    def runs(self, *words: str, typed: str | None = None) -> None:
        """Give a command, with what it reads from standard input."""
        result = self.app.test_cli_runner().invoke(cli, words, input=typed)
        assert result.exit_code == 0, result.output


def uploads(house: House) -> str:
    """Give the shop a picture; return its hash."""
    answer = house.owner.writes("POST", "/media", data=picture(), content_type="image/jpeg")
    return str(answer.json["hash"])


def gives_an_old_picture(house: House) -> str:
    """Give the shop a picture that nobody has shown since."""
    uploads(house)
    with house.app.app_context(), transaction() as session:
        session.execute(update(Image).values(created_at=datetime(2020, 1, 1, tzinfo=UTC)))
    return ""


def nothing(_house: House) -> str:
    return ""


def _changes(method: str, path: str, **body: object) -> tuple[Callable[[House], str], Callable[..., object]]:
    """Return how to change what is at an address of the admin API, whatever its version."""

    def change(house: House, _order: str) -> None:
        answer = house.owner.writes(method, path, json=body, headers={"If-Match": "*"})
        assert answer.status_code in (200, 201), answer.text

    return nothing, change


def _puts(path: str, **changes: object) -> tuple[Callable[[House], str], Callable[..., object]]:
    def put(house: House, _order: str) -> None:
        entry = {**house.owner.gets(path).json, **changes}
        answer = house.owner.writes("PUT", path, json=entry, headers={"If-Match": "*"})
        assert answer.status_code == 200, answer.text

    return nothing, put


PRODUCT, CAMPAIGN = "/products/le-city-bag-medium", "/campaigns/closet-2024"
NEW_CAMPAIGN = {"slug": "winter", "name": "Winter", "season": "2026", "hero_family": "le-city"}
NEW_PRODUCT = {
    "slug": "tiny",
    "family": "le-city",
    "name": "Tiny",
    "silhouette": "handbag",
    "sellable": False,
}
NEW_VARIANT = {
    "style_code": "ZZZZZZ ZZZZZ 0002",
    "code_is_assigned": True,
    "evidence": "illustrative",
    "slug": "tiny",
    "material": "arena-lambskin",
    "colour": "black",
    "hardware": "le-city-brass",
    "sellable": False,
}
NEW_PRICE = {"currency": "USD", "amount_minor": 1, "is_illustrative": True}
ADJUSTMENT = {"delta": 1, "expected": 8, "reason": "counted"}

#: How to do each write of the admin API; it begins with the order it needs.
OVER_HTTP: dict[str, tuple[Callable[[House], str], Callable[[House, str], object]]] = {
    "POST /v1/admin/orders/<number>/refunds": (
        House.captured,
        lambda house, order: house.owner.refunds(order, amount=1),
    ),
    "POST /v1/admin/orders/<number>/capture": (
        House.authorized,
        lambda house, order: house.owner.captures(order),
    ),
    "POST /v1/admin/orders/<number>/void": (House.authorized, lambda house, order: house.owner.voids(order)),
    "POST /v1/admin/media": (lambda _house: "", lambda house, _none: uploads(house)),
    **{
        f"PUT /v1/admin/{place}/images": (
            lambda _house: "",
            lambda house, _none, address=address: house.owner.writes(
                "PUT", address, json={"images": [{"hash": uploads(house), "alt": "A red bag"}]}
            ),
        )
        for place, address in (
            ("products/<slug>", "/products/le-city-bag-medium/images"),
            ("variants/<sku>", f"/variants/{BAG}/images"),
        )
    },
    "POST /v1/admin/orders/<number>/cancel": (
        House.authorized,
        lambda house, order: house.owner.cancels(order),
    ),
    "POST /v1/admin/orders/<number>/shipments": (
        House.captured,
        lambda house, order: house.owner.sends(order),
    ),
    "POST /v1/admin/products": _changes("POST", "/products", **NEW_PRODUCT),
    "PUT /v1/admin/products/<slug>": _puts(PRODUCT, name="The City"),
    "PATCH /v1/admin/products/<slug>": _changes("PATCH", PRODUCT, name="The City"),
    "DELETE /v1/admin/products/<slug>": _changes("DELETE", PRODUCT),
    "POST /v1/admin/products/<slug>/variants": _changes("POST", f"{PRODUCT}/variants", **NEW_VARIANT),
    "PUT /v1/admin/variants/<sku>": _puts(f"/variants/{BAG}", label="The one"),
    "PATCH /v1/admin/variants/<sku>": _changes("PATCH", f"/variants/{BAG}", label="The one"),
    "DELETE /v1/admin/variants/<sku>": _changes("DELETE", f"/variants/{BAG}"),
    "POST /v1/admin/variants/<sku>/prices": _changes("POST", f"/variants/{BAG}/prices", **NEW_PRICE),
    "POST /v1/admin/variants/<sku>/stock/adjustments": _changes(
        "POST", f"/variants/{BAG}/stock/adjustments", **ADJUSTMENT
    ),
    "POST /v1/admin/seed/applications": (
        nothing,
        lambda house, _: house.owner.writes("POST", "/seed/applications", json={}),
    ),
    "POST /v1/admin/bulk": _changes(
        "POST", "/bulk", rows=[{"target": "product:le-city-bag-medium", "set": {"name": "The City"}}]
    ),
    "POST /v1/admin/campaigns": _changes("POST", "/campaigns", **NEW_CAMPAIGN),
    "PUT /v1/admin/campaigns/<slug>": _puts(CAMPAIGN, season="Always"),
    "PATCH /v1/admin/campaigns/<slug>": _changes("PATCH", CAMPAIGN, season="Always"),
    "DELETE /v1/admin/campaigns/<slug>": _changes("DELETE", CAMPAIGN),
}


def _by_page(path: str, **filled: str) -> Callable[[House, str], object]:
    """Return how to send a form of an order's page."""

    def do(house: House, order: str) -> object:
        merchant = Merchant(house.app.test_client(), house.owner.key).signed_in()
        answer = merchant.sends(form(merchant.opens(f"/orders/{order}"), path), **filled)
        assert answer.status_code == 303, answer.text
        return answer

    return do


def _apply_by_page(house: House, _order: str) -> object:
    """Apply a file of one price."""
    merchant = Merchant(house.app.test_client(), house.owner.key).signed_in()
    price = f"sku,currency,amount_minor,is_illustrative\n{BAG},USD,295000,true\n"
    answer = merchant.sends(form(merchant.uploads("prices.csv", price.encode()), "/seed/apply"))
    assert answer.status_code == 303, answer.text
    return answer


def _adjust_by_page(house: House, _order: str) -> object:
    """Put a count right."""
    merchant = Merchant(house.app.test_client(), house.owner.key).signed_in()
    (found,) = [each for each in forms(merchant.opens(f"/stock/{BAG}")) if "milan-01" in each.fields.values()]
    return merchant.sends(found, delta="1", reason="found")


def _give_picture(house: House, _order: str) -> object:
    """Give a product a picture."""
    merchant = Merchant(house.app.test_client(), house.owner.key).signed_in()
    found = form(merchant.opens("/products/le-city-bag-medium"), "/pictures")
    answer = merchant.sends_file(found, "bag.png", a_picture(), alt="A bag")
    assert answer.status_code == 303, answer.text
    return answer


def _of_product(verb: str, **filled: str) -> Callable[[House, str], object]:
    """Return how to send the first form of this address at a product's page."""

    def do(house: House, _order: str) -> object:
        merchant = Merchant(house.app.test_client(), house.owner.key).signed_in()
        page = merchant.opens("/products/le-city-bag-medium")
        found = next(each for each in forms(page) if each.action.endswith(f"/{verb}"))
        answer = merchant.sends(found, **filled)
        assert answer.status_code == 303, answer.text
        return answer

    return do


def _take_picture(house: House, _order: str) -> object:
    """Take the picture of a product away."""
    merchant = Merchant(house.app.test_client(), house.owner.key).signed_in()
    return merchant.sends(form(merchant.opens("/products/le-city-bag-medium"), "/pictures/remove"))


def _with_picture(house: House) -> str:
    _give_picture(house, "")
    return ""


#: How to send each form of the admin pages.
BY_FORM: dict[str, tuple[Callable[[House], str], Callable[[House, str], object]]] = {
    "POST /admin/orders/<number>/refund": (House.captured, _by_page("/refund", how="all")),
    "POST /admin/orders/<number>/capture": (House.authorized, _by_page("/capture")),
    "POST /admin/orders/<number>/void": (House.authorized, _by_page("/void")),
    "POST /admin/orders/<number>/cancel": (House.waiting, _by_page("/cancel")),
    "POST /admin/orders/<number>/parcel": (
        House.captured,
        _by_page("/parcel", carrier="DHL", tracking_number="1"),
    ),
    "POST /admin/products/<slug>/pictures": (lambda _house: "", _give_picture),
    "POST /admin/products/<slug>/pictures/remove": (_with_picture, _take_picture),
    "POST /admin/products/<slug>/prices": (
        lambda _house: "",
        _of_product("prices", where="USD", amount="1"),
    ),
    "POST /admin/products/<slug>/publication": (
        lambda _house: "",
        _of_product("publication", publish_at="2024-01-01T09:00"),
    ),
    "POST /admin/products/<slug>/retire": (lambda _house: "", _of_product("retire", sure="yes")),
    "POST /admin/stock/<sku>/adjust": (lambda _house: "", _adjust_by_page),
    "POST /admin/seed/apply": (lambda _house: "", _apply_by_page),
}

#: Forms that change nothing of the shop, and why.
CHANGE_NOTHING = {"POST /admin/seed/uploads": "is kept for a day to be planned"}

#: Forms whose entries are about the session and not about the shop: tests/admin/pages/test_sign_in.py.
OF_THE_SESSION = {"POST /admin/sign-in", "POST /admin/sign-out"}

#: Requests without an entry, and why.
WITHOUT_OVER_HTTP = {"POST /v1/admin/seed/plans": "plans, and changes nothing"}
