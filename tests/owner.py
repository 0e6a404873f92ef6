"""An owner: the admin API as a person with a key uses it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from shop.admin import keys


@dataclass
class Owner:
    """Holds a key that is good for everything."""

    client: FlaskClient
    key: str

    @classmethod
    def of(cls, app: Flask, *scopes: str) -> Owner:
        """Make a key and hold it; without scopes it is good for everything."""
        with app.app_context():
            return cls(app.test_client(), keys.create("ada", scopes or keys.SCOPES, days=30))

    def _posts(self, number: str, verb: str, key: str | None, body: dict[str, Any]) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": key or str(uuid4())}
        path = f"/v1/admin/orders/{number}/{verb}"
        if verb in ("void", "cancel"):
            return self.client.post(path, headers=headers)
        return self.client.post(path, json=body, headers=headers)

    def refunds(self, number: str, *, key: str | None = None, **body: Any) -> TestResponse:
        """Give money of an order back."""
        return self._posts(number, "refunds", key, body)

    def captures(self, number: str, *, key: str | None = None, **body: Any) -> TestResponse:
        """Take an order's authorized money."""
        return self._posts(number, "capture", key, body)

    def voids(self, number: str, *, key: str | None = None) -> TestResponse:
        """Let an order's authorized money go."""
        return self._posts(number, "void", key, {})

    def cancels(self, number: str, *, key: str | None = None) -> TestResponse:
        """Give an order up that is not paid."""
        return self._posts(number, "cancel", key, {})

    def sends(
        self, number: str, tracking: str = "JD0001", *, key: str | None = None, **body: Any
    ) -> TestResponse:
        """Note that a parcel of an order left."""
        return self._posts(
            number, "shipments", key, {"carrier": "DHL Express", "tracking_number": tracking, **body}
        )

    def writes(self, method: str, path: str, *, key: str | None = None, **sent: Any) -> TestResponse:
        """Send a write, as ``json=``, or as ``data=`` and ``content_type=``; ``headers=`` are added."""
        headers = {
            "Authorization": f"Bearer {self.key}",
            "Idempotency-Key": key or str(uuid4()),
            **sent.pop("headers", {}),
        }
        return self.client.open(f"/v1/admin{path}", method=method, headers=headers, **sent)

    def gets(self, path: str) -> TestResponse:
        """Read something of the admin API."""
        return self.client.get(f"/v1/admin{path}", headers={"Authorization": f"Bearer {self.key}"})

    def sees(self, number: str) -> dict[str, Any]:
        """Read an order with its books."""
        answer = self.gets(f"/orders/{number}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json or {})
