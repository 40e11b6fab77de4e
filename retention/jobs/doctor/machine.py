"""The machine: ledger, record store, catalog, disk, clock, time zone, and the runs that cron starts.

Who else can write the city's files is asked by whoever opened them.
"""

from __future__ import annotations

from collections.abc import Iterator

from retention.core.clock import CONFIRM
from retention.core.health import Finding
from retention.errors import BadConfiguration
from retention.jobs import clock as clocks
from retention.jobs.doctor.check import Check
from retention.jobs.status import wrong
from retention.jobs.world import World


def ledger(world: World) -> Iterator[Check]:
    """It was checked from its first entry when it was opened: a broken one is not opened at all."""
    entries, head = world.ledger.head
    yield Check(what="ledger", found=f"{entries:,} {'entry' if entries == 1 else 'entries'}, head {head[:16]}…")


def record_store(world: World) -> Iterator[Check]:
    """Where it lies, and what the city's policy says of that: a place it refuses is not opened."""
    store = world.city.store
    free = world.store.free()
    where = store.url if store.system == "object" else store.path
    first = next(world.store.places(), None)
    room = f", {free / 1e9:,.1f} GB free" if free is not None else ""
    yield Check(what="record store", found=f"{where}: it is there{'' if first else ' and empty'}{room}.")
    if world.rehearsal or store.system == "object":
        return
    if store.refuse:
        yield Check(
            what="store policy", found=f"It lies in no place of a kind that is refused ({', '.join(store.refuse)})."
        )
    else:
        yield Check(
            what="store policy",
            found="No kind of place is refused: records may lie in a home folder or on a removable disk.",
            next_step="Take 'store.refuse' out of retention.toml, unless the city's policy allows this.",
            note=True,
        )


def catalog(world: World) -> Iterator[Check]:
    """Whether SQLite finds the file whole: every page of it is read."""
    flaws = world.catalog.soundness.flaws()
    for flaw in flaws:
        yield Check(
            what="catalog",
            found=f"The catalog's file is damaged: {flaw}.",
            next_step="Move it away, then `retention init` and `retention sync`: the ledger has the evidence.",
            code=BadConfiguration.exit_code,
        )
    if not flaws:
        yield Check(what="catalog", found=f"{world.catalog.soundness.size() / 1e6:,.1f} MB, and whole.")


def disk(world: World) -> Iterator[Check]:
    folder = world.ledger.path.parent.absolute()
    full = tuple(wrong.disk(world))
    yield from (_check("disk", one) for one in full)
    free = wrong.room(folder)
    if not full and free is not None:
        yield Check(what="disk", found=f"{folder}: {free / 1e9:,.1f} GB free.")


def clock(world: World) -> Iterator[Check]:
    """It goes on as time does, and agrees with the mail system's."""
    state = clocks.state(world, told=True)
    for sentence in state.sentences:
        yield Check(what="clock", found=sentence, next_step=CONFIRM, code=state.code)
    if state.well:
        told = world.told_time()
        beside = f"; the mail system says {told:%H:%M:%S}" if told else ", and no mail system says otherwise"
        yield Check(what="clock", found=f"{world.now():%Y-%m-%d %H:%M:%S} UTC{beside}.")


def time_zone(world: World) -> Iterator[Check]:
    here = world.now().astimezone(world.city.zone)
    yield Check(what="time zone", found=f"{world.city.city.time_zone}: it is {here:%Y-%m-%d %H:%M %Z} there.")


def runs(world: World) -> Iterator[Check]:
    """Whether cron starts them, and whether what they leave behind could be written."""
    found = tuple(wrong.runs(world, world.catalog.runs.last(), wrong.working(world)))
    yield from (_check("runs", one) for one in found)
    if found:
        return
    good = world.catalog.runs.last_good(wrong.RUN)
    if good is None:
        yield Check(
            what="runs",
            found="No run has ended well yet.",
            next_step="Let cron, systemd or the Task Scheduler start `retention run`; see examples/schedule.",
            note=True,
        )
    else:
        ended = (good.ended_at or good.began_at).astimezone(world.city.zone)
        yield Check(what="runs", found=f"The last good one ended at {ended:%Y-%m-%d %H:%M %Z}.")


def _check(what: str, one: Finding) -> Check:
    """What ``status`` finds wrong, as a check."""
    return Check(what=what, found=one.sentence, code=one.code)
