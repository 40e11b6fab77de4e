"""Covered implies kept, whatever is done with holds and people, in whatever order, at each of the three askings."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from retention.core.audit import HoldPlaced
from retention.core.authority import HoldKind
from retention.core.hold import Hold, Post, Scope
from retention.core.message import MessageRef
from retention.core.person import Person, PersonRecorded, Term
from retention.core.plan import Plan
from retention.errors import PlanStale
from retention.jobs import apply
from retention.jobs.hold import place, release
from retention.ledger import Ledger
from tests.jobs.breaking import POINTS, breaking
from tests.jobs.town import ATTORNEY, CLERK, NOW, RECORDS, Town
from tests.mail.doubles import MemoryMail

MAYOR = "leo.hart@town.example"
BOXES = (CLERK, RECORDS, MAYOR)
MAIL = [
    (f"Notice {number} about {about}", box)
    for number, (about, box) in enumerate((about, box) for about in ("Elm Street", "lunch") for box in BOXES)
]
PEOPLE = (
    Person(address=CLERK, id="1", departments=(Term(of="Clerk"),)),
    Person(address=RECORDS, id="2", departments=(Term(of="Records"),)),
    Person(
        address=MAYOR, id="3", offices=(Term(of="Mayor", from_on=date(2023, 1, 1)),), departments=(Term(of="Hall"),)
    ),
)
Oracle = Callable[[str, str], bool]
SCOPES: list[tuple[Scope, Oracle]] = [
    (Scope(custodians=(CLERK,)), lambda subject, box: box == CLERK),
    (Scope(words=("elm street",)), lambda subject, box: "Elm" in subject),
    (Scope(custodians=(RECORDS,), words=("lunch",)), lambda subject, box: box == RECORDS and "lunch" in subject),
    (Scope(offices=(Post(name="Mayor", from_on=date(2024, 1, 1)),)), lambda subject, box: box == MAYOR),
    (Scope(departments=(Post(name="records"),)), lambda subject, box: box == RECORDS),
    (Scope(any_of=(Scope(custodians=(CLERK,)), Scope(words=("lunch",)))), lambda s, b: b == CLERK or "lunch" in s),
    (Scope(none_of=(Scope(custodians=(CLERK,)),)), lambda subject, box: box != CLERK),
    (Scope(custodians=(CLERK,), none_of=(Scope(words=("lunch",)),)), lambda s, b: b == CLERK and "lunch" not in s),
]
DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["place", "place", "amend", "release", "reinstate", "days", "leaver"]),
        st.integers(0, 2),
        st.integers(0, len(SCOPES) - 1),
    ),
    max_size=8,
)
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


class Model:
    """What must be kept, by the plainest reckoning: each scope that was ever in force, and the day on which it ends."""

    def __init__(self) -> None:
        self.scopes: dict[str, list[tuple[Oracle, date | None]]] = {}
        self.released: dict[str, date] = {}

    def keeps(self, subject: str, box: str, today: date) -> bool:
        return any(
            covers(subject, box) and (until is None or today < until)
            for name, scopes in self.scopes.items()
            if name not in self.released or today < self.released[name]
            for covers, until in scopes
        )


@contextmanager
def town_of(mail: list[tuple[str, str]] = MAIL) -> Iterator[Town]:
    with tempfile.TemporaryDirectory() as folder:
        town = Town(Path(folder) / "town")
        world = town.world(RECORDS)
        world.ledger.append(*(PersonRecorded(person=person) for person in PEOPLE))
        world.close()
        for subject, box in mail:
            town.add(subject, mailbox=box)
        town.read()
        town.adopt()
        yield town


def do(town: Town, model: Model, deed: tuple[str, int, int]) -> None:
    what, which, scope = deed
    names = list(model.scopes)
    name = names[which] if which < len(names) else ""
    until = town.at.date() + timedelta(days=30)
    world = town.world(ATTORNEY)
    if what == "place":
        made = place.place(world, matter="Elm", kind=HoldKind.LEGAL, reason="claim", scope=SCOPES[scope][0])
        model.scopes[made.hold.name] = [(SCOPES[scope][1], None)]
    elif what == "days":
        town.at += timedelta(days=11 * which)
    elif what == "leaver":
        left = replace(PEOPLE[which], employed=(Term(of="", to_on=NOW.date()),), enabled=False)
        world.ledger.append(PersonRecorded(person=left))
    elif name and name not in model.released and what in ("amend", "release"):
        if what == "release":
            release.release(world, name, matter="Elm", reason="settled")
            model.released[name] = until
        else:
            place.amend(world, name, scope=SCOPES[scope][0], reason="more is known")
            *earlier, (covers, _) = model.scopes[name]
            model.scopes[name] = [*earlier, (covers, until), (SCOPES[scope][1], None)]
    elif name in model.released and what == "reinstate" and town.at.date() < model.released[name]:
        release.reinstate(world, name, reason="not settled")
        del model.released[name]
    world.close()


def held(town: Town) -> set[MessageRef]:
    world = town.world()
    holds = world.holds()
    found = {one.message.ref for one in world.catalog.present() if holds.covering(one.message, one.mailbox, one.filing)}
    world.close()
    return found


@given(deeds=DEEDS, late=DEEDS)
@QUICK
def test_what_the_model_says_is_covered_is_kept_by_plan_and_apply(deeds: list[Any], late: list[Any]) -> None:
    with town_of() as town:
        model = Model()
        for deed in deeds:
            do(town, model, deed)
        made = town.plan()
        for step in made.steps:
            assert not model.keeps(step.subject, step.address, town.at.date()), (deeds, step.subject, step.address)
        town.approve(made)
        for deed in late:
            do(town, model, deed)
        _apply_or_refuse(town, made)
        today = town.at.date()
        mail = town.mail
        assert isinstance(mail, MemoryMail)
        there = {(row.subject, box) for row, box in _rows(mail)}
        for subject, box in MAIL:
            assert (subject, box) in there or not model.keeps(subject, box, today), (deeds, late, subject, box)


def _apply_or_refuse(town: Town, made: Plan) -> None:
    try:
        town.apply(made)
    except PlanStale:
        assert isinstance(town.mail, MemoryMail) and town.mail.purged == []


def _rows(mail: MemoryMail) -> Iterator[tuple[Any, str]]:
    for box in mail.mailboxes():
        for folder in mail.folders(box):
            for page in mail.pages(box, folder, None):
                for row in page.messages:
                    if row.subject:
                        yield row, box.address


@given(
    deeds=DEEDS,
    last=st.tuples(st.sampled_from(["amend", "leaver", "place", "reinstate"]), st.integers(0, 2), st.integers(0, 7)),
)
@QUICK
def test_widening_narrowing_and_what_becomes_of_people_never_free_anything_at_once(deeds: list[Any], last: Any) -> None:
    with town_of() as town:
        model = Model()
        for deed in deeds:
            do(town, model, deed)
        before = held(town)
        do(town, model, last)
        assert before <= held(town)


@given(deeds=DEEDS, which=st.integers(0, 2), days=st.integers(0, 29))
@QUICK
def test_a_release_frees_nothing_within_the_grace(deeds: list[Any], which: int, days: int) -> None:
    with town_of() as town:
        model = Model()
        for deed in (*deeds, ("place", 0, 1)):
            do(town, model, deed)
        others = {name for name, until in model.released.items()}
        ends = [until for scopes in model.scopes.values() for _, until in scopes if until]
        before = held(town)
        do(town, model, ("release", which, 0))
        town.at += timedelta(days=days)
        if not others and not ends:
            assert before <= held(town)


def test_two_holds_and_one_release_keep() -> None:
    with town_of() as town:
        first = town.hold(custodians=(CLERK,))
        town.hold(words=("elm street",))
        world = town.world(ATTORNEY)
        release.release(world, first, matter="Elm Street", reason="settled")
        world.close()
        town.at += timedelta(days=31)
        left = {(step.subject, step.address) for step in town.plan().steps}
        assert left == {(subject, box) for subject, box in MAIL if "Elm" not in subject}


def test_a_person_who_leaves_moves_and_gets_another_address_stays_held() -> None:
    with town_of() as town:
        town.hold(departments=(Post(name="Clerk"),))
        moved = Person(
            address="ana.new@town.example",
            id="1",
            departments=(Term(of="Clerk", to_on=NOW.date()), Term(of="Parks", from_on=NOW.date() + timedelta(days=1))),
        )
        world = town.world(RECORDS)
        world.ledger.append(PersonRecorded(person=moved))
        world.close()
        town.add("Notice after the move", mailbox="ana.new@town.example")
        town.read()
        assert {step.address for step in town.plan().steps} == {RECORDS, MAYOR}


def write_hold(town: Town, scope: Scope) -> None:
    """What ``hold place`` writes, without waiting for deeds: it is called from inside one."""
    hold = Hold(
        name="late", matter="Elm", kind=HoldKind.LEGAL, reason="c", scope=scope, placed_at=NOW, placed_by=ATTORNEY
    )
    Ledger(town.folder / "ledger.jsonl", now=town.now, by=ATTORNEY, rehearsal=True).append(HoldPlaced(hold=hold))


def test_a_hold_placed_at_every_call_of_a_running_apply_lets_at_most_one_deed_in_flight_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With one deed at a time: what is removed after the hold is written is the one request that had asked before."""
    monkeypatch.setattr(apply, "HANDFUL", 1)
    # Within a write of the ledger nobody else can write: the attorney's entry comes before it or after it.
    points = tuple(point for point in POINTS if point[1] != "_write")
    at, running = 0, True
    seen_in_flight = 0
    while running:
        at += 1
        with town_of(MAIL[:4]) as town:
            made = town.plan()
            town.approve(made)
            mail = town.mail
            assert isinstance(mail, MemoryMail)
            before: list[int] = []

            def attorney(town: Town = town, mail: MemoryMail = mail, before: list[int] = before) -> None:
                write_hold(town, Scope(first_on=date(2000, 1, 1)))
                before.append(len(mail.purged))

            world = town.world()
            try:
                with breaking(at, attorney, points):
                    applied = apply.apply(world, made)
            except PlanStale:
                assert mail.purged == []
                continue
            finally:
                world.close()
            running = bool(before)
            if running:
                through = len(mail.purged) - before[0]
                assert through <= 1
                seen_in_flight += through
                assert applied.total("purged") + applied.total("captured") == len(mail.purged)
                outcomes = town.world().ledger.in_force.outcomes[made.digest].values()
                assert sum(one.result == "held" and one.holds == ("late",) for one in outcomes) == 4 - len(mail.purged)
    assert seen_in_flight
