"""The seed at the admin pages: what files would change, and the button that does it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from shop import background
from shop.admin import uploads
from shop.admin.models import SeedUpload
from shop.app import create_app
from shop.audit.models import AuditEntry
from shop.catalogue.models import Product
from shop.kit.clock import clock
from shop.kit.db import transaction
from shop.seeding import jobs
from shop.seeding.models import Job
from tests.admin.pages.browsing import SAME_SITE, Merchant, form, forms, words
from tests.conftest import SEED, dispose, settings_for
from tests.shopper import BAG

#: A price that the shop does not have.
PRICE = f"sku,currency,amount_minor,is_illustrative\n{BAG},USD,295000,true\n".encode()


@pytest.fixture
def merchant(app: Flask) -> Merchant:
    return Merchant.of(app).signed_in()


@pytest.fixture
def edited(tmp_path: Path) -> bytes:
    """A zip of the catalogue's products, one of them renamed."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as found:
        for path in sorted(SEED.rglob("*")):
            if path.is_file() and path.suffix in (".yaml", ".csv"):
                text = path.read_text().replace(
                    'name: "Le City Bag Medium"', 'name: "Le City Bag <b>Moyen</b>"'
                )
                found.writestr(path.relative_to(SEED).as_posix(), text)
    return packed.getvalue()


def name_of_bag(session: Session) -> str:
    return session.scalars(select(Product.name).where(Product.slug == "le-city-bag-medium")).one()


def test_the_shops_own_files_plan_to_nothing(merchant: Merchant) -> None:
    page = merchant.opens("/seed/plan")

    assert "0 changes" in words(page)
    assert "The shop is as these files say." in words(page)
    assert [each.action for each in forms(page)] == ["/admin/sign-out"]


def works(app: Flask) -> None:
    with app.app_context():
        background.do_jobs()


def at(merchant: Merchant, sent: TestResponse) -> TestResponse:
    """Open the page that a form led to."""
    return merchant.client.get(sent.headers["Location"])


def test_a_plan_is_read_as_a_diff_and_applied_as_it_was_read(
    app: Flask, merchant: Merchant, edited: bytes, session: Session
) -> None:
    page = merchant.uploads("catalogue.zip", edited)
    assert "Plan of catalogue.zip" in words(page)
    assert "1 change: 1 changed" in words(page)
    assert "~ le-city-bag-medium" in words(page)
    assert "name Le City Bag Medium to Le City Bag <b>Moyen</b>" in words(page)

    sent = merchant.sends(form(page, "/seed/apply"))

    assert sent.status_code == 303
    assert "It waits for its turn." in words(at(merchant, sent))
    works(app)
    done = at(merchant, sent)
    assert "Done. 1 change: 1 changed" in words(done)
    assert "catalogue.zip" in words(merchant.opens("/seed"))
    assert name_of_bag(session) == "Le City Bag <b>Moyen</b>"
    said = session.scalars(select(AuditEntry).order_by(AuditEntry.number.desc()).limit(3)).all()
    assert [each.action for each in said] == ["seed.change", "seed.apply", "job.create"]
    assert {each.actor for each in said} == {"key:ada"}


def test_how_far_it_is_is_read_from_the_job_whoever_does_it(app: Flask, merchant: Merchant) -> None:
    sent = merchant.sends(form(merchant.uploads("prices.csv", PRICE), "/seed/apply"))
    with app.app_context():
        held = jobs._claim()
        assert held is not None
        held.at = (3, 40, "price")
        jobs._give_sign(held)

    assert 'max="40" value="3"' in at(merchant, sent).text
    assert "3 of 40: price" in words(at(merchant, sent))


def test_a_double_click_makes_one_job(app: Flask, merchant: Merchant, session: Session) -> None:
    found = form(merchant.uploads("prices.csv", PRICE), "/seed/apply")

    first, second = (merchant.sends(found) for _ in range(2))

    assert first.headers["Location"] == second.headers["Location"]
    assert len(session.scalars(select(Job.id)).all()) == 1


def test_a_plan_that_is_not_the_one_agreed_to_is_not_applied(app: Flask, merchant: Merchant) -> None:
    dearer = PRICE.replace(b"295000", b"296000")
    first, second = (form(merchant.uploads("prices.csv", each), "/seed/apply") for each in (PRICE, dearer))
    pages = [merchant.sends(each) for each in (first, second)]

    works(app)

    assert "Done." in words(at(merchant, pages[0]))
    refused = words(at(merchant, pages[1]))
    assert "Nothing was changed. The shop or the files changed since the plan was shown" in refused
    assert "USD 2,950.00" in words(merchant.opens("/products/le-city-bag-medium"))


