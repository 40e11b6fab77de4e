"""Which series a message belongs to, by which rule, and which words said so: the compiled matcher.

Nothing here decides what is to happen to a message, and no body is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from msgspec import Struct

from retention.core import words
from retention.core.message import Message
from retention.core.period import weight
from retention.core.schedule import Condition, Problem, Schedule, Series, filing
from retention.core.words import ANYTHING, PATTERN, Field, Finder, Undecided


class Candidate(Struct, frozen=True):
    """A series that matched, and the schedule it stands in."""

    schedule_name: str
    series_key: str

    def __str__(self) -> str:
        return f"{self.schedule_name}: {self.series_key}"


class Classification(Struct, frozen=True):
    """Which series, and why. Both names are ``None`` where no series matched, or several did (``ambiguous``).

    ``rule`` says which rule matched. ``words`` are the values that were found, each after its field. ``candidates``
    are all series that matched, the longest period first. ``why`` is for a person.
    """

    series_key: str | None = None
    schedule_name: str | None = None
    rule: str = ""
    words: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    ambiguous: bool = False
    why: str = ""


NOTHING = Classification(why="No rule of the schedule fits; without a series it is kept for review.")
_FAILED = Classification(why="The pattern engine could not judge this message; it is kept for review.")
_FILED = "filed by a person"


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
            if series.filed_as:
                self._filed.setdefault(filing(series.filed_as), []).append(number)
            for place, match in enumerate(series.match, start=1):
                name = match.name or f"match {place}"
                self._rules.append(_Rule(number, name, has_attachments=match.has_attachments))
                for condition in match.conditions:
                    self._condition(len(self._rules) - 1, condition)
        self._compile()
        self._atom = tuple(self._atoms.values())
        # Folders, classes, addresses and whole findings repeat by the thousand; each is looked at once.
        self._judge = lru_cache(maxsize=65536)(self._judged)
        self._folder = lru_cache(maxsize=16384)(self._in_folder)
        self._category = lru_cache(maxsize=16384)(self._in_categories)
        self._kind = lru_cache(maxsize=1024)(self._in_kind)
        self._address = lru_cache(maxsize=65536)(self._in_address)

    # --- compiling --------------------------------------------------------------------------------------------------

    def _condition(self, number: int, condition: Condition) -> None:
        rule, field = self._rules[number], condition.field
        # Departments are not known here, and "*" is the only value a schedule may give for one: it asks nothing.
        if field is Field.DEPARTMENT:
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
        self._phrases: dict[Field, Finder] = {}
        self._patterns: dict[Field, Finder] = {}
        self._whole: dict[tuple[Field, str], _Atom] = {}
        self._beginnings: list[tuple[str, _Atom]] = []
        for (field, form), atom in self._atoms.items():
            if field in words.TEXTS and form.startswith(PATTERN):
                finder = self._patterns.setdefault(field, Finder(case_sensitive=False))
                finder.add(form.removeprefix(PATTERN), atom.number)
            elif field in words.TEXTS:
                self._phrases.setdefault(field, Finder(case_sensitive=True)).add(form, atom.number)
            elif field is Field.KIND and form.endswith("*"):
                self._beginnings.append((form.removesuffix("*"), atom))
            else:
                self._whole[field, form] = atom
        for finder in (*self._phrases.values(), *self._patterns.values()):
            finder.compile()

    # --- looking ----------------------------------------------------------------------------------------------------

    def classify(self, message: Message) -> Classification:
        """The series of one message. A person's own filing beats every rule; a tie between series is never broken.

        What is not known of the message never fulfils a condition. It never raises for anything a mail may hold.
        """
        try:
            filed = self._by_filing(message)
            if filed:
                return self._filed_in(filed)
            found, known = self._look(message)
        except Undecided:
            return _FAILED
        return self._judge(found, known, message.has_attachments) if found else NOTHING

    def _by_filing(self, message: Message) -> tuple[tuple[int, ...], str] | None:
        """The series whose code a folder on the message's path, or a category, bears; and how that was seen."""
        numbers, shown = [], []
        if message.path:
            for number, place in self._folder(message.path)[1]:
                numbers.append(number)
                shown.append(f"folder '{place}'")
        if message.categories:
            for number, place in self._category(message.categories)[1]:
                numbers.append(number)
                shown.append(f"category '{place}'")
        return (tuple(dict.fromkeys(numbers)), ", ".join(dict.fromkeys(shown))) if numbers else None

    def _look(self, message: Message) -> tuple[_Found, int]:
        """What was found in every field that is known, and the bits of those fields."""
        known = 0
        found: list[int] = []
        if message.subject is not None:
            known |= _SUBJECT
            found += self._in_text(Field.SUBJECT, message.subject)
        if message.preview is not None:
            known |= _PREVIEW
            found += self._in_text(Field.PREVIEW, message.preview)
        if message.path is not None:
            known |= _FOLDER
            found += self._folder(message.path)[0]
        if message.categories is not None:
            known |= _CATEGORY
            found += self._category(message.categories)[0]
        if message.kind is not None:
            known |= _KIND
            found += self._kind(message.kind)
        if message.sender is not None:
            known |= _SENDER
            found += self._address(Field.SENDER, message.sender)
        if message.to is not None and message.cc is not None:
            known |= _RECIPIENTS
        for addresses in (message.to, message.cc, message.bcc):
            for address in addresses or ():
                found += self._address(Field.RECIPIENTS, address)
        return tuple(found), known

    def _in_text(self, field: Field, text: str) -> _Found:
        phrases, patterns = self._phrases.get(field), self._patterns.get(field)
        found = phrases(words.words(text)) if phrases else ()
        return found + patterns(text) if patterns else found

    def _in_parts(self, field: Field, parts: Iterable[str]) -> tuple[_Found, _Filed]:
        """What was found in names that stand each for itself, and which of them bear a series' key."""
        found: dict[int, None] = {}
        filed: list[tuple[int, str]] = []
        for part in parts:
            found |= dict.fromkeys(self._in_text(field, part))
            filed += ((number, self._series[number][1].key) for number in self._filed.get(filing(part), ()))
        return tuple(found), tuple(filed)

    def _in_folder(self, path: str) -> tuple[_Found, _Filed]:
        return self._in_parts(Field.FOLDER, path.split("/"))

    def _in_categories(self, categories: tuple[str, ...]) -> tuple[_Found, _Filed]:
        return self._in_parts(Field.CATEGORY, categories)

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
            why=f"It belongs to {_named([series])} by the rule '{rule}' ({because}).{remark}",
        )

    def _filed_in(self, filed: tuple[tuple[int, ...], str]) -> Classification:
        numbers, shown = filed
        if len(numbers) > 1:
            return self._ambiguous(numbers, (shown,))
        schedule, series = self._series[numbers[0]]
        return Classification(
            series_key=series.key,
            schedule_name=schedule.name,
            rule=_FILED,
            words=(shown,),
            candidates=self._candidates(numbers),
            why=f"A person filed it in {_named([series])}: {shown}.",
        )

    def _ambiguous(self, numbers: tuple[int, ...], shown: tuple[str, ...]) -> Classification:
        ordered = self._longest_first(numbers)
        series = [self._series[number][1] for number in ordered]
        periods = ", ".join(f"{_named([one])}: {one.retain}" for one in series)
        why = (
            f"It fits {len(series)} series ({periods}); a person must choose, and the longest is {_named(series[:1])}."
        )
        return Classification(words=shown, candidates=self._candidates(numbers), ambiguous=True, why=why)

    def _same_fate(self, numbers: list[int]) -> bool:
        fates = {(self._series[number][0].name, self._series[number][1].retain) for number in numbers}
        verified = {self._series[number][1].verified for number in numbers}
        return len(numbers) == 1 or (len(fates) == 1 and len(verified) == 1)

    def _longest_first(self, numbers: Iterable[int]) -> list[int]:
        by_key = sorted(numbers, key=lambda number: (self._series[number][0].name, self._series[number][1].key))
        return sorted(by_key, key=lambda number: weight(self._series[number][1].retain), reverse=True)

    def _candidates(self, numbers: Iterable[int]) -> tuple[Candidate, ...]:
        pairs = (self._series[number] for number in self._longest_first(numbers))
        return tuple(Candidate(schedule.name, series.key) for schedule, series in pairs)


