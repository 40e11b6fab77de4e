"""Which series a message belongs to, by which rule, and which words said so: the compiled matcher.

Nothing here decides what is to happen to a message, and no body is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from msgspec import Struct

from retention.core import words
from retention.core.around import NOT_KNOWN, Around
from retention.core.classify.filing import (
    FAILED,
    FILED,
    NOTHING,
    REVIEWED,
    UNREADABLE,
    Candidate,
    Classification,
    forms_of,
    names_of,
)
from retention.core.classify.keys import Keys
from retention.core.classify.texts import Texts
from retention.core.message import Message
from retention.core.period import weight
from retention.core.schedule import Condition, Schedule, Series, filing
from retention.core.words import ANYTHING, PATTERN, Field, Undecided


class _Atom(Struct):
    """One value of a schedule: for which rules it fulfils a condition (rule, bit of its field), and which it bars."""

    number: int
    shown: str
    adds: list[tuple[int, int]]
    bars: list[int]


class _Rule(Struct):
    """One match of one series: the fields in which a value must be found, and those that must be known at all."""

    series: int
    name: str
    needs: int = 0
    known: int = 0
    has_attachments: bool | None = None


_BIT = {field: 1 << place for place, field in enumerate(Field)}
_SUBJECT, _PREVIEW, _FOLDER = _BIT[Field.SUBJECT], _BIT[Field.PREVIEW], _BIT[Field.FOLDER]
_CATEGORY, _KIND = _BIT[Field.CATEGORY], _BIT[Field.KIND]
_SENDER, _RECIPIENTS = _BIT[Field.SENDER], _BIT[Field.RECIPIENTS]
_DEPARTMENT, _OFFICE = _BIT[Field.DEPARTMENT], _BIT[Field.OFFICE]
_DIRECTION, _ORIGIN, _ATTACHMENT = _BIT[Field.DIRECTION], _BIT[Field.ORIGIN], _BIT[Field.ATTACHMENT]
_AROUND = frozenset({Field.DEPARTMENT, Field.OFFICE, Field.DIRECTION})
_POSTS = frozenset({Field.DEPARTMENT, Field.OFFICE})

_Found = tuple[int, ...]
"""The numbers of the atoms that were found."""
_Filed = tuple[tuple[int, str], ...]
"""Series whose key a name bears, and that key."""
_Matching = dict[int, tuple[str, tuple[str, ...]]]
"""The series of which a rule is fulfilled: the name of the first such rule, and the values that fulfilled it."""


class Matcher:
    """Schedules compiled once. Raises ValueError where a schedule holds a value that ``schedule.parse`` refuses."""

    def __init__(self, schedules: tuple[Schedule, ...]) -> None:
        self._series: list[tuple[Schedule, Series]] = [(one, series) for one in schedules for series in one.series]
        self._rules: list[_Rule] = []
        self._atoms: dict[tuple[Field, str], _Atom] = {}
        self._filed: dict[str, list[int]] = {}
        for number, (_, series) in enumerate(self._series):
            for name in names_of(series):
                self._filed.setdefault(name, []).append(number)
            for place, match in enumerate(series.match, start=1):
                name = match.name or f"match {place}"
                self._rules.append(_Rule(number, name, has_attachments=match.has_attachments))
                for condition in match.conditions:
                    self._condition(len(self._rules) - 1, condition)
        self._compile()
        self._atom = tuple(self._atoms.values())
        self.keys = Keys(rule for one in schedules for rule in one.keys)
        self.looks_around = looks_around(schedules)
        # Folders, classes, addresses and whole findings repeat by the thousand; each is looked at once.
        self._judge = lru_cache(maxsize=65536)(self._judged)
        self._plain = lru_cache(maxsize=65536)(self._in_plain)
        self._sender = lru_cache(maxsize=16384)(self._in_sender)
        self._recipient = lru_cache(maxsize=65536)(self._in_recipient)
        self._attachments = lru_cache(maxsize=4096)(self._in_attachments)
        self._surroundings = lru_cache(maxsize=4096)(self._in_surroundings)

    # --- compiling --------------------------------------------------------------------------------------------------

    def _condition(self, number: int, condition: Condition) -> None:
        rule, field = self._rules[number], condition.field
        # Every department, or every office, is no question, also where nobody said which one it is.
        if field in _POSTS and condition.values == (ANYTHING,):
            return
        fields = (Field.SENDER, Field.RECIPIENTS) if field is Field.PARTICIPANTS else (field,)
        if condition.excluded or ANYTHING in condition.values:
            rule.known |= sum(_BIT[one] for one in fields)
        if ANYTHING in condition.values and not condition.excluded:
            return
        if not condition.excluded:
            rule.needs |= _BIT[field]
        for value in condition.values:
            key = (field, words.form(field, value))
            atom = self._atoms.setdefault(key, _Atom(len(self._atoms), f"{field} '{value}'", [], []))
            if condition.excluded:
                atom.bars.append(number)
            else:
                atom.adds.append((number, _BIT[field]))

    def _compile(self) -> None:
        texts: dict[Field, list[tuple[str, int]]] = {}
        self._whole: dict[tuple[Field, str], _Atom] = {}
        self._beginnings: list[tuple[str, _Atom]] = []
        for (field, form), atom in self._atoms.items():
            if field in words.TEXTS:
                texts.setdefault(field, []).append((form, atom.number))
            elif field is Field.KIND and form.endswith("*"):
                self._beginnings.append((form.removesuffix("*"), atom))
            else:
                self._whole[field, form] = atom
        self._texts = {field: Texts(forms) for field, forms in texts.items()}
        self._subject = self._texts.get(Field.SUBJECT, _nothing_in)
        self._preview = self._texts.get(Field.PREVIEW, _nothing_in)
        fields = {field for field, _ in self._whole}
        self._asks_sender = bool(fields & {Field.SENDER, Field.PARTICIPANTS})
        self._asks_origin = Field.ORIGIN in fields
        self._asks_recipients = bool(fields & {Field.RECIPIENTS, Field.PARTICIPANTS})

    # --- looking ----------------------------------------------------------------------------------------------------

    def classify(self, message: Message, around: Around = NOT_KNOWN) -> Classification:
        """The series of one message. A person's own filing beats every rule; a tie between series is never broken.

        What is not known of the message never fulfils a condition. It never raises for anything a mail may hold.
        """
        try:
            plain, filed = self._plain(message.path, message.categories, message.kind)
            if filed is not None:
                return self._filed_in(filed)
            found = self._look(message, plain, around)
        except Undecided:
            return FAILED
        has_attachments = message.has_attachments
        if has_attachments is False and message.attachments != ():
            # Mail systems do not count what stands in the text; where no names are said, that cannot be told.
            has_attachments = True if message.attachments else None
        got = self._judge(found, _known(message, around), has_attachments) if found else NOTHING
        return UNREADABLE if message.trouble and got.series_key is None else got

    def _look(self, message: Message, plain: _Found, around: Around) -> _Found:
        """What was found in every field; ``plain`` is what was found in those that have few values."""
        found = self._subject(message.subject) if message.subject else ()
        if message.preview:
            found += self._preview(message.preview)
        found += plain
        if self._asks_sender and message.sender:
            found += self._sender(message.sender)
        if self._asks_recipients:
            for addresses in (message.to, message.cc, message.bcc):
                for address in addresses or ():
                    found += self._recipient(address)
        if message.attachments:
            found += self._attachments(message.attachments)
        if self._asks_origin and message.origin is not None:
            found += self._in_choice(Field.ORIGIN, message.origin)
        return found if around is NOT_KNOWN else found + self._surroundings(around)

    def _in_plain(
        self, path: str | None, categories: tuple[str, ...] | None, kind: str | None
    ) -> tuple[_Found, tuple[tuple[int, ...], str] | None]:
        """What was found in the fields that have few values; and how a person filed it, where a person did."""
        folder, filed = self._in_parts(Field.FOLDER, path.split("/") if path else ())
        category, marked = self._in_parts(Field.CATEGORY, categories or ())
        found = (*folder, *category, *(self._in_kind(kind) if kind is not None else ()))
        if not filed and not marked:
            return found, None
        numbers = [number for number, _ in (*filed, *marked)]
        shown = [f"folder '{place}'" for _, place in filed] + [f"category '{place}'" for _, place in marked]
        return found, (tuple(dict.fromkeys(numbers)), ", ".join(dict.fromkeys(shown)))

    def _in_surroundings(self, around: Around) -> _Found:
        found = () if around.direction is None else self._in_choice(Field.DIRECTION, around.direction)
        found += self._in_parts(Field.DEPARTMENT, around.departments or ())[0]
        return found + self._in_parts(Field.OFFICE, around.offices or ())[0]

    def _in_text(self, field: Field, text: str) -> _Found:
        texts = self._texts.get(field)
        return texts(text) if texts is not None else ()

    def _in_parts(self, field: Field, parts: Iterable[str]) -> tuple[_Found, _Filed]:
        """What was found in names that stand each for itself, and which of them bear a series' key."""
        found: dict[int, None] = {}
        filed: list[tuple[int, str]] = []
        for part in parts:
            found |= dict.fromkeys(self._in_text(field, part))
            bearing = dict.fromkeys(number for form in forms_of(part) for number in self._filed.get(form, ()))
            filed += ((number, self._series[number][1].key) for number in bearing)
        return tuple(found), tuple(filed)

    def _in_attachments(self, names: tuple[str, ...]) -> _Found:
        return self._in_parts(Field.ATTACHMENT, names)[0]

    def _in_choice(self, field: Field, value: str) -> _Found:
        atom = self._whole.get((field, value))
        return (atom.number,) if atom else ()

    def _in_sender(self, address: str) -> _Found:
        return self._in_address(Field.SENDER, address)

    def _in_recipient(self, address: str) -> _Found:
        return self._in_address(Field.RECIPIENTS, address)

    def _in_kind(self, kind: str) -> _Found:
        plain = kind.strip().lower()
        whole = self._whole.get((Field.KIND, plain))
        beginning = tuple(atom.number for start, atom in self._beginnings if plain.startswith(start))
        return beginning if whole is None else (*beginning, whole.number)

    def _in_address(self, field: Field, address: str) -> _Found:
        local, at, domain = address.strip().lower().rpartition("@")
        if not at:
            return ()
        forms = (f"{local}@{domain}", f"@{domain}", f"{local}@*")
        pairs = ((where, form) for form in forms for where in (field, Field.PARTICIPANTS))
        return tuple(self._whole[pair].number for pair in pairs if pair in self._whole)

    # --- deciding ---------------------------------------------------------------------------------------------------

    def _judged(self, numbers: _Found, known: int, has_attachments: bool | None) -> Classification:
        """What follows from all that was found in a message."""
        found = [self._atom[number] for number in dict.fromkeys(numbers)]
        bits: dict[int, int] = {}
        barred: set[int] = set()
        for atom in found:
            barred.update(atom.bars)
            for number, bit in atom.adds:
                bits[number] = bits.get(number, 0) | bit
        matching: _Matching = {}
        for number in sorted(bits):
            rule = self._rules[number]
            if bits[number] != rule.needs or number in barred or rule.known & ~known or rule.series in matching:
                continue
            if rule.has_attachments is None or rule.has_attachments == has_attachments:
                because = tuple(atom.shown for atom in found if any(one == number for one, _ in atom.adds))
                matching[rule.series] = (rule.name, because)
        return self._decided(matching) if matching else NOTHING

    def _decided(self, matching: _Matching) -> Classification:
        specific = [number for number in matching if not self._series[number][1].fallback]
        asked = specific or list(matching)
        records = [number for number in asked if not self._series[number][1].transitory]
        remark = "" if specific else " No more specific series fits."
        if len(records) > 1 or (not records and not self._same_fate(asked)):
            return self._ambiguous(tuple(asked), _shown(matching, asked))
        # A record and a transitory series: only the record keeps longer, and a doubt may lengthen, never shorten.
        chosen = min(records or asked, key=lambda number: self._series[number][1].key)
        others = [self._series[number][1] for number in asked if number != chosen]
        if others:
            what = "a record goes before transitory mail" if records else "both have the same period"
            remark = f" It also fits {_named(others)}; {what}."
        schedule, series = self._series[chosen]
        shown = _shown(matching, [chosen] if records else asked)
        rule = matching[chosen][0]
        because = ", ".join(_without_patterns(shown))
        return Classification(
            series_key=series.key,
            schedule_name=schedule.name,
            rule=f"{series.key}: {rule}",
            words=shown,
            candidates=self._candidates(asked),
            record=bool(records),
            why=f"It belongs to {_named([series])} by the rule '{rule}' ({because}).{remark}",
        )

    def reviewed(self, schedule_name: str, series_key: str, why: str) -> Classification:
        """The filing that a person decided in a review; kept for another where the schedule has that series no more."""
        for schedule, series in self._series:
            if schedule.name == schedule_name and filing(series.key) == filing(series_key):
                return Classification(
                    series_key=series.key,
                    schedule_name=schedule.name,
                    rule=REVIEWED,
                    candidates=(Candidate(schedule.name, series.key),),
                    record=not series.transitory,
                    by_person=True,
                    why=f"A person decided that it belongs to {_named([series])}: {why}",
                )
        gone = (
            f"A person decided that it belongs to {series_key}, which the schedule {schedule_name} has no more: {why}"
        )
        return Classification(record=True, by_person=True, why=gone)

    def _filed_in(self, filed: tuple[tuple[int, ...], str]) -> Classification:
        numbers, shown = filed
        if len(numbers) > 1:
            return self._ambiguous(numbers, (shown,))
        schedule, series = self._series[numbers[0]]
        return Classification(
            series_key=series.key,
            schedule_name=schedule.name,
            rule=FILED,
            words=(shown,),
            candidates=self._candidates(numbers),
            record=not series.transitory,
            by_person=True,
            why=f"A person filed it in {_named([series])}: {shown}.",
        )

    def _ambiguous(self, numbers: tuple[int, ...], shown: tuple[str, ...]) -> Classification:
        ordered = self._longest_first(numbers)
        series = [self._series[number][1] for number in ordered]
        named = " or to ".join(f"{_named([one])}, kept {one.retain}" for one in series)
        why = f"It could belong to {named}; a person must choose, and it stays until then."
        return Classification(
            words=shown,
            candidates=self._candidates(numbers),
            ambiguous=True,
            record=not all(one.transitory for one in series),
            why=why,
        )

    def _same_fate(self, numbers: list[int]) -> bool:
        """Whether it makes no difference which of these it is; an office may confirm unverified ones one by one."""
        series = [self._series[number] for number in numbers]
        fates = {(schedule.name, one.enforced, one.key_type) for schedule, one in series}
        return len(numbers) == 1 or (len(fates) == 1 and all(one.verified for _, one in series))

    def _longest_first(self, numbers: Iterable[int]) -> list[int]:
        by_key = sorted(numbers, key=lambda number: (self._series[number][0].name, self._series[number][1].key))
        return sorted(by_key, key=lambda number: weight(self._series[number][1].enforced), reverse=True)

    def _candidates(self, numbers: Iterable[int]) -> tuple[Candidate, ...]:
        pairs = (self._series[number] for number in self._longest_first(numbers))
        return tuple(Candidate(schedule.name, series.key) for schedule, series in pairs)


