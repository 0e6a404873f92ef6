"""When something is shown is said in the seed, and a time that cannot be meant is refused where it stands."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.catalogue.models import Campaign, Product
from shop.seeding import service as seeding
from shop.seeding.prepare import prepare
from tests.seeding.conftest import SEED, SeedCopy

#: File, what stands before the new line, and what the entry is called.
PRODUCT = ("products/le-city.yaml", "  - slug: le-city-bag-medium\n", "products[0]")
ACCESSORY = ("accessories.yaml", "  - slug: le-cagole-charms-belt\n", "accessories[0]")
CAMPAIGN = ("campaigns.yaml", "  - slug: closet-2024\n", "campaigns[0]")
EVERYWHERE = (ACCESSORY, CAMPAIGN, PRODUCT)  # in the order of the files' names
MARCH, APRIL = datetime(2027, 3, 1, 9, tzinfo=UTC), datetime(2027, 4, 1, tzinfo=UTC)


def say(seed: SeedCopy, where: tuple[str, str, str], **times: str) -> None:
    file, after, _ = where
    seed.edit(file, after, after + "".join(f"    {key}: {value}\n" for key, value in times.items()))


def test_times_are_applied_shown_in_the_plan_and_taken_away_again(
    app: Flask, seed: SeedCopy, session: Session
) -> None:
    for where in EVERYWHERE:
        say(seed, where, publish_at='"2027-03-01T09:00:00Z"', unpublish_at='"2027-04-01T00:00:00Z"')
    with app.app_context():
        planned = seeding.plan(seed.folder)
        seeding.apply(seed.folder)
        again = seeding.plan(seed.folder)

    changed = {
        kind.table.name: [change.fields for change in changes.changed]
        for kind, changes in planned.tables.items()
        if changes.changed
    }
    wanted = {"publish_at": (None, MARCH), "unpublish_at": (None, APRIL)}
    assert changed == {"product": [wanted, wanted], "campaign": [wanted]}
    assert again.count == 0
    bags = select(Product).where(Product.slug.in_(["le-city-bag-medium", "le-cagole-charms-belt"]))
    campaigns = select(Campaign).where(Campaign.slug == "closet-2024")
    rows = [*session.scalars(bags), *session.scalars(campaigns)]
    assert len(rows) == 3
    for row in rows:
        assert (row.publish_at, row.unpublish_at) == (MARCH, APRIL)

    with app.app_context():
        seeding.apply(SEED)
    assert session.scalar(select(Product.publish_at).where(Product.slug == "le-city-bag-medium")) is None


@pytest.mark.parametrize(
    "written",
    [
        '"2027-03-01T09:00:00"',
        '"2027-03-01 09:00:00Z"',
        '"2027-03-01T09:00:00+01:00"',
        '"2027-02-30T09:00:00Z"',
        '"2027-03-01"',
        "20270301",
    ],
)
def test_a_time_without_utc_or_of_no_calendar_is_refused_where_it_stands(
    seed: SeedCopy, written: str
) -> None:
    for where in EVERYWHERE:
        say(seed, where, publish_at=written)

    faults = [str(fault) for fault in seed.faults()]
    for (file, _, name), fault in zip(EVERYWHERE, faults, strict=True):
        line = seed.line_of(file, f"publish_at: {written}")
        assert fault.startswith(f"{file}:{line}:17 {name}.publish_at: must be ")


@pytest.mark.parametrize("end", ["2027-03-01T09:00:00Z", "2027-02-28T00:00:00Z"])
def test_an_end_before_the_beginning_is_refused_where_it_stands(seed: SeedCopy, end: str) -> None:
    for where in EVERYWHERE:
        say(seed, where, publish_at='"2027-03-01T09:00:00Z"', unpublish_at=f'"{end}"')

    faults = [str(fault) for fault in seed.faults()]
    for (file, _, name), fault in zip(EVERYWHERE, faults, strict=True):
        line = seed.line_of(file, "unpublish_at: ")
        assert fault.startswith(f"{file}:{line}:19 {name}.unpublish_at: must come after `publish_at`")


def test_either_time_may_stand_alone(seed: SeedCopy) -> None:
    say(seed, PRODUCT, unpublish_at='"2027-03-01T09:00:00Z"')
    say(seed, CAMPAIGN, publish_at='"2027-03-01T09:00:00Z"')

    prepare(seed.folder)
