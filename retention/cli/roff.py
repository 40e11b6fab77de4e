"""How text becomes a manual page: roff, in the ``man`` macros that every system has.

What the page says is in ``cli/man.py``.
"""

from __future__ import annotations

import re

_SIGNS = {"\\": r"\e", "-": r"\-", "…": r"\&...", "→": r"\(->", "“": r"\(lq", "”": r"\(rq", "’": r"\(cq", "–": r"\(en"}
_LITERAL = re.compile(r"`([^`]+)`")


class Roff:
    """A page, written from its top to its end."""

    def __init__(self, name: str, section: str, about: str) -> None:
        self._lines = [f'.TH "{name.upper()}" "{section}" "" "" "Records retention"', ".nh", ".ad l", ".SH NAME"]
        self._lines.append(rf"{name} \- {_plain(about)}")

    @property
    def text(self) -> str:
        return "\n".join(self._lines)

    def section(self, heading: str) -> None:
        self._lines.append(f".SH {heading}")

    def heading(self, text: str) -> None:
        """A heading within a section."""
        self._lines.append(f'.SS "{_plain(text)}"')

    def paragraph(self, text: str) -> None:
        self._lines.append(".PP")
        self.line(text)

    def line(self, text: str, *, written: bool = False) -> None:
        """A line of text; ``written``: it is roff already."""
        shown = text if written else _marked(text)
        # A line that begins with a full stop or an apostrophe would be read as a request.
        self._lines.append(rf"\&{shown}" if shown.startswith((".", "'")) else shown)

    def item(self, term: str, said: str, *, needed: bool = False) -> None:
        """A term in bold, and below it what is said of it."""
        self._lines += [".TP", rf"\fB{_plain(term)}\fR"]
        self.line(" ".join(filter(None, (said, "It must be given." if needed else ""))) or "-")


def _plain(text: str) -> str:
    """The text with every sign that roff would read as its own, and every one it may not have, written out."""
    signs = (_SIGNS.get(sign) or (sign if sign.isascii() else rf"\[u{ord(sign):04X}]") for sign in text)
    return "".join(signs).replace('"', r"\(dq")


def _marked(text: str) -> str:
    """What stands between backquotes is what is typed: in bold."""
    return "".join(rf"\fB{_plain(part)}\fR" if n % 2 else _plain(part) for n, part in enumerate(_LITERAL.split(text)))
