"""Whether another message, or data that is no mail, may lie in what is read as one message.

Where the messages of an mbox begin is decided in ``separators.py``, which must be sure; here a suspicion is enough.
"""

from __future__ import annotations

import re

from retention.core.mime import parsed, safely

ANOTHER = "another message may lie in it"
DATA = "data that is no mail lies in it"
MORE = "more lies behind its last part than a footer"

_MARK = b"From "
_LONGEST = 2048
"""So long may a separator and the name of the header after it be."""
_FOOTER = 4096
"""So long may a footer be: the longest of 26 in 823 real messages has 467 bytes."""
_SEPARATOR = re.compile(
    rb"From [^\r\n]*(?:\r\n?|\n)"
    # A name of a header; an address of the web and a time of day have a colon too.
    rb"(?:(?![0-9]+:)[!-9;-~]+[ \t]*:(?!//)|>From )"
)
_OF_MAIL = re.compile(
    rb"(?:^|(?<=[\r\n]))(?:from|date|sender|received|message-id|return-path|delivered-to|to|cc|subject|mime-version"
    rb"|content-type)[ \t]*:",
    re.IGNORECASE,
)
_BINARY = re.compile(rb"[\x00-\x06\x10-\x19\x1c-\x1f]")
"""Signs that stand in no text; every file of Outlook's, and every archive, has some of them at its very beginning."""


class Hidden:
    """Takes a message piece by piece, in flat memory."""

    def __init__(self) -> None:
        # Before its first line nothing can lie: a saved message may itself begin with a separator.
        self._held = b" "
        self._another = False
        self._data = False

    def feed(self, piece: bytes) -> None:
        self._data = self._data or b"\0" in piece
        if not self._another:
            text = self._held + piece
            self._held = text[self._looked_through(text, len(text) - _LONGEST) :]

    def trouble(self, kept: bytes) -> str | None:
        """What was seen; ``kept`` is what ``Thinned`` left of the message.

        Of 823 real messages none has a zero byte, and only one a line that begins with ``From `` before one that
        reads as a header: a message is attached there. Behind the last part mailing lists put their footers, so that
        text there is no suspicion: two different headers of mail are, bytes that stand in no text, and more than any
        footer has.
        """
        self._looked_through(self._held, len(self._held))
        behind = behind_the_parts(kept)
        if self._another or len({found.group().lower() for found in _OF_MAIL.finditer(behind)}) > 1:
            return ANOTHER
        if self._data or _BINARY.search(behind):
            return DATA
        return MORE if len(behind) > _FOOTER else None

    def _looked_through(self, text: bytes, end: int) -> int:
        """Where to go on with the next piece: at the sign before what could not be judged yet."""
        found = text.find(_MARK, 1)
        while found >= 0:
            is_line = text[found - 1] in b"\r\n"
            if is_line and found > end:
                return found - 1
            if is_line and _SEPARATOR.match(text, found, found + _LONGEST):
                self._another = True
                break
            found = text.find(_MARK, found + 1)
        return max(len(text) - len(_MARK), 0)


def behind_the_parts(kept: bytes) -> bytes:
    """What lies behind the last part of a message that has parts; empty where it has none, or no end of them."""
    end = re.search(rb"\r?\n\r?\n", kept)
    if end is None or b"boundary" not in (head := kept[: end.end()]).lower():
        return b""
    message = parsed(head)
    boundary = safely(message.get_boundary, None) if message else None
    if not boundary:
        return b""
    closing = re.escape(boundary.encode("utf-8", "surrogateescape"))
    last = re.search(rb"[\r\n]--" + closing + rb"--[ \t]*(?:\r\n?|\n)", kept[end.end() - 1 :])
    return kept[end.end() - 1 + last.end() :] if last else b""
