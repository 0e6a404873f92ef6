"""An owner."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.owner import Owner


@pytest.fixture
def owner(app: Flask) -> Owner:
    """Holds a key that is good for everything."""
    return Owner.of(app)
