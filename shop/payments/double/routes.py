"""Which function plays which operation of the document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import (
    charges,
    checkout_sessions,
    customers,
    disputes,
    events,
    payment_intents,
    refunds,
    setup_intents,
)
from .state import State

#: Takes the state, the checked parameters and the id in the path (or an empty string).
Handler = Callable[[State, dict[str, Any], str], dict[str, Any]]

HANDLERS: dict[str, Handler] = {
    "PostPaymentIntents": payment_intents.create,
    "GetPaymentIntents": payment_intents.list_,
    "GetPaymentIntentsIntent": payment_intents.retrieve,
    "PostPaymentIntentsIntent": payment_intents.update,
    "PostPaymentIntentsIntentConfirm": payment_intents.confirm,
    "PostPaymentIntentsIntentCapture": payment_intents.capture,
    "PostPaymentIntentsIntentCancel": payment_intents.cancel,
    "PostRefunds": refunds.create,
    "GetRefunds": refunds.list_,
    "GetRefundsRefund": refunds.retrieve,
    "PostCustomers": customers.create,
    "GetCustomersCustomer": customers.retrieve,
    "PostCustomersCustomer": customers.update,
    "DeleteCustomersCustomer": customers.delete,
    "PostSetupIntents": setup_intents.create,
    "GetSetupIntentsIntent": setup_intents.retrieve,
    "PostSetupIntentsIntentConfirm": setup_intents.confirm,
    "PostSetupIntentsIntentCancel": setup_intents.cancel,
    "PostCheckoutSessions": checkout_sessions.create,
    "GetCheckoutSessionsSession": checkout_sessions.retrieve,
    "PostCheckoutSessionsSession": checkout_sessions.update,
    "PostCheckoutSessionsSessionExpire": checkout_sessions.expire,
    "GetEvents": events.list_,
    "GetEventsId": events.retrieve,
    "GetDisputesDispute": disputes.retrieve,
    "PostDisputesDispute": disputes.update,
    "GetChargesCharge": charges.retrieve,
}
