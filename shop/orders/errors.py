"""What orders refuse."""

from http import HTTPStatus

from shop.kit.problems import NotFound, Problem


class UnknownOrder(NotFound):
    """There is no such order for you.

    An unknown number, a missing token and a wrong token are answered alike.
    """

    of_credential = True


class NothingToRefund(Problem):
    """The refund asks for nothing.

    Name an amount, or lines, or shipping; without any of them what is left is given back,
    and nothing is left of this order.
    """

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class LineNotRefundable(Problem):
    """The order has no such line, or fewer pieces of it whose money was not given back yet.

    ``sku`` names the line, ``refundable`` how many pieces are left.
    """

    status = HTTPStatus.UNPROCESSABLE_ENTITY
