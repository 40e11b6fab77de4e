"""Plans kept beside the ledger: those a run proposed, and those that were approved, as they were approved.

What stands in a plan is ``core/plan``'s business; who approved it, the ledger's.
"""

from __future__ import annotations

import re
import time
from contextlib import suppress
from pathlib import Path

from retention import durable
from retention.core.plan import AnyPlan, NotAPlan, read_any, write
from retention.errors import StoreNotAnswering

FOLDER = "plans"
HALF_WRITTEN = 3600.0
"""Seconds after which nobody is writing a file any more."""
DIGEST = re.compile("[0-9a-f]{64}")


class Plans:
    """A folder of plans, each in a file named by its digest."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, plan: AnyPlan) -> None:
        """Put the plan on the disk; one that is there already is written again. Raises ``StoreNotAnswering``."""
        try:
            durable.make_folder(self.folder)
            durable.write(self.path(plan.digest), write(plan))
            durable.sync_folder(self.folder)
        except OSError as error:
            raise StoreNotAnswering(
                f"The plan cannot be kept in {self.folder}: {error.strerror or error}.",
                "Nothing was done; make room, or the folder writable.",
            ) from error

    def read(self, digest: str) -> AnyPlan | None:
        """The plan with this digest; ``None`` where it is not there, or is not what it was."""
        try:
            plan = read_any(self.path(digest).read_bytes())
        except (OSError, NotAPlan):
            return None
        return plan if plan.digest == digest else None

    def digests(self) -> tuple[str, ...]:
        """The digests of all plans in the folder, in their order; none of the files is opened."""
        return tuple(sorted(path.stem for path in self.folder.glob("*.json") if DIGEST.fullmatch(path.stem)))

    def drop(self, digest: str) -> None:
        """Take the plan away; one that is not there stays away."""
        with suppress(OSError):
            self.path(digest).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Take away what was left half written by a process that died; what is being written now is younger."""
        for part in self.folder.glob(".*.part"):
            with suppress(OSError):
                if time.time() - part.stat().st_mtime > HALF_WRITTEN:
                    part.unlink()

    def path(self, digest: str) -> Path:
        """Where the plan with this digest lies, or would lie."""
        return self.folder / f"{digest}.json"
