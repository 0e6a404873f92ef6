"""A seed with a fault is refused, with the place, what stands there and what was probably meant."""

from __future__ import annotations

import re

import pytest

from shop.seeding.errors import MOST_LISTED, SeedRefused
from shop.seeding.prepare import prepare
from tests.seeding.conftest import SeedCopy

LE_CITY = "products/le-city.yaml"
FIRST_CODE = 'style_code: "823058 2AA9S 1000"'
FIRST_PRICE = '{currency: USD, amount_minor: 285000, source: S97, as_of: "2024/2025, undated"'


def test_an_unknown_key_is_refused_with_a_guess(seed: SeedCopy) -> None:
    seed.edit(LE_CITY, FIRST_CODE, f'{FIRST_CODE}\n        colur: "black"')

    line = seed.line_of(LE_CITY, "colur")
    assert seed.fault() == (
        f"{LE_CITY}:{line}:9 products[0].variants[0].colur: unknown key; did you mean `colour`?"
    )


def test_a_dangling_reference_is_refused_with_a_guess(seed: SeedCopy) -> None:
    seed.edit(
        LE_CITY,
        f"{FIRST_CODE}\n        material: arena-lambskin-le-city",
        f"{FIRST_CODE}\n        material: arena-lambskn-le-city",
    )

    line = seed.line_of(LE_CITY, "arena-lambskn")
    assert seed.fault() == (
        f"{LE_CITY}:{line}:19 products[0].variants[0].material: no such material; "
        "did you mean `arena-lambskin-le-city`? (got 'arena-lambskn-le-city')"
    )


@pytest.mark.parametrize(
    ("file", "old", "new", "wanted"),
    [
        ("campaigns.yaml", "{person: juyeon}", "{person: juyeonn}", "no such person; did you mean `juyeon`?"),
        (
            "families.yaml",
            "person: pierpaolo-piccioli, role: current",
            "person: piccioli, role: current",
            "no such person",
        ),
        (
            "hardware.yaml",
            'name: "Flat brass (FB / FBH)"\n    finish: brass',
            'name: "Flat brass (FB / FBH)"\n    finish: bras',
            "not a word of the vocabulary `finish`; did you mean `brass`?",
        ),
        (
            "placements.yaml",
            "product: le-cagole-mini-multipouch",
            "product: le-cagole-multipouch",
            "no such product; did you mean `le-cagole-mini-multipouch`?",
        ),
        (
            "disputes.yaml",
            'value: "aged gold", sources: [S76]',
            'value: "aged gold", sources: [S760]',
            "no such source",
        ),
        ("house.yaml", "group_sources: [S66]", "group_sources: [S666]", "no such source"),
        (
            "accessories.yaml",
            "products: [le-cagole-boot-bag]",
            "products: [le-cagole-bootbag]",
            "no such product; did you mean `le-cagole-boot-bag`?",
        ),
        (
            "accessories.yaml",
            "{material: denim}",
            "{material: denims}",
            "no such material; did you mean `denim`?",
        ),
        ("materials.yaml", "lining_hint: nappa-lambskin", "lining_hint: nappa", "no such lining"),
        (
            "stock.yaml",
            '{sku: "8230582AA9S1000"',
            '{sku: "8230582AA9S1001"',
            "no such variant; did you mean `8230582AA9S1000`?",
        ),
    ],
)
def test_whatever_is_pointed_at_must_exist(
    seed: SeedCopy, file: str, old: str, new: str, wanted: str
) -> None:
    seed.edit(file, old, new)

    found = seed.fault()

    assert found.startswith(f"{file}:")
    assert wanted in found


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        (
            FIRST_CODE,
            "style_code: 823058002990001000",
            "style_code: must be text: put it in quotes (got 8230",
        ),
        (FIRST_CODE, 'style_code: "823058 2AA9S"', "must look like `823058 2AA9S 1000` (got '823058 2AA9S')"),
        (
            'model_codes: ["823058", "865760"]',
            'model_codes: [823058, "865760"]',
            "model_codes[0]: must be text: put it in quotes (got 823058)",
        ),
        (
            FIRST_PRICE,
            FIRST_PRICE.replace("285000", "2850.00"),
            "amount_minor: must be a whole number (got 2850.00)",
        ),
        (FIRST_PRICE, FIRST_PRICE.replace("285000", '"285000"'), "amount_minor: must be a whole number"),
        (FIRST_PRICE, FIRST_PRICE.replace("285000", "1_000"), "must be a whole number (got '1_000')"),
        (FIRST_PRICE, FIRST_PRICE.replace("285000", "08"), "must be a whole number (got '08')"),
        (FIRST_PRICE, FIRST_PRICE.replace("285000", "1e3"), "must be a whole number (got '1e3')"),
        (FIRST_PRICE, FIRST_PRICE.replace("285000", "0"), "amount_minor: Must be greater than or equal to 1"),
        (FIRST_PRICE, FIRST_PRICE.replace("USD", "USX"), "currency: must be one of AED, CNY"),
        (
            FIRST_PRICE,
            FIRST_PRICE.replace(" source: S97,", ""),
            "source: needs a `source`, or `is_illustrative",
        ),
        (FIRST_PRICE, FIRST_PRICE + ", sale_amount_minor: 285000", "must be less than `amount_minor`"),
        (FIRST_PRICE, FIRST_PRICE + ', market: "FR"', "the market FR is priced in EUR"),
        (FIRST_PRICE, FIRST_PRICE + ', valid_from: "yesterday"', 'a moment such as "2024-01-01T00:00:00Z"'),
        (FIRST_PRICE, FIRST_PRICE + ', valid_to: "2023-01-01T00:00:00Z"', "must come after `valid_from`"),
        (
            "sellable: true\n    dimensions:\n      width_mm: 380",
            "sellable: yes\n    dimensions:\n      width_mm: 380",
            "sellable: must be true or false (got 'yes')",
        ),
        ('launched: "2024-07"', 'launched: "July 2024"', "must be a date such as"),
        ("      width_mm: 380", "      width_mm: 380\n      wieght_is_illustrative: true", "unknown key"),
        ("      width_mm: 380", "      width_mm: null", "may not be null; leave the line out (got null)"),
        ("      width_mm: 380\n", "", "products[0].dimensions.width_mm: is missing"),
        ('name: "Le City Bag Medium"', f'name: "{"x" * 201}"', "Length must be between 1 and 200"),
        ('name: "Le City Bag Medium"', 'name: "Le City\\u0000Bag"', "control characters"),
        ('["823058", "865760"]', '["823058", "823058"]', "holds 823058 more than once"),
        (
            "size: medium\n    silhouette: handbag",
            "size: medum\n    silhouette: handbag",
            "not a word of the vocabulary `size`; did you mean `medium`?",
        ),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(seed: SeedCopy, old: str, new: str, wanted: str) -> None:
    seed.edit(LE_CITY, old, new)

    found = str(seed.faults()[0])

    assert re.match(rf"{LE_CITY}:\d+:\d+ ", found)
    assert wanted in found


