"""What kind of file with mail in it this is, told by its beginning, and by its name only where that says nothing.

Folders are not looked at here, and no message is read.
"""

from __future__ import annotations

import os
import re
from enum import StrEnum

from retention.mail.files import opening
from retention.mail.files.separators import is_alone, is_beginning

LOOKED_AT = 8192
SAVED = (".eml", ".msg")
"""So the file of one saved message is named, which some programs begin as if it were an mbox."""


class Kind(StrEnum):
    MBOX = "mbox"
    MAILDIR = "Maildir"
    LOOSE = "folder of messages"
    PST = "PST"
    MESSAGE = "message"
    MSG = "Outlook message"


ONE_MESSAGE = (Kind.MESSAGE, Kind.MSG)

_PST = b"!BDN"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Every older Office file begins so; only by its name is a message known from a letter."""
_PACKED = (b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!")
_LISTS = re.compile(
    r"(?:dovecot|courier|subscriptions$|maildir(?:folder|size)$|\.ds_store$|thumbs\.db$|desktop\.ini$|.*\.msf$)", re.I
)
_HEADER = re.compile(rb"[!-9;-~]+[ \t]*:")
_OF_MAIL = re.compile(
    rb"^(?:from|date|sender|received|message-id|return-path|delivered-to|x-received|to|subject"
    rb"|mime-version|content-type|content-transfer-encoding)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_BY_NAME = {".eml": Kind.MESSAGE, ".msg": Kind.MSG, ".pst": Kind.PST, ".ost": Kind.PST}

NO_MAIL = "no mail was recognised in it"
EMPTY = "it is empty"
PACKED = "it is packed; unpack it beside it"
LIST = "it is a mail program's own list and holds no mail"


def kind_of(path: str) -> Kind | str:
    """What kind of file this is, or why it is not read.

    One that cannot be opened may hold mail: it is some kind that says so when it is read, and never left out.
    """
    name = os.path.basename(path).lower()
    try:
        with opening.opened(path) as file:
            beginning = file.read(LOOKED_AT)
            kind = _kind_by(beginning, name)
            if kind is Kind.MBOX and name.endswith(SAVED) and is_alone(file):
                return Kind.MESSAGE
    except FileNotFoundError as error:
        return opening.why(error)
    except OSError:
        return next((each for end, each in _BY_NAME.items() if name.endswith(end)), Kind.MBOX)
    return kind or _why_not(beginning, name)


def _kind_by(beginning: bytes, name: str) -> Kind | None:
    if beginning.startswith(_PST):
        return Kind.PST
    if beginning.startswith(_OLE):
        return Kind.MSG if name.endswith(".msg") else None
    if is_beginning(beginning):
        return Kind.MBOX
    return Kind.MESSAGE if name.endswith(".eml") or _is_mail(beginning) else None


def _why_not(beginning: bytes, name: str) -> str:
    if _LISTS.match(name):
        return LIST
    if not beginning:
        return EMPTY
    return PACKED if beginning.startswith(_PACKED) else NO_MAIL


def _is_mail(beginning: bytes) -> bool:
    """Whether it begins with lines of headers, and at least two of them are such as mail has."""
    head = re.split(rb"\r?\n\r?\n", beginning, maxsplit=1)[0]
    # The last line may have been cut off.
    lines = [line for line in head.splitlines()[:-1] or head.splitlines() if line[:1] not in (b" ", b"\t")]
    if not lines or not all(_HEADER.match(line) for line in lines[:20]):
        return False
    return len({found.group().lower() for found in _OF_MAIL.finditer(head)}) >= 2
