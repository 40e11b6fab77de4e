"""``retention plan``: asked and answered, and the plan file written and read.

What a plan is, is in ``core/plan.py``; how one is made, in ``jobs/plan.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli import screen
from retention.cli.opening import now, open_world, read_city
from retention.cli.options import Json, settings_file
from retention.errors import PlanAltered, SomethingToDo, StoreNotAnswering, WrongUsage

if TYPE_CHECKING:
    from retention.core.audit import Entry
    from retention.core.plan import AnyPlan, Plan
    from retention.ledger import Ledger


@dataclass(frozen=True, kw_only=True)
class Yes:
    """An approval of a plan, as the ledger has it; ``entry`` is that of the standing approval, where it was by one."""

    by: str
    at: datetime
    entry: int | None = None


@dataclass(frozen=True, kw_only=True)
class Finished:
    """What the ledger says of a plan that is finished: of mail the counts per mailbox, of stored records in all."""

    name: str
    plan: str
    at: datetime
    by: str
    approved: tuple[Yes, ...]
    counts: dict[str, dict[str, int]]


STORED = "stored records"
SHORT_NAME = 12
"""Characters of a digest by which a plan is called."""
BEGINNING = 12
"""So many bytes every plan has in common."""
PlanFile = Annotated[
    Path, typer.Argument(metavar="PLAN", help="The plan file, or the short name of a plan that is kept.")
]


def plan(
    context: typer.Context,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write the plan.")] = Path("plan.json"),
    within_limits: Annotated[
        bool, typer.Option("--within-limits", help="Leave for the next plan what [limits] do not let this one take.")
    ] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 5 where there is something to do.")] = False,
    json: Json = False,
) -> None:
    """Decide about every message and write down what one run would do. Nothing is done."""
    from retention.jobs.approve import passed
    from retention.jobs.plan import plan as job

    with open_world(context) as world, screen.progress("Deciding") as progress:
        made = job(world, within_limits=within_limits, progress=progress)
        ceilings = passed(world, made)
    write_plan(output, made)
    if json:
        screen.as_json(made)
    else:
        show(made)
        for sentence in ceilings:
            screen.say(f"Too large to apply: {sentence}")
        after = f"Next: somebody else runs `retention approve {output}`." if made.steps else "It has nothing to do."
        screen.say(f"Plan {made.name} is in {output}. {after}")
    if exit_code and made.steps:
        raise SomethingToDo(f"There are {len(made.steps)} steps to do.", f"Approve and apply {output}.")


def show(plan: Plan) -> None:
    rows = [
        (address, tally.seen, tally.kept, tally.held, tally.capture, tally.purge)
        for address, tally in sorted(plan.counts.items())
    ]
    total = tuple(sum(int(row[i]) for row in rows) for i in range(1, 6))
    screen.table(("mailbox", "seen", "kept", "held", "capture", "purge"), [*rows, ("all", *total)] if rows else [])
    screen.table(
        ("stays", "messages", "for example"), [(group.why, group.count, group.example) for group in plan.stays]
    )
    by_series: dict[tuple[str, str, str], int] = {}
    for step in plan.steps:
        key = (str(step.action), step.series, step.title)
        by_series[key] = by_series.get(key, 0) + 1
    screen.table(("leaves", "series", "title", "messages"), [(*key, n) for key, n in sorted(by_series.items())])
    for sentence in plan.uncovered:
        screen.say(f"Not covered: {sentence}")


def write_plan(path: Path, plan: AnyPlan) -> None:
    """Raises ``WrongUsage`` where a file that is no plan would be lost, a ledger for one."""
    from retention import durable
    from retention.core.plan import write

    content = write(plan)
    try:
        there = path.read_bytes()[:BEGINNING] if path.is_file() else b""
        if there and there != content[:BEGINNING]:
            raise WrongUsage(f"{path} is there already and is no plan.", "Name another place with --output.")
        durable.write(path, content)
    except OSError as error:
        raise StoreNotAnswering(
            f"The plan {path} cannot be written: {error.strerror}.", "Name another place with --output."
        ) from error


def read_plan(path: Path) -> AnyPlan:
    """The plan in that file, of either kind, or the kept one that goes by this name.

    Raises ``WrongUsage`` for none, ``PlanAltered`` where altered, or finished and therefore not kept any more.
    """
    from retention.core.plan import NotAPlan, read_any

    path = path if path.is_file() else _kept(str(path)) or path
    if not path.is_file():
        _refuse_finished(str(path))
    try:
        return read_any(path.read_bytes())
    except NotAPlan as altered:
        raise PlanAltered(f"{path} is not the plan that was made: {altered}.", "Make a new one.") from altered
    except OSError as error:
        raise WrongUsage(
            f"The plan {path} cannot be read: {error.strerror}.",
            "Name the file plan wrote, or the short name of a plan that `retention status` shows.",
        ) from error


def _kept(name: str) -> Path | None:
    """The one plan kept beside the ledger whose name begins so; raises ``WrongUsage`` where there are several."""
    from retention.jobs.proposals import named

    config = settings_file.get()
    if not config.is_file():
        return None
    found = list(named(config.parent / read_city(config).city.ledger, name))
    if len(found) > 1:
        raise WrongUsage(f"{len(found)} plans have names that begin with {name}.", "Write more of it.")
    return found[0] if found else None


def _refuse_finished(name: str) -> None:
    """A finished plan of mail is not kept: its steps say what mail said. The ledger knows its name."""
    from retention.ledger import Ledger

    config = settings_file.get()
    if not _is_short_name(name) or not config.is_file():
        return
    city = read_city(config)
    path = config.parent / city.city.ledger
    if path.is_file() and (ended := finished(Ledger(path, now=now, by=""), name)):
        raise PlanAltered(
            f"Plan {ended.name} is finished: it was applied on {screen.day(ended.at, city.zone)}.",
            f"Make a new one with `retention plan`; `retention show {ended.name}` says what became of this one.",
        )


def finished(ledger: Ledger, name: str) -> Finished | None:
    """What the ledger says of the one finished plan whose digest begins so; raises ``WrongUsage`` for several."""
    from retention.core.audit import Approved, Counted, Ended
    from retention.core.destruction import DestructionEnded
    from retention.core.standing import ApprovedInAdvance

    in_force, wanted = ledger.in_force, name.strip().lower()
    ended = in_force.ended | in_force.destructions.ended
    digests = [each for each in ended if each.startswith(wanted)] if _is_short_name(name) else []
    if len(digests) > 1:
        raise WrongUsage(f"'{name}' is the beginning of {len(digests)} plans' names.", "Write more of it.")
    if not digests:
        return None
    (digest,) = digests
    approved: dict[tuple[str, int | None], Yes] = {}
    counts: dict[str, dict[str, int]] = {}
    for entry in (link.entry for link in ledger.links()):
        match entry.body:
            case Approved(plan=plan) if plan == digest:
                approved[entry.by, None] = Yes(by=entry.by, at=entry.at)
            case ApprovedInAdvance(plan=plan, entry=n, by=by) if plan == digest:
                approved[by, n] = Yes(by=by, at=entry.at, entry=n)
            case Counted(plan=plan, counts=found) if plan == digest:
                counts = found
            case Ended(plan=plan) as end if plan == digest:
                return _finished(digest, entry, tuple(approved.values()), counts or end.counts)
            case DestructionEnded(plan=plan, stage="quarantine", counts=of_records) if plan == digest:
                return _finished(digest, entry, tuple(approved.values()), {STORED: of_records})
    return None


def _finished(digest: str, end: Entry, approved: tuple[Yes, ...], counts: dict[str, dict[str, int]]) -> Finished:
    return Finished(
        name=digest[:SHORT_NAME],
        plan=digest,
        at=end.at,
        by=end.by,
        approved=approved,
        counts=dict(sorted(counts.items())),
    )


def _is_short_name(name: str) -> bool:
    from retention.jobs.proposals import SHORT

    wanted = name.strip().lower()
    return len(wanted) >= SHORT and not set(wanted) - set("0123456789abcdef")
