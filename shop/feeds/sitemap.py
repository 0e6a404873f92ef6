"""The site map: the address of everything that is shown, for search engines.

No ``lastmod``: the shop does not know when a page last changed, and a date that is not true is
worse than none.

Source: https://www.sitemaps.org/protocol.html, version 0.9.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape

CONTENT_TYPE = "application/xml"

#: What one file may hold. Addresses.
LARGEST = 50_000

_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_BEGIN = '<?xml version="1.0" encoding="UTF-8"?>\n'

BEGIN, END = f'{_BEGIN}<urlset xmlns="{_NAMESPACE}">\n', "</urlset>\n"
BEGIN_INDEX, END_INDEX = f'{_BEGIN}<sitemapindex xmlns="{_NAMESPACE}">\n', "</sitemapindex>\n"


def urls(addresses: Iterable[str]) -> str:
    """Return entries of a site map."""
    return "".join(f"<url><loc>{escape(address)}</loc></url>\n" for address in addresses)


def index(addresses: Iterable[str]) -> str:
    """Return the site map that names others."""
    named = (f"<sitemap><loc>{escape(address)}</loc></sitemap>\n" for address in addresses)
    return BEGIN_INDEX + "".join(named) + END_INDEX


def robots(public_url: str) -> str:
    """Return what crawlers are told first: where the site map is, and what is nobody's to read."""
    private = ("carts", "checkouts", "orders", "admin")
    lines = ["User-agent: *", *(f"Disallow: /v1/{name}" for name in private)]
    return "\n".join([*lines, "", f"Sitemap: {public_url}/sitemap.xml", ""])
