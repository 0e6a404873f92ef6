"""The shop asked everything that its OpenAPI document allows, and much that it does not, by schemathesis.

The document's own paths are walked, so a new operation is asked without being named here. What is
addressed exists about half of the time: otherwise every answer would be a 404. Callers take turns:
nobody, somebody who owns what is addressed, and keys that may read and write.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from werkzeug.routing import Rule

from shop.inventory import deliveries
from shop.payments.double import StripeDouble
from shop.seeding import service as seeding
from tests.conftest import SEED
from tests.owner import Owner
from tests.security.asked import named, owner_of, template
from tests.security.callers import World, routes
from tests.shopper import BAG, Shopper

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

#: Whoever owns what is asked for, mostly.
CALLERS = ("owner", "owner", "owner", "anonymous", "guest B", "admin read", "admin write")

#: How often what is written to is made anew: it is paid, given back or canceled by then.
RENEWED = 0.1

#: Pieces of the bag that is bought meanwhile.
PIECES = 100_000

#: Operations that never succeed here, and why.
UNREACHED = {"POST /webhooks/stripe": "only Stripe can sign"}

#: Without limits, or nearly every answer would be a 429.
UNLIMITED = {f"limit_{name}": 0 for name in ("reads", "carts", "checkouts", "admin", "failures")}

#: Of a shop that is fuzzed: money waits to be taken, so that it can be.
SETTINGS = {"capture": "manual", **UNLIMITED}


@dataclass
class Found:
    """What came of a run.

    Attributes:
        cases: Requests by operation.
        statuses: Answers by operation and status.
        faults: What was wrong, each with the request that shows it.
    """

    cases: Counter[str] = field(default_factory=Counter)
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def add(self, other: Found) -> None:
        """Add another run to this one."""
        self.cases += other.cases
        self.statuses += other.statuses
        self.faults += other.faults

    def unsuccessful(self) -> set[str]:
        """Return the operations that never answered with success."""
        succeeded = {label for label, status in self.statuses if status < 400}
        return set(self.cases) - succeeded - set(UNREACHED)


class House:
    """What exists in the shop that is asked, and whose it is."""

    def __init__(self, app: Flask, double: StripeDouble) -> None:
        self._app, self._double = app, double
        with app.app_context():
            self._stock()
        self._world = World.of(app, double)
        self._owner = Owner.of(app)
        self._orders = itertools.cycle((True, False))
        self.renew()

    @staticmethod
    def _stock() -> None:
        deliveries.receive(BAG, PIECES, location="milan-01", reason="a long queue")

    def renew(self) -> None:
        """Open a checkout that can be paid, and place an order whose money is taken, every other time.

        An owner who is asked anything may have taken the bag off the shelf: the seed brings it back.
        """
        world = self._world
        variant: Any = self._app.test_client().get(f"/v1/variants/{BAG}?market=US").json
        if not variant.get("buyable") or variant.get("price") is None:
            with self._app.app_context():
                seeding.apply(SEED)
                self._stock()
        world.renews_guest()
        world.placed = Shopper(self._app.test_client(), self._double).places_order()
        world.tokens["order token"] = world.placed.placed["order"]["token"]
        world.placed.pays()
        world.placed.comes_back()
        if next(self._orders):
            assert self._owner.captures(world.placed.placed["order"]["number"]).status_code == 201

    def headers(self, caller: str, rule: Rule) -> dict[str, str]:
        """Return what a caller sends; the answer as it is, because schemathesis unpacks none."""
        token = self._world.tokens[owner_of(self._app, rule) if caller == "owner" else caller]
        return {"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {token}"} if token else {})

    def address(self, case: Any, rule: Rule) -> None:
        """Put what exists in the place of what was made up: in the path, the query and the body."""
        method = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})[0]
        path = self._world.address(rule).partition("?")[0]
        _, values = self._app.url_map.bind("localhost").match(path, method=method)
        known = named(self._world)
        places = ((case.path_parameters, values), (case.query, known), (case.body, known))
        for place, right in places:
            if isinstance(place, dict):
                place |= {name: right[name] for name in place.keys() & right.keys()}
        case.path_parameters |= {name: str(value) for name, value in case.path_parameters.items()}


def fuzz(app: Flask, double: StripeDouble, *, cases: int, start: int = 0) -> Found:
    """Ask every operation with values of its schemas, and with values that break them.

    Args:
        app: On a seeded database, without rate limits.
        double: The stand-in that it asks.
        cases: Requests in all, about: each operation has its share, half of right values and half of wrong.
        start: Seed of the first operation; each has one of its own.
    """
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app)
    house, found = House(app, double), Found()
    rules = {(method, template(rule)): rule for method, rule in routes(app)}
    operations = [result.ok() for result in schema.get_all_operations()]
    examples = max(2, cases // (2 * len(operations)))
    for number, operation in enumerate(operations):
        rule = rules[operation.method.upper(), operation.path]
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            _ask(house, operation, rule, mode, found, examples=examples, start=start + 2 * number)
    return found


def _ask(
    house: House,
    operation: Any,
    rule: Rule,
    mode: GenerationMode,
    found: Found,
    *,
    examples: int,
    start: int,
) -> None:
    chance = random.Random(start)
    label = operation.label

    @seed(start + (mode is GenerationMode.NEGATIVE))
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=operation.as_strategy(generation_mode=mode),
        caller=st.sampled_from(CALLERS),
        known=st.booleans(),
    )
    def ask(case: Any, caller: str, known: bool) -> None:
        if operation.method != "get" and chance.random() < RENEWED:
            house.renew()
        if known:
            house.address(case, rule)
        answer = case.call(headers=house.headers(caller, rule))
        found.cases[label] += 1
        found.statuses[label, answer.status_code] += 1
        found.faults += list(_faults(operation, case, answer))

    try:
        ask()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE  # nothing to send that would be wrong


def _faults(operation: Any, case: Any, answer: Any) -> Iterator[str]:
    # ``default`` is there for what nobody foresaw; a check that takes it for an answer checks nothing.
    faults = []
    if str(answer.status_code) not in operation.definition.raw["responses"]:
        faults.append(f"{answer.status_code} is not documented")
    try:
        case.validate_response(answer, checks=CHECKS)
    except FailureGroup as group:
        faults += [f"{failure.title}: {failure}" for failure in group.exceptions]
    except Failure as failure:
        faults.append(f"{failure.title}: {failure}")
    for fault in faults:
        told = f"{case.as_curl_command()}\n  {answer.status_code} {answer.text[:300]}"
        yield f"{operation.label}: {fault[:500]}\n  {told}"
