"""What is wrong: held mail, the clock, the record store, runs that are late or failed, deeds without an end.

What merely waits for a person is next door. A question that cannot be answered is itself a finding.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from retention.catalog import Run
from retention.core.city.settings import hours
from retention.core.clock import CONFIRM
from retention.core.health import OPERATOR, Finding, Kind
from retention.core.personnel import AtRisk
from retention.errors import (
    HeldMailAtRisk,
    Interrupted,
    PartlyDone,
    RecordMismatch,
    RetentionError,
    RunOverdue,
    StoreNotAnswering,
    exit_codes,
)
from retention.jobs import clock, person
from retention.jobs.hold.vanished import unanswered_by
from retention.jobs.status.offices import called
from retention.jobs.world import World

RUN = "run"
"""The job that cron starts."""
UNTOLD = "not told"
"""The catalog's fact of what could not be told after the last run: a sentence on each line."""
LEAST_FREE = 500_000_000
"""Bytes that must be free: a catalog that is being migrated is there twice for a while."""


def held(world: World, at_risk: tuple[AtRisk, ...]) -> Iterator[Finding]:
    """Held mail that is gone, or may go, and that nobody has answered for."""
    for offices, count in unanswered_by(world).items():
        noun = "message" if count == 1 else "messages"
        sentence = f"{count} held {noun} vanished at the source; see `retention hold vanished`."
        yield Finding(kind=Kind.VANISHED, whom=offices, sentence=sentence, count=count, code=HeldMailAtRisk.exit_code)
    for sentence in person.waiting(at_risk):
        told = sentence.removeprefix(f"{OPERATOR}: ")
        yield Finding(kind=Kind.AT_RISK, whom=OPERATOR, sentence=told, code=HeldMailAtRisk.exit_code)


def kept(world: World) -> Iterator[Finding]:
    """The records: whether the store answers and has room, and what the last ``record verify`` found."""
    try:
        free = world.store.free()
    except RetentionError as error:
        sentence = f"{error.message} {error.next_step}".strip()
        yield Finding(kind=Kind.STORE, whom=called(world, error.exit_code), sentence=sentence, code=error.exit_code)
    else:
        yield from _full("the record store", free)
    yield from disk(world)
    # What was cut off while it was destroyed is not lost: `record destroy --end-quarantine` ends it.
    going = {deed.place for deed in world.ledger.in_force.destructions.open.values() if deed.deed == "destroy"}
    troubled = sum(place not in going for place, _ in world.catalog.records.troubled())
    if troubled:
        noun = "record is not as it was stored" if troubled == 1 else "records are not as they were stored"
        yield Finding(
            kind=Kind.RECORDS,
            whom=called(world, RecordMismatch.exit_code),
            sentence=f"{troubled:,} {noun}; see `retention record verify`.",
            count=troubled,
            code=RecordMismatch.exit_code,
        )


def disk(world: World) -> Iterator[Finding]:
    """The disk of the ledger, and mostly of the catalog too."""
    folder = world.ledger.path.parent
    yield from _full(f"{folder.absolute()}", room(folder))


def clocks(world: World) -> Iterator[Finding]:
    state = clock.state(world)
    for sentence in state.sentences:
        told = f"{sentence} Nothing is deleted. {CONFIRM}"
        yield Finding(kind=Kind.CLOCK, whom=OPERATOR, sentence=told, code=state.code)


def runs(world: World, last: dict[str, Run], running: str) -> Iterator[Finding]:
    """What cron started, or should have; ``running`` says since when one is at work, or is empty."""
    yield from _overdue(world)
    ran = last.get(RUN)
    if ran is not None and ran.ended_at is not None and isinstance(ran.result, dict):
        yield from _failed(world, ran.result)
    cut = [job for job, one in last.items() if one.ended_at is None]
    if cut and not running:
        sentence = f"The last run of {', '.join(cut)} did not end; run it again."
        yield Finding(kind=Kind.CUT_OFF, whom=OPERATOR, sentence=sentence, count=len(cut), code=PartlyDone.exit_code)
    unfinished = len(world.ledger.in_force.open_intents)
    if unfinished and not running:
        noun = "deed was" if unfinished == 1 else "deeds were"
        sentence = f"{unfinished} {noun} begun and not ended; `retention run` or `retention apply` ends them."
        yield Finding(
            kind=Kind.UNFINISHED, whom=OPERATOR, sentence=sentence, count=unfinished, code=PartlyDone.exit_code
        )
    for sentence in filter(None, (world.catalog.fact(UNTOLD) or "").splitlines()):
        yield Finding(kind=Kind.UNTOLD, whom=OPERATOR, sentence=sentence, code=PartlyDone.exit_code)


