"""Why: everything that is known of one message, and every reason for what is to happen or did happen to it.

Nothing is decided here that ``core/decide.py`` does not decide, and nothing is done.
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from retention.catalog import Known
from retention.core.audit import Intent, Link, Outcome, Stored
from retention.core.decide import Case, Decision, decide
from retention.core.event import YEARS
from retention.core.explain import belongs, fate, next_on
from retention.core.schedule import Series
from retention.errors import WrongUsage
from retention.jobs.hold.show import Shown, shown
from retention.jobs.world import World


class Explained(Struct, frozen=True, kw_only=True):
    """One message: what is known, how it is filed, what would happen today, and what the ledger says was done.

    ``sentences`` say in two what it belongs to and what is to happen. ``next_on`` is the day on which time alone
    changes that. ``happened`` is what has happened to the keys it bears. Of a message that has left, ``schedule``,
    ``edition`` and ``fingerprint`` are those under which it did, whatever the schedule has become since; ``series`` is
    ``None`` where that is no longer in use.
    """

    known: Known
    sentences: tuple[str, str]
    series: Series | None
    schedule: str
    edition: str
    fingerprint: str
    decision: Decision
    next_on: date | None
    holds: tuple[Shown, ...]
    happened: dict[str, date]
    history: tuple[Link, ...]


def why(world: World, text: str) -> tuple[Explained, ...]:
    """Every message of that number, id or Message-ID; raises ``WrongUsage`` where there is none."""
    found = world.catalog.find(text)
    if not found:
        raise WrongUsage(
            f"The catalog knows no message '{text}'.", "Give its number, its id, or its Message-ID; or sync first."
        )
    history = _history(world, found)
    return tuple(_explained(world, known, history.get((known.mailbox.id, known.message.id), [])) for known in found)


def _explained(world: World, known: Known, history: list[Link]) -> Explained:
    case = world.case(known, world.holds())
    decision = decide(case)
    schedule, edition, fingerprint = _under(world, case, history)
    return Explained(
        known=known,
        sentences=(_belonged(known, history) or belongs(case), fate(case, decision)),
        series=case.series if fingerprint == case.fingerprint else None,
        schedule=schedule,
        edition=edition,
        fingerprint=fingerprint,
        decision=decision,
        next_on=next_on(case, decision),
        holds=tuple(one for one in shown(world) if one.state.hold.name in decision.held_by),
        happened={kind: on for kind, on in case.happened.items() if not any(f" of {year} " in kind for year in YEARS)},
        history=tuple(history),
    )


def _belonged(known: Known, history: list[Link]) -> str:
    """What a message that has left belonged to, as the catalog or else the ledger has it; empty where it is there."""
    if known.left_at is None:
        return ""
    if known.filing is not None:
        return known.filing.why
    intents = [link.entry.body for link in history if isinstance(link.entry.body, Intent)]
    return f"It was filed under {intents[-1].series} of the schedule {intents[-1].schedule}." if intents else ""


def _under(world: World, case: Case, history: list[Link]) -> tuple[str, str, str]:
    """Schedule, edition and fingerprint: of the last deed where there was one, else those in use."""
    intents = [link.entry.body for link in history if isinstance(link.entry.body, Intent)]
    if intents:
        adopted = world.ledger.in_force.adopted.get(intents[-1].fingerprint)
        return intents[-1].schedule, adopted.edition if adopted else "", intents[-1].fingerprint
    name = (case.filing.schedule_name if case.filing else None) or ""
    return name, world.edition_of(name), case.fingerprint


def _history(world: World, found: tuple[Known, ...]) -> dict[tuple[str, str], list[Link]]:
    """The ledger's entries about each of these messages, in order."""
    wanted: dict[tuple[str, str], list[Link]] = {(k.mailbox.id, k.message.id): [] for k in found}
    steps: dict[tuple[str, int], tuple[str, str]] = {}
    for link in world.ledger.links():
        body = link.entry.body
        if isinstance(body, Intent) and (body.mailbox, body.id) in wanted:
            steps[body.plan, body.step] = (body.mailbox, body.id)
        if isinstance(body, Intent | Stored | Outcome) and (body.plan, body.step) in steps:
            wanted[steps[body.plan, body.step]].append(link)
    return wanted
