"""What a password may be, and what is kept of it.

Rules of length alone: 15 characters where a password is the only factor, and no rules of composition,
which make passwords worse. NIST's list of common passwords is not kept here; what is guessed is held
up by the lock-out of :mod:`shop.kit.rate_limits`. Of a password a scrypt hash is kept, which takes some
tenths of a second and 32 MB to try.

Source: NIST SP 800-63B-4, 3.1.1.2; for the work, OWASP's Password Storage Cheat Sheet.
"""

from __future__ import annotations

import unicodedata

from werkzeug.security import check_password_hash, generate_password_hash

#: Characters, after they were put into Unicode's composed form.
SHORTEST, LONGEST = 15, 200

#: As typed, no password that somebody has is longer: at most four characters are composed into one.
#: Composing takes a time that grows with the square of a text, and this one comes from anybody.
_LONGEST_TYPED = 4 * LONGEST

#: Named here, and not left to the library, so that a hash of nobody costs what a hash of somebody costs.
METHOD = "scrypt:32768:8:3"

#: No password has this hash.
NOBODYS = f"{METHOD}$0000000000000000${'0' * 128}"


class PasswordRefusedError(Exception):
    """A password that nobody may have; the message says why, without it."""


def kept(password: str, *, name: str) -> str:
    """Return what is kept of a new password.

    Args:
        password: As it was typed.
        name: Whose, folded.

    Raises:
        PasswordRefusedError: It is too short, too long, or the name.
    """
    composed = _composed(password)
    if len(composed) < SHORTEST:
        raise PasswordRefusedError(f"a password has {SHORTEST} characters or more")
    if len(composed) > LONGEST:
        raise PasswordRefusedError(f"a password has {LONGEST} characters at most")
    if unicodedata.normalize("NFKC", composed).casefold().strip() == name:
        raise PasswordRefusedError("the name is no password")
    try:
        return generate_password_hash(composed, METHOD)
    except UnicodeEncodeError:  # bytes of a terminal or a file that are no text
        raise PasswordRefusedError("a password is text in UTF-8") from None


def is_right(password: str, password_hash: str | None) -> bool:
    """Return whether a password is the one of a hash; without a hash it takes as long to say no."""
    return check_password_hash(password_hash or NOBODYS, _composed(password))


def _composed(password: str) -> str:
    """Return a password as every keyboard and system would have sent it; too long a one as it came."""
    return password if len(password) > _LONGEST_TYPED else unicodedata.normalize("NFC", password)
