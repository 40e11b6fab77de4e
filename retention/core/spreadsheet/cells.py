"""What a cell of a city's own schedule says: its period in the clerk's words, from when, and what then.

Nothing is guessed: what is not understood is refused with one sentence. The grammar itself is in ``core/period``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from msgspec import Struct

from retention.core import period
from retention.core.period import AfterEvent, UntilEvent
from retention.core.period.limits import Extended, If, Outcome, within
from retention.core.schedule import NOT_REQUIRED
from retention.core.spreadsheet.slips import Slip, hinted, parted, refuse_slips


class NoStart(ValueError):
    """A length without the day from which it counts."""


class Found(Struct, frozen=True, kw_only=True):
    """The period that a cell states, in the grammar's own words, and what a person should know of how it was read.

    ``filled`` is the start that the row does not give and a person did; ``in_years`` that a bare number was taken for
    years; ``citation`` and ``mark`` are what stood behind the period.
    """

    retain: str
    filled: str = ""
    in_years: bool = False
    citation: str = ""
    mark: str = ""


def period_of(text: str, trigger: str = "", start: str = "", unit: str = "") -> Found:
    """The period that a cell states.

    ``trigger`` is what the row's column of starts says; ``start`` is what a person said of rows that give none;
    ``unit`` is what the heading says a bare number counts. Raises ValueError with one sentence otherwise.
    """
    given = start_of(trigger) if trigger.strip() else ""
    # The grammar keeps the capitals of a series that is referred to, and a bracket or a mark that belongs to it.
    native = _native(" ".join(text.split()))
    said = parted("" if native else text)
    words, filled = _plainly(said.words), ""
    if not (words or native):
        raise ValueError("the period is empty; write 'period not stated' if the schedule gives none")
    try:
        found = native or _native(" ".join(said.words.split())) or _period(words, "", unit)
    except NoStart:
        if not (given or start):
            raise
        filled = "" if given else start_of(start)
        found = _period(words, given or filled, unit)
    except ValueError as wrong:
        raise ValueError(hinted(str(wrong), said.words)) from None
    counted = " after " in found or (found.startswith("until ") and not given.endswith(("received", "sent")))
    if given and counted and given not in found:
        raise ValueError(f"the period says '{text}', but the start says '{trigger}'; leave one of them out")
    in_years = not unit and bool(_BARE.search(words)) and not _CODE.fullmatch(words)
    return Found(retain=found, filled=filled, in_years=in_years, citation=said.citation, mark=said.mark)


def start_of(text: str) -> str:
    """From when a clock starts, in the grammar's words: a date of the message, the end of a year, or an event.

    Raises ValueError with one sentence where it is not understood.
    """
    words = _bare(_plainly(text))
    if year := _YEAR.fullmatch(words):
        return f"end of {'calendar' if year[1].startswith('c') else 'fiscal'} year received"
    if _ANY_YEAR.fullmatch(words):
        raise ValueError(f"'{text}' does not say which year ends: write 'end of calendar year' or 'end of fiscal year'")
    start = _STARTS.get(words) or _CODES.get(words) or words
    try:
        printed = str(period.parse(f"1 year after {start}"))
    except ValueError as wrong:
        raise ValueError(f"the start '{text}' is not understood: {_briefly(wrong)}") from None
    refuse_slips(start)
    if "," in printed or " if " in printed or not printed.startswith("1 year after "):
        raise ValueError(f"the start '{text}' is more than one start")
    return printed.removeprefix("1 year after ")


def then_of(text: str) -> str:
    """What a disposition says is to follow: destroy, keep or review. Raises ValueError where it says two things."""
    words = set(re.findall(r"[a-z]+", text.lower()))
    if words & {"not", "never", "without", "unless", "except", "if"}:
        raise ValueError(f"the disposition '{text}' has a condition; write destroy, keep or review")
    if words & _REVIEW:
        return "review"
    found = [then for then, said in (("destroy", _DESTROY), ("keep", _KEEP)) if words & said]
    if len(found) == 1:
        return found[0]
    why = "says two things" if found else "is not understood"
    raise ValueError(f"the disposition '{text}' {why}; write destroy, keep or review")


def yes(text: str) -> bool:
    """Yes or no. Raises ValueError where the cell says neither."""
    word = text.strip().lower()
    if word in ("yes", "y", "true", "x", "1"):
        return True
    if word in ("no", "n", "false", "0", ""):
        return False
    raise ValueError(f"'{text}' is neither yes nor no")


def permission(text: str) -> str:
    """What a series says of the permission to destroy. Raises ValueError where the cell leaves it open."""
    word = " ".join(text.lower().split()).removeprefix("permission ").strip(" .")
    if word in (NOT_REQUIRED, "from supervisor not required for destruction"):
        return NOT_REQUIRED
    if word in ("required", ""):
        return ""
    raise ValueError(f"'{text}' says neither 'required' nor '{NOT_REQUIRED}'")


# --- words ----------------------------------------------------------------------------------------------------------


def _words(*said: str) -> frozenset[str]:
    return frozenset(word.strip() for text in said for word in text.split(","))


def _all_mean(meaning: str, said: Iterable[str]) -> dict[str, str]:
    return dict.fromkeys(said, meaning)


_WHOLE = {
    **_all_mean(
        "permanent",
        _words("p, perm, permanent, permanently, indefinite, indefinitely, forever, unlimited", "permanent retention")
        | _words("keep permanently, retain permanently, keep forever, retain indefinitely"),
    ),
    **_all_mean("no retention required", _words("no retention required, no retention, none required")),
    **_all_mean("until no longer needed", _words("no longer needed, until obsolete, as long as needed")),
}
"""Periods that are written in one piece."""
_CODES = {
    "cu": "end of calendar year received",
    "cy": "end of calendar year received",
    "fy": "end of fiscal year received",
    "au": "audit of fiscal year received",
    "cl": "closed",
    "su": "superseded",
    "sup": "superseded",
    "exp": "expired",
    "term": "terminated",
}
"""The letters of retention codes that the published schedules agree on."""
_EVENTS = _words("superseded, closed, expired, terminated, audited, completed, paid, replaced, revoked, canceled")
"""Words that, standing alone in a period, mean until that has happened."""
_STARTS = {
    **_all_mean(
        "received",
        _words(
            "received, receipt, receipt of record, record received, creation, created, when created, record creation"
        )
        | _words("record created, creation of record, origination, document, record, file, correspondence")
        | _words("created or received, received or created, creation or receipt, receipt or creation"),
    ),
    **_all_mean("sent", _words("sent, sending, transmission, transmittal")),
    **_all_mean("received or sent", _words("received or sent, sent or received")),
}
_DESTROY = _words(
    "destroy, destroyed, destroying, destruction, delete, deleted, deletion, shred, shredded, shredding, recycle",
    "purge, dispose, disposed, disposal, discard, discarded, erase",
)
_KEEP = _words(
    "keep, kept, retain, retained, permanent, permanently, preserve, archive, archives, archived, archival, transfer",
    "transferred, historical, historic",
)
_REVIEW = _words("review, reviewed, appraise, appraisal, sample, sampling")

_NUMBERS = dict(
    zip("one two three four five six seven eight nine ten eleven twelve".split(), range(1, 13), strict=True)
)
_NUMBERS |= {"fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60}
_NUMBER = "|".join(_NUMBERS)
_UNITS = {"y": "year", "yr": "year", "year": "year", "mo": "month", "mth": "month", "month": "month"}
_UNITS |= {"d": "day", "day": "day"}
_MOST_BARE_YEARS = 100
"""A bare number means years; a larger one is more likely a number of days."""

_BARE = re.compile(r"(?:^|\+\s*|\bplus\s+)\d{1,5}$")
_LENGTH = r"(\d{1,5})\s*-?\s*(years?|yrs?|y|months?|mos?|mths?|days?|d|weeks?|wks?)\b\.?"
_LEAST, _OR_MORE = r"(?:(?:a )?minimum(?: of)?|min\.?|at least)?\s*", r"(?:\s*\(?min(?:imum|\.)?\)?)?"
_IS_LENGTH = re.compile(_LEAST + _LENGTH + _OR_MORE)
_LENGTH_AFTER = re.compile(rf"{_LENGTH}\s+(?:after|from|following|past|beyond|since|upon)\s+(.+)")
_EVENT_PLUS = re.compile(r"(?:until\s+)?(.+?)\s*(?:\+|\bplus\b)\s*(\d{1,3})\s*([a-z]+\.?)?")
_WHICHEVER = re.compile(r"(.+?)[,;]?\s*\(?\bwhichever (?:is |comes |occurs |happens )?(?:the )?(\w+)(?: occurs)?\)?")
_LATER = _words("later, last, latest, longer, longest, greater")
_EARLIER = _words("earlier, earliest, first, sooner, shorter")
_SEVERAL = re.compile(r"\b(?:or|and|if|then|unless)\b|,")
_CODE = re.compile(r"(?:([a-z]{1,4})(?:\s*\+?\s*\d{1,3}(?:/\d{1,2})?)?(?:\s*(?:y|yrs?|years?))?|0/\d{1,2})")
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
_SPOILT = re.compile(
    rf"\d{{1,2}}-{_MONTH}(-\d+)?|{_MONTH}-\d{{1,2}}|\d{{1,2}}[/.]\d{{1,2}}[/.]\d{{2,4}}|\d{{4}}-\d\d-\d\d.*"
)
_YEAR = re.compile(
    r"(?:end of |close of )?(?:the )?(?:current )?"
    r"(calendar year|calendar yr|cy|cye|fiscal year|fiscal yr|fy|fye)[ -]*(?:end|close)?"
    r"(?: (?:received|created|in which (?:it was )?(?:received|created)))?"
)
_ANY_YEAR = re.compile(r"(?:end of )?(?:the )?(?:current )?year[ -]?(?:end)?")
_BEFORE_START = re.compile(
    r"^(?:(?:after|from|upon|following|when|until|as of|starting|beginning|the|date of|date)\s+)+"
)
_DATE_OF = re.compile(r"(?<=\w)\s+date$")


# --- the ways clerks write a period ---------------------------------------------------------------------------------


def _period(words: str, start: str, unit: str = "") -> str:
    """The first way in which the words are understood; what the grammar itself reads comes before all others."""
    if _SPOILT.fullmatch(words):
        raise ValueError(f"'{words}' looks like a date that a spreadsheet made of a period; type it again, as text")
    ways: tuple[Callable[[], str], ...] = (
        lambda: _native(words),
        lambda: _valid(_WHOLE[words]) if words in _WHOLE else "",
        lambda: _whichever(words, start, unit),
        lambda: _only_length(words, start, unit),
        lambda: _code(words, start, unit),
        lambda: _length_after(words),
        lambda: _event_plus(words, unit),
        lambda: _until(words),
        lambda: _several(words, start, unit),
    )
    return next(filter(None, (way() for way in ways)), "") or _valid(words)


def _only_length(words: str, start: str, unit: str) -> str:
    length = _length(words, unit)
    if length and not start:
        raise NoStart(f"'{words}' says how long, but not from when; write that, or say --start received")
    return _valid(f"{length} after {start}") if length else ""


def _code(words: str, start: str, unit: str = "") -> str:
    """``CU+2``, ``ACT``, ``0/6``: letters and numbers as cities print them. What a letter means is not the same
    everywhere, so one that two published schedules read differently is not read."""
    found = _CODE.fullmatch(words)
    if not found:
        return ""
    if unit not in ("", "year") and found[1] and any(c.isdigit() for c in words):
        raise ValueError(f"'{words}' is a code, which counts years, but its heading says {unit}s; write it out")
    if found[1] == "c":
        raise ValueError(f"'{words}': C means completed in one schedule and current in another; write it out")
    try:
        return str(period.read_code(words, start or ("received" if found[1] == "cr" else "")))
    except ValueError as wrong:
        if not start and ("from when" in str(wrong) or "an event that it does not name" in str(wrong)):
            raise NoStart(f"'{words}' says how long, but not from when; write that, or say --start received") from None
        return ""


def _length_after(words: str) -> str:
    found = _LENGTH_AFTER.fullmatch(words)
    if not found or _SEVERAL.search(found[3]):
        return ""
    return _valid(f"{_length(f'{found[1]} {found[2]}')} after {start_of(found[3])}")


def _event_plus(words: str, unit: str = "") -> str:
    """``CU+2``, ``termination plus 5 years``: the letters or the event, then how long after it."""
    found = _EVENT_PLUS.fullmatch(words)
    length = _length(f"{found[2]} {found[3] or unit or 'years'}") if found else ""
    if not found or not length or _SEVERAL.search(found[1]):
        return ""
    return _valid(f"{length} after {start_of(found[1])}")


def _until(words: str) -> str:
    if words in _EVENTS:
        return _valid(f"until {words}")
    when = re.match(r"(?:when|upon)\s+(.+)", words)
    return _valid(f"until {when[1]}") if when and not _SEVERAL.search(when[1]) else ""


def _whichever(words: str, start: str, unit: str = "") -> str:
    found = _WHICHEVER.fullmatch(words)
    if not found:
        return ""
    if found[2] not in _LATER | _EARLIER:
        raise ValueError(f"'whichever {found[2]}' in '{words}' is not understood")
    parts = [_period(part, start, unit) for part in re.split(r",?\s+(?:or|and)\s+|,\s+", found[1])]
    if len(parts) < 2:
        raise ValueError(f"'{words}' names only one period, where there should be several")
    return _valid(f"{'later' if found[2] in _LATER else 'earlier'} of {', '.join(parts[:-1])} and {parts[-1]}")


def _several(words: str, start: str, unit: str = "") -> str:
    """Two periods. With ``and`` both must be over; with ``or`` nobody said which of them governs."""
    for joint, form in ((" or ", "either {} or {}"), (" and ", "later of {} and {}")):
        if joint in words:
            parts = re.split(rf",?{joint}", words)
            if len(parts) > 2 or not all(parts):
                raise ValueError(f"'{words}' names several periods, and not which of them governs")
            return _valid(form.format(*(_period(part.strip(), start, unit) for part in parts)))
    return ""


def _length(words: str, unit: str = "") -> str:
    """``3 years`` where the words are only that, in any spelling; otherwise nothing."""
    if words.isascii() and words.isdigit():
        if unit or 0 < int(words) <= _MOST_BARE_YEARS:
            return _counted(int(words), unit or "year")
        raise ValueError(f"'{words}' does not say whether it counts days, months or years")
    found = _IS_LENGTH.fullmatch(words)
    if not found:
        return ""
    number, name = int(found[1]), found[2].rstrip("s")
    return _counted(7 * number, "day") if name in ("week", "wk") else _counted(number, _UNITS[name])


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _native(words: str) -> str:
    """The period where the grammar itself reads it, otherwise nothing."""
    try:
        return _valid(words)
    except Slip:
        raise
    except ValueError:
        return ""


def _valid(words: str) -> str:
    """The period as the grammar prints it, unless it would wait for a day of the message as if that were an event."""
    try:
        found = period.parse(words)
    except ValueError as wrong:
        raise ValueError(_briefly(wrong)) from None
    for limit in within(found.limit):
        if isinstance(limit, UntilEvent | AfterEvent | Extended):
            refuse_slips(limit.event)
        if isinstance(limit, If) and isinstance(limit.condition, Outcome):
            refuse_slips(limit.condition.event)
        if isinstance(limit, UntilEvent | AfterEvent) and _is_a_day(limit.event):
            raise ValueError(
                f"'{limit.event}' in '{words}' is no event; write 'received' or 'end of fiscal year received'"
            )
    return str(found)


def _is_a_day(event: str) -> bool:
    words = _bare(event)
    return words in _STARTS or bool(_YEAR.fullmatch(words) or _ANY_YEAR.fullmatch(words))


def _bare(start: str) -> str:
    """A start without the words around it: ``upon the date of termination`` is ``termination``."""
    return _DATE_OF.sub("", _BEFORE_START.sub("", start))


def _briefly(wrong: ValueError) -> str:
    """The reason without the whole grammar after it, which would stand at every row."""
    return str(wrong).partition("; allowed are")[0]


def _plainly(text: str) -> str:
    """Small letters, single spaces, numbers in figures, no full stop at the end."""
    words = " ".join(text.lower().replace("\u2013", "-").replace("\u2019", "'").split()).strip(" .;")
    words = re.sub(rf"\b({_NUMBER})\s*\(\s*(\d+)\s*\)", _figure, words)
    return re.sub(rf"\b({_NUMBER})(?=\s+(?:years?|months?|days?|weeks?)\b)", lambda m: str(_NUMBERS[m[1]]), words)


def _figure(found: re.Match[str]) -> str:
    """``two (2)`` is 2; where the word and the figure disagree, both stay, and nobody understands them."""
    return found[2] if _NUMBERS[found[1]] == int(found[2]) else found[0]
