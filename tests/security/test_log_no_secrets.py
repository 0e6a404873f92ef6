"""Secrets and what is a person's stay out of the log, with everything turned up to DEBUG.

A purchase, its refund, requests that are refused and requests that crash, served by granian; more
than twenty values are planted in settings and requests, and everything that is printed is searched.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import make_url, select

from shop.admin import keys, users
from shop.admin.models import AdminUser
from shop.app import create_app
from shop.config import Settings, SettingsError
from shop.kit.db import db
from tests.conftest import Databases, dispose, settings_for
from tests.races import until
from tests.security.talkative import CRASH
from tests.served import ServedShop, ServedShopper
from tests.shopper import BAG

#: Settings, each with a value of its own.
SETTINGS = {
    "SHOP_SECRET_KEY": "planted-session-secret-of-forty-letters",
    "SHOP_STRIPE_WEBHOOK_SECRET": "whsec_double,whsec_PlantedAndRolled",
    "SHOP_REDIS_URL": "redis://:planted-redis-password@127.0.0.1:9/0",
    "SHOP_MAIL_URL": "smtp://postman:planted-mail-password@127.0.0.1:9",
    "SHOP_METRICS_TOKEN": "planted-metrics-token",
    "SHOP_PROXY_HOPS": "1",
    "STRIPE_LOG": "debug",
}

#: What is in them, and what the stand-in's settings are.
IN_SETTINGS = {
    "session secret": "planted-session-secret-of-forty-letters",
    "webhook secret": "whsec_double",
    "rolled webhook secret": "whsec_PlantedAndRolled",
    "Stripe key": "sk_test_double",
    "Redis password": "planted-redis-password",
    "mail password": "planted-mail-password",
    "metrics token": "planted-metrics-token",
}

#: What a shopper is and types.
TYPED = {
    "e-mail": "planted.lovelace@example.org",
    "name": "Plantedname Lovelace",
    "street": "417 Plantedstreet",
    "phone": "+1 212 555 0417",
    "city": "Plantedcity",
    "postal code": "10417",
    "another name": "Plantedbilling Byron",
    "search": "planted-search",
    "path": "planted-path",
    "query": "planted-query",
    "client address": "203.0.113.177",
    "user agent": "planted-user-agent",
    "cookie": "planted-cookie",
    "password": "planted-password",
    "password of a user": "planted password of a user",
    "card": "4242424242424242",
    "card as it is typed": "4242 4242 4242 4242",
    "client secret": "cs_planted_secret",
}

ADDRESS = {
    "name": TYPED["name"],
    "line1": TYPED["street"],
    "line2": TYPED["phone"],
    "city": TYPED["city"],
    "region": "NY",
    "postal_code": TYPED["postal code"],
    "country": "US",
}


def with_password(databases: Databases, url: str) -> tuple[str, dict[str, str]]:
    """Return a database's address with a password in it, where the engine knows passwords."""
    if databases.engine == "sqlite":
        return url, {}
    password = "planted-database-password"
    return make_url(url).set(password=password).render_as_string(hide_password=False), {
        "database password": password
    }


