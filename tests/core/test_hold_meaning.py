"""What does an expression mean? Said a second time, over the expression itself and with answers of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from retention.core.classify import Classification
from retention.core.hold import Directory, Judge, Post, Scope, fixed, reached
from retention.core.hold.judging import Asked
from retention.core.hold.printing import WIDTH, lines, shown
from retention.core.hold.reading import read_scope
from retention.core.message import Mailbox, Message
from retention.core.person import Person, Roll, Term

Answer = bool | None
DAYS = [date(2024, 6, 1), date(2025, 6, 1), date(2026, 6, 1)]
BOXES = (
    Mailbox(id="m1", address="kim@town.gov", aliases=("kim.old@town.gov",)),
    Mailbox(id="m2", address="bob@town.gov"),
    Mailbox(id="m3", address="desk@town.gov"),
)
PEOPLE = Roll(
    [
        Person(
            address="kim@town.gov",
            departments=(Term(of="Fire", from_on=date(2024, 1, 1)),),
            offices=(Term(of="Mayor", to_on=date(2024, 12, 31)),),
        ),
        Person(
            address="bob@town.gov",
            departments=(Term(of="Parks"),),
            offices=(Term(of="Mayor", from_on=date(2025, 1, 1)),),
        ),
    ]
)
WHO = {
    ("custodian", "kim@town.gov"): {"m1"},
    ("custodian", "kim.old@town.gov"): {"m1"},
    ("custodian", "bob@town.gov"): {"m2"},
    ("custodian", "nobody@town.gov"): set(),
    ("mailbox", "m2"): {"m2"},
    ("mailbox", "m3"): {"m3"},
    ("office", "Mayor"): {"m1", "m2"},
    ("office", "Mayor during 2024-02-01..2024-12-31"): {"m1"},
    ("office", "Mayor during 2026.."): {"m2"},
    ("department", "Fire"): {"m1"},
    ("department", "Fire during ..2023"): set(),
    ("department", "Parks"): {"m2"},
}
TERMS = [
    *WHO,
    *(("participant", value) for value in ("jo@claims.example", "@claims.example", "@town.gov", "bob@town.gov")),
    ("domain", "claims.example"),
    *(("words", value) for value in ('"elm street"', "flood", "plan")),
    *(("from", str(day)) for day in DAYS),
    *(("until", str(day)) for day in DAYS),
    *(("conversation", value) for value in ("c1", "c2")),
    *(("series", value) for value in ("A", "town/B")),
    *(("id", value) for value in ("one", "<i@x>", "<j@x>")),
]
MESSAGES = st.builds(
    Message,
    mailbox=st.just("m1"),
    id=st.sampled_from(["one", "two"]),
    subject=st.sampled_from([None, "elm street", "budget"]),
    preview=st.sampled_from(["", "a flood", "hello"]),
    attachments=st.sampled_from([None, (), ("plan.pdf",)]),
    sender=st.sampled_from(["", "jo@claims.example", "kim@town.gov"]),
    to=st.sampled_from([None, (), ("ann@sub.claims.example",), ("kim@town.gov", "")]),
    cc=st.just(()),
    bcc=st.just(()),
    on_behalf=st.just(""),
    kind=st.just("IPM.Note"),
    received_at=st.sampled_from([None, *(datetime(d.year, d.month, 1, 9, tzinfo=UTC) for d in DAYS)]),
    sent_at=st.sampled_from([None, *(datetime(d.year, d.month, 1, 8, tzinfo=UTC) for d in DAYS)]),
    conversation=st.sampled_from([None, "c1", "c2"]),
    internet_id=st.sampled_from([None, "<i@x>", "<k@x>"]),
)
FILINGS = st.sampled_from(
    [None, Classification(), Classification("A", "town"), Classification("B", "town"), Classification(ambiguous=True)]
)


class Case(Struct, frozen=True):
    message: Message
    mailbox: Mailbox
    filing: Classification | None


CASES = st.builds(Case, message=MESSAGES, mailbox=st.sampled_from(BOXES), filing=FILINGS)


class Said(Struct, frozen=True):
    """An expression: a term, or others joined. ``style`` says how it is typed."""

    joint: str
    parts: tuple[Said, ...] = ()
    term: tuple[str, str] = ("", "")
    style: int = 0


def joined(said: st.SearchStrategy[Said]) -> st.SearchStrategy[Said]:
    style = st.integers(0, 7)
    negated = st.builds(Said, joint=st.just("not"), parts=st.tuples(said), style=style)
    several = st.lists(said, min_size=2, max_size=4).map(tuple)
    return negated | st.builds(Said, joint=st.sampled_from(["and", "or"]), parts=several, style=style)


SAID = st.recursive(st.builds(Said, joint=st.just(""), term=st.sampled_from(TERMS)), joined, max_leaves=12)


def typed(said: Said) -> str:
    if said.joint == "":
        return ":".join(said.term)
    operator = said.joint.upper() if said.style & 1 else said.joint
    parts = [f"({typed(part)})" if _needs_parentheses(said, part) else typed(part) for part in said.parts]
    return f"{operator} {parts[0]}" if said.joint == "not" else f" {operator} ".join(parts)


def _needs_parentheses(said: Said, part: Said) -> bool:
    if part.joint in ("", "not"):
        return bool(said.style & 2)
    return part.joint != said.joint or bool(said.style & 4)


def kleene(answers: Iterable[Answer], decisive: bool) -> Answer:
    given = list(answers)
    if decisive in given:
        return decisive
    return None if None in given else not decisive


def meant(said: Said, case: Case, excepted: bool = False) -> Answer:
    if said.joint == "not":
        answer = meant(said.parts[0], case, not excepted)
        return None if answer is None else not answer
    if said.joint == "or":
        return kleene((meant(part, case, excepted) for part in said.parts), decisive=True)
    if said.joint == "and":
        # Whatever parentheses stand around them: all dates under one "and" are one period.
        parts = list(under_and(said))
        dates = [part.term for part in parts if part.term[0] in ("from", "until")]
        answers = [meant(part, case, excepted) for part in parts if part.term not in dates]
        return kleene([*answers, *([in_period(dates, case.message)] if dates else [])], decisive=False)
    return of_term(*said.term, case, excepted)


def under_and(said: Said) -> Iterator[Said]:
    for part in said.parts:
        yield from under_and(part) if part.joint == "and" else (part,)


def in_period(dates: list[tuple[str, str]], message: Message) -> Answer:
    def within(instant: datetime | None) -> Answer:
        day = str(instant)[:10]
        return None if instant is None else all(day >= said if word == "from" else day <= said for word, said in dates)

    return kleene([within(message.received_at), within(message.sent_at)], decisive=True)


def of_term(field: str, value: str, case: Case, excepted: bool) -> Answer:
    message, filing = case.message, case.filing
    match field:
        case "custodian" | "mailbox" | "office" | "department":
            # Nobody said of the desk's mailbox in which department it is, and nobody where Kim was before 2024; that
            # excepts nothing.
            unplaced = {"m1", "m3"} if value.endswith("..2023") else {"m3"} if field == "department" else set()
            return case.mailbox.id in WHO[field, value] | (set() if excepted else unplaced)
        case "participant" | "domain":
            named = [message.sender, *(message.to or ()), *case.mailbox.addresses]
            end = value if field == "participant" else f"@{value}"
            met = end in named or (end[0] == "@" and any(x.endswith((end, f".{end[1:]}")) for x in named))
            return True if met else None if "" in named or message.to is None else False
        case "words":
            texts = [message.subject or "", message.preview, *(message.attachments or ())]
            if any(value.strip('"') in text for text in texts):
                return True
            return None if message.subject is None or not message.preview or message.attachments is None else False
        case "from" | "until":
            return in_period([(field, value)], message)
        case "conversation":
            return None if message.conversation is None else message.conversation == value
        case "series":
            known = filing and filing.series_key
            return value in (filing.series_key, f"town/{filing.series_key}") if known else None
    if value in (message.id, message.internet_id):
        return True
    return None if message.internet_id is None else False


def answer_of(scope: Scope, case: Case) -> Answer:
    directory = Directory(PEOPLE, BOXES)
    written = fixed(scope, directory)
    asked = Asked(case.message, case.mailbox, case.filing, ZoneInfo("UTC"))
    return Judge(written, reached(written, directory)).judge(asked)[0]


def read_or_impossible(text: str) -> Scope | None:
    try:
        return read_scope(text)
    except ValueError as refused:
        assert "before it begins" in str(refused)
        return None


@given(SAID, st.lists(CASES, min_size=1, max_size=8))
def test_an_expression_covers_what_it_says(said: Said, cases: list[Case]) -> None:
    scope = read_or_impossible(typed(said))
    for case in cases if scope is not None else ():
        assert answer_of(scope, case) is meant(said, case)


@given(SAID)
def test_what_is_printed_is_read_as_the_same_scope(said: Said) -> None:
    scope = read_or_impossible(typed(said))
    if scope is not None:
        assert read_scope(shown(scope)) == scope
        written = fixed(scope, Directory(PEOPLE, BOXES))
        assert fixed(read_scope(shown(written)), Directory(PEOPLE, BOXES)) == written


def values(*options: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.just(()) | st.lists(st.sampled_from(options), min_size=1, max_size=2).map(tuple)


def made(part: st.SearchStrategy[Scope] | None) -> st.SearchStrategy[Scope]:
    """Scopes as options, an import or an old ledger may hold them, in forms that nobody types."""
    period = st.sampled_from([(None, None), (DAYS[0], None), (None, DAYS[1]), (DAYS[1], DAYS[1]), (DAYS[1], DAYS[2])])
    parts = st.just(()) if part is None else st.lists(part, max_size=2).map(tuple)
    fields = {
        "custodians": values("kim@town.gov", "bob@town.gov"),
        "offices": values(Post(name="Mayor"), Post(name="Mayor", from_on=date(2026, 1, 1))),
        "words": values("flood", "elm street", "plan"),
        "series": values("A", "town/B"),
        "ids": values("one", "<i@x>"),
        "period": period,
        "all_of": parts,
        "any_of": parts,
        "none_of": parts,
    }
    drawn = st.fixed_dictionaries({}, optional=fields).map(
        lambda said: Scope(
            **{field: value for field, value in said.items() if field != "period"},
            first_on=said.get("period", (None, None))[0],
            last_on=said.get("period", (None, None))[1],
        )
    )
    return drawn.map(lambda scope: Scope(mailboxes=("m3",)) if scope.is_empty else scope)


MADE = made(made(made(None)))


@given(MADE, st.lists(CASES, min_size=1, max_size=8))
def test_whatever_scope_is_printed_the_print_judges_the_same(scope: Scope, cases: list[Case]) -> None:
    read = read_scope(shown(scope))
    for case in cases:
        assert answer_of(read, case) is answer_of(scope, case)


@given(SAID)
def test_no_line_is_wider_than_a_screen_and_every_value_is_there(said: Said) -> None:
    scope = read_or_impossible(typed(said))
    if scope is not None:
        found = lines(scope)
        assert all(len(line) <= WIDTH for line in found)
        text = " ".join(" ".join(found).split())
        for part, _ in scope.parts():
            for value in (*part.custodians, *part.words, *part.series, *part.ids, *part.conversations):
                assert value in text
