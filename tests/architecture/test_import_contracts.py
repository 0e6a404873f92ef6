"""Imports point one way; a machine checks it, and is itself checked by planting violations."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]

#: Contract: a file and the import that breaks it.
VIOLATIONS = {
    "layers": ("shop/catalogue/queries.py", "import shop.cart.service"),
    "features": ("shop/cart/models.py", "import shop.cart.service"),
    "stripe": ("shop/checkout/settlement.py", "import stripe"),
    "payments": ("shop/payments/asking.py", "import shop.pricing.breakdown"),
    "double": ("shop/payments/double/ids.py", "import shop.kit.clock"),
    "no-http": ("shop/orders/service.py", "import flask"),
}


def lint(project: Path, contract: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache", "--contract", contract]
    environment = {**os.environ, "PYTHONPATH": str(project)}
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("project")
    shutil.copytree(PROJECT / "shop", target / "shop", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT / "pyproject.toml", target)
    return target


@pytest.mark.parametrize("contract", VIOLATIONS)
def test_a_planted_violation_breaks_its_contract(copy: Path, contract: str) -> None:
    name, violation = VIOLATIONS[contract]
    file = copy / name
    honest = file.read_text()
    assert lint(copy, contract).returncode == 0

    file.write_text(
        honest.replace(
            "from __future__ import annotations\n", f"from __future__ import annotations\n{violation}\n"
        )
    )
    broken = lint(copy, contract)
    file.write_text(honest)

    assert broken.returncode == 1, broken.stdout
    assert "BROKEN" in broken.stdout


def test_every_contract_is_tried(copy: Path) -> None:
    declared = {
        line.split('"')[1]
        for line in (copy / "pyproject.toml").read_text().splitlines()
        if line.startswith("id = ")
    }

    assert declared == set(VIOLATIONS)
