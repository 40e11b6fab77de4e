"""What the words of a retention rule may be: its fixed phrases, and which words name an event and which are slips.

The order in which words follow each other is not read here.
"""

from __future__ import annotations

import re
import string
from difflib import get_close_matches

from retention.core.period.limits import Limit, Month, NotRequired, NotScheduled, NotStated, Of, Permanent

ALLOWED = (
    "allowed are 'permanent', 'no retention required', 'until read', 'until EVENT', 'until no longer needed', "
    "'as SERIES', 'not scheduled', 'period not stated', 'LENGTH after START', 'later of LIMIT and LIMIT', "
    "'earlier of LIMIT and LIMIT', 'either LIMIT or LIMIT', 'LIMIT, at least LENGTH', 'LIMIT, at most LENGTH', "
    "'LIMIT, then LENGTH', 'LIMIT if CONDITION, otherwise LIMIT' and 'LIMIT, or LIMIT if EVENT', where a LENGTH is "
    "'N days|months|years' and a START is 'received | sent | received or sent | EVENT | end of calendar year received "
    "| end of fiscal year received | audit of fiscal year received | next MONTH after received'"
)
COMBINE = "write 'later of LIMIT and LIMIT', 'earlier of LIMIT and LIMIT' or 'either LIMIT or LIMIT'"

FIXED: dict[str, Limit] = {
    "permanent": Permanent(),
    "no retention required": NotRequired(),
    "not scheduled": NotScheduled(),
    "period not stated": NotStated(),
}
SAME = {"permanently": "permanent", "indefinitely": "permanent", "indefinite": "permanent"}
"""Other words for a fixed phrase."""

STOPS = frozenset({"", ",", "(", ")", "and", "or", "if", "otherwise", "plus", "then"})
"""Where the name of an event comes to its end."""
STARTS = {of.value: of for of in Of}
MONTHS = {month.value.lower(): month for month in Month}

# Words by which several limits are combined: they must never be swallowed as the name of an event.
_COMBINING = frozenset(
    {"after", "and", "at", "before", "either", "except", "if", "or", "otherwise", "plus", "then", "unless", "until"}
).union({"whichever", "later", "earlier", "least", "most"})
# Words that mean a date of the message: as an event they would wait for ever without a word to the clerk.
_MEANT = {
    "receipt": "received",
    "date received": "received",
    "date of receipt": "received",
    "received date": "received",
    "creation": "received' or 'sent",
    "created": "received' or 'sent",
    "date sent": "sent",
    "sent date": "sent",
}
_YEAR_PARTS = re.compile(r"(?:end|start|beginning|audit) of (?:the )?(?:calendar|fiscal|current|year)\b.*")
_SUPERLATIVE = re.compile(r"\b(?:latest|earliest) of\b")
_NEAR = ("received", "permanent", "no longer needed", "not scheduled", "period not stated", "no retention required")
_LONGEST = 100
_LETTERS = frozenset(string.ascii_lowercase + " -'")

_USE = r"(?:(?:administrative|reference|business|legal|fiscal|operational|historical|informational|obsolete) )*"
_NOT_NEEDED = re.compile(
    rf"(?:until |when |once )?(?:(?:it is |they are )?"
    rf"(?:no longer (?:needed|required|useful|of {_USE}(?:use|value))|not needed|obsolete)"
    rf"|(?:the |its )?{_USE}(?:use|value|need) (?:ends|ended|ceases|ceased|is over|expires|lapses)"
    r"|(?:the |its )?purpose (?:is |has been )?(?:served|fulfilled))"
    rf"|(?:while|as long as) (?:it is )?(?:needed|required|useful|of {_USE}(?:use|value))"
)
_LIFE = re.compile(r"(?:the )?(?:end of (?:the )?)?life of (?:(?:the|an?) )*(.+)")
_LIFE_ENDS = re.compile(r"(?:the )?life of (?:(?:the|an?) )*(.+) ends")


def is_not_needed(phrase: str) -> bool:
    """Whether these words leave it to a person: ``no longer needed``, ``until administrative use ceases``."""
    return _NOT_NEEDED.fullmatch(phrase) is not None


def life(phrase: str) -> str | None:
    """The end of a thing's life as an event: ``life of the building``."""
    found = _LIFE_ENDS.fullmatch(phrase) or _LIFE.fullmatch(phrase)
    return f"end of life of {found[1]}" if found else None


def event(text: str, phrase: str) -> str:
    """The name of an event, refused when it is a slip of the pen or belongs to a rule of several limits."""
    phrase = life(phrase) or phrase
    if len(phrase) > _LONGEST:
        raise ValueError(f"the event '{phrase[:_LONGEST]}...' is longer than {_LONGEST} letters; {ALLOWED}")
    if not phrase:
        raise ValueError(f"the period '{text}' ends where an event must stand; {ALLOWED}")
    if phrase in STARTS or phrase == "read":
        raise ValueError(f"'{phrase}' in the period '{text}' is no event; {ALLOWED}")
    combining = sorted(_COMBINING.intersection(phrase.split())) or _SUPERLATIVE.findall(phrase)
    if combining:
        raise ValueError(f"'{combining[0]}' in the period '{text}' is not understood; {ALLOWED}")
    if not _LETTERS.issuperset(phrase) or not set(string.ascii_lowercase).intersection(phrase):
        raise ValueError(f"'{phrase}' in the period '{text}' is no name of an event (letters only); {ALLOWED}")
    if phrase in _MEANT:
        raise ValueError(f"'{phrase}' in the period '{text}' is no event; write '{_MEANT[phrase]}'")
    if _YEAR_PARTS.fullmatch(phrase):
        raise ValueError(f"'{phrase}' in the period '{text}' is not understood; write 'end of calendar year received'")
    if phrase.startswith(("not ", "as ", "one of ", "when ", "while ")) or is_not_needed(phrase):
        raise ValueError(f"'{phrase}' in the period '{text}' is no event; {ALLOWED}")
    near = get_close_matches(phrase, _NEAR, n=1, cutoff=0.85) or get_close_matches(phrase, ("permanent",), cutoff=0.77)
    if near:
        raise ValueError(f"'{phrase}' in the period '{text}' is no event; write '{near[0]}' if that is meant")
    return phrase
