"""A message cut down to what is worth reading of it, so that a large one takes no more room than a small one.

Its content is handed over and counted whole elsewhere; nothing is decoded here.
"""

from __future__ import annotations

HEAD = 512 * 1024
"""So much is kept of the headers, and of the text of a message that has no parts."""
PART = 128 * 1024
"""So much is kept behind each boundary: the part's own headers, and the beginning of what is in it."""
WHOLE = 16 * 1024 * 1024
"""So much is kept in all."""
_MARK = b"\n--"
"""What every boundary between parts begins with (RFC 2046, section 5.1.1)."""


class Thinned:
    """Takes a message piece by piece; ``kept`` is what remains, ``cut`` says that it may hide parts or headers."""

    def __init__(self) -> None:
        self.kept = bytearray()
        self.cut = False
        self._held = b""
        self._room = HEAD

    def feed(self, piece: bytes) -> None:
        text = self._held + piece
        # A boundary that lies across two pieces is seen with the second one.
        end = max(len(text) - len(_MARK) + 1, 0)
        self._keep(text, end)
        self._held = text[end:]

    def finish(self) -> bytes:
        self._keep(self._held, len(self._held))
        self._held = b""
        self.cut = self.cut or self._lost_its_headers()
        return bytes(self.kept)

    def _keep(self, text: bytes, end: int) -> None:
        place = 0
        while place < end:
            mark = text.find(_MARK, place)
            stop = mark if 0 <= mark < end else end
            kept = text[place : min(stop, place + self._room)]
            self.kept += kept
            self._room -= len(kept)
            place = stop
            if stop == mark:
                self.kept += _MARK[:1]
                self._room = PART
                place += 1
            if len(self.kept) > WHOLE:
                self.cut, self._room, place = True, 0, end

    def _lost_its_headers(self) -> bool:
        """Whether the headers are longer than what is kept of them."""
        head = self.kept[:HEAD]
        return len(self.kept) >= HEAD and b"\n\n" not in head and b"\n\r\n" not in head
