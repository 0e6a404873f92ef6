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


class OrderNotCancelable(Problem):
    """The order's money came, so it cannot be canceled.

    Give its money back instead: ``POST /v1/admin/orders/{number}/refunds``. ``order_status`` says how
    it stands.
    """

    status = HTTPStatus.CONFLICT


class NotToBeSent(Problem):
    """The order is not paid, or its money went back: nothing of it is to be sent.

    ``order_status`` says how it stands.
    """

    status = HTTPStatus.CONFLICT


class NothingToSend(Problem):
    """The order has no such line, or fewer pieces of it that are still to be sent.

    ``sku`` names the line, ``to_send`` how many pieces of it are left. Pieces whose money went back are
    not to be sent.
    """

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class ShipmentDiffers(Problem):
    """A parcel of this carrier and tracking number is on the order already, with other pieces.

    Nothing was changed. To put a parcel's facts right, send them with ``replaces``.
    """

    status = HTTPStatus.CONFLICT


class UnknownShipment(Problem):
    """``replaces`` names no parcel of this order, or one that was replaced already."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
