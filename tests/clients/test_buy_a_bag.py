"""A bag is bought through each generated client, which is made from what the shop itself serves."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.clients.generating import (
    CLIENTS,
    PACKAGE,
    missing_for_typescript,
    python_client,
    typescript_client,
)
from tests.conftest import migrate_and_seed
from tests.databases import SqliteDatabases
from tests.served import ServedShop
from tests.wire import WireClient


@pytest.fixture(scope="module")
def served(
    sqlite_databases: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServedShop]:
    """One shop for all clients, on SQLite: which engine is behind the API is not theirs to know."""
    with (
        sqlite_databases.copy(sqlite_databases.template("seeded", migrate_and_seed)) as url,
        ServedShop(url, tmp_path_factory.mktemp("served"), workers=1).running() as shop,
    ):
        yield shop


@pytest.fixture(scope="module")
def document(served: ServedShop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The OpenAPI document as the shop serves it."""
    file = tmp_path_factory.mktemp("document") / "openapi.json"
    file.write_text(json.dumps(WireClient(served.base_url).get("/openapi.json").json))
    return file


@pytest.fixture(scope="module")
def python(document: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the generated Python client and its buyer."""
    folder = tmp_path_factory.mktemp("python")
    python_client(document, folder)
    return folder


def buys(served: ServedShop, command: Sequence[str], folder: Path) -> str:
    """Run a buyer until it has its bag, paying where it is told to; return what it said last."""
    buyer = subprocess.Popen(
        [*command, served.base_url],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert buyer.stdout is not None
    url = buyer.stdout.readline().strip()
    if not url.startswith(served.stripe_url):
        pytest.fail(url + buyer.communicate()[1])
    paid = WireClient(served.stripe_url).post(url, data={"payment_method": "pm_card_visa"})
    assert paid.status_code < 400
    told, error = buyer.communicate("paid\n", timeout=60)
    assert buyer.returncode == 0, error
    return told.strip()


def test_a_bag_is_bought_through_the_python_client(served: ServedShop, python: Path) -> None:
    number, status = buys(served, [sys.executable, "buy_a_bag.py"], python).split()

    assert number
    assert status == "paid"


def test_what_buys_through_the_python_client_is_typed(python: Path) -> None:
    """mypy sees the generated types: what is misspelt in their use is an error."""
    wrong = f"from {PACKAGE}.models import NewCart\n\nNewCart(market=1)\nNewCart(markt='US')\n"
    (python / "wrong.py").write_text(wrong)
    options = ["--strict", "--config-file=", "--follow-imports=silent", "--cache-dir=.mypy_cache"]

    checked = subprocess.run(
        [sys.executable, "-m", "mypy", *options, "buy_a_bag.py", "wrong.py"],
        cwd=python,
        capture_output=True,
        text=True,
        check=False,
    )

    faults = [line.partition(":")[0] for line in checked.stdout.splitlines() if " error: " in line]
    assert set(faults) == {"wrong.py"}, checked.stdout
    assert len(faults) >= 2, checked.stdout


def test_a_bag_is_bought_through_the_typescript_client(
    served: ServedShop, document: Path, tmp_path: Path
) -> None:
    """Compiled strictly first: the compiler checks each field that the buyer reads and sends."""
    if missing := missing_for_typescript():
        pytest.skip(f"the TypeScript client needs {missing}, which is not installed")
    installed = CLIENTS / "typescript"
    if not (installed / "node_modules" / "typescript").is_dir():
        pytest.skip("the TypeScript client's packages are not installed: `make clients` does that, by npm")
    built = typescript_client(document, tmp_path / "typescript", installed=installed)

    number, status = buys(served, ["node", str(built)], tmp_path / "typescript").split()

    assert number
    assert status == "paid"