class Visit:
    """A shopper and an owner who leave something of theirs everywhere."""

    def __init__(self, shop: ServedShop, key: str) -> None:
        self.shop, self.key = shop, key
        self.shopper: ServedShopper = shop.shopper()
        self.used_key = f"planted-idempotency-{uuid4()}"
        self.seen = {"admin key": key, "Idempotency-Key": self.used_key}
        self.always = {
            "X-Forwarded-For": TYPED["client address"],
            "User-Agent": TYPED["user agent"],
            "Cookie": f"session={TYPED['cookie']}",
        }

    def buys(self) -> None:
        """Buy a bag, filling the checkout in with what is planted."""
        shopper = self.shopper
        shopper.opens_cart()
        shopper.puts(BAG)
        shopper.opens_checkout()
        billing = {**ADDRESS, "name": TYPED["another name"]}
        filled = self.fills_in(billing_address=billing)
        assert filled == 200
        assert shopper.completes(self.used_key).status_code == 201
        self.seen |= {
            "cart token": shopper.cart["token"],
            "order token": shopper.placed["order"]["token"],
            "Stripe session": shopper.session_id,
        }
        shopper.pays()
        shopper.comes_back()
        until(lambda: shopper.order()["status"] == "paid", "it is paid")

    def fills_in(self, **changes: object) -> int:
        """Fill the checkout in; with ``crash`` the shop makes a mistake over it."""
        crash = changes.pop("crash", None)
        body = {
            "email": TYPED["e-mail"], "shipping_address": ADDRESS, "shipping_option": "standard", **changes,
        }  # fmt: skip
        path = f"/v1/checkouts/{self.shopper.checkout['id']}"
        headers = {**self.shopper.headers, **self.always, **({CRASH: str(crash)} if crash else {})}
        return self.shopper.client.patch(path, json=body, headers=headers).status_code

    def is_refused(self) -> list[int]:
        """Do what fails, in every way; return the answers."""
        client, found = self.shopper.client, []
        guess = base64.b64encode(f"ada:{TYPED['password']}".encode()).decode()
        self.seen["Authorization"] = guess
        for path, headers in (
            (f"/v1/products?q={TYPED['search']}", {}),
            (f"/v1/{TYPED['path']}", {}),
            (f"/v1/families/{TYPED['path']}", {}),
            (f"/v1/families?token={TYPED['query']}", {}),
            (f"/checkout/return?session_id={TYPED['client secret']}", {}),
            (f"/v1/carts/{self.shopper.cart['id']}", {"Authorization": f"Bearer {TYPED['password']}"}),
            ("/v1/admin/audit", {"Authorization": f"Basic {guess}"}),
            ("/v1/admin/audit", {"Authorization": f"Bearer {TYPED['password']}"}),
            ("/metrics", {"Authorization": f"Bearer {TYPED['password']}"}),
        ):
            found.append(client.get(path, headers={**self.always, **headers}).status_code)
        found.append(self.fills_in(email=TYPED["card"]))
        found.append(self.fills_in(shipping_address={**ADDRESS, "line2": TYPED["card as it is typed"]}))
        forged = {"Stripe-Signature": f"t=1,v1={TYPED['password']}", "Content-Type": "application/json"}
        found.append(
            client.post("/webhooks/stripe", data=f'{{"x": "{TYPED["card"]}"}}', headers=forged).status_code
        )
        found.append(
            client.post("/v1/carts", data=f"{{{TYPED['e-mail']}", content_type="application/json").status_code
        )
        return found

    def signs_in(self, password: str) -> int:
        """Sign in to the admin pages as a user."""
        client = self.shopper.client
        page = client.get("/admin/sign-in")
        token = page.text.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
        cookie = page.headers["Set-Cookie"].split(";", 1)[0]
        headers = {
            **self.always,
            "Cookie": cookie,
            "Sec-Fetch-Site": "same-origin",
            "Origin": self.shop.base_url,
        }
        form = {"csrf_token": token, "name": "grace", "password": password}
        return client.post("/admin/sign-in", data=form, headers=headers).status_code

    def refunds(self, **body: object) -> int:
        """Give money back."""
        path = f"/v1/admin/orders/{self.shopper.placed['order']['number']}/refunds"
        sent = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": f"{self.used_key}-{len(body)}"}
        return self.shopper.client.post(path, json=body, headers={**self.always, **sent}).status_code


def test_nothing_that_was_planted_is_logged_at_debug(
    seeded_url: str, databases: Databases, tmp_path: Path
) -> None:
    app = create_app(settings_for(seeded_url))
    with app.app_context():
        key = keys.create("ada", keys.SCOPES, days=1)
        users.create("grace", TYPED["password of a user"], keys.SCOPES)
        password_hash = db.session.scalars(select(AdminUser.password_hash)).one()
    dispose(app)
    url, secret = with_password(databases, seeded_url)
    shop = ServedShop(
        url, tmp_path / "served", workers=1, settings=SETTINGS, module="tests.security.talkative"
    )

    with shop.running():
        visit = Visit(shop, key)
        visit.buys()
        refused = visit.is_refused()
        let_in = [visit.signs_in(TYPED[typed]) for typed in ("password of a user", "password")]
        crashed = [visit.fills_in(crash="statement"), visit.fills_in(crash="program")]
        refunded = [visit.refunds(amount=10**9), visit.refunds(amount=1, reason="returned")]
        shop.stand_in.stop()
        refunded.append(visit.refunds(amount=1, reason="returned", restock=False))

    assert [status for status in refused if status >= 500] == []
    assert sorted(refused)[0] == 200  # the search alone is answered
    assert sorted(refused)[1] >= 400
    assert let_in == [303, 401]
    assert crashed == [500, 500]
    assert refunded == [422, 201, 202]
    said = shop.server.told()
    for sign in (
        "DEBUG:",
        "INFO:sqlalchemy.engine.Engine:UPDATE",
        "Traceback",
        "a mistake with a buyer",
        "IntegrityError",
    ):
        assert sign in said, f"{sign} is not logged: is everything turned up?"
    planted = {**IN_SETTINGS, **TYPED, **visit.seen, **secret, "hash of the user": password_hash}
    assert len(planted) >= 20
    hashes = {
        f"hash of {name}": hashlib.sha256(value.encode()).hexdigest() for name, value in planted.items()
    }
    told = {
        name: next(line for line in said.splitlines() if value in line)[:300]
        for name, value in {**planted, **hashes}.items()
        if value in said
    }
    assert told == {}


@pytest.mark.parametrize("name", ["SHOP_STRIPE_SECRET_KEY", "SHOP_METRICS_TOKEN", "SHOP_SECRET_KEY"])
def test_a_setting_that_is_refused_is_not_repeated(name: str) -> None:
    """Its error goes to the log of whoever starts the shop."""
    environ = {"SHOP_DATABASE_URL": "sqlite://", "SHOP_SECRET_KEY": "x" * 40, name: "planted"}

    with pytest.raises(SettingsError) as refused:
        Settings.from_environment(environ)

    assert "planted" not in str(refused.value)