def test_two_variants_of_one_style_code_are_refused_where_the_second_stands(seed: SeedCopy) -> None:
    seed.edit(LE_CITY, 'style_code: "823058 2AB6A 1000"', FIRST_CODE)

    line = seed.line_of(LE_CITY, "823058 2AA9S 1000")
    assert f"style_code: stands here twice (first in {LE_CITY}, line {line})" in str(seed.faults()[0])


def test_two_variants_made_alike_need_a_slug_that_tells_them_apart(seed: SeedCopy) -> None:
    slug = "le-city-bag-medium--arena-lambskin-le-city--black--le-city-palladium--2"
    seed.edit(LE_CITY, f'        slug: "{slug}"\n', "")

    assert "give this one a `slug` of its own" in seed.fault()


def test_a_placeholder_code_says_so(seed: SeedCopy) -> None:
    seed.edit(LE_CITY, FIRST_CODE, f"{FIRST_CODE}\n        code_is_assigned: true")

    assert "a code that is assigned begins with Z" in seed.fault()


def test_what_is_sold_has_a_price(seed: SeedCopy) -> None:
    seed.cut(
        "accessories.yaml", "    prices:\n      - {currency: USD, amount_minor: 29000", "\n  - slug: heart"
    )

    assert "prices: is missing: what is sold has a price" in seed.fault()


def test_an_archive_product_sells_no_variant(seed: SeedCopy) -> None:
    path = seed.folder / "products/motorcycle.yaml"
    path.write_text(
        path.read_text().replace(
            "        evidence: line\n", "        evidence: line\n        sellable: true\n", 1
        )
    )

    assert any("sellable: its product is not sellable" in str(fault) for fault in seed.faults())


