"""Every change of somebody who runs the shop is written down with it, or neither is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from shop.admin.models import AdminKey
from shop.app import create_app
from shop.audit.chain import findings
from shop.audit.models import AuditEntry
from shop.audit.redaction import REDACTED
from shop.audit.service import Change, record
from shop.cli import cli
from shop.inventory import deliveries
from shop.kit.db import db, transaction
from shop.payments.double import InProcessHTTPClient, StripeDouble
from tests.conftest import SEED, dispose, settings_for
from tests.owner import Owner
from tests.shopper import BAG, OTHER, Shopper


@pytest.fixture
def by_hand(app: Flask, double: StripeDouble) -> Iterator[Flask]:
    """The same shop, which takes authorized money by hand."""
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    shop = create_app(settings_for(url, capture="manual"), stripe_client=InProcessHTTPClient(double))
    yield shop
    dispose(shop)


def entries(session: Session, action: str) -> list[AuditEntry]:
    found = select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.number)
    return list(session.scalars(found))


def test_a_delivery_is_written_down_with_the_count_before_and_after(app: Flask, session: Session) -> None:
    result = app.test_cli_runner().invoke(cli, ["stock", "receive", BAG, "2", "--reason", "note 17"])

    (entry,) = entries(session, "stock.receive")
    assert result.exit_code == 0
    assert entry.object == f"variant:{BAG}"
    assert entry.actor.startswith("command line")
    assert entry.before
    assert entry.after
    assert entry.after["on_hand"] == entry.before["on_hand"] + 2
    assert entry.after["reason"] == "note 17"


def test_a_key_is_written_down_without_what_opens(app: Flask, session: Session) -> None:
    runner = app.test_cli_runner()
    key = runner.invoke(cli, ["key", "create", "grace", "--scope", "audit:read"]).stdout.strip()
    runner.invoke(cli, ["key", "revoke", "grace"])

    (made,), (revoked,) = entries(session, "key.create"), entries(session, "key.revoke")
    assert made.object == revoked.object == "key:grace"
    assert made.before is None
    assert made.after
    assert made.after["scopes"] == ["audit:read"]
    assert revoked.after
    assert revoked.after["revoked_at"]
    assert key not in str((made.after, revoked.before, revoked.after))
    assert session.scalars(select(AdminKey.key_hash)).one() not in str((made.after, revoked.after))


def test_decisions_on_money_are_written_down_by_key_and_by_command(
    app: Flask, shopper: Shopper, session: Session
) -> None:
    shopper.places_order()
    shopper.pays()
    shopper.hears_webhooks()
    number = shopper.placed["order"]["number"]

    Owner.of(app).refunds(number, amount=100, reason="asked by jane@example.com")
    app.test_cli_runner().invoke(cli, ["order", "refund", number, "--amount", "50"])

    by_key, by_command = entries(session, "order.refund")
    assert (by_key.actor, by_key.object) == ("key:ada", f"order:{number}")
    assert by_command.actor.startswith("command line")
    assert by_key.before
    assert by_key.after
    assert (by_key.before["refunded_minor"], by_key.after["refunded_minor"]) == (0, 100)
    assert by_key.after["amount_minor"] == 100
    assert by_key.after["reason"] == f"asked by {REDACTED}"


def test_what_is_refused_and_what_is_repeated_is_not_written_down_again(
    app: Flask, shopper: Shopper, session: Session
) -> None:
    shopper.places_order()
    shopper.pays()
    shopper.hears_webhooks()
    number, owner = shopper.placed["order"]["number"], Owner.of(app)

    assert owner.refunds(number, amount=10**9).status_code == 422
    for _ in range(2):
        assert owner.refunds(number, amount=100, key="one key for both").status_code == 201

    assert len(entries(session, "order.refund")) == 1


@pytest.mark.parametrize(("verb", "amount"), [("capture", 100_000), ("void", 0)])
def test_taking_authorized_money_and_letting_it_go_are_written_down(
    by_hand: Flask, double: StripeDouble, session: Session, verb: str, amount: int
) -> None:
    shopper = Shopper(by_hand.test_client(), double).places_order()
    shopper.pays()
    shopper.comes_back()
    number, owner = shopper.placed["order"]["number"], Owner.of(by_hand)

    answer = owner.captures(number, amount=amount) if verb == "capture" else owner.voids(number)

    assert answer.status_code == 201, answer.text
    (entry,) = entries(session, f"order.{verb}")
    assert (entry.actor, entry.object) == ("key:ada", f"order:{number}")
    assert entry.before
    assert entry.after
    assert (entry.before["payment"], entry.after["amount_minor"]) == ("authorized", amount)


def test_a_seed_is_written_down_with_each_row_that_became_another(
    app: Flask, session: Session, tmp_path: Path
) -> None:
    folder = tmp_path / "seed"
    shutil.copytree(SEED, folder)
    file = folder / "products" / "le-city.yaml"
    file.write_text(file.read_text().replace('name: "Le City Bag Medium"', 'name: "Le City Bag, Medium"', 1))
    first = entries(session, "seed.apply")
    assert first[0].after
    assert first[0].after["tables"]["product"]["added"] > 10

    result = app.test_cli_runner().invoke(cli, ["seed", "apply", str(folder)])

    assert result.exit_code == 0, result.output
    (change,) = [entry for entry in entries(session, "seed.change") if entry.object.startswith("product:")]
    assert change.actor.startswith("command line")
    assert (change.before, change.after) == ({"name": "Le City Bag Medium"}, {"name": "Le City Bag, Medium"})
    count = select(func.count()).select_from(AuditEntry)
    before = session.scalar(count)
    app.test_cli_runner().invoke(cli, ["seed", "apply", str(folder)])
    assert session.scalar(count) == before


def test_a_shopper_leaves_no_entry(app: Flask, shopper: Shopper, session: Session) -> None:
    count = select(func.count()).select_from(AuditEntry)
    before = session.scalar(count)

    shopper.places_order()
    shopper.pays()
    shopper.hears_webhooks()

    assert session.scalar(count) == before


def _fail_after_recording() -> None:
    with transaction() as writing:
        record(writing, "key:ada", [Change("stock.receive", "variant:X")])
        raise ZeroDivisionError


def test_a_change_that_is_rolled_back_leaves_no_entry(app: Flask, session: Session) -> None:
    count = select(func.count()).select_from(AuditEntry)
    before = session.scalar(count)

    with app.app_context(), pytest.raises(ZeroDivisionError):
        _fail_after_recording()

    assert session.scalar(count) == before
    assert list(findings(session)) == []


def test_those_who_write_at_once_make_one_chain(app: Flask, session: Session) -> None:
    """Deliveries of two bags, from four threads, each in its own order."""
    start, failed = Barrier(4), []

    def deliver(skus: list[str]) -> None:
        with app.app_context():
            start.wait()
            try:
                for sku in skus * 5:
                    deliveries.receive(sku, 1, location="milan-01", reason="race", actor="key:ada")
            except Exception as error:
                failed.append(error)

    threads = [Thread(target=deliver, args=([BAG, OTHER][:: (-1) ** turn],)) for turn in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    assert len(entries(session, "stock.receive")) == 40
    assert list(findings(session)) == []


def test_nothing_is_locked_after_the_head(app: Flask, shopper: Shopper) -> None:
    """Whoever has the head waits for nobody: only entries and the request's own answer come after."""
    shopper.places_order()
    shopper.pays()
    shopper.hears_webhooks()
    number, owner, said = shopper.placed["order"]["number"], Owner.of(app), []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *args: said.append(args[2]))
        event.listen(db.engine, "commit", lambda _connection: said.append("COMMIT"))

    owner.refunds(number, amount=100)
    app.test_cli_runner().invoke(cli, ["stock", "receive", BAG, "1"])
    app.test_cli_runner().invoke(cli, ["key", "create", "grace", "--scope", "audit:read"])
    made = ["user", "create", "grace", "--scope", "audit:read"]
    app.test_cli_runner().invoke(cli, made, input="a bag of good words\n")
    for changed in (["scopes", "grace", "--scope", "orders:read"], ["disable", "grace"], ["enable", "grace"]):
        app.test_cli_runner().invoke(cli, ["user", *changed])

    heads = [at for at, statement in enumerate(said) if "FROM audit_head" in statement]
    assert len(heads) == 7
    for at in heads:
        after = said[at + 1 : said.index("COMMIT", at)]
        locking = [each for each in after if not each.startswith("SELECT")]
        own = ("INSERT INTO audit_entry", "UPDATE audit_head", "UPDATE stored_answer")
        assert [each for each in locking if not each.startswith(own)] == []
