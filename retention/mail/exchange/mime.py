"""The MIME in an answer of Exchange, taken out piece by piece as the answer comes.

Nothing is asked for here, and what the MIME says is not read.
"""

from __future__ import annotations

import binascii
import re
from typing import IO

from retention.mail.exchange.failures import Malformed

LONGEST_REST = 4 * 1024 * 1024
_BEGINNING = re.compile(rb"<(?:[\w.-]+:)?MimeContent(?:\s[^<>]*)?(?<!/)>")
_TAIL = 512
"""Bytes held back until more have come, because the opening tag may lie across two pieces."""

_SPACE = bytes.maketrans(b"", b""), b" \t\r\n"


class Sink:
    """Receives an answer in pieces: the base64 of its MIME goes decoded to a file, all the rest stays XML.

    So no more than a piece of a large message is ever in memory, and the XML around it is still read strictly.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.begin()

    def begin(self) -> None:
        self._file.seek(0)
        self._file.truncate()
        self._rest = bytearray()
        self._seen = b""
        self._where = "before"
        self._ended = False

    def feed(self, piece: bytes) -> None:
        """Raises ``Malformed`` for what is no base64, and for an answer without end."""
        if self._where == "before":
            piece = self._opened(self._seen + piece)
        if self._where == "inside":
            text, bracket, piece = piece.partition(b"<")
            self._decode(text, last=bool(bracket))
            if not bracket:
                return
            self._where, piece = "after", bracket + piece
        if self._where == "after":
            self._rest += piece
        if len(self._rest) > LONGEST_REST:
            raise Malformed("an answer with far more around the content than there can be")

    def _opened(self, piece: bytes) -> bytes:
        found = _BEGINNING.search(piece)
        if found is None:
            self._rest += piece[:-_TAIL]
            self._seen = piece[-_TAIL:]
            return b""
        self._rest += piece[: found.end()]
        self._where, self._seen = "inside", b""
        return piece[found.end() :]

    def _decode(self, text: bytes, *, last: bool) -> None:
        whole = self._seen + text.translate(*_SPACE)
        cut = len(whole) if last else len(whole) - len(whole) % 4
        piece, self._seen = whole[:cut], whole[cut:]
        if not piece:
            return
        if self._ended:
            raise Malformed("base64 behind its own end")
        try:
            self._file.write(binascii.a2b_base64(piece, strict_mode=True))
        except binascii.Error as error:
            raise Malformed("no base64") from error
        self._ended = piece.endswith(b"=")

    def rest(self) -> bytes:
        """The answer without the content, once all has come."""
        return bytes(self._rest) + (self._seen if self._where == "before" else b"")

    def check(self) -> None:
        """Raises ``Malformed`` where the answer had no content."""
        if self._where != "after":
            raise Malformed("an answer without content")
