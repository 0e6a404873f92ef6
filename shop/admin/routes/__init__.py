"""The owner's door over HTTP: a file for each noun, one blueprint."""

from shop.admin.routes import (
    books,
    bulk,
    campaigns,
    catalogue,
    jobs,
    media,
    orders,
    prices,
    seeding,
    stock,
    variants,
)
from shop.admin.routes.door import admin

__all__ = [
    "admin",
    "books",
    "bulk",
    "campaigns",
    "catalogue",
    "jobs",
    "media",
    "orders",
    "prices",
    "seeding",
    "stock",
    "variants",
]
