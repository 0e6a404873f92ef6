"""Who may call what: every route as six callers, and no route that nobody thought of."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from shop.app import create_app
from shop.catalogue import routes as catalogue
from shop.kit.access import UndeclaredRouteError, access_of
from shop.payments.double import StripeDouble
from tests.conftest import settings_for
from tests.security.callers import CALLERS, World, routes

TABLE = Path(__file__).with_name("access.txt")

#: What each caller meets at the door of a kind of access, whatever stands behind it.
SHUT = {
    "owner": {"anonymous": {404}, "guest B": {404}, "admin read": {404}, "admin write": {404}},
    "key": {"anonymous": {401}, "guest A": {401}, "guest B": {401}, "order token": {401}},
    "secret": {caller: {404} for caller in CALLERS},
    # None of the six has a browser that signed in: all are led to the sign-in.
    "session": {caller: {303} for caller in CALLERS},
    "signed": {caller: {400} for caller in CALLERS},
}


def declared() -> dict[tuple[str, str], tuple[str, dict[str, str]]]:
    """Return the table: by method and rule, the access and what each caller is answered."""
    found = {}
    columns: list[str] = []
    for line in TABLE.read_text().splitlines():
        if line and not line.startswith("#"):
            method, rule, access, *answers = (part.strip() for part in line.split("|"))
            if columns:
                found[method, rule] = access, dict(zip(columns, answers, strict=True))
            else:
                columns = answers
    return found


def test_every_caller_is_answered_as_the_table_says(app: Flask, double: StripeDouble) -> None:
    """A line that is missing or wrong is printed as it would have to stand there."""
    world, table, wrong = World.of(app, double), declared(), []
    for method, rule in routes(app):
        access = str(access_of(app, rule.endpoint))
        if rule.endpoint in ("checkouts.complete_checkout", "checkouts.cancel_checkout"):
            world.renews_guest()  # the cart of the one before is empty, or bought
        answers = {caller: str(world.call(caller, method, rule).status_code) for caller in CALLERS}
        if table.get((method, rule.rule)) != (access, answers):
            wrong.append(" | ".join([method, rule.rule, access, *answers.values()]))

    assert not wrong, "\n" + "\n".join(wrong)
    assert set(table) == {(method, rule.rule) for method, rule in routes(app)}


def test_the_table_lets_nobody_in_who_is_not_declared() -> None:
    for (method, rule), (access, answers) in declared().items():
        for caller, statuses in SHUT.get(access.split()[0], {}).items():
            assert int(answers[caller]) in statuses, (method, rule, caller)
        if access.startswith("key") and access.endswith(":read"):
            assert answers["admin write"] == "403", (method, rule)
        if access.startswith("key") and access.endswith(":write"):
            assert answers["admin read"] == "403", (method, rule)
        if access.startswith(("public", "probe")):
            assert len(set(answers.values())) == 1, (method, rule)


def test_a_route_that_nobody_declared_stops_the_start(
    seeded_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(vars(catalogue.get_catalogue), "shop_access")
    registered = vars(catalogue.catalogue)["deferred_functions"]
    assert registered

    def bare() -> str:
        return "here I am"

    def add(state: object) -> None:
        state.app.add_url_rule("/v1/forgotten", "forgotten", bare)  # type: ignore[attr-defined]

    monkeypatch.setattr(catalogue.catalogue, "deferred_functions", [*registered, add])

    with pytest.raises(UndeclaredRouteError, match=r"/v1/forgotten \(forgotten\)"):
        create_app(settings_for(seeded_url))


def test_a_key_is_asked_for_before_the_request_is_read(app: Flask) -> None:
    answer = app.test_client().post("/v1/admin/orders/X/refunds", data="{", content_type="text/plain")

    assert (answer.status_code, (answer.json or {})["code"]) == (401, "key_required")


def test_what_is_not_for_everybody_is_never_kept(app: Flask, double: StripeDouble) -> None:
    world = World.of(app, double)
    for method, rule in routes(app):
        if access_of(app, rule.endpoint).who not in ("public", "signed"):
            for caller in CALLERS:
                kept = world.call(caller, method, rule).headers.get("Cache-Control")
                assert kept == "no-store", (method, rule.rule, caller)
