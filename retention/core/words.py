"""How a schedule's phrases, addresses, message classes and patterns are read and compared with a message.

Nothing here knows which series a phrase stands for, or what follows from a hit.
"""

from __future__ import annotations

import unicodedata
from enum import StrEnum

import re2

ANYTHING = "*"
"""Matches any value that is known."""

PATTERN = "re:"
"""Marks a linear-time regular expression (RE2), compared with the text as it stands, capitals ignored."""


class Field(StrEnum):
    """What of a message a schedule may look at."""

    SUBJECT = "subject"
    PREVIEW = "preview"
    FOLDER = "folder"
    CATEGORY = "category"
    SENDER = "sender"
    RECIPIENTS = "recipients"
    PARTICIPANTS = "participants"
    KIND = "kind"
    DEPARTMENT = "department"
    OFFICE = "office"
    DIRECTION = "direction"
    ORIGIN = "origin"
    ATTACHMENT = "attachment"


TEXTS = frozenset(
    {
        *(Field.SUBJECT, Field.PREVIEW, Field.FOLDER, Field.CATEGORY),
        *(Field.DEPARTMENT, Field.OFFICE, Field.ATTACHMENT),
    }
)
ADDRESSES = frozenset({Field.SENDER, Field.RECIPIENTS, Field.PARTICIPANTS})
CHOICES = {
    Field.DIRECTION: ("internal", "inbound", "outbound"),
    Field.ORIGIN: ("person", "list", "automatic"),
}
"""Fields that have one of a few values. Internal mail has nobody from outside the city in it; an origin is what the
message's own headers say of how it was sent."""


class _Signs(dict[int, int | str]):
    """A table for ``str.translate``: a sign such as ™ or ² is a space, before it can become letters of the word."""

    def __missing__(self, code: int) -> int | str:
        kept = " " if unicodedata.category(chr(code)) in {"So", "No"} else code
        self[code] = kept
        return kept


class _Letters(dict[int, str | None]):
    """A table for ``str.translate``: letters and digits stay, accents and invisible signs go, the rest is a space."""

    def __missing__(self, code: int) -> str | None:
        letter = chr(code)
        kind = unicodedata.category(letter)
        # A zero-width sign inside "con-tract" must not hide the word; an accent must not either.
        kept = letter if kind[0] in "LN" or kind == "Mc" else None if kind in {"Mn", "Me", "Cf"} else " "
        self[code] = kept
        return kept


_LETTERS = _Letters()
_SIGNS = _Signs()
_ASCII = {code: chr(code).lower() if chr(code).isalnum() else " " for code in range(128)}
_ASCII_LETTER, _ASCII_GAP = "[0-9A-Za-z]", "[^0-9A-Za-z]"


def words(text: str) -> str:
    """The words of a text, without capitals, accents and punctuation, with one space before and after each."""
    if text.isascii():
        plain = text.translate(_ASCII)
    else:
        plain = unicodedata.normalize("NFKD", text.translate(_SIGNS)).casefold().translate(_LETTERS)
    return f" {' '.join(plain.split())} "


def phrase(text: str) -> str:
    """The RE2 pattern that finds a phrase in what ``words`` gives: whole words; ``word*`` takes in its continuations.

    Raises ValueError with one sentence when the phrase cannot be compared.
    """
    found: list[str] = []
    for token in text.split():
        stem = token.removesuffix("*")
        if "*" in stem or not stem:
            raise ValueError(f"in '{text}' a * may stand only at the end of a word")
        parts = words(stem).split()
        if stem != token:
            if not parts:
                raise ValueError(f"in '{text}' a * may stand only at the end of a word")
            parts[-1] += "[^ ]*"
        found += parts
    if not found:
        raise ValueError(f"'{text}' has no word to look for")
    return f" {' '.join(found)} "


def phrase_in_ascii(plain: str) -> str:
    """The RE2 pattern that finds in an ASCII text, as it stands, the phrase that ``plain`` finds in its words."""
    between = plain.strip().replace("[^ ]*", f"{_ASCII_LETTER}*").replace(" ", f"{_ASCII_GAP}+")
    return rf"(?:\A|{_ASCII_GAP}){between}(?:{_ASCII_GAP}|\z)"


def options(*, case_sensitive: bool) -> re2.Options:
    """How every pattern is compiled. The memory is a ceiling, not what is used."""
    chosen = re2.Options()
    chosen.case_sensitive = case_sensitive
    chosen.log_errors = False
    chosen.max_mem = 64 << 20
    return chosen


def pattern(text: str) -> str:
    """The RE2 pattern after ``re:``. Raises ValueError with one sentence and the column (from 1) that is wrong."""
    bare = text.removeprefix(PATTERN).strip()
    offset = text.index(bare, len(PATTERN)) if bare else len(PATTERN)
    try:
        compiled = re2.compile(bare, options(case_sensitive=False))
    except re2.error as error:
        reason = error.args[0].decode(errors="replace") if isinstance(error.args[0], bytes) else str(error)
        what, _, where = reason.partition(": ")
        column = offset + max(_lone_bracket(bare) if ")" in what else bare.find(where), 0) + 1
        raise ValueError(f"the pattern '{text}' is wrong at column {column}: {what}") from None
    if compiled.search("") is not None:
        raise ValueError(f"the pattern '{text}' fits even an empty text (column {offset + 1}); say what must be there")
    return bare


