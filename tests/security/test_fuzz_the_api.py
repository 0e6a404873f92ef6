"""Whatever is asked, the answer is one that the OpenAPI document tells of, and never a 5xx.

The campaign asks a hundred times as much, on both engines: ``make campaign NAMES=schemathesis``.
"""

from __future__ import annotations

from shop.app import create_app
from shop.payments.double import InProcessHTTPClient, StripeDouble
from tests.conftest import dispose, migrate_and_seed, settings_for
from tests.databases import SqliteDatabases
from tests.security.fuzzing import SETTINGS, fuzz

CASES = 500


def test_every_answer_is_documented_and_none_is_a_server_error(
    sqlite_databases: SqliteDatabases, double: StripeDouble
) -> None:
    with sqlite_databases.copy(sqlite_databases.template("seeded", migrate_and_seed)) as url:
        app = create_app(settings_for(url, **SETTINGS), stripe_client=InProcessHTTPClient(double))

        found = fuzz(app, double, cases=CASES)

        dispose(app)
    assert not found.faults, "\n".join(found.faults[:10])
    assert found.cases.total() > CASES / 2
