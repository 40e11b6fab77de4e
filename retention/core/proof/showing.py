"""Which entries a proof shows whole, which it leaves unsaid, and which it only tells of.

A packet for one matter goes to strangers of every other matter: what an entry says of another hold, be it only its
name, must not be in it. So an entry that names another hold too is *withheld*: it is left unsaid like all that does not
belong here, and what it says of this hold is told in a table, bound to the entry's number. The proof of such a row is
the whole ledger, or that one entry, whose digest the packet already holds: the city can show it to the court alone, and
could not show another in its place. Whoever wants everything proven at once, and may see it, asks for the whole ledger.
What is left unsaid is hidden behind its SHA-256: whoever guesses an entry word for word can tell that it stands there.

What an entry means is not known here.
"""

from __future__ import annotations


class Marks:
    """One mark for each entry of the ledger, in a byte each: a ledger may have millions. ``whole``: all are shown."""

    def __init__(self, whole: bool) -> None:
        self._whole = whole
        self._shown = bytearray()

    def begin(self, n: int) -> None:
        """Entry ``n`` comes next."""
        self._shown.extend(bytes([self._whole]) * (n + 1 - len(self._shown)))

    def say(self, *entries: int) -> None:
        for n in entries:
            self._shown[n] = True

    def withhold(self) -> bool:
        """An entry that names another hold is told of and left unsaid; return whether it is shown all the same."""
        return self._whole

    def is_said(self, n: int) -> bool:
        return bool(self._shown[n])