def key_pattern(text: str) -> str:
    """The RE2 pattern of a key, after ``re:``: its first group is the key. Raises ValueError with one sentence."""
    if not text.startswith(PATTERN):
        raise ValueError(f"'{text}' must be a pattern, such as 're:\\bcontract (C-\\d+)'")
    bare = pattern(text)
    groups = re2.compile(bare, options(case_sensitive=False)).groups
    if groups < 1:
        raise ValueError(f"the pattern '{text}' has no group; put the key itself in parentheses")
    if groups > 1:
        raise ValueError(f"the pattern '{text}' has {groups} groups; write (?:…) for all but that of the key itself")
    return bare


def _lone_bracket(text: str) -> int:
    """Where a parenthesis closes that nothing opened, or else opens that nothing closes; RE2 says neither."""
    opened: list[int] = []
    escaped = in_class = False
    for place, letter in enumerate(text):
        if escaped:
            escaped = False
        elif letter == "\\":
            escaped = True
        elif in_class:
            in_class = letter != "]"
        elif letter == "[":
            in_class = True
        elif letter == "(":
            opened.append(place)
        elif letter == ")" and not opened:
            return place
        elif letter == ")":
            opened.pop()
    return opened[-1] if opened else 0


def address(text: str) -> str:
    """An address, ``@domain`` or ``local@*``, in lower case. Raises ValueError with one sentence otherwise."""
    plain = text.strip().lower()
    local, at, domain = plain.rpartition("@")
    fits = at and not any(letter.isspace() or letter in "@<>,;" for letter in local + domain)
    if not fits or "*" in local or not domain or ("*" in domain and (domain != "*" or not local)):
        raise ValueError(f"'{text}' is no address; write name@example.org, @example.org or name@*")
    return plain


def message_class(text: str) -> str:
    """A message class such as ``IPM.Note``, or the beginning of one (``REPORT.*``), in lower case.

    Raises ValueError with one sentence otherwise.
    """
    plain = text.strip().lower()
    stem = plain.removesuffix("*")
    if not stem or not all(letter.isalnum() or letter in "._-" for letter in stem):
        raise ValueError(f"'{text}' is no message class; write IPM.Note, or REPORT.* for all that begin so")
    return plain


def choice(field: Field, text: str) -> str:
    """One of the values this field can have. Raises ValueError with one sentence otherwise."""
    plain = text.strip().lower()
    if plain not in CHOICES[field]:
        raise ValueError(f"'{text}' is no {field}; there are {', '.join(CHOICES[field])}")
    return plain


def form(field: Field, value: str) -> str:
    """The one form of a value in which it is compared: the same for two spellings that mean the same.

    Phrases and patterns become RE2 patterns, a pattern after its ``re:``. Raises ValueError with one sentence when the
    value can never be compared with this field.
    """
    if value == ANYTHING:
        return value
    if any(unicodedata.category(letter) == "Cc" for letter in value):
        raise ValueError(f"{value!r} holds a control character; write a pattern in single quotes: 're:\\binvoice'")
    if field in CHOICES:
        return choice(field, value)
    if field in ADDRESSES:
        return address(value)
    if field is Field.KIND:
        return message_class(value)
    return PATTERN + pattern(value) if value.startswith(PATTERN) else phrase(value)


class Undecided(Exception):
    """The engine gave up on a text: what is in it is not known, which is not the same as nothing."""


class Finder:
    """Many patterns compiled into one: says in a single pass over a text which of them it holds."""

    def __init__(self, *, case_sensitive: bool) -> None:
        self._set = re2.Set.SearchSet(options(case_sensitive=case_sensitive))
        # Always fits, at the end of the text: a pass that does not report it has failed, and must not be read as
        # "nothing was found". A pattern that fits everywhere would be reported at every letter.
        self._set.Add(r"\z")
        self._numbers: list[int] = [-1]

    def add(self, pattern: str, number: int) -> None:
        """One more pattern, by the number that is to be given back for it."""
        self._set.Add(pattern)
        self._numbers.append(number)

    def compile(self) -> None:
        """Must be called after the last pattern and before the first text."""
        self._set.Compile()

    def __call__(self, text: str) -> tuple[int, ...]:
        """The numbers of the patterns found, in the order in which they were added. Raises Undecided."""
        try:
            found = self._set.Match(text.encode())
        except UnicodeEncodeError:
            # A lone surrogate, as broken mail brings.
            found = self._set.Match(text.encode(errors="replace"))
        if not found:
            raise Undecided
        if len(found) == 1:
            return ()
        # The engine reports in an order of its own; sorted, the same text always gives the same words.
        found.sort()
        numbers = self._numbers
        return tuple([numbers[place] for place in found if place])
