"""What the commands of this shop share: how they end, and who gave them."""

from __future__ import annotations

import getpass

import click


class NotRun(click.ClickException):
    """A command could not do its work: settings contradict each other, or somebody did not answer.

    Ends with 2. 1 is left for what a command that did its work found wrong, so that a timer can
    tell a broken shop from an unreachable one.
    """

    exit_code = 2


def operator() -> str:
    """Return who gives a command, for books and the audit: ``command line (<user of the machine>)``."""
    try:
        return f"command line ({getpass.getuser()[:40]})"
    except (KeyError, OSError):  # a container whose user has no name
        return "command line"