def working(world: World) -> str:
    """Since when a run is at work, by what it left beside the catalog; empty where none is, or it died."""
    path = world.catalog.path.resolve()
    try:
        process, _, since = path.with_name(f"{path.name}.running").read_text().partition(" ")
    except OSError:
        return ""
    return since if process.isdecimal() and _is_alive(int(process)) else ""


def _is_alive(process: int) -> bool:
    """Whether there is such a process on this machine. On Windows to ask is to end it: there it counts as alive."""
    if os.name == "nt" or process == os.getpid():
        return os.name == "nt"
    try:
        os.kill(process, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True


def late_after(world: World) -> timedelta:
    return timedelta(hours=hours(world.city.run.late_after))


def _overdue(world: World) -> Iterator[Finding]:
    """A city that was founded today is not late; one that has adopted a schedule and never ran is, after a while."""
    good, may = world.catalog.runs.last_good(RUN), late_after(world)
    code = RunOverdue.exit_code
    if good is not None:
        ended_at = good.ended_at or good.began_at
        if world.now() - ended_at > may:
            sentence = (
                f"The last good run ended {_ago(world.now() - ended_at)} ago, and may be "
                f"{world.city.run.late_after} old; see what cron says, or run `retention run`."
            )
            yield Finding(kind=Kind.RUN_OVERDUE, whom=OPERATOR, sentence=sentence, code=code)
        return
    since = _expected_since(world)
    if since is not None and world.now() - since > may:
        sentence = "No run has ever ended well; let cron start `retention run` (see examples/schedule)."
        yield Finding(kind=Kind.RUN_OVERDUE, whom=OPERATOR, sentence=sentence, code=code)


def _expected_since(world: World) -> datetime | None:
    """From when on runs were to be expected: the first adoption of a schedule in use, or the first run."""
    in_force = world.ledger.in_force
    adopted = (in_force.adopted_in.get(digest) for digest in world.fingerprints.values())
    begun = [in_force.acts[n].at for n in adopted if n is not None and n in in_force.acts]
    first = next(world.catalog.runs.each(RUN), None)
    return min([*begun, *([first.began_at] if first else [])], default=None)


def _failed(world: World, result: dict[str, object]) -> Iterator[Finding]:
    """A run that did not come to its end. Where only mailboxes were not read it was a good one."""
    code = result.get("exit_code")
    if result.get("good") is True or not isinstance(code, int) or not code:
        return
    said = str(result.get("error") or dict(exit_codes()).get(code, "")).rstrip(".")
    sentence = f"The last run did not end well: {said}. {result.get('next_step') or ''}".strip()
    # An interrupted one goes on by itself; nobody else has to be called for it.
    told = PartlyDone.exit_code if code == Interrupted.exit_code else code
    yield Finding(kind=Kind.RUN_FAILED, whom=called(world, told), sentence=sentence, code=told)


def room(folder: Path) -> int | None:
    """How many bytes are free where this folder lies; ``None`` where nobody can say."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def _full(where: str, free: int | None) -> Iterator[Finding]:
    if free is not None and free < LEAST_FREE:
        sentence = f"The disk of {where} has only {free // 1_000_000:,} MB free; make room before the next run."
        yield Finding(kind=Kind.DISK, whom=OPERATOR, sentence=sentence, code=StoreNotAnswering.exit_code)


def _ago(span: timedelta) -> str:
    hours = int(span.total_seconds()) // 3600
    return f"{hours // 24} days" if hours >= 48 else f"{hours} hours"


def guarded(findings: Iterable[Finding], kind: Kind, whom: str) -> tuple[Finding, ...]:
    """The findings; where the question itself cannot be answered, that is the finding."""
    try:
        return tuple(findings)
    except RetentionError as error:
        return (Finding(kind=kind, whom=whom, sentence=str(error), code=error.exit_code),)
