"""Every command that changes the shop, and those that do not."""

from __future__ import annotations

from collections.abc import Callable

from tests.audit.ways import House, gives_an_old_picture, nothing
from tests.conftest import SEED
from tests.shopper import BAG


def _backed_up(house: House) -> str:
    house.runs("backup", str(house.backup))
    return ""


def _user(house: House, *words: str) -> str:
    house.runs("user", *(words or ("create", "grace", "--scope", "audit:read")), typed="a bag of good words")
    return ""


def _disabled_user(house: House) -> str:
    _user(house)
    return _user(house, "disable", "grace")


#: How to give each command that changes something.
BY_COMMAND: dict[str, tuple[Callable[[House], str], Callable[[House, str], object]]] = {
    "seed apply": (nothing, lambda house, _: house.runs("seed", "apply", str(SEED))),
    "stock receive": (nothing, lambda house, _: house.runs("stock", "receive", BAG, "1")),
    "key create": (nothing, lambda house, _: house.runs("key", "create", "grace", "--scope", "audit:read")),
    "restore": (_backed_up, lambda house, _: house.runs("restore", str(house.backup))),
    "key revoke": (nothing, lambda house, _: house.runs("key", "revoke", "ada")),
    "user create": (nothing, lambda house, _: _user(house)),
    "user password": (_user, lambda house, _: _user(house, "password", "grace")),
    "user scopes": (_user, lambda house, _: _user(house, "scopes", "grace", "--scope", "orders:read")),
    "user disable": (_user, lambda house, _: _user(house, "disable", "grace")),
    "user enable": (_disabled_user, lambda house, _: _user(house, "enable", "grace")),
    "order refund": (
        House.captured,
        lambda house, order: house.runs("order", "refund", order, "--amount", "1"),
    ),
    "media sweep": (gives_an_old_picture, lambda house, _none: house.runs("media", "sweep")),
    "order capture": (House.authorized, lambda house, order: house.runs("order", "capture", order)),
    "order void": (House.authorized, lambda house, order: house.runs("order", "void", order)),
}

#: Commands without an entry, and why.
WITHOUT = {
    "key list": "reads",
    "user list": "reads",
    "order show": "reads",
    "verify": "reads",
    "verify audit": "reads",
    "verify media": "reads",
    "backup": "reads",
    "serve": "serves",
    "demo": "serves; its seed is applied as `seed apply` does",
    "double": "is not the shop",
    "search reindex": "derives the index from the catalogue; nobody's decision",
    "seed export": "reads",
    "seed plan": "reads",
    "reconcile": "hears from Stripe; an order's own events tell what",
}
