"""Rules of the house that no linter knows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
SOURCES = sorted((PROJECT / "shop").rglob("*.py"))
LONGEST_FILE = 320
LONGEST_FUNCTION = 60

#: Files that open transactions: services, and the one place that answers repeats.
WRITERS = {
    "shop/kit/db.py",
    "shop/kit/repeats.py",
    "shop/cart/service.py",
    "shop/checkout/service.py",
    "shop/checkout/settlement.py",
    "shop/checkout/reconciliation.py",
    "shop/outbox/service.py",
    "shop/inventory/deliveries.py",
    "shop/kit/leases.py",
    "shop/media/upkeep.py",
    "shop/checkout/decisions.py",
    "shop/admin/keys.py",
    "shop/admin/sessions.py",
    "shop/admin/users.py",
    "shop/admin/uploads.py",
    "shop/orders/refunds.py",
    "shop/payments/inbox.py",
    "shop/search/service.py",
    "shop/seeding/service.py",
    "shop/seeding/jobs.py",
}


def name_of(path: Path) -> str:
    return str(path.relative_to(PROJECT))


def calls(path: Path, function: str) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == function:
            yield node


def test_what_opens_a_transaction_runs_again_where_it_met_another() -> None:
    """The innermost function around each ``with transaction()`` is decorated, and calls nobody outside."""
    bare = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.FunctionDef) or name_of(path) == "shop/kit/db.py":
                continue
            inner = {
                id(each)
                for other in ast.walk(node)
                if other is not node and isinstance(other, ast.FunctionDef)
                for each in ast.walk(other)
            }
            opens = any(
                isinstance(each, ast.Call) and getattr(each.func, "id", "") == "transaction"
                for each in ast.walk(node)
                if id(each) not in inner
            )
            decorated = any(getattr(each, "id", "") == "retries_conflicts" for each in node.decorator_list)
            if opens and not decorated:
                bare.append(f"{name_of(path)}:{node.name}")

    # Long, and its caller's to repeat.
    assert bare == ["shop/seeding/service.py:apply", "shop/seeding/service.py:_apply_large"]


def test_only_services_open_transactions() -> None:
    found = {name_of(path) for path in SOURCES if any(calls(path, "transaction"))}

    assert found <= WRITERS


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_file_is_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_function_is_read_at_a_glance(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < LONGEST_FUNCTION, node.name


def test_no_name_says_nothing() -> None:
    names = {path.stem for path in SOURCES}

    assert not names & {"utils", "util", "helpers", "helper", "misc", "common"}


def test_money_never_meets_a_float() -> None:
    """No float literal and no true division where amounts are computed."""
    for name in ("shop/kit/money.py", "shop/pricing/breakdown.py", "shop/payments/asking.py"):
        for node in ast.walk(ast.parse((PROJECT / name).read_text())):
            assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), name
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
                assert name == "shop/pricing/breakdown.py"  # of two Fractions
                assert "ratio" in ast.unparse(node)


def test_relationships_are_never_loaded_lazily() -> None:
    for path in SOURCES:
        for call in calls(path, "relationship"):
            lazy = [keyword.value.value for keyword in call.keywords if keyword.arg == "lazy"]  # type: ignore[attr-defined]
            assert lazy == ["raise"], f"{name_of(path)}:{call.lineno}"


def test_no_live_key_is_in_the_project() -> None:
    files = [path for suffix in ("py", "md", "toml", "yaml") for path in PROJECT.glob(f"[!.]*/**/*.{suffix}")]

    # As bytes: some bad seed files are no text.
    live = re.compile(rb"[sr]k_live_[A-Za-z0-9]{8,}")
    guilty = [name_of(path) for path in files if live.search(path.read_bytes())]

    assert guilty == []
