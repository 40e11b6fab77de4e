"""What a message that is rebuilt of its properties may say that it lost, and have all of its content none the less.

How one is rebuilt, and what else it can lose, is said in ``mail/files/outlook``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

SENDER, DELEGATE = "the sender", "the delegate who sent it"

STRUCTURE = "the original MIME structure"
HEADERS = "the original headers"
PROPERTY = "{count} Outlook property"
PROPERTIES = "{count} Outlook properties"
NO_SENDER = "the sender: the file does not say who it was"
PERSON_BY_NAME = "the address of {who}, known by the display name '{name}' only"
PERSON_BY_EXCHANGE = "the Internet address of {who}, known by an Exchange address only"
RECIPIENT_BY_NAME = "the addresses of {count} recipient, known by display name only"
RECIPIENTS_BY_NAME = "the addresses of {count} recipients, known by display name only"
RECIPIENT_BY_EXCHANGE = "the Internet addresses of {count} recipient, known by an Exchange address only"
RECIPIENTS_BY_EXCHANGE = "the Internet addresses of {count} recipients, known by an Exchange address only"

HARMLESS = (
    *(STRUCTURE, HEADERS, PROPERTY, PROPERTIES, NO_SENDER, PERSON_BY_NAME, PERSON_BY_EXCHANGE),
    *(RECIPIENT_BY_NAME, RECIPIENTS_BY_NAME, RECIPIENT_BY_EXCHANGE, RECIPIENTS_BY_EXCHANGE),
)
"""Every rebuilt message lost the first; headers and addresses that are told of here are not in the file either."""
_FILLED = {"count": r"[0-9]+", "who": f"(?:{SENDER}|{DELEGATE})", "name": r"[^\r\n]*"}
_harmless = re.compile("|".join(re.sub(r"\\{(\w+)\\}", lambda at: _FILLED[at[1]], re.escape(one)) for one in HARMLESS))


def lost_content(rebuilt: Iterable[str] | None) -> bool:
    """Whether something of the content may be lost: every line that is not known to be harmless says so."""
    return not all(map(_harmless.fullmatch, rebuilt or ()))
