"""What a checkout refuses."""

from http import HTTPStatus

from shop.kit.problems import InvalidRequest, NotFound, Problem


class UnknownCheckout(NotFound):
    """There is no such checkout for you.

    It opens with the token of its cart. An unknown id, a missing token and a wrong token are
    answered alike.
    """

    of_credential = True


class InvalidAddress(InvalidRequest):
    """The address does not follow the rules of its country.

    ``errors`` points at each field that is missing or of the wrong shape.
    """


class CheckoutNotReady(Problem):
    """Something is still missing before this can be paid.

    ``messages`` lists what, as the checkout itself does. Nothing was ordered.
    """

    status = HTTPStatus.CONFLICT


class CheckoutClosed(Problem):
    """The checkout has gone too far, or is over, for this.

    ``checkout_status`` says where it stands: ``completing`` (an order waits for its payment),
    ``completed``, ``canceled`` or ``expired``. A new checkout of the same cart may be opened
    once it is not being paid for.
    """

    status = HTTPStatus.CONFLICT


class TotalChanged(Problem):
    """The total is not the one the shopper saw last; nothing was ordered.

    ``before`` and ``after`` are the two totals. Show the new one, then send an empty PATCH
    to accept it, and complete again.
    """

    status = HTTPStatus.CONFLICT


class ReturnNotAllowed(InvalidRequest):
    """The shop does not send shoppers to that address.

    The operator lists the origins of storefronts in ``SHOP_RETURN_ORIGINS``.
    """
