"""Vanished: held messages that are no longer in their mailbox without our doing; told, listed, and answered for.

When a message counts as gone is decided in ``sync.py``; nothing is looked for here, and nothing is brought back.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from retention.catalog import Known, Missed
from retention.core.authority import DEFAULT_ACTS, HoldKind, hold_act
from retention.core.message import MessageRef
from retention.core.preserved import HeldVanished, VanishedAcknowledged
from retention.errors import WrongUsage
from retention.jobs.acting import signed
from retention.jobs.world import World


class Vanished(Struct, frozen=True, kw_only=True):
    """One message that nobody has answered for. ``entry`` is the number of the ledger's entry that tells of it.

    ``copy`` says how it stands with its preservation copy; ``subject`` is empty where the catalog has forgotten it.
    """

    entry: int
    told: HeldVanished
    copy: str
    subject: str


def tell_vanished(world: World) -> tuple[HeldVanished, ...]:
    """Write an entry for every message that was newly found gone and that a hold in force covers; return them.

    What was found gone is kept in the catalog until it is told: a crash in between loses none and doubles none.
    """
    world.ledger.refresh()
    deeds = _cut_off(world)
    told: list[HeldVanished] = []
    for batch in world.catalog.missed_messages.untold():
        judged = [missed for missed in batch if not _is_cut_off(missed.known, deeds)]
        found = tuple(one for missed in judged if (one := _vanished(world, missed)) is not None)
        world.ledger.append(*found)
        world.catalog.missed_messages.told(missed.known.n for missed in judged)
        told += found
    return tuple(told)


def vanished(world: World) -> tuple[Vanished, ...]:
    """Every held message that vanished and that nobody has answered for, in the order in which they were missed."""
    found = []
    for entry, told in world.ledger.in_force.copies.unanswered.items():
        known = world.catalog.known(told.ref)
        subject = (known.message.subject or "") if known else ""
        found.append(Vanished(entry=entry, told=told, copy=_copy(world, told), subject=subject))
    return tuple(found)


def answer(world: World, entries: Iterable[int] | None, *, reason: str) -> tuple[int, ...]:
    """Acknowledge these entries about vanished mail, or with ``None`` all that wait; return their numbers.

    It is an act of whoever may release holds of the kinds concerned. Raises ``NotThisOffice``, and ``WrongUsage`` for
    an entry that does not wait for an answer.
    """
    waiting = world.ledger.in_force.copies.unanswered
    wanted = tuple(sorted(set(waiting if entries is None else entries)))
    for entry in wanted:
        if entry not in waiting:
            raise WrongUsage(
                f"Entry {entry} of the ledger tells of no vanished message that waits for an answer.",
                "See `retention hold vanished` for their numbers.",
            )
    if not reason.strip():
        raise WrongUsage("To acknowledge vanished messages needs a reason.", "Say it with --reason.")
    groups: dict[tuple[HoldKind, ...], list[int]] = {}
    for entry in wanted:
        groups.setdefault(_kinds(world, waiting[entry]), []).append(entry)
    for kind in dict.fromkeys(kind for kinds in groups for kind in kinds):
        world.require(hold_act(kind))
    acts = [
        signed(world, hold_act(kinds[0]), VanishedAcknowledged(entries=tuple(group), reason=reason.strip()))
        for kinds, group in groups.items()
    ]
    world.ledger.append(*acts)
    return wanted


def unanswered_by(world: World) -> dict[str, int]:
    """How many vanished messages wait for an answer, by the offices of which one has to give it."""
    counts: dict[str, int] = {}
    for told in world.ledger.in_force.copies.unanswered.values():
        for kind in _kinds(world, told):
            act = hold_act(kind)
            offices = " or ".join(world.city.acts.get(act) or DEFAULT_ACTS[act])
            counts[offices] = counts.get(offices, 0) + 1
    return counts


def _vanished(world: World, missed: Missed) -> HeldVanished | None:
    """What is to be told of this message; ``None`` where no hold covers it, or the ledger says it already."""
    known, copies = missed.known, world.ledger.in_force.copies
    ref, gone_at = known.message.ref, known.gone_at
    assert gone_at is not None  # only what is gone is given
    filing = known.filing if known.filed_under == world.filing_rules else None
    holds = world.holds().covering(known.message, known.mailbox, filing)
    if not holds or copies.told_of(ref, gone_at):
        return None
    kept = copies.of(ref)
    return HeldVanished(
        mailbox=ref.mailbox,
        address=known.mailbox.address,
        id=ref.id,
        internet_id=known.message.internet_id or "",
        holds=tuple(one.hold.name for one in holds),
        seen_at=missed.seen_at,
        missed_at=gone_at,
        copy=kept.digest if kept else "",
        outdated=kept is not None and kept.version != known.message.version,
    )


def _cut_off(world: World) -> dict[MessageRef, str]:
    """The deeds of plans that did not come to their end, and their results: ``begun`` where none is written."""
    in_force = world.ledger.in_force
    results = {MessageRef(intent.mailbox, intent.id): "begun" for intent in in_force.open_intents.values()}
    for plan in in_force.outcomes.keys() - in_force.ended:
        for outcome in in_force.outcomes[plan].values():
            if outcome.result in ("captured", "purged"):
                results[MessageRef(outcome.mailbox, outcome.id)] = outcome.result
    return results


def _is_cut_off(known: Known, deeds: dict[MessageRef, str]) -> bool:
    """Whether it may have been we who took it out: until ``apply`` was run again the catalog lacks the result."""
    result = deeds.get(known.message.ref)
    return result is not None and result != known.result


def _copy(world: World, told: HeldVanished) -> str:
    if not told.copy:
        return "none"
    if world.ledger.in_force.copies.last(told.ref) is None:
        return "destroyed since"
    return "of an earlier version" if told.outdated else "kept"


def _kinds(world: World, told: HeldVanished) -> tuple[HoldKind, ...]:
    """The kinds of the holds that cover it, in the order in which these were placed."""
    states = world.ledger.in_force.holds.states
    return tuple(dict.fromkeys(states[name].hold.kind for name in told.holds))
