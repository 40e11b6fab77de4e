"""A town whose records lie in a bucket, and whose mail and plans outlive a process that is killed.

Nothing is tested here.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from retention.core.audit import Stored
from retention.core.destruction import Certified, RecordOutcome
from retention.core.message import MessageRef
from retention.core.plan import DestructionPlan, Plan, read_any, write
from retention.core.record import Record
from retention.errors import PlanAltered, RecordMismatch, WrongUsage
from retention.jobs import audit
from retention.jobs.record import quarantine
from retention.jobs.record.verify import Verified, verify
from retention.jobs.world import World
from retention.mail.interface import MailSystem
from retention.store.interface import RecordStore
from retention.store.objects import ObjectSettings, ObjectStore
from tests.jobs.archive import Archive, gate
from tests.jobs.town import CLERK, CRON, RECORDS
from tests.mail.doubles import MemoryMail
from tests.store.serving import S3


class MailOnDisk(MemoryMail):
    """One mailbox, of which every message is a file: whatever process removes one, it is gone for all."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._files = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.add_folder(CLERK, "Inbox")
        for file in sorted(folder.iterdir()):
            super().add(CLERK, "Inbox", file.read_bytes(), id=file.name)

    def add(self, address: str, path: str, mime: bytes, **fields: Any) -> MessageRef:
        ref = super().add(address, path, mime, **fields)
        (self._files / ref.id).write_bytes(mime)
        return ref

    def delete(self, ref: MessageRef) -> None:
        super().delete(ref)
        (self._files / ref.id).unlink()


class Bucketed(Archive):
    """The town with its record store in a bucket; ``plan.json`` is the plan that its next run is about."""

    def __init__(self, folder: Path, settings: ObjectSettings) -> None:
        super().__init__(folder, gate(), mail=MailOnDisk(folder / "mail"))
        self.settings = settings

    def world(
        self,
        address: str = CRON,
        *,
        store: RecordStore | None = None,
        open_mail: Callable[[], MailSystem] | None = None,
    ) -> World:
        return super().world(address, store=store or ObjectStore(self.settings), open_mail=open_mail)

    @property
    def planned(self) -> Plan | DestructionPlan:
        return read_any((self.folder / "plan.json").read_bytes())

    @planned.setter
    def planned(self, plan: Plan | DestructionPlan) -> None:
        (self.folder / "plan.json").write_bytes(write(plan))

    def record(self, place: str) -> Record:
        return self.see(lambda world: world.store.record(place))

    def bodies(self) -> list[Any]:
        return self.see(lambda world: [link.entry.body for link in world.ledger.links()])

    def verified(self) -> Verified:
        return self.see(verify)

    # -- the runs that are killed; each may be done again after it was cut off

    def capturing(self) -> None:
        plan = self.planned
        assert isinstance(plan, Plan)
        try:
            self.apply(plan)
        except PlanAltered as finished:
            assert "finished" in finished.message

    def quarantining(self) -> None:
        plan = self.planned
        assert isinstance(plan, DestructionPlan)
        try:
            self.quarantine(plan)
        except PlanAltered as finished:
            assert "finished" in finished.message

    def destroying(self) -> None:
        self.destroy()

    def restoring(self) -> None:
        world = self.world(RECORDS)
        try:
            quarantine.restore(world, self.places(), "wanted again")
        except WrongUsage as back:
            assert "is not in quarantine" in back.message
        finally:
            world.close()

    def verifying(self) -> None:
        self.verified()


def copied(town: Bucketed, folder: Path, s3: S3) -> Bucketed:
    """The town as it is now, in a folder of its own and in a bucket that keeps every version of what is deleted."""
    shutil.copytree(town.folder, folder)
    here, settings = ObjectStore(town.settings).bucket, s3.bucket(versions=True)
    for name in here.names():
        s3.client.put_object(Bucket=urlsplit(settings.url).netloc, Key=f"mail/{name}", Body=here.read(name))
    other = Bucketed(folder, settings)
    other.at = town.at
    return other


def story(town: Bucketed) -> dict[str, Any]:
    """Everything that may not depend on how often it was interrupted."""
    world = town.world()
    with suppress(RecordMismatch):  # what is wrong with files is among the findings
        audit.verify(world)
    found = verify(world)
    bodies = [link.entry.body for link in world.ledger.links()]
    outcomes = [one for one in bodies if isinstance(one, RecordOutcome)]
    in_force, store = world.ledger.in_force, world.store
    assert isinstance(store, ObjectStore)
    told = {
        "findings": found.findings,
        "catalog": found.records,
        "waiting": tuple(place for place, _ in store.quarantined()),
        "objects": tuple(store.bucket.names()),
        "mail": sorted(file.name for file in (town.folder / "mail").iterdir()),
        "stored": {one.place for one in bodies if isinstance(one, Stored)},
        "outcomes": sorted((one.place, one.deed, one.result) for one in outcomes),
        "certificates": sum(isinstance(one, Certified) for one in bodies),
        "open": (dict(in_force.open_intents), dict(in_force.destructions.open)),
        "uncertified": dict(in_force.destructions.uncertified),
    }
    world.close()
    return told
