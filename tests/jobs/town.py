"""A small town for the tests of the jobs: its settings, a schedule of four series, and a world on memory mail.

Nothing is tested here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from retention.catalog import Catalog
from retention.core.authority import HoldKind
from retention.core.city import City
from retention.core.city import parse as parse_city
from retention.core.hold import Scope
from retention.core.message import MessageRef
from retention.core.person import Person
from retention.core.plan import Plan
from retention.core.schedule import Schedule
from retention.core.schedule import parse as parse_schedule
from retention.jobs import adopt, apply, approve, classify, plan, sync
from retention.jobs.hold import place
from retention.jobs.world import World
from retention.ledger import Ledger
from retention.mail.interface import MailSystem
from retention.store.disk import DiskStore
from retention.store.interface import RecordStore
from tests.mail.doubles import MemoryMail

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
ATTORNEY, RECORDS, CLERK, CRON = (
    "kim.lee@town.example",
    "pat.ortiz@town.example",
    "ana.holm@town.example",
    "cron@town.example",
)
LONG_AGO = NOW - timedelta(days=400)


def city(**limits: Any) -> City:
    parsed, problems = parse_city(
        {
            "city": {"name": "Town", "time_zone": "America/Chicago", "schedules": ["town"]},
            "mail": {"system": "simulator", "graph_url": "https://localhost"},
            "limits": {"largest_share": "100 %", **limits},
            "people": {
                ATTORNEY: {"name": "Kim Lee", "account": "klee"},
                RECORDS: {"name": "Pat Ortiz", "account": "portiz"},
                CLERK: {"name": "Ana Holm", "account": "aholm"},
                CRON: {"account": "cron"},
            },
            "offices": {"City Attorney": [ATTORNEY], "Records Manager": [RECORDS], "City Clerk": [CLERK]},
        }
    )
    assert parsed is not None, problems
    return parsed


def series(id: str, retain: str, subject: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"town-{id}",
        "title": id.capitalize(),
        "retain": retain,
        "then": "keep" if retain == "permanent" else "destroy",
        "citation": "Town Code 1",
        "source": "https://town.example/schedule",
        "verified": True,
        "match": [{"subject": [subject]}],
        "example": [{"subject": subject, "belongs": True}],
        **more,
    }


def schedule(*changed: dict[str, Any]) -> Schedule:
    """Requisitions (3 years), minutes (permanent), notices (transitory, at once), newsletters (transitory, 90 days)."""
    rows = changed or (
        series("requisitions", "3 years after received", "requisition"),
        series("minutes", "permanent", "minutes"),
        series("notices", "no retention required", "notice", transitory=True),
        series("newsletters", "90 days after received", "newsletter", transitory=True),
        series("claims", "2 years after closed", "claim"),
        series("rumours", "no retention required", "rumour", transitory=True, verified=False),
    )
    head = {"name": "town", "title": "Town", "authority": "Town Council", "edition": "2026", "jurisdiction": "Town"}
    parsed, problems = parse_schedule({"schedule": head, "series": list(rows)}, "town")
    assert parsed is not None and not problems, problems
    return parsed


def mime(
    subject: str, sender: str = "someone@elsewhere.example", at: datetime = LONG_AGO, text: str = "Hello."
) -> bytes:
    id_ = f"{abs(hash((subject, sender, at))):020}"
    return (
        f"From: {sender}\r\nTo: {CLERK}\r\nSubject: {subject}\r\n"
        f"Date: {at:%a, %d %b %Y %H:%M:%S} +0000\r\nMessage-ID: <{id_}@x>\r\n\r\n{text}\r\n"
    ).encode()


class Town:
    """The town on its disk: worlds are opened on it as often as wanted, by whoever acts."""

    def __init__(self, folder: Path, *, mail: MailSystem | None = None, schedule: Schedule | None = None) -> None:
        self.folder = folder
        self.mail = mail or MemoryMail()
        self.schedule = schedule or _SCHEDULE
        self.city = city()
        self.at = NOW
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "ledger.jsonl").exists():
            Catalog(folder / "retention.db", create=True).close()
            Ledger.found(folder / "ledger.jsonl", "Town", now=self.now, by=RECORDS, rehearsal=True)
            DiskStore.create(folder / "records")

    def now(self) -> datetime:
        return self.at

    def world(
        self,
        address: str = CRON,
        *,
        store: RecordStore | None = None,
        open_mail: Callable[[], MailSystem] | None = None,
    ) -> World:
        actor = self.city.roll.with_address(address)
        assert isinstance(actor, Person)
        return World(
            city=self.city,
            schedules=(self.schedule,),
            catalog=Catalog(self.folder / "retention.db"),
            ledger=Ledger(self.folder / "ledger.jsonl", now=self.now, by=address, rehearsal=True),
            open_mail=open_mail or (lambda: self.mail),
            open_store=lambda: store or DiskStore(self.folder / "records"),
            now=self.now,
            actor=actor,
            rehearsal=True,
        )

    def add(self, subject: str, mailbox: str = CLERK, folder: str = "Inbox", **fields: Any) -> MessageRef:
        assert isinstance(self.mail, MemoryMail)
        return self.mail.add(mailbox, folder, mime(subject, at=fields.get("received_at") or LONG_AGO), **fields)

    def read(self) -> None:
        """Sync and classify."""
        world = self.world()
        sync.sync(world)
        classify.classify(world)
        world.close()

    def adopt(self) -> None:
        world = self.world(RECORDS)
        adopt.adopt(world, "town", authority="Resolution 1")
        world.close()

    def hold(self, matter: str = "Elm Street", **scope: Any) -> str:
        world = self.world(ATTORNEY)
        placed = place.place(world, matter=matter, kind=HoldKind.LEGAL, reason="a claim", scope=Scope(**scope))
        world.close()
        return placed.hold.name

    def plan(self) -> Plan:
        world = self.world()
        made = plan.plan(world)
        world.close()
        return made

    def approve(self, made: Plan) -> None:
        world = self.world(RECORDS)
        approve.approve(world, made)
        world.close()

    def apply(self, made: Plan, world: World | None = None) -> apply.Applied:
        world = world or self.world()
        try:
            return apply.apply(world, made)
        finally:
            world.close()

    def approved_plan(self) -> Plan:
        """Read, adopt, plan, approve."""
        self.read()
        self.adopt()
        made = self.plan()
        self.approve(made)
        return made


def with_limits(town: Town, **limits: Any) -> None:
    town.city = replace(town.city, limits=replace(town.city.limits, **limits))


_SCHEDULE = schedule()
