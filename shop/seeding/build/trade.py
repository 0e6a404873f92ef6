"""Rows of markets, shipping, placements, observed amounts and locations."""

from __future__ import annotations

from shop.seeding import kinds
from shop.seeding.rows import Rows
from shop.seeding.seed import Item, Seed


def add_trade(rows: Rows, seed: Seed) -> None:
    """Add where the shop sells and what was seen elsewhere."""
    for position, item in enumerate(seed.each("markets.yaml", "markets"), 1):
        _add_market(rows, item, position)
    for position, item in enumerate(seed.each("placements.yaml", "placements"), 1):
        rows.add(kinds.PLACEMENT, item, renamed={"market": "market_code"}, position=position)
    for kind in ("retail", "resale"):
        for position, item in enumerate(seed.each("observations.yaml", kind), 1):
            sources = [item["source"]]
            rows.add(kinds.OBSERVATION, item, but={"source"}, kind=kind, sources=sources, position=position)
    for position, item in enumerate(seed.each("stock.yaml", "locations"), 1):
        rows.add(kinds.LOCATION, item, position=position)


def _add_market(rows: Rows, item: Item, position: int) -> None:
    code = item["code"]
    renamed = {"tax_rate": "tax_rate_ppm"}
    rows.add(kinds.MARKET, item, but={"customs", "shipping"}, renamed=renamed, position=position)
    for index, duty in enumerate(item.each("customs"), 1):
        rows.add(kinds.DUTY, duty, renamed={"rate": "rate_ppm"}, market_code=code, position=index)
    for index, method in enumerate(item.each("shipping"), 1):
        rows.add(kinds.SHIPPING, method, market_code=code, position=index)


def check_prices(rows: Rows) -> None:
    """Refuse a price of one market in another market's currency."""
    for row in rows[kinds.PRICE].values():
        market = rows[kinds.MARKET].get(row.values["market_code"])
        if not row.held and market and market.values["currency"] != row.values["currency"]:
            problem = f"the market {row.values['market_code']} is priced in {market.values['currency']}"
            rows.faults.add(row.place_of("currency").fault(problem))
