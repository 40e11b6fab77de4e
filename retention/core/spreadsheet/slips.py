"""What stands in a cell instead of a period or behind one: words with a slip in them, references, citations, marks.

No period is read here, and nothing is put right: what may be meant is only asked.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher, get_close_matches

from msgspec import Struct

_MEANT = (
    "closed superseded expired terminated completed received receipt permanent separation audit audited termination "
    "expiration completion created creation calendar fiscal obsolete payment replaced canceled cancelled resolution "
    "retirement employment settlement"
).split()
"""The words of most rules. A word that is nearly one of them would be an event that never happens."""
_OTHERS = frozenset(
    (
        "close closing closer closet cloned supersede expire expiry terminate complete completely competed compete "
        "receive receiver create crate treated curated crated cremation replace replacer admit audio creating "
        "separating terminating completing auditing auditor cancel permanently revolution obsoleted"
    ).split()
)
"""Words of their own, however near they are to those."""
_CUTOFF, _SHORTEST, _MOST_LETTERS = 0.8, 4, 2
"""How like a word must be to be asked about, how long, and by how many letters it may differ: a letter that is another
one, or stands elsewhere, is two of them."""

_REFERS = re.compile(r"(?:see|same as|refer to)\s+(?:series\s+|item\s+)?(\S.*?)\s*", re.IGNORECASE)
_NO_SERIES = re.compile(r"(?:above|below|foot|notes?|attach|comment|remark|schedule|policy|law)\b", re.IGNORECASE)

_MARK = re.compile(r"\s*([*\u2020\u2021\u00b9\u00b2\u00b3\u2070-\u2079]+)$")
_BRACKET = re.compile(r"(.+?)\s*\(([^()]*(?:\([^()]*\)[^()]*)*)\)")
_CITED = re.compile(
    r"\u00a7|\b[Cc]ode\b|\b[Cc]h?(?:hap)?\.? ?\d|\b[Ss]ec(?:tion|\.)? ?\d|\b[A-Z]{2,6}\.? ?\d|\b(?:[A-Z]\.){2,} ?\d"
)
_SAYS_MORE = re.compile(
    r"\b(?:years?|yrs?|months?|mos?|days?|weeks?|if|unless|until|after|from|or|then|plus|min\w*|max\w*|whichever|only"
    r"|cu|cye?|fye?|au|cl|sup?|exp|term|act|evt|cr|ret|perm)\b",
    re.IGNORECASE,
)
"""Words by which a bracket says something of the period itself."""


class Slip(ValueError):
    """A word that is nearly a common one, where an event is named: no other way of reading may pass over it."""


class Parted(Struct, frozen=True):
    """The words of a period, and what stood behind them: a citation in brackets, the mark of a footnote."""

    words: str
    citation: str = ""
    mark: str = ""


def parted(text: str) -> Parted:
    """The text without a mark and a citation at its end; a bracket that may change the period stays where it is."""
    words, citation, mark = text.strip(), "", ""
    for _ in range(2):
        if found := _MARK.search(words):
            mark, words = found[1], words[: found.start()]
        bracket = _BRACKET.fullmatch(words)
        if bracket and not citation and _is_citation(bracket[2]):
            words, citation = bracket[1], bracket[2].strip()
    return Parted(words, citation, mark)


def _is_citation(text: str) -> bool:
    return any(c.isdigit() for c in text) and bool(_CITED.search(text)) and not _SAYS_MORE.search(text)


def refuse_slips(event: str) -> None:
    """Raises ``Slip`` where a word of the event is nearly a common one: nobody would ever record such an event."""
    if slip := _slip(event):
        wrong, meant = slip
        where = f" in '{event}'" if wrong != event.lower() else ""
        raise Slip(f"'{wrong}'{where} is no word that is known here; is '{meant}' meant?")


def hinted(reason: str, text: str) -> str:
    """Why a text is not understood, and what may be meant by it where that can be seen."""
    if "meant" in reason:
        return reason
    refers = _REFERS.fullmatch(text.strip(" .;"))
    if refers and any(c.isdigit() for c in refers[1]) and not _NO_SERIES.match(refers[1]):
        return f"{reason}; write 'as {refers[1]}'"
    slip = _slip(text)
    return f"{reason}; is '{slip[1]}' meant?" if slip else reason


def _slip(text: str) -> tuple[str, str] | None:
    """The first word with a slip in it, and the word that it nearly is."""
    for word in re.findall(r"[a-z]+", text.lower()):
        known = {word, word.removesuffix("s")}
        if len(word) < _SHORTEST or known & _OTHERS or not known.isdisjoint(_MEANT):
            continue
        for near in get_close_matches(word, _MEANT, cutoff=_CUTOFF):
            if near[0] == word[0] and _letters_apart(word, near) <= _MOST_LETTERS:
                return word, near
    return None


def _letters_apart(one: str, other: str) -> int:
    alike = sum(block.size for block in SequenceMatcher(None, one, other).get_matching_blocks())
    return len(one) + len(other) - 2 * alike
