"""How a message is filed by what people said of it: in a review, and by a folder or a category.

How a series is found where nobody said anything is in ``matcher.py``; where decisions are kept is not known here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from msgspec import Struct

from retention.core.around import Around
from retention.core.classify.filing import Candidate, Classification, forms_of, names_of
from retention.core.classify.matcher import Matcher
from retention.core.message import Message
from retention.core.schedule import Schedule

CHANGED = "changed since it was decided"
DISAGREEING = "people do not agree"


class Decided(Struct, frozen=True):
    """What a person decided for a message in a review: a series (empty: none), and keys it bears.

    ``judged`` is the digest of what they saw of it, and ``filed`` are the names of its folders and categories that
    bore the code of a series then. An entry of the ledger that says neither is taken as it is.
    """

    schedule: str
    series: str
    keys: tuple[str, ...]
    why: str
    judged: str = ""
    filed: tuple[str, ...] = ()


def judged(message: Message) -> str:
    """A digest of what a person judges a message by: sender, recipients, subject, beginning and attachments."""
    seen = (
        *(message.sender or "", message.subject or "", message.preview or "", bool(message.has_attachments)),
        *(sorted(names or ()) for names in (message.to, message.cc, message.bcc, message.attachments)),
    )
    # As ASCII it is the same on every machine, and no sign that a mail may hold is too strange for it.
    return hashlib.sha256(ascii(seen).encode()).hexdigest()[:32]


class FiledIn:
    """The series in which a person filed a message: those whose code one of its folders or categories bears."""

    def __init__(self, schedules: Iterable[Schedule]) -> None:
        self._bearing: dict[str, list[Candidate]] = {}
        for schedule in schedules:
            for series in schedule.series:
                for name in names_of(series):
                    self._bearing.setdefault(name, []).append(Candidate(schedule.name, series.key))

    def __call__(self, message: Message) -> Mapping[str, list[Candidate]]:
        """The names that bear a code, in the form in which they are compared, each with the series it is of."""
        parts = (*(message.path.split("/") if message.path else ()), *(message.categories or ()))
        forms = dict.fromkeys(form for part in parts for form in forms_of(part))
        return {form.strip(): self._bearing[form] for form in forms if form in self._bearing}


class People:
    """What people decided, in front of a matcher: a review before a filing, and a filing before every rule."""

    def __init__(self, schedules: tuple[Schedule, ...], matcher: Matcher) -> None:
        self._matcher = matcher
        self._filed_in = FiledIn(schedules)
        self._transitory = {
            Candidate(schedule.name, series.key)
            for schedule in schedules
            for series in schedule.series
            if series.transitory
        }

    def file(
        self, message: Message, around: Around, decisions: tuple[Decided, ...]
    ) -> tuple[Classification, tuple[str, ...]]:
        """The filing of a message and the keys it bears.

        ``decisions`` are those for this message; or, where there is none, those for messages with its Message-ID.
        """
        keys = self._matcher.keys(message)
        keys = tuple(dict.fromkeys((*keys, *(key for one in decisions for key in one.keys))))
        by_rules = self._matcher.classify(message, around)
        weighing = [one for one in decisions if one.series] or decisions
        found = [self._by(one, message, by_rules) for one in weighing]
        if len({(one.schedule_name, one.series_key) for one in found}) > 1:
            return self._decided_twice(found), keys
        return (found[0] if found else by_rules), keys

    def _by(self, decided: Decided, message: Message, by_rules: Classification) -> Classification:
        """What follows from one decision, which covers what was seen and no more."""
        found = by_rules
        if decided.series:
            found = self._matcher.reviewed(decided.schedule, decided.series, decided.why)
            otherwise = self._filed_otherwise(decided, found, message)
            if otherwise is not None:
                return otherwise
        # A doubt may lengthen, never shorten: what was decided to be a record stays one, whatever it says now.
        if decided.judged and found.series_key and not found.record and decided.judged != judged(message):
            return _changed(decided, found, by_rules)
        return found

    def _filed_otherwise(self, decided: Decided, found: Classification, message: Message) -> Classification | None:
        """The doubt where a person filed it in another series since it was decided."""
        filed = {name: series for name, series in self._filed_in(message).items() if name not in decided.filed}
        others = [one for series in filed.values() if not set(series) & set(found.candidates) for one in series]
        if not found.series_key or not others:
            return None
        names = " and ".join(f"'{name}'" for name, series in filed.items() if set(series) & set(others))
        return self._ambiguous(
            (*found.candidates, *others),
            f"A person decided that it belongs to {found.series_key} ({decided.why}), and since then a person filed it"
            f" in {_named(others)} by the folder or category {names}; decide again.",
        )

    def _decided_twice(self, found: list[Classification]) -> Classification:
        candidates = tuple(candidate for one in found for candidate in one.candidates)
        return self._ambiguous(
            candidates,
            f"Messages with its Message-ID were decided differently: {_named(candidates)}; decide for this one.",
            record=any(one.record for one in found),
        )

    def _ambiguous(self, candidates: Iterable[Candidate], why: str, record: bool = False) -> Classification:
        every = tuple(dict.fromkeys(candidates))
        record = record or not all(one in self._transitory for one in every)
        return Classification(rule=DISAGREEING, candidates=every, ambiguous=True, record=record, why=why)


def _changed(decided: Decided, found: Classification, by_rules: Classification) -> Classification:
    what = f"that it belongs to {found.series_key}" if decided.series else f"that it bears {', '.join(decided.keys)}"
    return Classification(
        rule=CHANGED,
        candidates=found.candidates,
        ambiguous=True,
        record=by_rules.record,
        why=f"It was changed after a person decided {what} ({decided.why}); decide again.",
    )


def _named(candidates: Iterable[Candidate]) -> str:
    return " and ".join(dict.fromkeys(one.series_key for one in candidates))
