"""A Stripe double: Stripe's wire format, played offline for demos and tests.

The official SDK is the code under test everywhere; only its transport differs. The double answers
what the contract document beside it (``stripe-openapi.json``) describes, and checks every request,
answer and webhook against it.

    double = StripeDouble(seed=1)
    client = stripe.StripeClient(DOUBLE_API_KEY, http_client=InProcessHTTPClient(double))

    with DoubleServer(StripeDouble(Path("stripe.sqlite")), deliver=True) as server:
        client = stripe.StripeClient(DOUBLE_API_KEY, base_addresses={"api": server.base_url})

What it promises: PaymentIntents, Checkout Sessions with an offline pay page, refunds, disputes,
customers, SetupIntents, events and signed webhooks, with Stripe's states and refusals; idempotency
as documented; amounts that never contradict each other; scripted faults; a clock that moves; state
that survives ``kill -9``; errors in Stripe's shape.

What it does not promise: Stripe's exact wording, fees, payouts, balance transactions, fraud checks,
tax, coupons, catalogue prices, subscriptions, Connect, Stripe.js. What would change an amount and
is not played is refused, never ignored; what only changes a page (collecting an address, a phone
number, a promotion code) is kept on the session and has no effect. Events that the document does
not list, such as ``charge.succeeded``, are not sent.

What it refuses: every key but its own, every address but the loop-back, every card number.

It imports nothing from the shop.

Where to look:

* the object and its levers: ``double``; how it is reached: ``server``, ``transport``, ``loopback``
* a request's way: ``http_messages``, ``api``, ``form``, ``parameters``, ``contract``, ``idempotency``,
  ``faults``, ``routes``, ``expansion``, ``errors``
* resources: ``payment_intents`` (with ``attempts``, ``charges``, ``cards``, ``payment_methods``),
  ``checkout_sessions`` (with ``checkout_amounts``, ``checkout_payment``), ``refunds``, ``disputes``,
  ``customers``, ``setup_intents``, ``events``
* what happens by itself: ``passage`` (time), ``webhooks``, ``clock``
* what is kept: ``state``, ``store``, ``ids``, ``currencies``; what people see: ``pages``, ``templates``
"""

from __future__ import annotations

from .api import DOUBLE_API_KEY
from .contract import ContractBrokenError
from .double import StripeDouble
from .faults import DroppedConnectionError, Fault, WebhookFault
from .server import DoubleServer
from .store import StateInUseError
from .transport import InProcessHTTPClient
from .webhooks import Delivery

__all__ = [
    "DOUBLE_API_KEY",
    "ContractBrokenError",
    "Delivery",
    "DoubleServer",
    "DroppedConnectionError",
    "Fault",
    "InProcessHTTPClient",
    "StateInUseError",
    "StripeDouble",
    "WebhookFault",
]
