"""A town on a machine that counts, whose clock can be set.

What is asked of it is in the tests.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from retention.core.clock import Machine
from retention.core.plan import Plan
from retention.jobs.world import World
from tests.jobs.archive import Archive
from tests.jobs.town import CRON, Town
from tests.mail.doubles import MemoryMail


class Clocked(Town):
    """The town on a machine that counts. ``set`` moves the clock alone, ``pass_`` time itself."""

    machine = Machine("first start", 1000)
    told: datetime | None = None

    def world(self, address: str = CRON, **more: object) -> World:
        world = super().world(address, **more)  # type: ignore[arg-type]
        world.machine, world.told_time = lambda: self.machine, lambda: self.told
        return world

    def pass_(self, span: timedelta) -> None:
        self.at += span
        self.machine = Machine(self.machine.boot, self.machine.up + int(span.total_seconds()))

    def set(self, span: timedelta) -> None:
        self.at += span

    def start_anew(self) -> None:
        self.machine = Machine("second start", 5)


class ClockedArchive(Clocked, Archive):
    """The same for stored records."""


def begun(folder: Path) -> Clocked:
    """One notice has gone, and another is there."""
    town = Clocked(folder)
    town.add("Notice 1")
    town.apply(town.approved_plan())
    town.add("Notice 2")
    town.read()
    return town


def agreed(town: Clocked) -> Plan:
    made = town.plan()
    town.approve(made)
    return made


def goes(town: Clocked) -> bool:
    return town.apply(agreed(town)).total("purged") == 1


def stays(town: Clocked, made: Plan, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        town.apply(made)
    assert isinstance(town.mail, MemoryMail) and len(town.mail.purged) == 1