def test_no_variant_is_made_of_a_material_that_none_may_use(seed: SeedCopy) -> None:
    seed.edit(
        LE_CITY,
        f"{FIRST_CODE}\n        material: arena-lambskin-le-city",
        f"{FIRST_CODE}\n        material: genuine-crocodile",
    )

    assert "no variant is made of it" in seed.fault()


@pytest.mark.parametrize(
    ("rate", "wanted"),
    [
        ("0.2000001", "may have at most six decimals"),
        ("2", "must be a number from 0 to 1"),
        ('"0.2"', "must be a number from 0 to 1"),
        ("1e-1", "must be a number from 0 to 1"),
    ],
)
def test_a_rate_is_a_part_of_one_with_six_decimals(seed: SeedCopy, rate: str, wanted: str) -> None:
    seed.edit("markets.yaml", "tax_rate: 0.19", f"tax_rate: {rate}")

    assert wanted in seed.fault()


def test_a_market_has_the_exponent_of_its_currency(seed: SeedCopy) -> None:
    seed.edit("markets.yaml", "currency: JPY\n    exponent: 0", "currency: JPY\n    exponent: 2")

    assert "markets[5].exponent: JPY has 0 decimal places (got 2)" in seed.fault()


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        ("{hardwear: {stud_scale: [original]}}", "unknown subject; did you mean `hardware`?"),
        ("{hardware: {stud_scal: [original]}}", "unknown property; did you mean `stud_scale`?"),
        ("{hardware: {stud_scale: [orignal]}}", "no hardware set has this; did you mean `original`?"),
        ("{hardware: {stud_scale: original}}", "must be a list of values"),
        ("{hardware: {stud_scale: {has: 3}}}", "must be `{has: [..]}`"),
        ("{hardware: {}}", "must say what is true of it"),
        ("{}", "must name what it is about"),
    ],
)
def test_a_rule_that_could_match_nothing_is_refused(seed: SeedCopy, rule: str, wanted: str) -> None:
    seed.edit("details.yaml", "rule: {hardware: {stud_scale: [original]}}", f"rule: {rule}")

    assert wanted in seed.fault()


def test_stock_is_counted_once_for_a_place_and_only_of_what_is_sold(seed: SeedCopy) -> None:
    first = '{sku: "8230582AA9S1000", location: milan-01, pieces: 8}'
    archive = '{sku: "ZZ0040Z2101Z001", location: milan-01, pieces: 1}'
    seed.edit("stock.yaml", f"- {first}", f"- {first}\n  - {first}\n  - {archive}")

    found = [str(fault) for fault in seed.faults()]

    assert "opening[1]: is counted twice at this location" in found[0]
    assert "opening[2].sku: this variant is not sold: it has no stock (got 'ZZ0040Z2101Z001')" in found[1]


def test_a_file_of_another_name_is_refused_with_a_guess(seed: SeedCopy) -> None:
    (seed.folder / "colours.yaml").rename(seed.folder / "colors.yaml")

    assert seed.fault() == "colors.yaml:1:1 not a file of a seed; did you mean `colours.yaml`?"


def test_another_kind_of_seed_is_refused(seed: SeedCopy) -> None:
    seed.edit("stock.yaml", "closet-seed/1", "closet-seed/2")

    assert "schema: must be one of closet-seed/1 (got 'closet-seed/2')" in seed.fault()


def test_every_fault_of_every_file_is_listed_in_one_run(seed: SeedCopy) -> None:
    seed.edit("markets.yaml", "tax_rate: 0.19", "tax_rate: 19")
    seed.edit("colours.yaml", '"#101010"', '"black"')
    seed.edit(LE_CITY, "width_mm: 380", "width_mm: wide")

    assert [fault.file for fault in seed.faults()] == ["colours.yaml", "markets.yaml", LE_CITY]


def test_at_most_a_hundred_faults_are_listed_and_the_rest_counted(seed: SeedCopy) -> None:
    path = seed.folder / "sources.yaml"
    path.write_text(path.read_text().replace("kind:", "kid:"))

    with pytest.raises(SeedRefused) as refused:
        prepare(seed.folder)

    assert len(refused.value.faults) == MOST_LISTED
    assert refused.value.more == 2 * 127 - MOST_LISTED
    assert str(refused.value).endswith("... and 154 more")


def test_a_folder_that_is_not_there_is_refused(seed: SeedCopy) -> None:
    with pytest.raises(SeedRefused, match="is not there: neither a folder of seed files nor a file"):
        prepare(seed.folder / "nowhere")
