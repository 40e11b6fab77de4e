"""Holds of the small town and the notices of them, for the tests of notices.

Nothing is tested here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from retention.core import letter
from retention.core.authority import HoldKind
from retention.core.hold import Scope
from retention.core.person import Person, PersonRecorded
from retention.core.spreadsheet.sheet import Sheet
from retention.jobs.hold import acknowledge as answers
from retention.jobs.hold import notice
from retention.jobs.hold.notice import Draft
from retention.jobs.hold.place import place
from retention.jobs.world import World
from retention.sheets import delimited
from tests.jobs.town import ATTORNEY, CLERK, Town

ANN, BOB = "ann@town.example", "bob@town.example"


def town_with_mail(folder: Path) -> Town:
    """The small town, with mailboxes of the clerk, Ann and Bob that have been read."""
    town = Town(folder)
    for address in (CLERK, ANN, BOB):
        town.add("Notice about lunch", mailbox=address)
    town.read()
    return town


@contextmanager
def acting(town: Town, address: str = ATTORNEY) -> Iterator[World]:
    world = town.world(address)
    try:
        yield world
    finally:
        world.close()


def hold(town: Town, *custodians: str, matter: str = "Elm Street", sealed: bool = False, **scope: Any) -> str:
    with acting(town) as world:
        asked = Scope(custodians=custodians, **scope)
        placed = place(world, matter=matter, kind=HoldKind.LEGAL, reason="a claim", scope=asked, sealed=sealed)
        return placed.hold.name


def drafted(town: Town, name: str, **asked: Any) -> Draft:
    with acting(town) as world:
        return notice.draft(world, name, letter.shipped(), **asked)


def noticed(town: Town, name: str, **asked: Any) -> tuple[str, ...]:
    """Draft and record; the addresses."""
    with acting(town) as world:
        found = notice.draft(world, name, letter.shipped(), **asked)
        notice.record(world, found)
        return tuple(one.custodian.address for one in found.notices)


def acknowledged(town: Town, name: str, custodian: str, by: str = ATTORNEY, **said: Any) -> Any:
    with acting(town, by) as world:
        return answers.acknowledge(world, name, custodian=custodian, **said)


def states(town: Town, name: str) -> dict[str, str]:
    with acting(town) as world:
        return {one.custodian.address: str(one.answer) for due in notice.due(world, name) for one in due.custodians}


def know(town: Town, *people: Person) -> None:
    with acting(town) as world:
        world.ledger.append(*(PersonRecorded(person=person) for person in people))


def later(town: Town, days: int) -> None:
    town.at += timedelta(days=days)


def entries(town: Town, kind: type) -> list[Any]:
    with acting(town) as world:
        return [link.entry.body for link in world.ledger.links() if isinstance(link.entry.body, kind)]


def sheet(text: str) -> Sheet:
    return delimited.read("list.csv", text.encode("utf-8-sig"))
