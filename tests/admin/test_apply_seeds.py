"""Seeds over HTTP: planned at once, applied by a job that tells how far it is and is done once."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from shop import background
from shop.audit.models import AuditEntry
from shop.kit.clock import clock
from shop.kit.db import transaction
from shop.seeding import jobs
from shop.seeding.models import Job
from tests.owner import Owner
from tests.shopper import BAG

PRICES = "sku,currency,amount_minor,is_illustrative\n{sku},USD,{amount},true\n"
FAULTY = PRICES.format(sku=BAG, amount="dear")


def prices(amount: object) -> str:
    return PRICES.format(sku=BAG, amount=amount)


def zipped(**files: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as packed:
        for name, text in files.items():
            packed.writestr(f"{name}.csv", text)
    return held.getvalue()


def asks(owner: Owner, path: str, body: str | bytes, kind: str = "text/csv", **more: str) -> TestResponse:
    return owner.writes("POST", f"/seed/{path}", data=body, content_type=kind, **more)


def price(owner: Owner) -> int:
    entry = owner.gets(f"/variants/{BAG}").json
    return next(one["amount_minor"] for one in entry["prices"] if one["currency"] == "USD")


def works(app: Flask) -> None:
    with app.app_context():
        background.do_jobs()


def test_a_plan_tells_every_field_and_changes_nothing(owner: Owner) -> None:
    before = price(owner)
    for body, kind in ((prices(1), "text/csv"), (zipped(prices=prices(1)), "application/zip")):
        plan = asks(owner, "plans", body, kind)

        assert plan.status_code == 200, plan.text
        (entry,) = plan.json["entries"]
        assert (entry["action"], entry["kind"]) == ("changed", "price")
        assert entry["fields"]["amount_minor"] == {"before": before, "after": 1}
        assert plan.json["counts"] == {"price": {"changed": 1}}
    assert price(owner) == before


def test_a_plan_of_a_faulty_seed_tells_every_place(owner: Owner) -> None:
    refused = asks(owner, "plans", FAULTY)
    broken = asks(owner, "plans", "schema: [", "application/yaml")

    assert (refused.status_code, refused.json["code"]) == (422, "seed_faulty")
    (fault,) = refused.json["faults"]
    assert (fault["file"], fault["line"], fault["column"]) == ("body.csv", 2, 21)
    assert broken.json["faults"][0]["file"] == "body.yaml"


def test_a_seed_is_applied_by_a_job(owner: Owner, app: Flask, session: Session) -> None:
    key = str(uuid4())
    first, again = (asks(owner, "applications", prices(1), key=key) for _ in range(2))
    assert (first.status_code, first.json["status"]) == (202, "waiting"), first.text
    assert (again.json["id"], again.headers["Location"]) == (first.json["id"], first.headers["Location"])

    works(app)

    job = owner.gets(f"/jobs/{first.json['id']}").json
    assert (job["status"], job["attempt"], job["step"]) == ("succeeded", 1, "done")
    assert (job["done"], job["total"] > 0) == (job["total"], True)
    assert job["result"]["tables"] == {"price": {"changed": 1}}
    assert price(owner) == 1
    assert [each["id"] for each in owner.gets("/jobs").json["items"]] == [job["id"]]
    assert session.scalars(select(Job.payload)).one() is None
    log = session.execute(
        select(AuditEntry.actor, AuditEntry.action).order_by(AuditEntry.number.desc())
    ).all()
    assert log[:3] == [("key:ada", "seed.change"), ("key:ada", "seed.apply"), ("key:ada", "job.create")]


def test_a_faulty_seed_fails_with_its_faults_and_writes_nothing(owner: Owner, app: Flask) -> None:
    before = price(owner)
    body = zipped(prices=FAULTY, stock="sku,location,pieces\nNONE,milan-01,1\n")
    place = asks(owner, "applications", body, "application/zip").headers["Location"]

    works(app)

    job = owner.gets(place.removeprefix("/v1/admin")).json
    assert job["status"] == "failed"
    assert {each["file"] for each in job["result"]["faults"]} == {"prices.csv", "stock.csv"}
    assert price(owner) == before


def test_a_job_whose_worker_died_is_done_by_another_and_once(
    owner: Owner, app: Flask, session: Session
) -> None:
    asks(owner, "applications", prices(1))
    with app.app_context():
        dead = jobs._claim()
        assert dead is not None
        assert not jobs.anything_waits(session)  # it may only be slow

    clock.advance(timedelta(seconds=jobs.CLAIM_SECONDS + 1))
    works(app)
    owner.writes(
        "POST",
        f"/variants/{BAG}/prices",
        json={"currency": "USD", "amount_minor": 2, "is_illustrative": True},
    )
    with app.app_context(), pytest.raises(jobs.TakenOverError):  # it was only slow, after all
        jobs._apply(dead)

    assert session.execute(select(Job.status, Job.attempt)).one() == ("succeeded", 2)
    assert price(owner) == 2
    applied = select(AuditEntry.number).where(AuditEntry.action == "seed.apply")
    assert len(session.scalars(applied).all()) == 2  # the tests' seed, and this one


def test_a_job_that_ends_its_workers_is_given_up(owner: Owner, app: Flask, session: Session) -> None:
    asks(owner, "applications", prices(1))
    for _ in range(jobs.MOST_ATTEMPTS):
        with app.app_context():
            assert jobs._claim() is not None
        clock.advance(timedelta(seconds=jobs.CLAIM_SECONDS + 1))

    works(app)

    status, result = session.execute(select(Job.status, Job.result)).one()
    assert (status, "3 workers began it" in result["detail"]) == ("failed", True)


def test_a_job_is_looked_for_anew_where_the_shop_failed(owner: Owner, app: Flask, session: Session) -> None:
    asks(owner, "applications", prices(1))
    with app.app_context():
        held = jobs._claim()
        assert held is not None
        jobs._let_go(held)

    works(app)

    assert session.execute(select(Job.status, Job.attempt)).one() == ("succeeded", 2)


def test_how_far_a_job_is_is_told_while_it_runs(owner: Owner, app: Flask, session: Session) -> None:
    place = asks(owner, "applications", prices(1)).headers["Location"].removeprefix("/v1/admin")
    with app.app_context():
        held = jobs._claim()
        assert held is not None
        held.at = (3, 40, "price")
        jobs._give_sign(held)

    job = owner.gets(place).json
    assert (job["status"], job["step"], job["done"], job["total"]) == ("running", "price", 3, 40)


def test_what_is_no_seed_is_refused(owner: Owner, app: Flask) -> None:
    for path in ("plans", "applications"):
        assert asks(owner, path, "{}", "text/plain").json["code"] == "unknown_seed_format"
        assert asks(owner, path, b"x" * (8 * 1024 * 1024 + 1)).status_code == 413
        assert owner.writes("POST", f"/seed/{path}?prune=yes", json={}).status_code == 422
    assert owner.gets(f"/jobs/{uuid4()}").json["code"] == "unknown_job"
    with app.app_context(), transaction() as session:
        assert session.scalars(select(Job)).all() == []
