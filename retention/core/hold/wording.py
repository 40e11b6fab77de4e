"""Does a message say this phrase in whole words? Yes, no, or it cannot be judged, because it may say it in disguise.

Which wordings of a message count, and what follows from the answer, is decided in ``judging.py``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import product

from msgspec import Struct

from retention.core.words import words

CUT = 250
"""Letters from which on a preview is taken for the beginning of a longer text."""
_TELLING = 3
"""Letters of a phrase from which on the end of such a preview may be that phrase: fewer begin half of all words."""
_NEAR = 40
"""Letters at the end of a preview in which its last word nearly always lies."""
_LAST_WORD = re.compile(r"[\x00-\x2f]([0-9a-z]+)[\x00-\x2f]*\Z")
"""A last word in ASCII alone, between signs that are gaps; where there is another sign, nothing is said of it."""
_FILLERS = "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"
"""Signs of other categories than ``Cf`` that nobody sees either."""
_MIXED = re.compile(r"[^\s]*[a-z][^\s]*")


class Phrase(Struct, frozen=True):
    """A phrase of a scope as it was given and as it is looked for, its longest word, and what it may be cut down to.

    ``ends`` are the last words of what it may be cut down to.
    """

    given: str
    spelt: str
    longest: str
    beginnings: tuple[str, ...]
    ends: frozenset[str]


@lru_cache(maxsize=4096)
def phrase(given: str) -> Phrase:
    spelt = words(given)
    letters = len(spelt.replace(" ", ""))
    ends = (end for end in range(2, len(spelt) - 1) if spelt[end - 1] != " ")
    beginnings = tuple(spelt[:end] for end in ends if len(spelt[:end].replace(" ", "")) >= min(_TELLING, letters - 1))
    last_words = frozenset(beginning.split()[-1] for beginning in beginnings)
    return Phrase(given, spelt, max(spelt.split(), key=len, default=""), beginnings, last_words)


class Text:
    """What a message says, or said before it was changed: its words are spelt out once, whoever looks for some."""

    __slots__ = ("_disguised", "_end", "_last", "_letters", "_parts", "_preview", "_spelt", "unsaid")

    def __init__(self, subject: str | None, preview: str | None, attachments: tuple[str, ...] | None) -> None:
        self.unsaid = subject is None or not preview or attachments is None
        self._preview = preview or ""
        self._parts = (subject or "", self._preview, *(attachments or ()))
        self._letters: str | None = None
        self._spelt: str | None = None
        self._last: str | None = None
        self._end: str | None = None
        self._disguised: tuple[str, tuple[str, ...]] | None = None

    def says(self, phrase: Phrase) -> bool | None:
        """Whether subject, preview or the name of an attachment has this phrase; no phrase reaches over two of them."""
        if self._letters is None:
            text = "\n".join(self._parts)
            self._letters = text.lower() if text.isascii() else text
        plain = self._letters.isascii()
        # In ASCII a word has the letters that it is spelt with: most texts need not be spelt out to be without it.
        if not plain or phrase.longest in self._letters:
            if self._spelt is None:
                self._spelt = _spelt(self._parts)
            if phrase.spelt in self._spelt:
                return True
        doubtful = self._is_cut_within(phrase) or (not plain and self._may_disguise(phrase))
        return None if doubtful else False

    def _is_cut_within(self, phrase: Phrase) -> bool:
        if len(self._preview) < CUT:
            return False
        if self._last is None:
            last = _LAST_WORD.search(self._preview[-_NEAR:].lower())
            self._last = last[1] if last else ""
        # Most previews end in a word that no phrase has there: only for the others are all their words spelt out.
        if self._last and self._last not in phrase.ends:
            return False
        if self._end is None:
            self._end = words(self._preview).rstrip()
        return self._end.endswith(phrase.beginnings)

    def _may_disguise(self, phrase: Phrase) -> bool:
        if self._disguised is None:
            assert self._spelt is not None  # a text that is not plain was spelt out before
            others = {"\n".join(map(words, parts)) for parts in _readings(self._parts)}
            self._disguised = "\n".join(others), _mixed(self._spelt)
        readings, mixed = self._disguised
        if phrase.spelt in readings:
            return True
        return bool(mixed) and any(re.fullmatch(one, word) for one in mixed for word in phrase.spelt.split())


def _spelt(parts: tuple[str, ...]) -> str:
    return "\n".join(map(words, parts))


def _readings(parts: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """What else it may look like: signs that nobody sees as gaps or as nothing, and signs as the letters in them."""
    odd = {letter for part in parts for letter in part if letter > "\x7f"}
    unseen = [letter for letter in odd if _is_unseen(letter)]
    if not unseen and not any(unicodedata.category(letter) in {"So", "No"} for letter in odd):
        return
    for instead, lettered in product((" ", ""), (False, True)):
        table = str.maketrans(dict.fromkeys(unseen, instead))
        plain = (part.translate(table) for part in parts)
        yield tuple(unicodedata.normalize("NFKD", part) if lettered else part for part in plain)


def _mixed(spelt: str) -> tuple[str, ...]:
    """Words with letters of two alphabets, as patterns: any letter may be meant by one that is not of ours."""
    found = {word for word in _MIXED.findall(spelt) if not word.isascii()}
    return tuple("".join(letter if letter.isascii() else "." for letter in word) for word in sorted(found))


@cache
def _is_unseen(letter: str) -> bool:
    return letter in _FILLERS or unicodedata.category(letter) == "Cf"
