"""A checkout's status: a function of what was done and of what is still missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, cast

from shop.cart.messages import Message, Severity

Status = Literal["open", "ready", "completing", "completed", "canceled", "expired"]


def status_of(stage: str, messages: Sequence[Message]) -> Status:
    """Return the status that callers see.

    Args:
        stage: What was done: ``open``, ``completing``, ``completed``, ``canceled``, ``expired``.
        messages: What is missing; an open checkout without an error is ready to be paid.
    """
    if stage == "open":
        blocked = any(message.severity is Severity.ERROR for message in messages)
        return "open" if blocked else "ready"
    return cast(Status, stage)
