"""Typed clients made from the OpenAPI document.

Python's by openapi-python-client; TypeScript's by openapi-typescript, for openapi-fetch.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]

#: Where ``make clients`` puts them; git knows nothing of it.
CLIENTS = PROJECT / "clients"

#: Name of the Python package.
PACKAGE = "closet_client"


class GenerationError(Exception):
    """A generator failed or complained; the message is what it said."""


def python_client(document: Path, folder: Path) -> Path:
    """Generate the Python package into a folder; return the package.

    Raises:
        GenerationError: The document holds what the generator does not understand: it would leave
            that out of the client.
    """
    folder.mkdir(parents=True, exist_ok=True)
    package = folder / PACKAGE
    options = ["--output-path", str(package), "--overwrite", "--meta", "none", "--fail-on-warning"]
    config = str(HERE / "python" / "generator.yaml")
    command = [
        str(Path(sys.executable).with_name("openapi-python-client")),
        *["generate", "--path", str(document), "--config", config, *options],
    ]
    _run(command, folder)
    shutil.copy(HERE / "python" / "buy_a_bag.py", folder)
    return package


def missing_for_typescript() -> str | None:
    """Return which program is missing, None where all are there."""
    missing = [program for program in ("node", "npm") if shutil.which(program) is None]
    return " and ".join(missing) or None


def install_for_typescript(folder: Path) -> None:
    """Install the pinned generator, fetch client and compiler into a folder, by npm."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / "typescript" / name, folder)
    _run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], folder)


def typescript_client(document: Path, folder: Path, *, installed: Path) -> Path:
    """Generate the types into a folder and compile the client; return what buys a bag with it.

    Args:
        document: The OpenAPI document.
        folder: Of the client.
        installed: Folder of :func:`install_for_typescript`.

    Raises:
        GenerationError: The generator or the compiler refused something.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if folder != installed:
        (folder / "node_modules").symlink_to(installed / "node_modules")
        shutil.copy(HERE / "typescript" / "package.json", folder)
    for name in ("tsconfig.json", "client.ts", "buy_a_bag.ts"):
        shutil.copy(HERE / "typescript" / name, folder)
    programs = installed / "node_modules" / ".bin"
    # What has a default may be left out of what is sent.
    types = [str(document), "--output", "schema.d.ts", "--default-non-nullable=false"]
    _run([str(programs / "openapi-typescript"), *types], folder)
    _run([str(programs / "tsc"), "--project", "tsconfig.json"], folder)
    return folder / "built" / "buy_a_bag.js"


def _run(command: Sequence[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise GenerationError(f"{' '.join(command)}\n{done.stdout}\n{done.stderr}")
