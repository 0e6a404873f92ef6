"""What discovery refuses."""

from http import HTTPStatus

from shop.kit.problems import Problem


class UnknownFilterValue(Problem):
    """A filter names something that is not in the catalogue.

    ``errors`` names each parameter and value, with the nearest known ones. An empty list
    would hide a misspelling, so it is refused.
    """

    status = HTTPStatus.UNPROCESSABLE_ENTITY
