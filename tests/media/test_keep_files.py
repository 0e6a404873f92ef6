"""Sweeping what nothing points to, and finding what is gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from shop.kit.clock import clock
from shop.kit.db import db, transaction
from shop.media import service, upkeep
from shop.media.errors import UnknownImage
from shop.media.intake import take
from shop.media.models import Image, ImageRendition
from shop.media.store import current_store, image_key, open_store
from shop.verification.cli import verify
from tests.media.pictures import picture

PRODUCT = "le-city-bag-medium"


def gives(colour: str, *, shown: bool = False, old: bool = True) -> str:
    """Give the shop a picture; return its hash."""
    taken = take(picture(colour=colour))
    rows = service.put_files(current_store(), taken)
    with transaction() as session:
        service.keep(session, rows, actor="test")
    name = taken.master.hash
    if shown:
        with transaction() as session:
            service.show(session, "product", PRODUCT, [service.Shown(name, "A bag")], actor="test")
    if old:
        with transaction() as session:
            long_ago = datetime(2020, 1, 1, tzinfo=UTC)
            session.execute(update(Image).where(Image.hash == name).values(created_at=long_ago))
    return name


@pytest.fixture
def shop(app: Flask) -> Flask:
    return app


def test_what_is_shown_nowhere_is_swept_and_nothing_else(shop: Flask) -> None:
    with shop.app_context():
        shown, unshown, new = gives("red", shown=True), gives("blue"), gives("green", old=False)
        current_store().write(image_key("f" * 64), b"named by nothing")
        first = upkeep.sweep(current_store(), actor="test")

        # A day later the files are old, and the new picture is not new any more.
        assert first == upkeep.Swept(1, 0, 0)
        clock.advance(timedelta(hours=25))
        later = upkeep.sweep(current_store(), actor="test")
        left = {key.rpartition("/")[2][:64] for key, _, _ in current_store().keys("images")}
        kept = set(db.session.scalars(select(Image.hash)))
        renditions = set(db.session.scalars(select(ImageRendition.hash)))

    assert later.pictures == 1
    assert kept == {shown}
    assert left == kept | renditions
    assert not {unshown, new, "f" * 64} & left


def test_what_was_swept_cannot_be_shown(shop: Flask) -> None:
    with shop.app_context():
        name = gives("blue")
        upkeep.sweep(current_store(), actor="test")

        with pytest.raises(UnknownImage), transaction() as session:
            service.show(session, "product", PRODUCT, [service.Shown(name, "A bag")], actor="test")


def test_a_file_that_is_gone_or_damaged_is_named(shop: Flask) -> None:
    runner = shop.test_cli_runner()
    with shop.app_context():
        gives("red", shown=True)
        sound = runner.invoke(verify, ["media"])
        names = sorted(db.session.scalars(select(ImageRendition.hash)))
        current_store().delete(image_key(names[0]))
        current_store().write(image_key(names[1]), b"RIFF....WEBP")
        found = list(upkeep.findings(db.session(), current_store()))
        damaged = runner.invoke(verify, ["media"])

    assert (sound.exit_code, sound.output) == (0, "Every picture has its files.\n")
    assert damaged.exit_code == 1
    assert f"{image_key(names[0])}: the file is gone. Put the file back" in damaged.stderr
    assert [(key, problem) for key, problem, _ in found] == [
        (image_key(names[0]), "the file is gone"),
        (image_key(names[1]), "the file is not what was stored"),
    ]


@pytest.mark.parametrize("address", ["memory:///", "file://{}/media"])
def test_a_store_keeps_reads_lists_and_forgets(address: str, tmp_path: object) -> None:
    store = open_store(address.format(tmp_path))

    assert store.read("images/aa/x.webp") is None
    assert store.written_at("images/aa/x.webp") is None
    store.write("images/aa/x.webp", b"one")
    store.write("images/aa/x.webp", b"two")
    store.write("artwork/bb/y.webp", b"three")

    assert store.read("images/aa/x.webp") == b"two"
    assert [(key, size) for key, size, _ in store.keys("images")] == [("images/aa/x.webp", 3)]
    assert store.written_at("images/aa/x.webp") > datetime(2020, 1, 1, tzinfo=UTC)  # type: ignore[operator]
    store.delete("images/aa/x.webp")
    store.delete("images/aa/x.webp")
    assert list(store.keys("images")) == []
