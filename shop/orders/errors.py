"""What orders refuse."""

from shop.kit.problems import NotFound


class UnknownOrder(NotFound):
    """There is no such order for you.

    An unknown number, a missing token and a wrong token are answered alike.
    """
