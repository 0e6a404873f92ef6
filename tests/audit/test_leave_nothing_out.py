"""Every way to change the shop as its owner leaves an entry: a new one has to say here how."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from flask import Flask
from sqlalchemy import select

from shop.app import create_app
from shop.audit.models import AuditEntry
from shop.cli import cli
from shop.kit.db import db
from shop.payments.double import InProcessHTTPClient, StripeDouble
from tests.audit.commands import BY_COMMAND, WITHOUT
from tests.audit.ways import (
    BY_FORM,
    CHANGE_NOTHING,
    OF_THE_SESSION,
    OVER_HTTP,
    WITHOUT_OVER_HTTP,
    House,
)
from tests.conftest import Databases, dispose, settings_for
from tests.postgres import BINARIES


@pytest.fixture
def house(
    double: StripeDouble, request: pytest.FixtureRequest, databases: Databases, tmp_path: Path
) -> Iterator[House]:
    """The seeded shop; an empty one to apply the seed to."""
    # ``databases`` is asked for by name, so that pytest gives each engine its turn.
    url = request.getfixturevalue("empty_url" if request.param == "seed apply" else "seeded_url")
    programs = "" if os.environ.get("SHOP_TEST_DATABASE_URL") else str(BINARIES)
    settings = settings_for(url, capture="manual", pg_bin=programs)
    app = create_app(settings, stripe_client=InProcessHTTPClient(double))
    yield House(app, double, tmp_path / "shop.backup")
    dispose(app)


def admin_writes(app: Flask, beginning: str) -> set[str]:
    return {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(beginning)
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
    }


def commands(command: click.Command, *words: str) -> Iterator[str]:
    group = command if isinstance(command, click.Group) else None
    if group is None or (group.invoke_without_command and words):
        yield " ".join(words)
    for word, inner in (group.commands if group else {}).items():
        yield from commands(inner, *words, word)


def entries_of(app: Flask) -> list[AuditEntry]:
    with app.app_context():
        return list(db.session.scalars(select(AuditEntry)))


def test_every_write_of_the_admin_api_is_tried() -> None:
    app = create_app(settings_for("sqlite://"))

    assert admin_writes(app, "/v1/admin") == {*OVER_HTTP, *WITHOUT_OVER_HTTP}


def test_every_form_of_the_admin_pages_is_tried() -> None:
    app = create_app(settings_for("sqlite://"))

    assert admin_writes(app, "/admin") == set(BY_FORM) | set(CHANGE_NOTHING) | OF_THE_SESSION


def test_every_command_is_tried_or_changes_nothing() -> None:
    assert sorted(commands(cli)) == sorted([*BY_COMMAND, *WITHOUT])


@pytest.mark.parametrize(
    ("house", "way"), [(way, way) for way in (*OVER_HTTP, *BY_FORM, *BY_COMMAND)], indirect=["house"]
)
def test_it_leaves_an_entry(house: House, way: str) -> None:
    prepare, do = {**OVER_HTTP, **BY_FORM, **BY_COMMAND}[way]
    order = prepare(house)
    last = max((entry.number for entry in entries_of(house.app)), default=0)

    do(house, order)

    entries = [entry for entry in entries_of(house.app) if entry.number > last]
    entries = [entry for entry in entries if entry.action != "session.open"]
    assert entries, f"{way} wrote nothing down"
    for entry in entries:
        assert entry.actor.startswith("command line" if way in BY_COMMAND else "key:ada")
        assert entry.before is not None or entry.after is not None
        if order:
            assert entry.object == f"order:{order}"
