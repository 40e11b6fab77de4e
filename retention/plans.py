"""Plans kept beside the ledger: those a run proposed, and those that were approved, as they were approved.

What stands in a plan is ``core/plan``'s business; who approved it, the ledger's.
"""

from __future__ import annotations

from pathlib import Path

from retention import durable
from retention.core.plan import AnyPlan, NotAPlan, read_any, write
from retention.errors import StoreNotAnswering

FOLDER = "plans"


class Plans:
    """A folder of plans, each in a file named by its digest."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, plan: AnyPlan) -> None:
        """Put the plan on the disk; one that is there already is written again. Raises ``StoreNotAnswering``."""
        try:
            durable.make_folder(self.folder)
            durable.write(self._path(plan.digest), write(plan))
            durable.sync_folder(self.folder)
        except OSError as error:
            raise StoreNotAnswering(
                f"The plan cannot be kept in {self.folder}: {error.strerror or error}.",
                "Nothing was done; make room, or the folder writable.",
            ) from error

    def read(self, digest: str) -> AnyPlan | None:
        """The plan with this digest; ``None`` where it is not there, or is not what it was."""
        try:
            plan = read_any(self._path(digest).read_bytes())
        except (OSError, NotAPlan):
            return None
        return plan if plan.digest == digest else None

    def _path(self, digest: str) -> Path:
        return self.folder / f"{digest}.json"
