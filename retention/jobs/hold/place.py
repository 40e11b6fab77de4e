"""Place and amend a hold: it is in force for every deed that begins after this returns, and for tomorrow's mail.

Whether a scope covers a message is decided in ``core/hold``; what it would cover is shown by ``preview.py``.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from retention.core.audit import HoldAmended, HoldPlaced, InForce, Intent, Outcome
from retention.core.authority import HoldKind, hold_act
from retention.core.hold import Hold, Holds, Scope, fixed, reached
from retention.core.hold.checking import checked
from retention.core.message import MessageRef
from retention.core.record import folder_name
from retention.errors import BadConfiguration, NoSuchHold, WrongUsage
from retention.jobs.acting import signed
from retention.jobs.hold.reach import told
from retention.jobs.hold.server import refuse_told
from retention.jobs.hold.show import show
from retention.jobs.world import World
from retention.sealing import seal


class _Taken(Exception):
    """Somebody placed a hold of that name in the same moment."""


class Placed(Struct, frozen=True, kw_only=True):
    """A hold that is in force. ``overtaken`` are the deeds that were under way in that moment, and what they took.

    Of ``unsettled`` it is not known: the run that had begun them was cut off, and the next one finds out.
    """

    hold: Hold
    overtaken: tuple[Outcome, ...]
    unsettled: tuple[Intent, ...] = ()


def place(
    world: World,
    *,
    matter: str,
    kind: HoldKind,
    reason: str,
    scope: Scope,
    sealed: bool = False,
    origin: str = "",
) -> Placed:
    """Place a hold. ``sealed``: only the Legal office can read its matter and reason.

    Raises ``NotThisOffice``, and ``WrongUsage`` for a scope that is empty, or that names nobody who is known.
    """
    world.require(hold_act(kind))
    matter, reason = matter.strip(), reason.strip()
    if not matter or not reason:
        raise WrongUsage("A hold needs a matter and a reason.", "Say them with --matter and --reason.")
    refuse_unfit(world, scope)
    while True:
        name = _free_name(world.ledger.in_force, "sealed" if sealed else matter)
        hold = Hold(
            name=name,
            matter="" if sealed else matter,
            kind=kind,
            reason="" if sealed else reason,
            scope=settled(world, scope),
            placed_at=world.now(),
            placed_by=world.actor.address,
            sealed=sealed_text(world, matter=matter, reason=reason) if sealed else "",
            origin=origin,
        )
        act = signed(world, hold_act(kind), HoldPlaced(hold=hold))
        reach = told(hold.name, 1, reached(hold.scope, world.directory))
        under_way: list[tuple[str, int]] = []
        try:
            world.ledger.append(act, *reach, unless=partial(_note, name, under_way))
        except _Taken:
            continue
        world.ledger.wait_for_deeds()
        return _placed(world, hold, under_way)


def amend(world: World, name: str, *, scope: Scope, reason: str, seen: int | None = None) -> HoldAmended:
    """Give the hold another scope. It acts at once; what the scope before it covered is kept through the grace period.

    ``seen`` is the length of its history where ``scope`` was made of its scope. Raises ``NoSuchHold`` where there is
    none, it was released or somebody changed it since, ``NotThisOffice`` and ``WrongUsage``.
    """
    state = show(world, name).state
    refuse_told(state)
    world.require(hold_act(state.hold.kind))
    if state.release is not None:
        raise NoSuchHold(f"The hold '{name}' was released.", "Reinstate it first, or place another.")
    if not reason.strip():
        raise WrongUsage("An amendment needs a reason.", "Say it with --reason.")
    refuse_unfit(world, scope)
    amended = HoldAmended(
        name=name,
        scope=settled(world, scope),
        reason="" if state.hold.sealed else reason.strip(),
        until=world.today + timedelta(days=world.city.rules.release_grace),
        sealed=sealed_text(world, reason=reason.strip()) if state.hold.sealed else "",
    )
    act = signed(world, hold_act(state.hold.kind), amended)
    reach = told(name, state.versions[-1].n + 1, reached(amended.scope, world.directory))
    length = len(state.history) if seen is None else seen
    world.ledger.append(act, *reach, unless=lambda in_force: refuse_moved(in_force, name, length))
    world.ledger.wait_for_deeds()
    return amended


def settled(world: World, scope: Scope) -> Scope:
    """The scope as it is written down: with the mailboxes that it reaches now, and the Message-IDs of what it names."""
    return fixed(_with_message_ids(world, scope), world.directory)


def refuse_unfit(world: World, scope: Scope) -> None:
    """Raise ``WrongUsage`` with every problem of a scope that cannot be meant so."""
    if scope.is_empty:
        raise WrongUsage(
            "A hold needs a scope.",
            "Name at least one --custodian, --department, --office, --participant, --words, --from, or a --scope.",
        )
    problems = [*checked(scope), *_nobody(world, scope)]
    if problems:
        raise WrongUsage(problems[0], " ".join(problems[1:]) or "Correct the scope and run this again.")


def sealed_text(world: World, **said: str) -> str:
    """What only the Legal office may read, encrypted to its keys. Raises ``BadConfiguration`` where it has none."""
    if not world.city.city.seal_to:
        raise BadConfiguration(
            "No key of the Legal office is known that could open a sealed matter.",
            "Write its public keys into 'city.seal_to': age1… or ssh-ed25519 ….",
        )
    return seal(msgspec.json.encode(said, order="sorted").decode(), world.city.city.seal_to)


def refuse_moved(in_force: InForce, name: str, seen: int) -> None:
    """Raise where somebody did something with this hold since it was looked at."""
    if len(in_force.holds.states[name].history) != seen:
        raise NoSuchHold(f"Somebody else changed the hold '{name}' just now.", "See `retention hold show`.")


def _with_message_ids(world: World, scope: Scope, excepted: bool = False) -> Scope:
    """A message that is restored has another id of the system's own, and the Message-ID that it always had.

    An exception stays as narrow as it was written.
    """
    more = world.catalog.message_ids(scope.ids) if scope.ids and not excepted else ()
    return replace(
        scope,
        ids=tuple(dict.fromkeys((*scope.ids, *more))),
        all_of=tuple(_with_message_ids(world, part, excepted) for part in scope.all_of),
        any_of=tuple(_with_message_ids(world, part, excepted) for part in scope.any_of),
        none_of=tuple(_with_message_ids(world, part, not excepted) for part in scope.none_of),
    )


def _nobody(world: World, scope: Scope) -> list[str]:
    """A department or office that nobody is known to have been in is more likely misspelt than empty."""
    roll, problems = world.roll, []
    for part, _ in scope.parts():
        for post in part.departments:
            if not roll.in_department(post.name, post.from_on, post.to_on):
                problems.append(f"Nobody is known to have been in the department {post}; see `retention person list`.")
        for post in part.offices:
            if not roll.in_office(post.name, post.from_on, post.to_on):
                problems.append(f"Nobody is known to have held the office {post}; see `retention person list`.")
    return problems


def _note(name: str, under_way: list[tuple[str, int]], in_force: InForce) -> None:
    """In the moment before the hold is written: is its name free, and which deeds were begun and not ended?"""
    if name in in_force.holds.states:
        raise _Taken
    under_way[:] = in_force.open_intents


def _placed(world: World, hold: Hold, under_way: list[tuple[str, int]]) -> Placed:
    """The hold, and what was taken by deeds that were under way when it was written, as far as it covers that."""
    in_force, mine = world.ledger.refresh(), world.hold(hold.name)
    ended = (in_force.outcomes.get(plan, {}).get(step) for plan, step in under_way)
    cut_off = (in_force.open_intents.get(key) for key in under_way)
    return Placed(
        hold=hold,
        overtaken=tuple(
            one for one in ended if one and one.result in ("captured", "purged") and _covers(world, mine, one)
        ),
        unsettled=tuple(one for one in cut_off if one and _covers(world, mine, one)),
    )


def _covers(world: World, mine: Holds, deed: Outcome | Intent) -> bool:
    known = world.catalog.known(MessageRef(deed.mailbox, deed.id))
    # What nobody knows any more cannot be judged either.
    return known is None or bool(mine.covering(known.message, known.mailbox, None))


def _free_name(in_force: InForce, matter: str) -> str:
    """A short name from the matter; a name is never used twice, so that a release ends one hold and no other."""
    stem = folder_name(matter.lower().replace(" ", "-"))[:40].rstrip("-")
    taken = in_force.holds.states
    names = (stem if n == 1 else f"{stem}-{n}" for n in range(1, len(taken) + 3))
    return next(name for name in names if name not in taken)
