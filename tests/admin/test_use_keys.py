"""Admin keys: made once, good for what they were made for, until they end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.admin.models import AdminKey
from shop.cli import cli
from shop.kit.clock import clock
from tests.owner import Owner
from tests.shopper import Shopper


def test_only_its_hash_is_kept(app: Flask, session: Session) -> None:
    owner = Owner.of(app)

    row = session.scalars(select(AdminKey)).one()

    assert owner.key.startswith("adm_")
    assert len(owner.key) > 40
    assert owner.key not in str(vars(row))


@pytest.mark.parametrize("key", ["", "adm_unknown", "nonsense"])
def test_without_a_key_in_use_nothing_is_told(app: Flask, key: str) -> None:
    stranger = Owner(app.test_client(), key)

    answers = [stranger.gets("/invariants"), stranger.gets("/orders/NONE0"), stranger.refunds("NONE0")]

    assert [answer.status_code for answer in answers] == [401] * 3
    assert {answer.json["code"] for answer in answers} == {"key_required"}


def test_a_key_is_good_for_its_scopes_only(app: Flask, shopper: Shopper) -> None:
    shopper.places_order()
    number = shopper.placed["order"]["number"]
    reader = Owner.of(app, "orders:read")

    assert reader.gets(f"/orders/{number}").status_code == 200
    refused = [
        reader.refunds(number, amount=1),
        reader.captures(number),
        reader.voids(number),
        reader.gets("/invariants"),
    ]

    assert [answer.status_code for answer in refused] == [403] * 4
    assert refused[0].json["scope"] == "orders:write"


def test_a_shoppers_token_opens_nothing_of_the_owners(app: Flask, shopper: Shopper) -> None:
    shopper.places_order()

    curious = Owner(app.test_client(), shopper.placed["order"]["token"])

    assert curious.gets(f"/orders/{shopper.placed['order']['number']}").status_code == 401


def test_a_key_ends_by_itself(app: Flask) -> None:
    owner = Owner.of(app)

    clock.advance(timedelta(days=31))

    assert owner.gets("/invariants").status_code == 401


def test_the_command_makes_lists_and_revokes(app: Flask) -> None:
    runner = app.test_cli_runner()

    made = runner.invoke(cli, ["key", "create", "grace", "--scope", "invariants:read", "--days", "7"])
    owner = Owner(app.test_client(), made.stdout.strip())
    assert owner.gets("/invariants").status_code == 200
    listed = runner.invoke(cli, ["key", "list"]).output
    revoked = runner.invoke(cli, ["key", "revoke", "grace"])

    assert "grace: invariants:read; until" in listed
    assert "1 revoked" in revoked.output
    assert owner.gets("/invariants").status_code == 401
    assert runner.invoke(cli, ["key", "revoke", "grace"]).exit_code == 1
    assert "revoked" in runner.invoke(cli, ["key", "list"]).output
