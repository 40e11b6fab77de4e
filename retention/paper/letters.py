"""What of a text can be printed with the font that a PDF bears, and what is printed in place of the rest.

The font itself, and how a page is set, are not known here.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Container

from retention.core.proof import plain


class Letters:
    """Puts what can be printed in place of what cannot, and remembers what it did. ``known`` are the code points."""

    def __init__(self, known: Container[int]) -> None:
        self._known = known
        self.replaced: dict[str, str] = {}

    def printable(self, text: object) -> str:
        """The text in letters that the font has: without the marks it lacks, or with the code of the letter."""
        whole = unicodedata.normalize("NFC", plain(text))
        return "".join(c if ord(c) in self._known else self._instead(c) for c in whole)

    @property
    def confession(self) -> str:
        """What was replaced by what, in a sentence; empty where all was printed as it is."""
        if not self.replaced:
            return ""
        told = ", ".join(
            f"U+{ord(c):04X} as {shown}" for c, shown in sorted(self.replaced.items()) if shown != _code(c)
        )
        coded = any(shown == _code(c) for c, shown in self.replaced.items())
        said = [f"These letters are printed without their marks: {told}."] if told else []
        if coded:
            said.append("Where a code such as <U+4E2D> stands, this PDF's font has no such letter.")
        return " ".join((*said, "The other files beside this one have every letter."))

    def _instead(self, c: str) -> str:
        bare = "".join(one for one in unicodedata.normalize("NFKD", c) if not unicodedata.combining(one))
        shown = bare if bare and all(ord(one) in self._known for one in bare) else _code(c)
        self.replaced[c] = shown
        return shown


def _code(c: str) -> str:
    return f"<U+{ord(c):04X}>"
