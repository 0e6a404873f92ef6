"""The README's commands, run as they stand."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.demo import Demo

README = (Path(__file__).resolve().parents[2] / "README.md").read_text()
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="the README's commands need curl")


def blocks() -> list[str]:
    """Return the shell blocks that the README promises to be run here."""
    return re.findall(r"<!-- tests/cli/test_readme\.py.*?-->\n```sh\n(.*?)```", README, re.DOTALL)


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    with Demo(tmp_path).running() as running:
        yield running


def run(demo: Demo, script: str) -> list[str]:
    script = script.replace("http://127.0.0.1:8000", f"http://127.0.0.1:{demo.port}")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=demo.home, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@needs_curl
def test_ten_commands_buy_a_bag(demo: Demo) -> None:
    (buy, _) = blocks()

    lines = run(demo, buy)

    assert '"slug":"le-city-bag-medium"' in lines[0]
    assert lines[-3:] == ["402", "303", "paid"]
    assert len(re.findall(r"^# \d+\. ", buy, re.MULTILINE)) == 10


@needs_curl
def test_three_d_secure_as_the_readme_shows_it(demo: Demo) -> None:
    (buy, secure) = blocks()
    before, after = buy.split("# 9. ")

    lines = run(demo, before + secure + "# 10. " + after.split("# 10. ")[1])

    assert lines[-3].endswith("/authenticate")
    assert lines[-2:] == ["303", "paid"]


def test_every_setting_is_in_the_table() -> None:
    config = (Path(__file__).resolve().parents[2] / "shop" / "config.py").read_text()
    fields = re.findall(r"^    (\w+): (?:str|int|tuple)", config, re.MULTILINE)
    variables = {"SHOP_" + name.upper().replace("_SECRETS", "_SECRET") for name in fields} - {
        "SHOP_STRIPE_API_BASE"
    }

    missing = {variable for variable in variables if variable not in README}

    assert missing == set()
    assert len(variables) > 10
