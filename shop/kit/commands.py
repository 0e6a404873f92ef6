"""What the commands of this shop share: how they end."""

from __future__ import annotations

import click


class NotRun(click.ClickException):
    """A command could not do its work: settings contradict each other, or somebody did not answer.

    Ends with 2. 1 is left for what a command that did its work found wrong, so that a timer can
    tell a broken shop from an unreachable one.
    """

    exit_code = 2
