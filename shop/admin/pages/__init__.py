"""The admin pages: what the admin API does, for people with a browser and a keyboard.

Rendered on the server, usable without JavaScript. Each page asks for the scope that the API asks for
the same thing, and each write goes through the API's own service.
"""

from __future__ import annotations

from shop.admin.pages import (
    audit,
    catalogue,
    merchandising,
    orders,
    overview,
    parcels,
    pictures,
    seeds,
    sign_in,
    stock,
)
from shop.admin.pages.door import pages

__all__ = [
    "audit",
    "catalogue",
    "merchandising",
    "orders",
    "overview",
    "pages",
    "parcels",
    "pictures",
    "seeds",
    "sign_in",
    "stock",
]
