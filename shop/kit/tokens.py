"""Secrets that open one cart or one order: 256 bits, shown once, stored as SHA-256."""

from __future__ import annotations

import hashlib

from flask import request


def hashed(token: str) -> str:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def presented_hash() -> str:
    """Return the hash of the bearer token of the current request.

    A request without one gives the hash of nothing, which no row has: it meets the same
    404 as a wrong token and as an unknown id.
    """
    return hashed(presented() or "")


def presented() -> str | None:
    """Return the bearer token of the current request, None where it has none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None
