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


class NothingAuthorized(Problem):
    """This payment holds no authorized money to take or to let go.

    ``payment_status`` says how it stands: it may have been captured, let go, or never
    authorized.
    """

    status = HTTPStatus.CONFLICT


class CaptureTooLarge(Problem):
    """More was to be captured than the bank holds; nothing was taken.

    ``authorized`` says how much it is, in minor units.
    """

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class CaptureDecided(Problem):
    """What becomes of this authorized money was decided before; the first decision stands."""

    status = HTTPStatus.CONFLICT


class NothingCaptured(Problem):
    """This payment brought no money that could be given back.

    ``payment_status`` says how it stands. Authorized money is let go instead (``void``).
    """

    status = HTTPStatus.CONFLICT


class RefundTooLarge(Problem):
    """More was to be given back than is left of what was captured; nothing was given back.

    ``refundable`` says how much is left, in minor units. Refunds that are under way count.
    """

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class PaymentDisputed(Problem):
    """The shopper's bank took this money back; nothing can be given back until that is decided."""

    status = HTTPStatus.CONFLICT
