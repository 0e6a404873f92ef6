"""What payments refuse."""

from http import HTTPStatus

from shop.kit.problems import Busy, Problem


class PaymentProviderUnavailable(Busy):
    """Stripe did not answer in time; whether it heard us is not known yet.

    Send the same request again with the same Idempotency-Key: it goes on where it stopped
    and never asks for a second payment. Stock stays held meanwhile.
    """


class BadSignature(Problem):
    """The webhook's signature does not prove that Stripe sent it, just now, to this shop."""

    status = HTTPStatus.BAD_REQUEST


class PaymentNotOpened(Problem):
    """Stripe refuses to open this payment, now and on every repeat.

    Nothing was charged and the bags are back on their shelf. The cart is open again: start a
    new checkout. This happens when the time to pay had almost passed before Stripe could be
    asked.
    """

    status = HTTPStatus.CONFLICT
