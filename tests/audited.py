"""Whether an application's stock, orders and money agree, for tests."""

from __future__ import annotations

from flask import Flask

from shop.kit.db import db
from shop.verification.service import verify


def breaches(app: Flask) -> list[str]:
    """Return every breach of an invariant in words; empty when the books agree."""
    with app.app_context():
        return [str(breach) for breach in verify(db.session())]
