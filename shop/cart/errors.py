"""What a cart refuses."""

from http import HTTPStatus

from shop.kit.problems import NotFound, Problem


class UnknownCart(NotFound):
    """There is no such cart for you.

    An unknown id, a missing token and a wrong token are answered alike.
    """

    of_credential = True


class UnknownVariant(Problem):
    """There is no variant with that SKU.

    A SKU is the style code without spaces, e.g. ``8230582AA9S1000``.
    """

    status = HTTPStatus.NOT_FOUND


class NotForSale(Problem):
    """The variant is shown but not sold: it belongs to the archive or was retired."""

    status = HTTPStatus.CONFLICT


class NotPricedHere(Problem):
    """The variant has no price in the cart's market, so it cannot be bought there.

    ``market`` and ``currency`` say where.
    """

    status = HTTPStatus.CONFLICT


class QuantityOverLimit(Problem):
    """More pieces of one variant than a cart may hold.

    ``limit`` is the largest quantity, ``requested`` what was asked for.
    """

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class TooManyLines(Problem):
    """More different variants than a cart may hold; ``limit`` says how many."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class CartFrozen(Problem):
    """The cart is being paid for, or was ordered, and cannot change.

    While ``status`` is ``paying``, cancel the checkout to change the cart. An ``ordered``
    cart is done: open a new one.
    """

    status = HTTPStatus.CONFLICT
