"""Why nothing was copied, or nothing put back; and how the steps are told."""

from collections.abc import Callable

#: Is told each step as it begins.
Tell = Callable[[str], None]


class NotDone(Exception):  # noqa: N818 - it says what did not happen
    """Nothing was copied, or nothing was put back; the message says why and what to do.

    The shop's database and the file that was to be replaced are as they were.
    """
