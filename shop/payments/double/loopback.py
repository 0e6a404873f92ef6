"""Which addresses never leave this machine; the double speaks with no other."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address is this machine's own loop-back."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def require_loopback_url(url: str) -> str:
    """Give back a plain ``http`` URL on the loop-back.

    Raises:
        ValueError: For any other URL.
    """
    parts = urlsplit(url)
    if parts.scheme != "http" or not is_loopback(parts.hostname or ""):
        raise ValueError(f"the Stripe double sends webhooks to http:// loop-back addresses only, not {url!r}")
    return url