def _named(series: Iterable[Series]) -> str:
    return " and ".join(f"{one.key} ({one.title})" for one in series)


def _shown(matching: _Matching, numbers: Iterable[int]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(shown for number in numbers for shown in matching[number][1]))


def _without_patterns(shown: Iterable[str]) -> Iterator[str]:
    """A regular expression tells a reader nothing; the rule's name does."""
    for one in shown:
        field, _, value = one.partition(" ")
        yield f"{field} pattern" if value.startswith(f"'{PATTERN}") else one


# --- examples -------------------------------------------------------------------------------------------------------


def check(schedule: Schedule) -> tuple[Problem, ...]:
    """Every example of the schedule that is not decided as it says, in the order of the file."""
    classify: Callable[[Message], Classification] = Matcher((schedule,)).classify
    problems = []
    for series in schedule.series:
        for number, example in enumerate(series.examples, start=1):
            message = Message(
                mailbox="example",
                id=str(number),
                subject=example.subject,
                sender=example.sender.lower(),
                to=tuple(address.lower() for address in example.to),
                cc=(),
                path=example.folder,
                categories=example.category,
                kind=example.kind,
                preview=example.preview,
                has_attachments=example.has_attachments,
            )
            got = classify(message)
            if (got.series_key == series.key) != example.belongs:
                must = "must belong to this series" if example.belongs else "must not belong to this series"
                problems.append(Problem(series.key, f"example {number}", f"'{example.subject}' {must}. {got.why}"))
    return tuple(problems)
