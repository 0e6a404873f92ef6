"""What the payment gateway takes and gives: our own words, no type of Stripe's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

#: ``open`` may still be paid · ``processing`` was accepted, money not there yet · ``authorized`` the
#: bank holds it until it is captured · ``paid`` · ``failed`` an accepted payment did not arrive, or
#: authorized money was let go · ``expired`` can no longer be paid.
Status = Literal["open", "processing", "authorized", "paid", "failed", "expired"]


@dataclass(frozen=True, slots=True)
class OpenedCheckout:
    """A payment that a shopper can now make.

    Attributes:
        session_id: Stripe's id.
        url: Page to send the shopper to; None with Elements.
        client_secret: For a page of the storefront's own with Elements; else None.
        ends_at: When it can no longer be paid.
    """

    session_id: str
    url: str | None
    client_secret: str | None
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentState:
    """A payment as Stripe holds it now: the only truth a transition is made on.

    Attributes:
        status: How far it is.
        amount: Minor units asked for.
        received: Minor units received.
        currency: ISO 4217, upper case.
        reference: What it pays for, as we told Stripe.
        livemode: Whether the money is real.
        intent_id: Stripe's id of the money, once an attempt was made.
        capture_before: When authorized money is let go by the bank, where Stripe says so.
    """

    session_id: str
    status: Status
    amount: int
    received: int
    currency: str
    reference: str | None
    livemode: bool
    intent_id: str | None
    capture_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class RefundState:
    """A refund as Stripe holds it now.

    Attributes:
        refund_id: Stripe's id; None where Stripe refused to make it.
        status: How far it is.
        amount: Minor units.
        ours: Id of our row that asked for it; None where it was made elsewhere.
    """

    refund_id: str | None
    status: Literal["pending", "succeeded", "failed"]
    amount: int = 0
    ours: UUID | None = None


@dataclass(frozen=True, slots=True)
class DisputeState:
    """A dispute as Stripe holds it now.

    Attributes:
        dispute_id: Stripe's id.
        intent_id: Stripe's id of the money.
        status: ``open`` until the bank has decided.
        amount: Minor units.
        reason: The bank's word for it.
        withdrawn: Whether the bank took the money; an inquiry takes none.
    """

    dispute_id: str
    intent_id: str | None
    status: Literal["open", "won", "lost"]
    amount: int
    reason: str
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class Notice:
    """A verified webhook; nothing of it is trusted but these four.

    Attributes:
        event_id: The key of the inbox.
        type: E.g. ``checkout.session.completed``.
        object_id: What it is about; read again from Stripe before anything is decided.
        livemode: Whether it speaks of real money.
    """

    event_id: str
    type: str
    object_id: str
    livemode: bool
