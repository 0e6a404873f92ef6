"""What each country asks for in an address, by Google's public data."""

from __future__ import annotations

import pytest

from shop.checkout.addresses import checked, form_of
from shop.checkout.errors import InvalidAddress

#: Country, fields in its order, those that may be left empty.
COUNTRIES = [
    ("US", ["name", "line1", "city", "region", "postal_code"], set()),
    ("FR", ["name", "line1", "postal_code", "city"], set()),
    ("JP", ["name", "postal_code", "region", "line1"], set()),
    ("GB", ["name", "line1", "city", "postal_code"], set()),
    ("HK", ["name", "region", "city", "line1"], {"city"}),
    ("AE", ["name", "line1", "region"], set()),
    ("SG", ["name", "line1", "postal_code"], set()),
]


def faults_of(address: dict[str, str | None]) -> set[str]:
    try:
        checked(address, countries=None, pointer="")
    except InvalidAddress as refusal:
        return {fault["pointer"] for fault in refusal.facts["errors"]}
    return set()


@pytest.mark.parametrize(("country", "fields", "optional"), COUNTRIES)
def test_a_form_asks_for_what_the_country_needs(country: str, fields: list[str], optional: set[str]) -> None:
    form = form_of(country)

    assert list(form.fields) == fields
    assert set(form.fields) - form.required == optional


@pytest.mark.parametrize("country", ["US", "JP", "HK", "AE", "KR", "CN", "IT"])
def test_every_region_that_a_form_offers_is_accepted(country: str) -> None:
    form = form_of(country)
    assert form.regions
    assert len({value for value, _ in form.regions}) == len(form.regions)
    address = dict.fromkeys(("name", "line1", "city"), "x") | {"line2": None, "country": country}

    for value, label in form.regions:
        assert (value + label).encode("latin-1")
        faults = faults_of({**address, "region": value, "postal_code": "1"})
        assert "/region" not in faults  # no postal code fits every region
    assert "/region" in faults_of({**address, "region": "Atlantis", "postal_code": "1"})
