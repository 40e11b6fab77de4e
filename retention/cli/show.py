"""``retention show``: one name, whatever it names: a plan, a message, a record or a hold.

What is then said of it is said by the command that each has of its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from retention.cli import screen
from retention.cli.opening import open_world
from retention.cli.options import Json
from retention.errors import WrongUsage

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from retention.cli.plan import Finished
    from retention.core.plan import AnyPlan
    from retention.jobs.world import World

KINDS = ("plan", "hold", "record", "message")
"""In the order in which they are shown where one name is that of several."""


def show(
    context: typer.Context,
    thing: Annotated[
        list[str],
        typer.Argument(metavar="THING", help="A plan, message, record or hold; `record 7` where 7 is two of them."),
    ],
    json: Json = False,
) -> None:
    """Show a plan, a message, a record or a hold, by whatever it is called.

    A plan is named by its file or its short name; a message by its number, id or Message-ID; a record by its number,
    its place or the beginning of its digest; a hold by its short name.
    """
    kind, name = (thing[0], thing[1]) if len(thing) == 2 and thing[0] in KINDS else ("", " ".join(thing))
    plan = _plan_file(name, kind)
    if json and plan is not None:
        return screen.as_json([{"kind": "plan", "shown": plan}])
    with open_world(context) as world:
        of_file, zone = plan is not None, world.city.zone
        if not of_file and kind in ("", "plan"):
            plan = _kept(world, name)
        ended = _ended(world, plan.digest if plan else name) if kind in ("", "plan") else None
        kinds = ("plan",) if of_file else _kinds(world, name, kind, plan or ended)
        if json:
            return screen.as_json([_told(world, each, name, plan or ended) for each in kinds])
    for number, each in enumerate(kinds):
        if number:
            screen.say()
        if each != "plan":
            _show(context, each, name)
        elif plan is not None:
            _show_plan(plan, ended, zone)
        elif ended is not None:
            _show_finished(ended, zone)
    if len(kinds) > 1:
        screen.note(f"'{name}' is a {' and a '.join(kinds)}: `retention show {kinds[0]} {name}` shows one of them.")


def _plan_file(name: str, kind: str) -> AnyPlan | None:
    """The plan in the file of that name, where there is such a file."""
    from retention.cli.plan import read_plan

    path = Path(name)
    return read_plan(path) if kind in ("", "plan") and path.is_file() else None


def _kept(world: World, name: str) -> AnyPlan | None:
    """The plan beside the ledger that has this short name. Raises ``WrongUsage`` where several have."""
    from retention.cli.plan import read_plan
    from retention.jobs.proposals import named

    found = list(named(world.ledger.path, name))
    if len(found) > 1:
        raise WrongUsage(f"'{name}' is the beginning of {len(found)} plans' names.", "Write more of it.")
    return read_plan(found[0]) if found else None


def _ended(world: World, name: str) -> Finished | None:
    """What the ledger says of the plan of this name where it is finished: of mail, nothing else of it is kept."""
    from retention.cli.plan import finished

    return finished(world.ledger, name)


def _kinds(world: World, name: str, kind: str, plan: AnyPlan | Finished | None) -> tuple[str, ...]:
    """What the name is a name of. Raises ``WrongUsage`` where it is nothing's, or not of the kind that was said."""
    from retention.jobs.record.known import take_in

    is_number = name.removeprefix("#").isdecimal()
    take_in(world)
    records = world.catalog.records.find(name)
    found = {
        "plan": plan is not None,
        "hold": name in world.ledger.in_force.holds.states,
        "record": bool(records),
        # A digest or a place is a record's; the message that it was is told by its number or its id.
        "message": (is_number or not records) and _is_message(world, name),
    }
    if kind == "message" and records:
        found["message"] = _is_message(world, name)
    kinds = tuple(each for each in KINDS if found[each] and kind in ("", each))
    if not kinds:
        what = f"There is no {kind} '{name}'." if kind else f"Nothing is called '{name}'."
        raise WrongUsage(
            what,
            "Name a plan's file, a message's or a record's number, or a hold; see `retention hold list` and "
            "`retention record list`.",
        )
    return kinds


def _is_message(world: World, name: str) -> bool:
    from retention.jobs.why.finding import find

    try:
        return bool(find(world, name))
    except WrongUsage:
        return False


def _show(context: typer.Context, kind: str, name: str) -> None:
    if kind == "hold":
        from retention.cli.hold.showing import show as hold

        return hold(context, name)
    if kind == "record":
        from retention.cli.record.showing import show as record

        return record(context, name)
    from retention.cli.why import why

    return why(context, name)


def _show_plan(plan: AnyPlan, ended: Finished | None, zone: ZoneInfo) -> None:
    from retention.cli import plan as removal
    from retention.cli.record import destroying
    from retention.core.plan import Plan

    screen.say(f"Plan {plan.name}, made by {plan.made_by} on {screen.instant(plan.made_at, zone)}")
    screen.say(f"  digest {plan.digest}")
    if isinstance(plan, Plan):
        removal.show(plan)
    else:
        destroying.show_plan(plan)
    steps = screen.counted(len(plan.steps), "step")
    if ended is not None:
        screen.say(f"It had {steps}, and was finished on {screen.instant(ended.at, zone)} by {ended.by}.")
    else:
        screen.say(f"It has {steps}: `retention status` says what it waits for.")


def _show_finished(ended: Finished, zone: ZoneInfo) -> None:
    screen.say(f"Plan {ended.name} was applied on {screen.instant(ended.at, zone)} by {ended.by}")
    screen.say(f"  digest {ended.plan}")
    for yes in ended.approved:
        how = f" in advance, by the standing approval of entry {yes.entry}" if yes.entry is not None else ""
        when = "" if yes.entry is not None else f" on {screen.instant(yes.at, zone)}"
        screen.say(f"  approved by {yes.by}{how}{when}")
    # The ledger keeps them by the alphabet; a run tells them in this order.
    known = ("seen", "kept", "captured", "purged", "held", "skipped")
    there = dict.fromkeys(what for counts in ended.counts.values() for what in counts)
    columns = (*(what for what in known if what in there), *(what for what in there if what not in known))
    rows = [(of, *(counts.get(what, 0) for what in columns)) for of, counts in ended.counts.items()]
    total = ("all", *(sum(counts.get(what, 0) for counts in ended.counts.values()) for what in columns))
    screen.table(("mailbox", *columns), [*rows, total] if len(rows) > 1 else rows)
    screen.say("The plan itself is kept no more, for its steps say what mail said: `retention why` tells of a message.")


def _told(world: World, kind: str, name: str, plan: AnyPlan | Finished | None) -> dict[str, Any]:
    """The same object that the command of this kind prints."""
    from retention.cli.plan import Finished

    if kind == "plan" and isinstance(plan, Finished):
        return {"kind": "finished plan", "shown": plan}
    if kind == "plan":
        return {"kind": kind, "shown": plan}
    if kind == "hold":
        from retention.cli.hold.telling import as_told
        from retention.jobs.hold.preview import covered
        from retention.jobs.hold.show import show as hold

        return {
            "kind": kind,
            "shown": {**as_told(hold(world, name)), "covers": covered(world, world.holds().named(name))},
        }
    if kind == "record":
        from retention.jobs.record.listing import show as record

        return {"kind": kind, "shown": record(world, name)}
    from retention.jobs.why import why

    return {"kind": kind, "shown": why(world, name)}
