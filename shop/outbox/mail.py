"""Messages as e-mails: a text for each kind, through SMTP or into a folder."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from shop.config import Settings

#: Seconds to wait for a mail server.
TIMEOUT = 5

#: Subject and text by kind.
_TEXTS = {
    "order_confirmed": (
        "Your order {number}",
        "Thank you. Your order {number} of {amount} is paid, and its bags are yours.",
    ),
    "payment_returned": (
        "Your payment for order {number} goes back",
        """\
Your payment arrived when the bags of order {number} were no longer held for you.
All of it, {amount}, goes back to where it came from.""",
    ),
    "order_shipped": (
        "Your order {number} is on its way",
        "{carrier} brings it, under the tracking number {tracking_number}.",
    ),
    "order_refunded": (
        "Money back for order {number}",
        "{amount} of your order {number} went back to where it came from.",
    ),
}


class MailError(Exception):
    """A message could not be handed over; it stays in the outbox."""


def compose(
    message_id: int, kind: str, recipient: str, facts: dict[str, Any], *, sender: str
) -> EmailMessage:
    """Return a message as an e-mail.

    Its Message-ID is that of its row: where a crash made a mail server get it twice, programs
    that read mail can tell.
    """
    subject, text = _TEXTS[kind]
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, recipient, subject.format(**facts)
    mail["Message-ID"] = f"<{kind}-{message_id}@{sender.rpartition('@')[2]}>"
    mail.set_content(text.format(**facts) + "\n")
    return mail


def send(mail: EmailMessage, settings: Settings) -> None:
    """Hand an e-mail over.

    Raises:
        MailError: It was not taken; try again.
    """
    address = urlsplit(settings.mail_url)
    try:
        if address.scheme == "file":
            _file(mail, Path(unquote(address.path)))
        else:
            _post(mail, address)
    except (OSError, smtplib.SMTPException) as error:
        raise MailError(type(error).__name__) from error


def _file(mail: EmailMessage, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    name = str(mail["Message-ID"]).strip("<>").partition("@")[0]
    (folder / f"{name}.eml").write_bytes(bytes(mail))


def _post(mail: EmailMessage, address: SplitResult) -> None:
    connect = smtplib.SMTP_SSL if address.scheme == "smtps" else smtplib.SMTP
    with connect(address.hostname or "localhost", address.port or 0, timeout=TIMEOUT) as server:
        if address.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls()
        if address.username:
            server.login(unquote(address.username), unquote(address.password or ""))
        server.send_message(mail)
