"""Why: everything that is known of one message, and every reason for what is to happen or did happen to it.

Nothing is decided here that ``core/decide.py`` does not decide, and nothing is done.
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from retention.catalog import Known
from retention.core.decide import Case, Decision, decide
from retention.core.destruction import Tombstone
from retention.core.event import YEARS
from retention.core.explain import became, belongs, buried, fate, next_on
from retention.core.schedule import Series
from retention.core.trail import Happening, Trail, Trails, in_words
from retention.jobs.hold.show import Shown, shown
from retention.jobs.why.finding import Remembered, find, remembered
from retention.jobs.world import World


class AlsoIn(Struct, frozen=True, kw_only=True):
    """Another mailbox, or files, in which a copy of the message lies, with the copy's own number and folder."""

    n: int
    mailbox: str
    folder: str
    in_files: bool


class Explained(Struct, frozen=True, kw_only=True):
    """One message: what is known, how it is filed, what would happen today, and what the ledger says was done.

    ``sentences`` say in two what it belongs to and what is to happen. ``next_on`` is the day on which time alone
    changes that. ``happened`` is what has happened to the keys it bears. Of a message that has left, ``schedule``,
    ``edition`` and ``fingerprint`` are those under which it did, whatever the schedule has become since; ``series`` is
    ``None`` where that is no longer in use. ``known`` and ``decision`` are ``None`` where the catalog knows the message
    no more; what the ledger still does is in ``remembered``. ``elsewhere`` says where copies of it lie. ``tombstone``
    is what stays of a destroyed record.
    """

    known: Known | None
    remembered: Remembered | None = None
    sentences: tuple[str, str]
    series: Series | None
    schedule: str
    edition: str
    fingerprint: str
    decision: Decision | None
    next_on: date | None
    holds: tuple[Shown, ...]
    happened: dict[str, date]
    elsewhere: tuple[AlsoIn, ...] = ()
    tombstone: Tombstone | None = None
    history: tuple[Happening, ...]


def why(world: World, text: str) -> tuple[Explained, ...]:
    """Every message of that number, id or Message-ID, or of the record of that digest or place.

    Raises ``WrongUsage`` where there is none.
    """
    found = find(world, text)
    trails = Trails(found)
    for link in world.ledger.links():
        trails.add(link.entry)
    told = ((known, trails.of[ref]) for ref, known in found.items())
    return tuple(_explained(world, known, trail) if known else recalled(world, trail) for known, trail in told)


def _explained(world: World, known: Known, trail: Trail) -> Explained:
    case = world.case(known, world.holds())
    decision = decide(case)
    schedule, edition, fingerprint = _under(world, case, trail)
    happened = {kind: on for kind, on in case.happened.items() if not any(f" of {year} " in kind for year in YEARS)}
    return Explained(
        known=known,
        sentences=(_belonged(known, trail) or belongs(case), _gone(world, known, trail) or fate(case, decision)),
        series=case.series if fingerprint == case.fingerprint else None,
        schedule=schedule,
        edition=edition,
        fingerprint=fingerprint,
        decision=decision,
        next_on=next_on(case, decision),
        holds=tuple(one for one in shown(world) if one.state.hold.name in decision.held_by),
        happened=happened,
        elsewhere=_elsewhere(world, known),
        tombstone=trail.tombstone,
        history=tuple(trail.happenings),
    )


def recalled(world: World, trail: Trail) -> Explained:
    """What is still known of a message that the catalog knows no more."""
    kept, last = remembered(world, trail), trail.came_to()
    fate = became(last, last.at.astimezone(world.city.zone).date()) if last else "Nothing is said to have left."
    intent, stone, record = trail.intent, trail.tombstone, kept.record
    said = intent or stone or record
    fingerprint = said.fingerprint if said else ""
    adopted = world.ledger.in_force.adopted.get(fingerprint)
    return Explained(
        known=None,
        remembered=kept,
        sentences=(buried(stone) if stone else record.because if record else _filed_under(trail), fate),
        series=None,
        schedule=said.schedule if said else "",
        edition=adopted.edition if adopted else stone.edition if stone else record.edition if record else "",
        fingerprint=fingerprint,
        decision=None,
        next_on=None,
        holds=(),
        happened={},
        tombstone=stone,
        history=tuple(trail.happenings),
    )


def _elsewhere(world: World, known: Known) -> tuple[AlsoIn, ...]:
    """Where copies of it lie. Each is decided by itself: none goes, and none stays, for the other's sake."""
    found = sorted(world.catalog.glimpses.like(known.message), key=lambda alike: alike.n)
    return tuple(
        AlsoIn(n=one.n, mailbox=one.mailbox.address, folder=one.folder, in_files=one.mailbox.in_files) for one in found
    )


def _belonged(known: Known, trail: Trail) -> str:
    """What a message that has left belonged to, as the catalog or else the ledger has it; empty where it is there."""
    if known.left_at is None:
        return ""
    if known.filing is not None:
        return known.filing.why
    return _filed_under(trail) if trail.intent else ""


def _filed_under(trail: Trail) -> str:
    if trail.intent is None:
        return "What it belonged to is not written in the ledger."
    return f"It was filed under {trail.intent.series} of the schedule {trail.intent.schedule}."


def _gone(world: World, known: Known, trail: Trail) -> str:
    """That it has left its mailbox, or was missed there, and what became of its record; empty where it is there."""
    zone = world.city.zone
    if known.left_at is None:
        gone = known.gone_at
        on = gone.astimezone(zone).date() if gone else None
        return f"It was gone from the mailbox on {on}; retention did not remove it." if on else ""
    left = f"It has left the mailbox: {known.result} on {known.left_at.astimezone(zone):%Y-%m-%d}"
    left = f"{left}; {in_words(known.answer)}." if known.answer else f"{left}."
    last = trail.came_to()
    if last is None or last.came_to in ("captured", "purged"):
        return left
    return f"{left} {became(last, last.at.astimezone(zone).date())}"


def _under(world: World, case: Case, trail: Trail) -> tuple[str, str, str]:
    """Schedule, edition and fingerprint: of the last deed where there was one, else those in use."""
    intent = trail.intent
    if intent is not None:
        adopted = world.ledger.in_force.adopted.get(intent.fingerprint)
        return intent.schedule, adopted.edition if adopted else "", intent.fingerprint
    name = (case.filing.schedule_name if case.filing else None) or ""
    return name, world.edition_of(name), case.fingerprint
