"""How numbers, sizes, shares and days are written for people, and what of a text is shown.

Nothing is escaped here: the page's template does that to all it is given.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime

from retention.page.document import Cell, Kind

_UNSAFE = {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"}
LONGEST = 200
"""Characters of one cell that are shown; longer ones are cut with a mark."""
SHORT_WORD, LONGEST_WORD = 16, 24
"""Words longer than the first may be broken at their signs; no piece of a word is longer than the second."""
_SIZES = ((1000**4, "TB"), (1000**3, "GB"), (1000**2, "MB"), (1000, "kB"))


def written(cell: Cell, kind: Kind = Kind.TEXT) -> str:
    """The cell as people read it."""
    match cell:
        case None:
            return "–"
        case datetime():
            return f"{cell:%Y-%m-%d %H:%M}"
        case date():
            return cell.isoformat()
        case str():
            return shown(cell)
        case _:
            return _number(cell, kind)


def _number(number: float, kind: Kind) -> str:
    if kind is Kind.SIZE:
        return size(number)
    if kind is Kind.SHARE:
        return share(number)
    return f"{number:,.0f}" if float(number).is_integer() else f"{number:,.1f}"


def shown(text: str) -> str:
    """The text on one line: what could hide, reorder or break it is a dot, and what is too long is cut."""
    cut = f"{text[:LONGEST]}… ({len(text):,} characters)" if len(text) > LONGEST else text
    return "".join("·" if unicodedata.category(c) in _UNSAFE else c for c in cut)


def pieces(word: str) -> list[str]:
    """A word that may be too long for a line, in pieces that fit one: addresses and ids are broken at their signs."""
    if len(word) <= SHORT_WORD:
        return [word]
    found: list[str] = []
    for part in re.findall(r"@?[^@._/\\-]*[._/\\-]*", word):
        if found and not part.startswith("@") and len(found[-1]) + len(part) <= LONGEST_WORD:
            found[-1] += part
        else:
            found += [part[at : at + LONGEST_WORD] for at in range(0, len(part), LONGEST_WORD)]
    return found


def size(number: float) -> str:
    """A number of bytes, by powers of a thousand, as mail systems count."""
    for unit, name in _SIZES:
        if number >= unit:
            return f"{number / unit:,.1f} {name}"
    return f"{number:,.0f} bytes"


def short_size(number: float) -> str:
    """A number of bytes beside the scale of a picture."""
    for unit, name in _SIZES:
        if number >= unit:
            return f"{number / unit:,.4g} {name}"
    return f"{number:,.0f}"


def share(fraction: float) -> str:
    """A fraction of one; what is less than a hundredth, and not nothing, is said to be so."""
    if 0 < fraction < 0.01:
        return "< 1 %"
    return f"{fraction:,.0%}".replace("%", " %")
