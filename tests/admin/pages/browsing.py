"""A person at the admin pages, as a browser without JavaScript would behave."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from shop.admin import keys, users

ORIGIN = "http://localhost"
SAME_SITE = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}


@dataclass
class Form:
    """A form of a page: where it goes and what it holds."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        had = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(had.get("action", ""), had.get("method", "get")))
        elif tag == "input" and "name" in had and self.found and "disabled" not in had:
            kind = had.get("type", "text")
            if kind not in ("radio", "checkbox", "file") or "checked" in had:
                self.found[-1].fields[had["name"]] = had.get("value", "")


def forms(page: TestResponse) -> list[Form]:
    """Return the forms of a page."""
    parser = _Forms()
    parser.feed(page.text)
    return parser.found


def form(page: TestResponse, ending: str) -> Form:
    """Return the form that goes to an address with this ending."""
    (found,) = [each for each in forms(page) if each.action.endswith(ending)]
    return found


def sign_in_form(page: TestResponse, field: str) -> Form:
    """Return the form of the sign-in page that has this field: ``key``, or ``password``."""
    (found,) = [each for each in forms(page) if field in each.fields]
    return found


def words(page: TestResponse) -> str:
    """Return what a page says, without its markup."""
    body = page.text.split("<main", 1)[-1].split("</main>", 1)[0]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())


def a_picture(colour: str = "navy") -> bytes:
    """Return a small picture that the shop takes."""
    held = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(held, "PNG")
    return held.getvalue()


@dataclass
class Merchant:
    """Somebody with a key and a browser."""

    client: FlaskClient
    key: str

    @classmethod
    def of(cls, app: Flask, *scopes: str, name: str = "ada") -> Merchant:
        """Make a key; without scopes it is good for everything."""
        with app.app_context():
            return cls(app.test_client(), keys.create(name, scopes or keys.SCOPES, days=30))

    def opens(self, path: str, **sent: Any) -> TestResponse:
        """Open a page."""
        return self.client.get(f"/admin{path}", **sent)

    def sends(self, found: Form, *, headers: dict[str, str] | None = None, **filled: Any) -> TestResponse:
        """Fill a form in and send it; a field that is None is left out."""
        fields = {name: value for name, value in {**found.fields, **filled}.items() if value is not None}
        sent = SAME_SITE if headers is None else headers
        return self.client.post(found.action, data=fields, headers=sent)

    def signs_in(self, key: str | None = None, path: str = "/sign-in") -> TestResponse:
        """Sign in, with another key where one is given."""
        return self.sends(sign_in_form(self.opens(path), "key"), key=self.key if key is None else key)

    def signs_in_as(self, name: str, password: str, path: str = "/sign-in") -> TestResponse:
        """Sign in with a name and a password."""
        return self.sends(sign_in_form(self.opens(path), "password"), name=name, password=password)

    @classmethod
    def user(cls, app: Flask, name: str, password: str, *scopes: str) -> Merchant:
        """Make a user, whose browser knows no key; without scopes it may do everything."""
        with app.app_context():
            users.create(users.accepted(name), password, scopes or keys.SCOPES)
        return cls(app.test_client(), "")

    def signed_in(self) -> Merchant:
        """Sign in, and be let in."""
        answer = self.signs_in()
        assert answer.status_code == 303, answer.text
        return self

    def sends_file(self, found: Form, name: str, content: bytes, **filled: str) -> TestResponse:
        """Fill in a form that takes a file, and send it."""
        data = {**found.fields, **filled, "file": (io.BytesIO(content), name)}
        return self.client.post(found.action, data=data, headers=SAME_SITE)

    def uploads(self, name: str, content: bytes, **filled: str) -> TestResponse:
        """Send a seed file, and open the page that it leads to."""
        answer = self.sends_file(form(self.opens("/seed"), "/seed/uploads"), name, content, **filled)
        return self.client.get(answer.headers["Location"]) if answer.status_code == 303 else answer

    def cookie(self) -> str:
        """Return the browser's token of these pages."""
        found = self.client.get_cookie("shop_admin", path="/admin")
        return found.value if found else ""
