"""The owner's door over HTTP: a file for each noun, one blueprint."""

from shop.admin.routes import books, media, orders, prices
from shop.admin.routes.door import admin

__all__ = ["admin", "books", "media", "orders", "prices"]
