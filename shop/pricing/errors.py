"""What pricing refuses."""

from http import HTTPStatus

from shop.kit.problems import Problem


class UnknownMarket(Problem):
    """The shop does not sell in that market.

    ``known`` lists the markets it sells in; ``GET /v1/markets`` describes them.
    """

    status = HTTPStatus.UNPROCESSABLE_ENTITY
