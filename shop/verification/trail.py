"""The promise about the audit log: I17."""

from __future__ import annotations

from shop.audit.chain import findings
from shop.verification.promises import Invariant

TRAIL = (Invariant("I17", "The audit log is what was written, entry by entry.", findings),)
