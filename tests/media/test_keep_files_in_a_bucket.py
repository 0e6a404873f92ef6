"""Pictures in a bucket, over the wire: a real S3 server, its keys, its failures."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from shop.app import create_app
from shop.audit.models import AuditEntry
from shop.config import SettingsError
from shop.kit import deadline
from shop.kit.clock import clock
from shop.kit.db import CallInTransactionError, db, transaction
from shop.media import upkeep
from shop.media.cli import media
from shop.media.errors import PicturesUnavailable
from shop.media.models import Image, ImageRendition
from shop.media.store import current_store, image_key, open_store
from shop.verification.cli import verify
from tests.conftest import SEED, dispose, settings_for
from tests.databases import SqliteDatabases
from tests.media.pictures import picture
from tests.media.s3_server import S3Server, s3_server
from tests.owner import Owner
from tests.shopper import BAG

ADDRESS = "s3://pictures/of/bags"
PREFIX = "of/bags/"

#: Files of others who have the same bucket.
OTHERS = ("images/logo.webp", f"images/ff/{'f' * 64}.png", "artwork/cover.webp")


@pytest.fixture
def databases(sqlite_databases: SqliteDatabases) -> SqliteDatabases:
    """One engine: the bucket does not know which database names its objects."""
    return sqlite_databases


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    """A bucket, and the variables that tell of it."""
    with s3_server(tmp_path / "buckets") as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server


@pytest.fixture
def shop(seeded_url: str, bucket: S3Server) -> Iterator[Flask]:
    """The shop on that bucket."""
    app = create_app(settings_for(seeded_url, media=ADDRESS))
    yield app
    dispose(app)


@pytest.fixture
def owner(shop: Flask) -> Owner:
    return Owner.of(shop)


def uploads(owner: Owner, data: bytes, *, key: str | None = None) -> dict[str, Any]:
    answer = owner.writes("POST", "/media", data=data, content_type="image/jpeg", key=key)
    assert answer.status_code == 201, answer.text
    return dict(answer.json)


def names(owner: Owner) -> set[str]:
    """Return the hashes that the database names."""
    with owner.client.application.app_context():
        return {
            name for model in (Image, ImageRendition) for name in db.session.scalars(select(model.hash)).all()
        }


def test_an_upload_lands_under_its_hash_and_is_served_for_good(bucket: S3Server, owner: Owner) -> None:
    given = uploads(owner, picture(size=(700, 500)))

    stored = bucket.objects()
    assert set(stored) == {PREFIX + image_key(name) for name in names(owner)}
    assert len(stored) == 1 + len(given["renditions"])
    for file in stored.values():
        assert hashlib.sha256(file.read_bytes()).hexdigest() == file.stem

    for rendition in given["renditions"]:
        served = owner.client.get(rendition["url"])
        assert (served.status_code, served.mimetype) == (200, "image/webp")
        assert served.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert served.headers["ETag"] == f'"{hashlib.sha256(served.data).hexdigest()}"'
        again = owner.client.get(rendition["url"], headers={"If-None-Match": served.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
    assert owner.client.get(f"/media/{'0' * 64}.webp").status_code == 404


def test_the_same_picture_twice_is_one_object_and_a_drawing_is_made_once(
    bucket: S3Server, owner: Owner
) -> None:
    first = uploads(owner, picture())
    before = bucket.objects()

    second = uploads(owner, picture())
    drawn = [draws(owner), draws(owner)]

    assert first == second
    added = bucket.objects().keys() - before.keys()
    assert [key.startswith(f"{PREFIX}artwork/") for key in added] == [True]
    assert drawn == [bucket.objects()[key].read_bytes() for key in added] * 2


def draws(owner: Owner) -> bytes:
    """Ask for the drawing of a bag."""
    url = owner.client.get(f"/v1/variants/{BAG}").json["images"][0]["renditions"][0]["url"]
    return owner.client.get(url).data


def test_a_sweep_takes_away_and_damage_is_named(shop: Flask, bucket: S3Server, owner: Owner) -> None:
    shown, unshown = uploads(owner, picture()), uploads(owner, picture(colour="blue"))
    draws(owner)
    body = {"images": [{"hash": shown["hash"], "alt": "A bag"}]}
    assert owner.writes("PUT", f"/variants/{BAG}/images", json=body).status_code == 200
    with shop.app_context():
        current_store().write(image_key("f" * 64), b"named by nothing")
        for key in OTHERS:
            current_store().write(key, b"somebody else's")
    # Nobody moves the bucket's clock: the shop's day goes by.
    clock.advance(timedelta(hours=25))
    runner = shop.test_cli_runner()

    swept = runner.invoke(media, ["sweep", "--drawings"])

    left = bucket.objects()
    assert all(left.pop(PREFIX + key) for key in OTHERS)
    assert swept.output.startswith("1 pictures, "), swept.output
    assert swept.output.endswith(", 1 drawings taken away\n"), swept.output
    assert set(left) == {PREFIX + image_key(name) for name in names(owner)}
    assert shown["hash"] in names(owner)
    assert unshown["hash"] not in names(owner)
    assert runner.invoke(verify, ["media"]).exit_code == 0

    gone, altered = sorted(left)[:2]
    with bucket.stopped():
        left[gone].unlink()
        left[altered].write_bytes(left[altered].read_bytes()[:-1] + b"?")
    damaged = runner.invoke(verify, ["media"])

    assert damaged.exit_code == 1
    told = [
        f"{gone.removeprefix(PREFIX)}: the file is gone. {upkeep.REPAIR}",
        f"{altered.removeprefix(PREFIX)}: the file is not what was stored. {upkeep.REPAIR}",
    ]
    assert sorted(damaged.stderr.splitlines()) == sorted(told)


def stop(server: S3Server) -> Callable[[], None]:
    server.stop()
    return server.start


def take_the_bucket_away(server: S3Server) -> Callable[[], None]:
    elsewhere = server.bucket.with_name("elsewhere")
    with server.stopped():
        server.bucket.rename(elsewhere)

    def bring_it_back() -> None:
        with server.stopped():
            elsewhere.rename(server.bucket)

    return bring_it_back


@pytest.mark.parametrize("goes", [stop, take_the_bucket_away])
def test_while_the_bucket_is_away_nothing_changes_and_callers_are_told_when_to_come_back(
    goes: Callable[[S3Server], Callable[[], None]], bucket: S3Server, owner: Owner
) -> None:
    url = uploads(owner, picture())["renditions"][0]["url"]
    before = names(owner), entries(owner), set(bucket.objects())
    come_back = goes(bucket)

    refused = owner.writes(
        "POST", "/media", data=picture(colour="blue"), content_type="image/jpeg", key="one"
    )
    missing = owner.client.get(url)

    for answer in (refused, missing):
        assert (answer.status_code, answer.json["code"]) == (503, "pictures_unavailable"), answer.text
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.headers["Cache-Control"] == "no-store"
    assert owner.client.get(f"/v1/variants/{BAG}").status_code == 200
    come_back()
    assert (names(owner), entries(owner), set(bucket.objects())) == before
    assert owner.client.get(url).status_code == 200
    assert uploads(owner, picture(colour="blue"), key="one")["hash"] in names(owner)


def entries(owner: Owner) -> int:
    with owner.client.application.app_context():
        return db.session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def test_a_bucket_that_is_away_is_asked_rarely(bucket: S3Server, owner: Owner) -> None:
    url = uploads(owner, picture())["renditions"][0]["url"]
    bucket.stop()
    assert [owner.client.get(url).status_code for _ in range(5)] == [503] * 5
    bucket.start()

    assert owner.client.get(url).status_code == 503
    clock.advance(timedelta(seconds=10))
    assert owner.client.get(url).status_code == 200


def test_a_bucket_that_is_silent_is_not_waited_for_longer_than_the_request_may_take(
    shop: Flask, bucket: S3Server
) -> None:
    with shop.app_context():
        with bucket.silent(), deadline.within(1.5), pytest.raises(PicturesUnavailable) as silent:
            current_store().read(image_key("0" * 64))
        with deadline.within(0.5), pytest.raises(PicturesUnavailable) as late:
            current_store().read(image_key("0" * 64))
        assert current_store().read(image_key("0" * 64)) is None

    assert silent.value.__cause__ is not None
    assert late.value.__cause__ is None


def test_a_shop_with_a_wrong_key_says_so_to_its_operator_and_not_to_callers(
    seeded_url: str,
    bucket: S3Server,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another secret")
    app = create_app(settings_for(seeded_url, media=ADDRESS))

    answer = app.test_client().get(f"/media/{'0' * 64}.webp")

    dispose(app)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert "SignatureDoesNotMatch" in caplog.text
    assert "SignatureDoesNotMatch" not in answer.text
    assert "another secret" not in caplog.text


def test_no_call_to_the_bucket_happens_inside_a_transaction(shop: Flask, bucket: S3Server) -> None:
    key = image_key("0" * 64)
    with shop.app_context():
        store = current_store()
        for number in range(60):  # more than one page
            store.write(image_key(f"{number:064x}"), b"x")
        calls: list[Callable[[], object]] = [
            lambda: store.read(key),
            lambda: store.write(key, b"other"),
            lambda: store.written_at(key),
            lambda: store.delete(key),
            lambda: next(store.keys("images")),
        ]
        for call in calls:
            with pytest.raises(CallInTransactionError), transaction():
                call()
        begun = store.keys("images")
        next(begun)
        with pytest.raises(CallInTransactionError), transaction():
            list(begun)
        assert len(list(store.keys("images"))) == 60
        assert store.read(key) == b"x"


def test_a_command_ends_with_one_line_where_the_bucket_is_away(seeded_url: str, bucket: S3Server) -> None:
    settings = {"SHOP_DATABASE_URL": seeded_url, "SHOP_MEDIA": ADDRESS, "SHOP_SECRET_KEY": "x" * 32}
    bucket.stop()

    ended = subprocess.run(
        [sys.executable, "-m", "shop", "media", "sweep"],
        cwd=SEED.parent,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1] == f"Error: {PicturesUnavailable.summary()}"
    assert "Traceback" not in ended.stderr


def test_an_address_that_finds_no_bucket_is_refused_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match=r"SHOP_MEDIA: .*Account must be specified"):
        open_store("az://pictures")
    for endpoint in ("127.0.0.1:9000", "localhost:9000", "http://", "http://host:99999", "http://a b", ""):
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        with pytest.raises(SettingsError, match="AWS_ENDPOINT_URL: https://"):
            open_store(ADDRESS)
