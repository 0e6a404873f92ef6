"""What the inventory refuses."""

from http import HTTPStatus

from shop.kit.problems import Problem


class OutOfStock(Problem):
    """Fewer pieces remain than were asked for.

    Nothing was taken. ``sku`` names the variant, ``available`` what remains; lower the
    quantity or drop the line. ``retry_at``, where there is one, is when a piece promised to
    someone else may come free.
    """

    status = HTTPStatus.CONFLICT


class UnknownPlace(Problem):
    """Stock is counted per variant and location, and one of the two does not exist."""

    status = HTTPStatus.NOT_FOUND


class StockDiffers(Problem):
    """Another number of pieces is on hand than was expected.

    Nothing was done. ``on_hand`` is the number now: look again, and decide anew.
    """

    status = HTTPStatus.CONFLICT


class PiecesHeld(Problem):
    """Fewer pieces would remain than are promised to shoppers who are paying.

    Nothing was done. ``held`` of ``on_hand`` are promised, until they are paid for or come free.
    """

    status = HTTPStatus.CONFLICT
