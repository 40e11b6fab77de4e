"""The news of one run: all that anybody outside is ever told, in numbers and words of our own.

Where it is told is next door. What a mail, a matter or a person is called has no place in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import force_setattr

from retention.core.health import Kind
from retention.errors import exit_codes

STAGES = frozenset({"settle", "sync", "classify", "apply", "plan", "propose"})
COUNTED = frozenset(
    {
        *("settled", "mailboxes", "messages", "rows", "unread", "gone", "vanished", "unreadable", "seen"),
        *("filed", "records", "transitory", "review", "unfiled", "unclassified", "present", "plans", "steps"),
        *("kept", "captured", "purged", "capture", "purge", "held", "skipped", "failed", "stale", "left"),
    }
)
"""The names that may be told. A name found in a result may be that of a folder, a series or a person."""


class Stage(Struct, frozen=True, kw_only=True):
    """One stage of the run: its name, how long it took, and what it counted."""

    name: str
    seconds: float = 0.0
    counts: dict[str, int] = {}


class Wrong(Struct, frozen=True, kw_only=True):
    """One thing that is wrong: what it is, of how many things it is said, its exit code, and what that means."""

    kind: Kind
    count: int
    code: int
    meaning: str = ""

    def __post_init__(self) -> None:
        if not self.meaning:
            force_setattr(self, "meaning", dict(exit_codes()).get(self.code, ""))


class News(Struct, frozen=True, kw_only=True):
    """What is told of a run and of how things stand after it. ``at`` is now.

    ``waiting`` says how much waits for whom, ``numbers`` what was counted. ``last_good_at`` is the end of the last run
    that went well, ``None`` where there was none.
    """

    city: str
    rehearsal: bool
    at: datetime
    began_at: datetime | None = None
    ended_at: datetime | None = None
    exit_code: int = 0
    last_good_at: datetime | None = None
    stages: tuple[Stage, ...] = ()
    wrong: tuple[Wrong, ...] = ()
    waiting: dict[str, int] = {}
    numbers: dict[str, int] = {}

    @property
    def kinds(self) -> tuple[str, ...]:
        """What is wrong, each kind once, in order: while it stays the same nobody has to hear of it again.

        That somebody could not be told of the last run is left to ``status``: it would be noticed by the next telling.
        """
        return tuple(sorted({one.kind.value for one in self.wrong} - {Kind.UNTOLD.value}))


def stage(name: object, seconds: object, counted: object) -> Stage:
    """A stage as it may be told, whatever it says of itself: names of our own, whole numbers, and nothing else."""
    counts = counted if isinstance(counted, Mapping) else {}
    return Stage(
        name=str(name) if name in STAGES else "other",
        seconds=float(seconds) if isinstance(seconds, int | float) else 0.0,
        counts={key: value for key, value in counts.items() if key in COUNTED and type(value) is int},
    )
