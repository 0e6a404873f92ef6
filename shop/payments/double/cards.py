"""Stripe's test cards, by their ``pm_card_*`` ids: what each does when it is asked to pay.

Source:
    docs.stripe.com/testing, the "PaymentMethods" tabs. No number appears anywhere in the double.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: When the bank wants to see the shopper: never; always; always except off session once the card
#: was set up; or like that, and already set up.
Authentication = Literal["never", "always", "unless_set_up", "set_up"]
#: What follows a successful charge by itself.
Aftermath = Literal["nothing", "dispute", "refunds_pend", "refunds_fail"]


@dataclass(frozen=True)
class Decline:
    """Why a bank says no."""

    code: str
    decline_code: str | None
    message: str


@dataclass(frozen=True)
class Card:
    """How one test payment method behaves.

    ``delayed`` stands for methods such as bank debits, whose answer comes days later.
    """

    brand: str = "visa"
    decline: Decline | None = None
    #: The decline that comes already when the card is saved, not only when it pays.
    setup_decline: Decline | None = None
    authentication: Authentication = "never"
    delayed: bool = False
    aftermath: Aftermath = "nothing"

    def wants_shopper(self, *, off_session: bool, set_up: bool) -> bool:
        """Tell whether the bank asks for authentication."""
        if self.authentication == "always":
            return True
        if self.authentication == "never":
            return False
        return not (off_session and (set_up or self.authentication == "set_up"))


GENERIC = Decline("card_declined", "generic_decline", "Your card was declined.")
INSUFFICIENT_FUNDS = Decline("card_declined", "insufficient_funds", "Your card has insufficient funds.")
LOST = Decline("card_declined", "lost_card", "Your card was declined.")
STOLEN = Decline("card_declined", "stolen_card", "Your card was declined.")
FRAUDULENT = Decline("card_declined", "fraudulent", "Your card was declined.")
TOO_OFTEN = Decline("card_declined", "card_velocity_exceeded", "Your card was used too often.")
EXPIRED = Decline("expired_card", "expired_card", "Your card has expired.")
WRONG_CVC = Decline("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect.")
PROCESSING = Decline("processing_error", "processing_error", "An error occurred while processing your card.")
AUTHENTICATION_REQUIRED = Decline(
    "authentication_required",
    "authentication_required",
    "Your card was declined: it requires authentication.",
)
AUTHENTICATION_FAILED = Decline(
    "payment_intent_authentication_failure", None, "The shopper could not be authenticated."
)


def _declining(decline: Decline) -> Card:
    return Card(decline=decline, setup_decline=decline)


CARDS: dict[str, Card] = {
    "pm_card_visa": Card(),
    "pm_card_visa_debit": Card(),
    "pm_card_mastercard": Card("mastercard"),
    "pm_card_mastercard_debit": Card("mastercard"),
    "pm_card_amex": Card("amex"),
    "pm_card_discover": Card("discover"),
    "pm_card_diners": Card("diners"),
    "pm_card_jcb": Card("jcb"),
    "pm_card_unionpay": Card("unionpay"),
    "pm_card_us": Card(),
    "pm_card_fr": Card(),
    "pm_card_gb": Card(),
    "pm_card_jp": Card(),
    "pm_card_chargeDeclined": _declining(GENERIC),
    "pm_card_chargeDeclinedInsufficientFunds": _declining(INSUFFICIENT_FUNDS),
    "pm_card_chargeDeclinedLostCard": _declining(LOST),
    "pm_card_chargeDeclinedStolenCard": _declining(STOLEN),
    "pm_card_chargeDeclinedFraudulent": _declining(FRAUDULENT),
    "pm_card_chargeDeclinedVelocityLimitExceeded": _declining(TOO_OFTEN),
    "pm_card_chargeDeclinedExpiredCard": _declining(EXPIRED),
    "pm_card_chargeDeclinedIncorrectCvc": _declining(WRONG_CVC),
    "pm_card_chargeDeclinedProcessingError": _declining(PROCESSING),
    "pm_card_chargeCustomerFail": Card(decline=GENERIC),
    "pm_card_authenticationRequired": Card(authentication="always"),
    "pm_card_authenticationRequiredOnSetup": Card(authentication="unless_set_up"),
    "pm_card_authenticationRequiredSetupForOffSession": Card(authentication="set_up"),
    "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds": Card(
        decline=INSUFFICIENT_FUNDS, authentication="always"
    ),
    "pm_card_threeDSecureRequired": Card(authentication="always"),
    "pm_card_threeDSecure2Required": Card(authentication="always"),
    "pm_card_threeDSecureRequiredChargeDeclined": Card(decline=GENERIC, authentication="always"),
    "pm_card_createDispute": Card(aftermath="dispute"),
    "pm_card_pendingRefund": Card(aftermath="refunds_pend"),
    "pm_card_refundFail": Card(aftermath="refunds_fail"),
    # Ours, not Stripe's: any method whose answer comes later.
    "pm_double_delayed": Card(delayed=True),
}


def find_card(payment_method: str) -> Card | None:
    """Find a test card by its id; ``pm_card_visa_chargeDeclined`` is an older name of the same card."""
    return CARDS.get(payment_method) or CARDS.get(payment_method.replace("pm_card_visa_c", "pm_card_c"))
