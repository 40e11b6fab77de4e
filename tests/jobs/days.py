"""A town with a history of some days: holds, editions, events, reviews and people, each day with what was decided.

Nothing is tested here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from retention.core.audit import EventRecorded, EventRetracted, Reviewed
from retention.core.authority import HoldKind
from retention.core.classify import Classification
from retention.core.decide import Decision, decide
from retention.core.event import Event
from retention.core.hold import Scope
from retention.core.message import MessageRef
from retention.core.person import Person, PersonRecorded, Term
from retention.core.schedule import Schedule, parse
from retention.jobs import adopt
from retention.jobs.hold import place, release
from tests.jobs.town import ATTORNEY, CLERK, RECORDS, Town, series

POLICE = {"department": ["Police"], "subject": ["roster"]}


def edition(newsletters: str = "90 days after received", notice: str = "notice", year: str = "2026") -> Schedule:
    """A schedule that looks at words, departments and keys; two editions of it differ by what is given."""
    rows = [
        series("requisitions", "3 years after received", "requisition"),
        series("minutes", "permanent", "minutes"),
        series("notices", "no retention required", notice, transitory=True),
        series("newsletters", newsletters, "newsletter", transitory=True),
        series("drafts", "60 days after closed", "draft of", transitory=True, key="contract"),
        series("rosters", "1 year after received", "zzz", match=[POLICE], example=[_EXAMPLE]),
    ]
    head = {"name": "town", "title": "Town", "authority": "Council", "edition": year, "jurisdiction": "Town"}
    keys = [{"type": "contract", "subject": "re:(C-[0-9]+)"}]
    found, problems = parse({"schedule": head, "keys": keys, "series": rows}, "town")
    assert found is not None, problems
    return found


_EXAMPLE = {"subject": "roster", "department": ["Police"], "belongs": True}
EDITIONS = (
    edition(),
    edition("30 days after received", year="2027"),
    edition("400 days after received", "elm street", year="2028"),
)
SUBJECTS = (
    "Notice of lunch",
    "Notice about Elm Street",
    "Newsletter of May",
    "Requisition 7",
    "Draft of C-1 for Elm Street",
    "A roster",
    "Nobody knows",
    "Newsletter and minutes",
)
SCOPES = (
    Scope(words=("elm street",)),
    Scope(custodians=(CLERK,)),
    Scope(custodians=(RECORDS,), words=("newsletter",)),
    Scope(series=("town-notices",)),
    Scope(departments=(), custodians=(RECORDS,)),
)


class Days:
    """Every step happens on a day of its own, after which all mail is filed and every decision is noted."""

    def __init__(self, folder: Path) -> None:
        self.town = Town(folder, schedule=EDITIONS[0])
        self.refs: list[MessageRef] = []
        self.noted: dict[tuple[date, str], tuple[Decision, Classification | None, tuple[str, ...]]] = {}
        self.names: list[str] = []

    def step(self, kind: str, number: int, days: int) -> None:
        """One day's work, some days after the last."""
        self.town.at += timedelta(days=days)
        steps: dict[str, Callable[[int], None]] = {
            "mail": self.mail, "place": self.place, "release": self.release, "amend": self.amend,
            "adopt": self.adopt, "event": self.event, "retract": self.retract, "review": self.review,
            "person": self.person, "nothing": lambda _: None,
        }  # fmt: skip
        steps[kind](number)
        self.town.read()
        world = self.town.world()
        for ref in self.refs:
            known = world.catalog.known(ref)
            assert known is not None
            decision = decide(world.case(known, world.holds()))
            self.noted[world.today, ref.id] = decision, known.filing, known.keys
        world.close()

    def mail(self, number: int) -> None:
        subject = SUBJECTS[number % len(SUBJECTS)]
        box = (CLERK, RECORDS)[number % 2]
        received = self.town.at - timedelta(days=number * 7 % 120)
        more: dict[str, Any] = {"conversation": f"thread-{number % 3}"} if number % 4 else {}
        ref = self.town.add(subject, mailbox=box, id=f"m{len(self.refs)}", received_at=received, **more)
        self.refs.append(ref)

    def place(self, number: int) -> None:
        world = self.town.world(ATTORNEY)
        scope, matter = SCOPES[number % len(SCOPES)], f"Matter {len(self.names)}"
        placed = place.place(world, matter=matter, kind=HoldKind.LEGAL, reason="a claim", scope=scope)
        self.names.append(placed.hold.name)
        world.close()

    def release(self, number: int) -> None:
        self._on_one(number, lambda world, name, matter: release.release(world, name, matter=matter, reason="over"))

    def amend(self, number: int) -> None:
        scope = SCOPES[number % len(SCOPES)]
        self._on_one(number, lambda world, name, _: place.amend(world, name, scope=scope, reason="more is known"))

    def _on_one(self, number: int, deed: Callable[[Any, str, str], object]) -> None:
        world = self.town.world(ATTORNEY)
        states = world.ledger.in_force.holds.states
        names = [name for name in self.names if states[name].release is None]
        if names:
            name = names[number % len(names)]
            deed(world, name, states[name].hold.matter)
        world.close()

    def adopt(self, number: int) -> None:
        self.town.schedule = EDITIONS[number % len(EDITIONS)]
        world = self.town.world(RECORDS)
        adopt.adopt(world, "town", authority=f"Resolution {number}")
        world.close()

    def event(self, number: int) -> None:
        on = self.town.at.date() - timedelta(days=number % 90)
        self._write(EventRecorded(event=Event(kind="closed", key="contract c-1", on=on)))

    def retract(self, number: int) -> None:
        world = self.town.world(RECORDS)
        if world.ledger.in_force.events:
            world.ledger.append(EventRetracted(entry=next(iter(world.ledger.in_force.events)), reason="a slip"))
        world.close()

    def review(self, number: int) -> None:
        if self.refs:
            ref = self.refs[number % len(self.refs)]
            key = ("town-notices", "town-requisitions", "")[number % 3]
            said = {"schedule": "town", "series": key} if key else {"keys": ("contract c-1",)}
            self._write(Reviewed(mailbox=ref.mailbox, ids=(ref.id,), reason="looked at", **said))

    def person(self, number: int) -> None:
        department = ("Police", "Parks")[number % 2]
        term = Term(of=department, from_on=self.town.at.date() - timedelta(days=number % 200))
        self._write(PersonRecorded(person=Person(address=(CLERK, RECORDS)[number % 2], departments=(term,))))

    def _write(self, body: Any) -> None:
        world = self.town.world(RECORDS)
        world.ledger.append(body)
        world.close()