def looks_around(schedules: Iterable[Schedule]) -> bool:
    """Whether any rule asks for the direction of a message, or for the department or office of its custodian."""
    return any(
        condition.field in _AROUND
        for schedule in schedules
        for series in schedule.series
        for match in series.match
        for condition in match.conditions
    )


def _are_addresses(said: tuple[str, ...] | None) -> bool:
    """Whether everybody is named by an address; the name of an old directory (``/o=…``) says not who it is."""
    return said is not None and all("@" in one for one in said)


def _nothing_in(_: str) -> _Found:
    return ()


def _known(message: Message, around: Around) -> int:
    """The bits of the fields that are known; recipients are where all that is sent openly is."""
    return (
        (0 if message.subject is None else _SUBJECT)
        | (0 if message.preview is None else _PREVIEW)
        | (0 if message.path is None else _FOLDER)
        | (0 if message.categories is None else _CATEGORY)
        | (0 if message.kind is None else _KIND)
        | (_SENDER if message.sender and "@" in message.sender else 0)
        | (_RECIPIENTS if _are_addresses(message.to) and _are_addresses(message.cc) else 0)
        | (0 if message.attachments is None else _ATTACHMENT)
        | (0 if message.origin is None else _ORIGIN)
        | (0 if around.direction is None else _DIRECTION)
        | (0 if around.departments is None else _DEPARTMENT)
        | (0 if around.offices is None else _OFFICE)
    )


def _named(series: Iterable[Series]) -> str:
    return " and ".join(f"{one.key} ({one.title})" for one in series)


def _shown(matching: _Matching, numbers: Iterable[int]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(shown for number in numbers for shown in matching[number][1]))


def _without_patterns(shown: Iterable[str]) -> Iterator[str]:
    """A regular expression tells a reader nothing; the rule's name does."""
    for one in shown:
        field, _, value = one.partition(" ")
        yield f"{field} pattern" if value.startswith(f"'{PATTERN}") else one
