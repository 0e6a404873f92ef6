"""What the database adds up of variants is what going through each of them would find, in their order."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import selectinload

from shop.catalogue.models import Colour, DetailSet, Variant
from shop.kit.db import transaction
from shop.search.variants import Variants, read_variants


def one_by_one(variants: list[Variant]) -> dict[int, Variants]:
    """Return what variants have, by product id."""
    found: dict[int, Variants] = {}
    alike: set[tuple[object, ...]] = set()
    for each in variants:
        of_product = found.setdefault(each.product_id, Variants())
        made_of = (each.material_id, each.colour_id, each.hardware_set_id)
        details = {detail.id for detail in each.details}
        shared = (each.product_id, *made_of, each.detail_set_id, each.label, each.edition)
        if shared not in alike:
            of_product.made_of.append(made_of)
            of_product.called += [text for text in (each.label, each.edition) if text]
        of_product.details = sorted({*of_product.details, *details})
        alike.add(shared)
        if not each.code_is_assigned:
            of_product.codes = [*of_product.codes, each.style_code]
    return found


def test_variants_are_added_up_in_order_of_their_positions(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        first, last = session.execute(select(func.min(Colour.id), func.max(Colour.id))).one()
        # Two products with many variants: alike in turns, at shared positions and against their ids.
        session.execute(
            update(Variant).values(
                product_id=select(func.min(Variant.product_id)).scalar_subquery() + Variant.id % 2,
                position=(Variant.id * 7919) % 11 - 5,
                colour_id=first + (last - first) * (Variant.id % 3 % 2),
                material_id=select(func.min(Variant.material_id)).scalar_subquery(),
                hardware_set_id=None,
                detail_set_id=select(func.min(DetailSet.id)).scalar_subquery() + Variant.id % 5 % 2,
                edition=None,
                label=func.nullif(func.substr("the second black", 1, Variant.id % 5), ""),
                code_is_assigned=Variant.id % 7 == 0,
                is_retired=Variant.id % 13 == 0,
            )
        )
        live = select(Variant).where(Variant.is_retired.is_(False)).options(selectinload(Variant.details))
        known = one_by_one([*session.scalars(live.order_by(Variant.position, Variant.id))])

        found = read_variants(session, Variant.product_id > 0)

        assert [len(each.codes) > 50 for each in known.values()] == [True, True]
        assert all(len(each.made_of) < len(each.codes) / 2 for each in known.values())
        assert all(len(each.details) > 1 for each in known.values())
        assert found == known
        one = min(known)
        assert read_variants(session, Variant.product_id == one) == {one: known[one]}
