"""Which messages wait for a person, in which groups they are shown, and what a filled-in list of them decides.

Nothing is written down here, and nothing is asked of a catalog, a ledger or a file.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from enum import StrEnum

from msgspec import Struct

from retention.core import event
from retention.core.classify import Candidate, Classification, judged
from retention.core.classify.people import CHANGED, DISAGREEING
from retention.core.message import Message
from retention.core.schedule import Schedule, filing
from retention.core.spreadsheet.answers import Answer
from retention.core.spreadsheet.sheet import BadRow

EXAMPLES = 3
"""So many subjects of each group are shown."""
MAILBOXES = 5
"""So many custodians of each group are named."""
NEEDED = ("group", "series", "keys", "reason", "members")
"""The columns without which a list of decisions cannot be read."""
_LONGEST_REASON = 1000
_MOST_DIGITS = 12


class Doubt(StrEnum):
    """Why a person has to look."""

    NO_SERIES = "no series"
    SEVERAL = "more than one series"
    CONVERSATION = "in the conversation of a record"
    CHANGED = "changed since a person decided"
    DISAGREEMENT = "people do not agree"


_TOLD_BY_RULE = {CHANGED: Doubt.CHANGED, DISAGREEING: Doubt.DISAGREEMENT}


class Question(Struct, frozen=True):
    """What a person is asked: the doubt, and the series it is about."""

    doubt: Doubt
    series: tuple[Candidate, ...] = ()

    def __str__(self) -> str:
        names = " and ".join(_told_apart(self.series))
        if self.doubt is Doubt.CONVERSATION:
            return f"{names}, in a conversation with a record"
        if self.doubt is Doubt.CHANGED:
            return f"{names or 'no series'}, but changed since a person decided"
        if self.doubt is Doubt.DISAGREEMENT:
            return f"{names}, on which people do not agree"
        return f"fits {names or 'no series'}"


def question(found: Classification, beside_a_record: bool) -> Question | None:
    """What a person is asked about a message so filed, with the doubts of ``decide.py``; ``None`` where nothing."""
    if found.ambiguous:
        doubt = _TOLD_BY_RULE.get(found.rule, Doubt.SEVERAL)
        return Question(doubt, tuple(sorted(found.candidates, key=str)))
    if found.series_key is None or found.schedule_name is None:
        return Question(Doubt.NO_SERIES)
    if beside_a_record and not found.record and not found.by_person:
        return Question(Doubt.CONVERSATION, (Candidate(found.schedule_name, found.series_key),))
    return None


class Group(Struct, frozen=True, kw_only=True):
    """Messages with the same question, from the same sender, received in the same year (in the city's zone).

    ``id`` is what people call it, and the same from day to day. ``members`` changes with any message that comes, goes
    or is changed, so that a decision covers exactly what was shown. ``mailboxes`` are the custodians with most of it.
    """

    id: str
    question: str
    series: tuple[Candidate, ...]
    sender: str
    year: int | None
    messages: int
    members: str
    mailboxes: tuple[str, ...]
    more_mailboxes: int
    examples: tuple[str, ...]
    assigned_to: str = ""


Key = tuple[Question, str, int | None]


class _Gathered(Struct):
    """A group while its messages are counted; no message of it is kept."""

    messages: int
    sum: int
    mailboxes: Counter[str]
    examples: list[str]


class Groups:
    """The groups, while messages are added one by one in any order."""

    def __init__(self) -> None:
        self._gathered: dict[Key, _Gathered] = {}

    def add(self, key: Key, message: Message, address: str) -> None:
        """One message of this group, and the address of the mailbox it lies in."""
        group = self._gathered.get(key)
        if group is None:
            group = self._gathered[key] = _Gathered(0, 0, Counter(), [])
        group.messages += 1
        # A sum of digests does not depend on the order, and needs no list of what was added.
        parts = (message.mailbox, message.id, judged(message))
        digest = hashlib.sha256("\0".join(parts).encode(errors="surrogatepass")).digest()
        group.sum = (group.sum + int.from_bytes(digest[:16])) % (1 << 128)
        group.mailboxes[address] += 1
        if len(group.examples) < EXAMPLES and message.subject and message.subject not in group.examples:
            group.examples.append(message.subject)

    def names(self) -> dict[Key, str]:
        """What each group is called: eight signs, and more only for those that would share them."""
        digests = {key: _digest(key) for key in self._gathered}
        shared = Counter(digest[:8] for digest in digests.values())
        return {key: digest if shared[digest[:8]] > 1 else digest[:8] for key, digest in digests.items()}

    def listed(self, assigned: Mapping[str, str]) -> tuple[Group, ...]:
        """Every group, the largest first, with the person whom it waits for."""
        names = self.names()
        groups = [_group(names[key], key, one, assigned) for key, one in self._gathered.items()]
        return tuple(sorted(groups, key=lambda group: (-group.messages, group.id)))


class Ruling(Struct, frozen=True, kw_only=True):
    """What a person decided for a group: a series (``None``: none), keys, and why."""

    group: str
    series: Candidate | None
    keys: tuple[str, ...]
    reason: str


def decides(answer: Answer) -> bool:
    """Whether this row says anything: one without a series and keys was left for later."""
    return bool(answer.text("series") or answer.text("keys"))


def named(answer: Answer) -> str:
    """The group that a row is about."""
    return answer.text("group").lower()


def rulings(
    answers: Iterable[Answer], groups: Mapping[str, Group], schedules: tuple[Schedule, ...]
) -> tuple[tuple[Ruling, ...], tuple[BadRow, ...]]:
    """What the rows decide, and every problem of the others. A row with any problem decides nothing."""
    answers = [answer for answer in answers if decides(answer)]
    rows: dict[str, list[int]] = {}
    for answer in answers:
        rows.setdefault(named(answer), []).append(answer.line.number)
    ruled: list[Ruling] = []
    problems: list[BadRow] = []
    for answer in answers:
        reading = _Reading(answer)
        reading.group(groups, rows)
        ruling = Ruling(
            group=named(answer), series=reading.series(schedules), keys=reading.keys(), reason=reading.reason()
        )
        problems += reading.problems
        if not reading.problems:
            ruled.append(ruling)
    return tuple(ruled), tuple(problems)


def series_named(text: str, schedules: tuple[Schedule, ...]) -> Candidate:
    """The series that ``FIN 04300`` or ``schedule: FIN 04300`` names. Raises ValueError with one sentence."""
    found = [Candidate(one.name, series.key) for one in schedules if (series := one.find(text))]
    if not found and ":" in text:
        name, _, key = text.partition(":")
        of_that_name = [one for one in schedules if filing(one.name) == filing(name)]
        found = [Candidate(one.name, series.key) for one in of_that_name if (series := one.find(key))]
    if len(found) > 1:
        written = " or ".join(f"'{one}'" for one in found)
        raise ValueError(f"'{text}' stands in several schedules; write {written}")
    if not found:
        near = get_close_matches(text, [series.key for one in schedules for series in one.series], n=1)
        raise ValueError(
            f"no schedule of the city has a series '{text}'" + (f"; is '{near[0]}' meant?" if near else "")
        )
    return found[0]


class _Reading:
    """One row while it is read: notes every problem of it."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.problems: list[BadRow] = []

    def problem(self, column: str, sentence: str) -> None:
        self.problems.append(self.answer.problem(column, sentence))

    def group(self, groups: Mapping[str, Group], rows: Mapping[str, list[int]]) -> None:
        """The group must be one that waits, be decided once, and be what it was when it was exported."""
        name, members = named(self.answer), self.answer.text("members").lower()
        if not name:
            return self.problem("group", "is empty; keep it as it was exported")
        if len(rows[name]) > 1:
            self.problem(
                "group", f"'{name}' is decided on the rows {', '.join(map(str, rows[name]))}; keep one of them"
            )
        group = groups.get(name)
        if group is None:
            self.problem("group", f"no group '{name}' waits for review: it was decided, or its mail is gone")
        elif not members:
            self.problem("members", "is empty, so what you were shown is not known; export again")
        elif members != group.members:
            self.problem("members", f"{_moved(members, group)}; export again and look at it anew")

    def series(self, schedules: tuple[Schedule, ...]) -> Candidate | None:
        text = self.answer.text("series")
        try:
            return series_named(text, schedules) if text else None
        except ValueError as error:
            self.problem("series", str(error))
            return None

    def keys(self) -> tuple[str, ...]:
        """Keys are separated by semicolons."""
        found: list[str] = []
        told = len(self.problems)
        for text in filter(None, map(str.strip, self.answer.text("keys").split(";"))):
            try:
                key = event.key(text)
            except ValueError as error:
                self.problem("keys", str(error))
                continue
            if event.split(key)[0] in event.YEARS:
                self.problem("keys", f"'{text}' is a year, which a message has by its date")
            found.append(key)
        if self.answer.text("keys") and not found and len(self.problems) == told:
            self.problem("keys", "names no key; write its type and its value, such as 'contract C-2211'")
        return tuple(dict.fromkeys(found))

    def reason(self) -> str:
        text = self.answer.text("reason")
        if not text:
            self.problem("reason", "is empty; a decision needs its reason")
        elif len(text) > _LONGEST_REASON:
            self.problem("reason", f"has {len(text):,} letters; {_LONGEST_REASON:,} are enough")
        return text


def _moved(members: str, group: Group) -> str:
    """In what a group differs from what was exported, as far as that can be told."""
    before, now = members.rpartition("-")[2], _messages(group.messages)
    if not before.isdecimal() or not before.isascii() or len(before) > _MOST_DIGITS:
        return f"'{members[:40]}' is not what was exported; the group has {now} now"
    change = group.messages - int(before)
    if change == 0:
        return f"it still has {now}, but not the same, or one was changed"
    moved = f"at least {abs(change):,} {'came' if change > 0 else 'went'}"
    return f"it had {_messages(int(before))} and has {group.messages:,} now ({moved})"


def _messages(number: int) -> str:
    return f"{number:,} message{'' if number == 1 else 's'}"


def _group(name: str, key: Key, one: _Gathered, assigned: Mapping[str, str]) -> Group:
    asked, sender, year = key
    ranked = sorted(one.mailboxes, key=lambda address: (-one.mailboxes[address], address))
    return Group(
        id=name,
        question=str(asked),
        series=asked.series,
        sender=sender,
        year=year,
        messages=one.messages,
        members=f"{_lettered(f'{one.sum:032x}')[:16]}-{one.messages}",
        mailboxes=tuple(ranked[:MAILBOXES]),
        more_mailboxes=len(ranked[MAILBOXES:]),
        examples=tuple(one.examples),
        assigned_to=assigned.get(name, ""),
    )


def _digest(key: Key) -> str:
    asked, sender, year = key
    parts = (asked.doubt, *map(str, asked.series), "", sender, str(year))
    return _lettered(hashlib.sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest())[:16]


def _lettered(digits: str) -> str:
    """The same with a letter in front: a spreadsheet makes a number of 00123456 or 12e45678, and saves that."""
    return "abcdef"[int(digits[0], 16) % 6] + digits[1:]


def _told_apart(series: tuple[Candidate, ...]) -> tuple[str, ...]:
    """The series by their keys; with their schedules where two have the same key."""
    keys = [one.series_key for one in series]
    return tuple(keys if len(set(keys)) == len(keys) else map(str, series))
