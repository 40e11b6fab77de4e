"""The town, with short words for removing mail and putting it back.

Nothing is tested here.
"""

from __future__ import annotations

from msgspec.structs import replace

from retention.core.message import MessageRef, Removal
from retention.jobs import restore
from tests.jobs.keeping import Keeping
from tests.jobs.town import RECORDS


class Desk(Keeping):
    """The town, with short words for removing and restoring."""

    def removed(self, *subjects: str, how: Removal = Removal.RECOVERABLE) -> list[MessageRef]:
        """These messages, which a plan captured or purged with all else that was due."""
        refs = [self.add(subject) for subject in subjects]
        self.town.city = replace(self.town.city, mail=replace(self.town.city.mail, removal=how))
        self.town.apply(self.town.approved_plan())
        assert not {self.where(ref) for ref in refs} & {"Inbox"}
        return refs

    def restore(self, text: str, by: str = RECORDS, reason: str = "needed again") -> restore.Restored:
        with self.world(by) as world:
            return restore.put_back(world, text, reason)

    def listed(self, *addresses: str) -> restore.RestoreList:
        with self.world() as world:
            return restore.restorable(world, addresses)

    def where(self, ref: MessageRef) -> str | None:
        return self.mail.where(ref)

    def present(self) -> list[str]:
        with self.world() as world:
            return sorted(known.message.subject or "" for known in world.catalog.present())

    def number(self, ref: MessageRef) -> str:
        with self.world() as world:
            known = world.catalog.known(ref)
            assert known is not None
            return f"#{known.n}"