def test_faults_that_came_since_the_plan_are_told_with_their_places(app: Flask, merchant: Merchant) -> None:
    sent = merchant.sends(form(merchant.uploads("prices.csv", PRICE), "/seed/apply"))
    with app.app_context(), transaction() as session:
        session.execute(update(Job).values(payload=PRICE.replace(b"295000", b"-1")))

    works(app)

    page = at(merchant, sent)
    assert "Nothing was changed. 1 fault; nothing was written." in words(page)
    assert "prices.csv:2:" in words(page)


def test_each_fault_is_told_with_its_place(merchant: Merchant) -> None:
    table = PRICE.replace(b"295000", b"-1") + b"NOTHING,USD,2850,true\n"

    page = merchant.uploads("prices.csv", table)

    assert page.status_code == 422
    assert "prices.csv:2:" in words(page)
    assert "prices.csv:3:" in words(page)
    assert "Nothing can be applied" in words(page)
    assert not [each for each in forms(page) if each.action.endswith("/apply")]


def test_what_is_no_seed_file_is_refused(merchant: Merchant, session: Session) -> None:
    for name in ("prices.txt", "prices", "", "../../etc/passwd", "prices.csv.exe"):
        page = merchant.uploads(name, PRICE)
        assert page.status_code == 422, name
        assert "Unsuitable seed file" in words(page)
    assert session.scalars(select(SeedUpload)).all() == []


def test_a_name_that_leads_elsewhere_leads_nowhere(merchant: Merchant, session: Session) -> None:
    merchant.uploads("..\\..\\/etc/prices.csv", b"sku,currency,amount\n")

    assert session.scalars(select(SeedUpload.name)).all() == ["prices.csv"]


def test_a_file_that_is_too_large_is_refused(merchant: Merchant) -> None:
    kept = form(merchant.opens("/seed"), "/seed/uploads")
    body = b"x" * (uploads.MAX_BYTES + 128 * 1024)

    page = merchant.client.post(
        kept.action, data=body, headers=SAME_SITE, content_type="multipart/form-data; boundary=x"
    )

    assert page.status_code == 413
    assert "Body too large" in words(page)


def test_files_are_kept_for_a_day(app: Flask, merchant: Merchant, session: Session) -> None:
    merchant.uploads("prices.csv", b"sku,currency,amount\n")
    (upload_id,) = session.scalars(select(SeedUpload.id)).all()
    clock.advance(uploads._KEPT * 1.01)
    merchant.signed_in()
    merchant.uploads("stock.csv", b"sku,location,pieces\n")

    assert session.scalars(select(SeedUpload.name)).all() == ["stock.csv"]
    assert merchant.opens(f"/seed/plan?upload={upload_id}").status_code == 404
    assert merchant.opens("/seed/plan?upload=nonsense").status_code == 422


def test_a_key_that_reads_only_sees_the_plan_and_no_button(
    app: Flask, merchant: Merchant, session: Session
) -> None:
    page = merchant.uploads("prices.csv", PRICE)
    upload_id = form(page, "/seed/apply").fields["upload"]
    reader = Merchant.of(app, "catalogue:read", name="reader").signed_in()

    seen = reader.opens(f"/seed/plan?upload={upload_id}")
    assert "1 change" in words(seen)
    assert [each.action for each in forms(seen)] == ["/admin/sign-out"]
    own = form(seen, "/sign-out").fields["csrf_token"]
    assert reader.sends(form(page, "/seed/apply"), csrf_token=own).status_code == 403
    assert session.scalars(select(Job)).all() == []


def test_what_is_gone_from_the_files_goes_only_where_that_is_asked(merchant: Merchant) -> None:
    taken = "What is gone from the files is taken away"

    assert taken not in words(merchant.uploads("prices.csv", PRICE))
    page = merchant.uploads("prices.csv", PRICE, prune="yes")
    assert taken in words(page)
    assert form(page, "/seed/apply").fields["prune"] == "yes"


class TestFolder:
    """A shop whose files lie elsewhere."""

    @pytest.fixture
    def app(self, seeded_url: str, tmp_path: Path) -> Iterator[Flask]:
        folder = tmp_path / "house"
        folder.mkdir()
        (folder / "prices.csv").write_bytes(PRICE)
        app = create_app(settings_for(seeded_url, seed_folder=str(folder)))
        yield app
        dispose(app)

    def test_its_files_are_planned_and_applied_where_they_lie(self, app: Flask, merchant: Merchant) -> None:
        page = merchant.opens("/seed/plan")
        assert "Plan of house/" in words(page)
        assert "1 change: 1 changed" in words(page)

        sent = merchant.sends(form(page, "/seed/apply"))
        works(app)

        assert "Applying house/" in words(at(merchant, sent))
        assert "Done. 1 change: 1 changed" in words(at(merchant, sent))
