"""What the owner's door refuses."""

from http import HTTPStatus

from shop.kit.problems import Problem


class KeyRequired(Problem):
    """This needs an admin key that is in use: ``Authorization: Bearer adm_...``.

    ``shop key create`` makes one. An unknown, expired or revoked key is answered alike.
    """

    status = HTTPStatus.UNAUTHORIZED
    of_credential = True


class ScopeMissing(Problem):
    """The key is good, but not for this.

    ``scope`` names what is missing; make another key with it.
    """

    status = HTTPStatus.FORBIDDEN
