"""A notice as a message that a mail program opens as a draft, ready to be sent by the person who acts.

What the notice says is not known here, and nothing is sent.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from retention.core.letter import Letter, one_line

_SPECIAL = re.compile(r"[()<>\[\]:;@\\,\"]")
_LONGEST_NAME = 60
_MAILABLE = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def draft(letter: Letter, *, sender: tuple[str, str], to: tuple[str, str], at: datetime) -> bytes | None:
    """The message of this letter; ``None`` where one of the two, each a name and an address, has no mail address.

    The same letter on the same day is the same bytes, so that a run which was cut short writes the same again.
    """
    if not (_MAILABLE.fullmatch(sender[1]) and _MAILABLE.fullmatch(to[1])):
        return None
    message = EmailMessage(policy=SMTP)
    try:
        message["From"] = _address(*sender)
        message["To"] = _address(*to)
        message["Subject"] = _header(letter.subject)
        message["Date"] = at
        message["Message-ID"] = f"<{_digest(letter, sender, to)}@{sender[1].rpartition('@')[2]}>"
        # Outlook opens a file with this as a message still to be sent.
        message["X-Unsent"] = "1"
        message.set_content(letter.text, charset="utf-8", cte="quoted-printable")
        return message.as_bytes()
    except (ValueError, MessageError):
        return None


def _address(name: str, address: str) -> Address:
    """The name without any sign that means something in a list of addresses.

    Quoted they would do no harm, but Python loses the quotes where it folds a long line (its issues 80222 and 87720),
    and what stands in a name would become a recipient.
    """
    return Address(" ".join(_SPECIAL.sub(" ", _header(name)).split())[:_LONGEST_NAME].strip(), addr_spec=address)


def _header(text: str) -> str:
    """One line that stays what it is: what looks like an encoded word would be decoded, line ends and all."""
    return one_line(text).replace("=?", "= ?")


def _digest(letter: Letter, *people: tuple[str, str]) -> str:
    parts = (letter.subject, letter.text, *(address for _, address in people))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
