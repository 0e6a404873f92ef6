"""What the owner's door refuses."""

from http import HTTPStatus

from shop.kit.problems import NotFound, Problem


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


class AlreadyInCatalogue(Problem):
    """There is one of this name already.

    ``kind`` and ``slug`` name it; change it with ``PUT`` or ``PATCH``.
    """

    status = HTTPStatus.CONFLICT


class PartOfAccessory(Problem):
    """An accessory has one variant, which is not written alone.

    Change the product that ``product`` names.
    """

    status = HTTPStatus.CONFLICT


class BulkRefused(Problem):
    """Some rows were refused, and all or nothing was asked for: nothing was done.

    ``rows`` lists each refused one: ``row`` from 0, ``target``, and its ``problem`` as it would be
    answered alone, with pointers into the row.
    """

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class SeedFaulty(Problem):
    """The seed has faults; nothing was written.

    ``faults`` lists them with ``file``, ``line``, ``column``, ``field``, ``problem`` and ``got``; ``more``
    counts those that are not listed.
    """

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class UnknownSeedFormat(Problem):
    """A seed is sent as one of the media types that ``accepted`` lists."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class UnknownJob(NotFound):
    """There is no such job."""
