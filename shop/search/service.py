"""The verbs of search."""

from __future__ import annotations

from shop.kit.db import db, retries_conflicts, transaction
from shop.search.index import is_current, reindex


def ensure_index() -> None:
    """Index the catalogue where no release, or another one, did: one small read otherwise."""
    if not is_current(db.session()):
        index_again()


@retries_conflicts
def index_again() -> None:
    """Index the catalogue as it is now; what is indexed rightly is not written again."""
    with transaction() as session:
        reindex(session)
