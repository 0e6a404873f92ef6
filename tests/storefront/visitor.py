"""A visitor without a script: reads pages, fills in their forms and presses their buttons, over HTTP."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import Client, TestResponse

from shop.payments.double import StripeDouble
from tests.shopper import ADDRESSES, BAG

HERE = "https://shop.example"


@dataclass
class Form:
    """A form of a page, as far as a browser sends it."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[str] = field(default_factory=list)


class _Forms(HTMLParser):
    """Finds the forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._inside = False
        self._select = ""
        self._button = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(given.get("action", "")))
            self._inside = True
        if not self._inside:
            return
        fields = self.found[-1].fields
        if tag == "input" and "name" in given and (given.get("type") != "radio" or "checked" in given):
            fields[given["name"]] = given.get("value", "")
        if tag == "select":
            self._select = given["name"]
            fields[self._select] = ""
        if tag == "option" and self._select and "selected" in given:
            fields[self._select] = given["value"]
        if tag == "button":
            self._button = True
            self.found[-1].buttons.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        if tag == "select":
            self._select = ""
        if tag == "button":
            self._button = False

    def handle_data(self, data: str) -> None:
        if self._button and self._inside:
            self.found[-1].buttons[-1] += data.strip()


@dataclass
class Visitor:
    """Somebody's browser, with the page it shows."""

    client: FlaskClient
    double: StripeDouble
    locale: str = "en-us"
    page: TestResponse | None = None

    @classmethod
    def of(cls, app: Flask, double: StripeDouble, locale: str = "en-us") -> Visitor:
        """Open a browser without cookies."""
        return cls(app.test_client(), double, locale)

    @property
    def text(self) -> str:
        """What the page says, its marks and all, with ``&...;`` resolved."""
        assert self.page is not None
        return html.unescape(self.page.text)

    @property
    def status(self) -> int:
        """How the last page was answered."""
        assert self.page is not None
        return self.page.status_code

    def goes(self, path: str) -> Visitor:
        """Go to an address of this locale, and where it leads, as long as that is the shop's."""
        return self._follows(self.client.get(f"/{self.locale}{path}", base_url=HERE))

    def puts(self, sku: str = BAG, quantity: int = 1, **headers: str) -> Visitor:
        """Press the button of a product's page."""
        sent = {"sku": sku, "quantity": str(quantity)}
        return self.posts("/bag/lines", sent, **headers)

    def posts(self, path: str, data: dict[str, str], **headers: str) -> Visitor:
        """Send a form as a browser does."""
        address = path if path.startswith(f"/{self.locale}/") else f"/{self.locale}{path}"
        told = headers or {"Sec-Fetch-Site": "same-origin"}
        return self._follows(self.client.post(address, data=data, base_url=HERE, headers=told))

    def form(self, end: str) -> Form:
        """Find the form of the page that leads to an address of this end."""
        forms = _Forms()
        forms.feed(self.page.text if self.page else "")
        found = [form for form in forms.found if form.action.endswith(end)]
        assert found, (end, [form.action for form in forms.found], self.text)
        return found[0]

    def presses(self, end: str, **typed: str) -> Visitor:
        """Fill in the form that leads to an address of this end, and send it."""
        form = self.form(end)
        return self.posts(form.action, {**form.fields, **typed})

    def checks_out(self, **typed: str) -> Visitor:
        """Go from the bag to the review."""
        self.goes("/bag").presses("/checkout/opening")
        market = self.locale[-2:].upper()
        known = {name: value or "" for name, value in ADDRESSES[market].items()}
        return self.presses("/checkout", **{"email": "ada@example.com", **known, **typed})

    def pays(self, card: str = "pm_card_visa") -> Visitor:
        """Press a button of the stand-in's page, and come back."""
        return self._follows(Client(self.double).post(self._path(), data={"payment_method": card}))

    def leaves(self) -> Visitor:
        """Turn back at the stand-in's page."""
        return self._follows(Client(self.double).post(self._path(), data={"leave": "1"}))

    @property
    def at(self) -> str:
        """Where the browser was led to outside of the shop."""
        assert self.page is not None
        return self.page.location or ""

    def _path(self) -> str:
        return urlsplit(self.at).path

    def _follows(self, answer: TestResponse) -> Visitor:
        self.page = answer
        for _ in range(5):
            target = self.page.location
            if not target or not target.startswith(("/", HERE)):
                break
            self.page = self.client.get(target.removeprefix(HERE), base_url=HERE)
        return self
