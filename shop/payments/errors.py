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
