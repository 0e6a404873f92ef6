"""The form of a checkout: what it asks for in a country, and what is wrong with what was typed.

No rule of addresses stands here: which fields there are, and what each may hold, is asked of
:mod:`shop.checkout.addresses` and of the schema that the API reads a checkout with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from shop.checkout import addresses
from shop.checkout.errors import InvalidAddress
from shop.checkout.schemas import CheckoutChanges
from shop.kit.fields import faults
from shop.storefront.texts import gettext, later

_ADDRESS = ("name", "line1", "line2", "city", "region", "postal_code", "country")

#: What browsers fill fields with (HTML, "Autofill").
_AUTOFILL = {
    "email": "email",
    "name": "name",
    "line1": "address-line1",
    "line2": "address-line2",
    "city": "address-level2",
    "region": "address-level1",
    "postal_code": "postal-code",
}

_LABELS = {
    "email": later("E-mail"),
    "name": later("Full name"),
    "line1": later("Street and number"),
    "line2": later("Apartment, floor, company"),
    "city": later("City"),
    "region": later("Region"),
    "postal_code": later("Postal code"),
}
_REGIONS = {
    "state": later("State"),
    "province": later("Province"),
    "prefecture": later("Prefecture"),
    "emirate": later("Emirate"),
    "area": later("Area"),
}
_MISSING = {
    "email": later("Enter your e-mail address."),
    "name": later("Enter the name of the person who receives the parcel."),
    "line1": later("Enter the street and the number."),
    "city": later("Enter the city."),
    "region": later("Choose the region from the list."),
    "postal_code": later("Enter the postal code."),
    "country": later("Choose a country that we deliver to."),
    "shipping_option": later("Choose how the parcel travels."),
}
_WRONG = {
    "email": later("Enter an e-mail address such as ada@example.com."),
    "country": later("Choose a country that we deliver to."),
    "region": later("Choose the region from the list."),
    "shipping_option": later("Choose how the parcel travels."),
}


_EMPTY = later("Fill in this field.")
_UNPRINTABLE = later("This is too long, or holds characters that we cannot print.")


@dataclass(frozen=True, slots=True)
class Field:
    """One field as a page shows it.

    Attributes:
        choices: Value and text of each; empty where anything may be typed.
        error: What is wrong with it, in the language of the page; empty where nothing is.
    """

    name: str
    label: str
    value: str
    autofill: str
    is_required: bool
    choices: tuple[tuple[str, str], ...] = ()
    error: str = ""


def typed(form: MultiDict[str, str]) -> dict[str, str]:
    """Return what a form holds, each field once, as it was typed."""
    return {name: form.get(name, "") for name in ("email", "shipping_option", *_ADDRESS)}


def stored(email: str | None, address: Mapping[str, Any] | None, option: str | None) -> dict[str, str]:
    """Return what a checkout knows already, as a form holds it."""
    known = {name: (address or {}).get(name) or "" for name in _ADDRESS}
    return {"email": email or "", "shipping_option": option or "", **known}


def changes_of(values: Mapping[str, str]) -> dict[str, Any]:
    """Return what was typed as the API is sent it: an empty field is none."""
    address = {name: values[name].strip() or None for name in _ADDRESS}
    return {
        "email": values["email"].strip(),
        "shipping_option": values["shipping_option"],
        "shipping_address": {**address, "name": values["name"], "line1": values["line1"]},
    }


def faults_of(values: Mapping[str, str], countries: list[str]) -> dict[str, str]:
    """Return what is wrong, all at once: the sentence for each field that is.

    What passes here is checked again by the service, which decides.
    """
    sent, found = changes_of(values), {}
    for name, pointer in _pointers(faults(CheckoutChanges().validate(sent), "json")):
        found[name] = sentence(name, values.get(name, ""), values["country"], pointer)
    try:
        addresses.checked({**sent["shipping_address"]}, countries=countries, pointer="")
    except InvalidAddress as refusal:
        for name, detail in _pointers(refusal.facts["errors"]):
            found.setdefault(name, sentence(name, values.get(name, ""), values["country"], detail))
    return found


def refused_fields(problem: Any, values: Mapping[str, str]) -> dict[str, str]:
    """Return the sentence for each field that the service refused."""
    errors = problem.facts.get("errors", [])
    return {
        name: sentence(name, values.get(name, ""), values["country"], detail)
        for name, detail in _pointers(errors)
    }


def sentence(name: str, value: str, country: str, detail: str) -> str:
    """Return what to do about a field, in the language of the page."""
    if "card number" in detail:
        return gettext("Do not enter a card number here. You pay on the next page.")
    if not value.strip():
        return gettext(_MISSING.get(name, _EMPTY))
    if name == "postal_code" and (example := _example_of(country)):
        return gettext("Enter a postal code of this place, such as %(example)s.") % {"example": example}
    return gettext(_WRONG.get(name, _UNPRINTABLE))


def _example_of(country: str) -> str | None:
    """Return a postal code of a country, None where it has none or there is no such country."""
    try:
        return addresses.form_of(country).postal_code_example
    except ValueError:  # whatever was typed, with a fault of its own
        return None


def fields_of(country: str, values: Mapping[str, str], errors: Mapping[str, str]) -> list[Field]:
    """Return the fields of an address in the order in which the country writes them."""
    form = addresses.form_of(country)
    found = []
    for name in form.fields:
        if name == "country":
            continue
        label = _REGIONS.get(form.region_kind, _LABELS["region"]) if name == "region" else _LABELS[name]
        if name == "postal_code" and form.postal_code_kind == "zip":
            label = later("ZIP code")
        choices = tuple(form.regions) if name == "region" else ()
        required = name in form.required
        found.append(_field(name, label, values, errors, required=required, choices=choices))
        if name == "line1":
            found.append(_field("line2", _LABELS["line2"], values, errors, required=False))
    return found


def lines_of(address: Mapping[str, Any] | None) -> list[str]:
    """Return an address in the lines in which its country writes it."""
    return addresses.lines_of(address) if address else []


def email_field(values: Mapping[str, str], errors: Mapping[str, str]) -> Field:
    """Return the field of the e-mail address."""
    return _field("email", _LABELS["email"], values, errors, required=True)


def _field(
    name: str,
    label: str,
    values: Mapping[str, str],
    errors: Mapping[str, str],
    *,
    required: bool,
    choices: tuple[tuple[str, str], ...] = (),
) -> Field:
    value = values.get(name, "")
    known = next(
        (code for code, text in choices if value.casefold() in (code.casefold(), text.casefold())), value
    )
    return Field(name, gettext(label), known, _AUTOFILL[name], required, choices, errors.get(name, ""))


def _pointers(errors: Iterable[Mapping[str, str]]) -> list[tuple[str, str]]:
    return [(each["pointer"].rsplit("/", 1)[-1], each["detail"]) for each in errors if "pointer" in each]
