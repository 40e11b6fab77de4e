"""Why: everything that is known of one message, and every reason for what is to happen or did happen to it.

Nothing is decided here that ``core/decide.py`` does not decide, and nothing is done.
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from retention.catalog import Known
from retention.core.audit import Intent, Link, Outcome, Stored
from retention.core.decide import Decision, decide
from retention.core.explain import belongs, fate, next_on
from retention.core.schedule import Series
from retention.errors import WrongUsage
from retention.jobs.world import World


class Explained(Struct, frozen=True, kw_only=True):
    """One message: what is known, how it is filed, what would happen today, and what the ledger says was done.

    ``sentences`` say in two what it belongs to and what is to happen. ``next_on`` is the day on which time alone
    changes that. ``happened`` is what has happened to the keys it bears.
    """

    known: Known
    sentences: tuple[str, str]
    series: Series | None
    edition: str
    fingerprint: str
    decision: Decision
    next_on: date | None
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
    explained = []
    for known in found:
        case = world.case(known, world.holds())
        decision = decide(case)
        explained.append(
            Explained(
                known=known,
                sentences=(belongs(case), fate(case, decision)),
                series=case.series,
                edition=world.edition_of(case.filing.schedule_name if case.filing else None),
                fingerprint=case.fingerprint,
                decision=decision,
                next_on=next_on(case, decision),
                happened=dict(case.happened),
                history=tuple(history.get((known.mailbox.id, known.message.id), ())),
            )
        )
    return tuple(explained)


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
