"""What the catalogue refuses."""

from http import HTTPStatus

from shop.kit.problems import Problem


class NotInCatalogue(Problem):
    """The catalogue has nothing under that name.

    ``kind`` and ``slug`` say what was looked for; the list of that kind shows what there is.
    """

    status = HTTPStatus.NOT_FOUND
