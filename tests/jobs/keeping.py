"""A town with a hold whose mail is copied, for the tests of copies and of what vanished.

Nothing is tested here.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from msgspec.structs import replace

from retention import durable
from retention.catalog import Catalog
from retention.catalog.missed import MissedMessages
from retention.catalog.runs import Runs
from retention.core.audit import Body, Entry
from retention.core.authority import HoldKind
from retention.core.hold import Scope
from retention.core.message import MessageRef
from retention.core.preserved import Copy
from retention.jobs import sync
from retention.jobs.acting import Signer
from retention.jobs.hold import collect, discard, place, release
from retention.jobs.world import World
from retention.ledger import Ledger
from retention.store.disk import DiskStore
from tests.jobs import breaking
from tests.jobs.town import ATTORNEY, CLERK, CRON, Town, mime
from tests.mail.doubles import MemoryMail

POINTS: tuple[tuple[Any, str], ...] = (
    (Ledger, "_write"),
    (Ledger, "refresh"),
    (DiskStore, "put_copy"),
    (DiskStore, "has_copy"),
    (DiskStore, "copy"),
    (DiskStore, "get_copy"),
    (DiskStore, "destroy_copy"),
    (durable, "write"),
    (durable, "sync_folder"),
    (Path, "unlink"),
    (Catalog, "settle_mailbox"),
    (Runs, "begin"),
    (Runs, "end"),
    (MissedMessages, "told"),
    (MemoryMail, "content"),
)
"""Every call by which collect, discard and a sync that tells of what vanished reach out of themselves."""
GRACE = timedelta(days=30)
One = TypeVar("One")


class SealingWax:
    """A signer that signs and believes everything: for tests of what is signed, not of how."""

    def sign(self, text: str) -> str:
        return f"signed {len(text)}"

    def check(self, text: str, signature: str, by: str, at: datetime) -> None:
        assert signature == f"signed {len(text)}"


class Keeping:
    """The town and short words for what its people do."""

    def __init__(self, folder: Path, mail: MemoryMail | None = None) -> None:
        self.town = Town(folder, mail=mail)
        self.signer: Signer | None = None
        self.mail: MemoryMail = self.town.mail  # type: ignore[assignment]

    def copied(self, folder: Path) -> Keeping:
        """The same town on another disk, at the same mail system."""
        shutil.copytree(self.town.folder, folder)
        other = Keeping(folder, self.mail)
        other.town.at = self.town.at
        return other

    @contextmanager
    def world(self, by: str = CRON) -> Iterator[World]:
        world = self.town.world(by)
        world.signer = self.signer
        try:
            yield world
        finally:
            world.close()

    def add(self, subject: str, box: str = CLERK, **fields: Any) -> MessageRef:
        return self.mail.add(box, "Inbox", mime(subject), **fields)

    def sync(self) -> sync.Synced:
        with self.world() as world:
            return sync.sync(world)

    def hold(
        self, matter: str = "Elm Street", kind: HoldKind = HoldKind.LEGAL, by: str = ATTORNEY, **scope: Any
    ) -> str:
        with self.world(by) as world:
            return place.place(world, matter=matter, kind=kind, reason="a claim", scope=Scope(**scope)).hold.name

    def collect(self, name: str, by: str = CRON) -> collect.Collection:
        with self.world(by) as world:
            return collect.collect(world, name)

    def release(self, name: str, matter: str = "Elm Street", by: str = ATTORNEY) -> None:
        with self.world(by) as world:
            release.release(world, name, matter=matter, reason="settled")

    def later(self, time: timedelta) -> None:
        self.town.at += time

    def discard(self, by: str = ATTORNEY) -> discard.Discarded:
        with self.world(by) as world:
            return discard.discard(world, reason="the hold is over")

    def needless(self) -> discard.Needless:
        with self.world() as world:
            return discard.needless(world)

    def bodies(self, kind: type[One]) -> list[One]:
        with self.world() as world:
            return [link.entry.body for link in world.ledger.links() if isinstance(link.entry.body, kind)]

    def append(self, body: Body, by: str = ATTORNEY) -> None:
        with self.world(by) as world:
            world.ledger.append(body)

    def entry(self, kind: type[Any]) -> Entry:
        """The last entry of this kind."""
        with self.world() as world:
            return [link.entry for link in world.ledger.links() if isinstance(link.entry.body, kind)][-1]

    def sign(self) -> None:
        """From now on the city knows people by their keys."""
        self.signer = SealingWax()
        self.town.city = replace(self.town.city, city=replace(self.town.city.city, identity="ssh"))

    @property
    def store(self) -> DiskStore:
        return DiskStore(self.town.folder / "records")

    @property
    def copies(self) -> dict[str, Copy]:
        """Every whole copy, by the subject of what was first found of it."""
        found = {}
        for place_ in filter(self.store.has_copy, self.store.copies()):
            assert self.store.get_copy(place_)
            copy = self.store.copy(place_)
            found[copy.found[0].message.subject or ""] = copy
        return found

    def runs_open(self) -> list[str]:
        with self.world() as world:
            return [job for job, (_, ended, _) in world.catalog.runs.last().items() if ended is None]


@contextmanager
def broken(monkeypatch: pytest.MonkeyPatch, at: int) -> Iterator[None]:
    """While this lasts, the n-th of these calls fails, just before it is done or just after."""
    monkeypatch.setattr(breaking, "POINTS", POINTS)
    with breaking.breaking(at, breaking.fail):
        yield


def killed(monkeypatch: pytest.MonkeyPatch, at: int, run: Callable[[], None]) -> bool:
    """Run in a child process that is killed at the n-th of these calls."""
    monkeypatch.setattr(breaking, "POINTS", POINTS)
    return breaking.killed(at, run)
