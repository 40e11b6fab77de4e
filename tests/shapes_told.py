"""What commands print with ``--json`` that no type of theirs holds whole: put together where it is printed.

Which command prints which is in ``tests/shapes.py``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal, TypedDict

from retention.cli.plan import Finished
from retention.core.audit import Intent, Outcome
from retention.core.hold import Hold, HoldAmended, HoldReleased
from retention.core.plan import DestructionPlan, Plan
from retention.core.schedule import Problem
from retention.core.spreadsheet.notices import BadRow
from retention.jobs.event import Told
from retention.jobs.hold.impact import Impact
from retention.jobs.hold.notice import Custodian, Standing
from retention.jobs.hold.preview import Preview
from retention.jobs.record.listing import Shown
from retention.jobs.restore import Restored
from retention.jobs.why import Explained


class ClockShown(TypedDict):
    now: datetime
    well: bool
    sentences: tuple[str, ...]


class Founded(TypedDict):
    city: str
    settings: str
    wrote: tuple[str, ...]
    catalog: str
    ledger: str
    store: str
    unfilled: tuple[str, ...]
    next_steps: tuple[str, ...]


class Template(TypedDict):
    text: str
    placeholders: tuple[str, ...]


class LedgerAlone(TypedDict):
    entries: int
    head: str
    heads: int


class Events(TypedDict):
    events: tuple[Told, ...]
    awaited: tuple[str, ...]


class Version(TypedDict):
    n: int
    scope: Any
    until: date | None


class Moment(TypedDict):
    entry: int
    at: datetime
    by: str
    did: str
    reason: str


class HoldTold(TypedDict):
    hold: Hold
    standing: str
    in_force: bool
    holds_until: date | None
    versions: list[Version]
    history: list[Moment]
    told_by_mail_system: bool


class HoldShown(HoldTold):
    covers: Preview


class Placed(TypedDict):
    hold: Hold
    overtaken: tuple[Outcome, ...]
    unsettled: tuple[Intent, ...]
    covers: Preview


class Amended(TypedDict):
    amended: HoldAmended
    covers: Preview


class Released(TypedDict):
    released: HoldReleased
    impact: Impact


class Acknowledged(TypedDict):
    acknowledged: tuple[int, ...]


class NoticeWritten(TypedDict):
    custodian: Custodian
    files: list[str]
    digest: str
    answer_by: date
    reminder: bool


class NoticesWritten(TypedDict):
    hold: str
    written: list[NoticeWritten]
    passed: tuple[Standing, ...]
    anybody: bool


class PutBack(TypedDict):
    records: int
    messages: list[Restored]


class ScheduleChecked(TypedDict):
    schedule: str
    series: int
    examples: int


class ScheduleListed(TypedDict):
    name: str
    series: int
    verified: int
    used: bool
    fingerprint: str


class ExampleTried(TypedDict):
    series: str
    example: str
    belongs: bool
    filed_under: str | None
    why: str


class LeftOut(TypedDict):
    series: str
    reason: str


class ScheduleWritten(TypedDict):
    schedule: str
    output: str
    series: int
    left_out: list[LeftOut]
    event_types: tuple[str, ...]


class ScheduleTaken(TypedDict):
    schedule: str
    output: str
    series: int
    file: str
    sha256: str
    rows_read: int
    rows_left_out: int
    skipped: tuple[BadRow, ...]
    to_mend: tuple[Problem, ...]
    passed_over: tuple[str, ...]


class PlanThing(TypedDict):
    kind: Literal["plan"]
    shown: Plan


class DestructionThing(TypedDict):
    kind: Literal["plan"]
    shown: DestructionPlan


class FinishedThing(TypedDict):
    kind: Literal["finished plan"]
    shown: Finished


class MessageThing(TypedDict):
    kind: Literal["message"]
    shown: tuple[Explained, ...]


class RecordThing(TypedDict):
    kind: Literal["record"]
    shown: Shown


class HoldThing(TypedDict):
    kind: Literal["hold"]
    shown: HoldShown


class Fact(TypedDict):
    name: str
    value: Any
    text: str
    tone: str


class Report(TypedDict):
    title: str
    city: str
    first_on: date
    last_on: date
    made_at: datetime
    made_by: str
    time_zone: str
    rehearsal: bool
    annual: Any
    preface: tuple[str, ...]
    facts: list[Fact]
    looks: list[str]
    figures: dict[str, Any]
