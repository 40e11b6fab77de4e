"""Custodian notices: what is to be written for whom, that it was written, who answered, and who has not.

The files are written by the command line: first they are on the disk, then the ledger says that somebody was noticed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from retention.core.audit import HoldAmended, InForce
from retention.core.authority import DEFAULT_ACTS, hold_act
from retention.core.city import days
from retention.core.custodian import (
    TO_NOTICE,
    TO_REMIND,
    Answer,
    Custodian,
    Custodians,
    Standing,
    given_to,
    may_cover_anybody,
    standing,
)
from retention.core.hold import Holding, Holds, State
from retention.core.letter import CONFIDENTIAL, EVERYTHING, WITHHELD, Form, Said, day, letter, scope_told
from retention.core.notice import CustodianNoticed
from retention.core.record import folder_name
from retention.errors import AnotherRun, NoSuchHold, WrongUsage
from retention.jobs.acting import trusted
from retention.jobs.hold import envelope
from retention.jobs.hold.place import refuse_moved
from retention.jobs.hold.release import matter_of
from retention.jobs.hold.show import reason_of, show
from retention.jobs.world import World


class Notice(Struct, frozen=True, kw_only=True):
    """One notice as it is to be written. ``file`` is its name without an ending.

    ``mail`` is the notice as a draft, where one can be made; ``digest`` that of ``text`` and of the file that holds it.
    """

    custodian: Custodian
    text: str
    mail: bytes | None
    file: str
    answer_by: date
    reminder: bool

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


class Draft(Struct, frozen=True, kw_only=True):
    """What is to be written now. ``passed``: those who are to be told nothing now, as they stand.

    ``anybody``: the hold may cover mail of others than the people it names. ``seen`` and ``written`` are how much was
    known of the hold and of its notices.
    """

    hold: str
    notices: tuple[Notice, ...]
    passed: tuple[Standing, ...]
    anybody: bool
    seen: int
    written: int


class Due(Struct, frozen=True, kw_only=True):
    """How a hold stands with its custodians."""

    hold: str
    custodians: tuple[Standing, ...]

    def those(self, *answers: Answer) -> tuple[Standing, ...]:
        return tuple(one for one in self.custodians if one.answer in answers)


def draft(
    world: World,
    name: str,
    form: Form,
    *,
    remind: bool = False,
    to: tuple[str, ...] = (),
    everyone: bool = False,
    identity: Path | None = None,
) -> Draft:
    """The notices that are to be written now: for whoever was not told yet, or has not answered (``remind``).

    ``to`` names custodians who are not reached by name, or the only ones meant; ``everyone`` means the whole city.
    ``identity`` opens a sealed matter. Nothing is recorded. Raises ``NoSuchHold``, ``NotThisOffice``, ``WrongUsage``.
    """
    state = show(world, name).state
    world.require(hold_act(state.hold.kind))
    if _is_released(world, state):
        raise NoSuchHold(f"The hold '{name}' was released.", "Nobody is to be told any more to keep what it covered.")
    holds = _current(state, world.holds().holdings, world)
    people = Custodians(world.directory, world.today)
    anybody = may_cover_anybody(holds)
    addressed = _addressed(world, people, to) or (people.everyone() if everyone else ())
    if not addressed:
        addressed = people.of(holds)
        if remind:
            addressed = _with_noticed(world, people, state, addressed)
    if not addressed and anybody:
        raise WrongUsage(
            f"The hold '{name}' names nobody: it may cover anybody's mail.",
            "Say who is to be told with --to ADDRESS, or --all for everybody who works for the city.",
        )
    stand = tuple(_standing(world, state, one) for one in addressed)
    wanted = tuple(one for one in stand if _is_wanted(one, remind, world.today))
    now = {one.custodian.address for one in wanted}
    said = _said(world, state, identity)
    return Draft(
        hold=name,
        notices=tuple(_notice(world, form, said, one) for one in wanted),
        passed=tuple(one for one in stand if one.custodian.address not in now),
        anybody=anybody,
        seen=len(state.history),
        written=_written(world.ledger.in_force, name),
    )


def record(world: World, drafted: Draft) -> None:
    """Write down that these notices were written, once their files are on the disk.

    Raises ``NoSuchHold`` and ``AnotherRun`` where hold or notices are no longer as they were when it was drafted.
    """
    world.require(hold_act(show(world, drafted.hold).state.hold.kind))

    def moved(in_force: InForce) -> None:
        refuse_moved(in_force, drafted.hold, drafted.seen)
        if _written(in_force, drafted.hold) != drafted.written:
            raise AnotherRun(
                f"Somebody else wrote notices of the hold '{drafted.hold}' just now.",
                "Nothing was recorded; throw these files away and run this again.",
            )

    world.ledger.append(
        *(
            CustodianNoticed(
                hold=drafted.hold,
                to=one.custodian.address,
                digest=one.digest,
                answer_by=one.answer_by,
                reminder=one.reminder,
                number=one.custodian.number,
            )
            for one in drafted.notices
        ),
        unless=moved,
    )


def due(world: World, name: str = "") -> tuple[Due, ...]:
    """Per hold in force, how it stands with everybody whom it names and whoever was told of it.

    Of a hold that is released nobody is asked for an answer any more. Raises ``NoSuchHold`` for a name that is none.
    """
    return _due(world, (show(world, name).state,) if name else tuple(world.ledger.in_force.holds))


def waiting(world: World) -> tuple[str, ...]:
    """One sentence for whoever has to see to it, where a custodian is overdue or, of a hold once told, was not told."""
    noticed = world.ledger.in_force.notices.noticed
    begun = tuple(state for state in world.ledger.in_force.holds if state.hold.name in noticed)
    late = [one for one in _due(world, begun) if one.those(Answer.OVERDUE, *TO_NOTICE)]
    if not late:
        return ()
    overdue = sum(len(one.those(Answer.OVERDUE)) for one in late)
    untold = sum(len(one.those(*TO_NOTICE)) for one in late)
    parts = (
        f"{overdue} {'custodian is' if overdue == 1 else 'custodians are'} overdue with an answer" if overdue else "",
        f"{untold} {'custodian was' if untold == 1 else 'custodians were'} not told yet" if untold else "",
    )
    first = late[0].hold
    more = f" (and {len(late) - 1} more)" if len(late) > 1 else ""
    office = _office(world, first)
    return (f"{office}: {' and '.join(filter(None, parts))}; see `retention hold notice {first} --due`{more}.",)


def _due(world: World, states: tuple[State, ...]) -> tuple[Due, ...]:
    if not states:
        return ()
    people = Custodians(world.directory, world.today)
    by_hold: dict[str, list[Holding]] = {}
    for holding in world.holds().holdings:
        by_hold.setdefault(holding.hold.name, []).append(holding)
    found = []
    for state in states:
        if state.hold.name in by_hold and not _is_released(world, state):
            holds = _current(state, by_hold[state.hold.name], world)
            custodians = _with_noticed(world, people, state, people.of(holds))
            found.append(
                Due(hold=state.hold.name, custodians=tuple(_standing(world, state, one) for one in custodians))
            )
    return tuple(found)


def _office(world: World, name: str) -> str:
    act = hold_act(world.ledger.in_force.holds.states[name].hold.kind)
    return (world.city.acts.get(act) or DEFAULT_ACTS[act])[0]


def _is_released(world: World, state: State) -> bool:
    return state.release is not None and trusted(world, state.release.entry)


def _current(state: State, holdings: tuple[Holding, ...] | list[Holding], world: World) -> Holds:
    """The hold in its latest scope: of an earlier one, which ends by itself, nobody is told any more."""
    latest = state.versions[-1].n
    mine = (one for one in holdings if one.hold.name == state.hold.name and one.version == latest)
    return Holds(mine, world.city.zone)


def _standing(world: World, state: State, one: Custodian) -> Standing:
    amended = [moment.at for moment in state.history if isinstance(moment.told, HoldAmended)]
    return standing(
        world.ledger.in_force.notices,
        state.hold.name,
        one,
        since=max(amended, default=state.hold.placed_at),
        today=world.today,
        zone=world.city.zone,
    )


def _with_noticed(
    world: World, people: Custodians, state: State, reached: tuple[Custodian, ...]
) -> tuple[Custodian, ...]:
    """Beside those whom the hold names, those who were told of its present scope all the same."""
    notices = world.ledger.in_force.notices
    known = {address for one in reached for address in (one.address, *one.others)}
    more = [
        people.one(address) or Custodian(address=address)
        for address in notices.noticed.get(state.hold.name, {})
        if address not in known
    ]
    more = [one for one in more if given_to(notices, state.hold.name, one)]
    told = [one for one in more if _standing(world, state, one).answer is not Answer.EARLIER]
    return tuple({one.address: one for one in (*reached, *told)}.values())


def _is_wanted(one: Standing, remind: bool, today: date) -> bool:
    # Nobody is reminded twice on one day: so a run that was made already does nothing.
    return one.answer in TO_REMIND and one.last_on != today if remind else one.answer in TO_NOTICE


def _addressed(world: World, people: Custodians, to: tuple[str, ...]) -> tuple[Custodian, ...]:
    found = {}
    for text in to:
        address = text.strip().lower()
        one = people.one(address)
        if one is None:
            one = _stranger(world, address)
        found[one.address] = one
    return tuple(found.values())


def _stranger(world: World, address: str) -> Custodian:
    """Somebody outside the city may have its records; within it, an address that nobody has is a slip."""
    name, _, domain = address.rpartition("@")
    domains = set(world.surroundings.domains)
    if not name or any(domain == one or domain.endswith(f".{one}") for one in domains):
        near = get_close_matches(address, _known(world), n=1)
        hint = f"perhaps {near[0]} is meant." if near else "see `retention person list`."
        raise WrongUsage(f"Nobody is known to have the address '{address}'.", f"Nothing was written; {hint}")
    return Custodian(address=address)


def _known(world: World) -> Iterator[str]:
    for person in world.roll.people:
        yield from person.every_address
    for box in world.directory.mailboxes:
        yield from box.addresses


def _said(world: World, state: State, identity: Path | None) -> Said:
    """What is the same in every custodian's notice; of a sealed hold without its key, nothing that tells of it."""
    hold = state.hold
    withheld = bool(hold.sealed) and identity is None
    placed_by = world.roll.with_address(hold.placed_by)
    return Said(
        name="",
        address="",
        matter=CONFIDENTIAL if withheld else matter_of(hold, identity),
        scope=EVERYTHING if withheld else scope_told(state.scope),
        reason=WITHHELD if withheld else reason_of(state.history[0], identity),
        city=world.city.city.name,
        placed_by=(placed_by.name if placed_by else "") or hold.placed_by,
        date=day(world.today),
        answer_by=day(_answer_by(world)),
        reference=hold.name,
    )


def _answer_by(world: World) -> date:
    return world.today + timedelta(days=days(world.city.notices.answer_within))


def _notice(world: World, form: Form, said: Said, stand: Standing) -> Notice:
    one = stand.custodian
    reminder = stand.answer in TO_REMIND
    named = replace(said, name=one.name or one.address, address=one.address)
    written = letter(form, named, noticed_on=stand.noticed_on if reminder else None)
    number = f"-{stand.written + 1}" if stand.written else ""
    return Notice(
        custodian=one,
        text=written.text,
        mail=envelope.draft(
            written,
            sender=(world.actor.name, world.actor.address),
            to=(one.name, one.address),
            at=datetime.combine(world.today, time(), world.city.zone),
        ),
        file=f"{folder_name(one.address)}{number}",
        answer_by=_answer_by(world),
        reminder=reminder,
    )


def _written(in_force: InForce, name: str) -> int:
    return sum(map(len, in_force.notices.noticed.get(name, {}).values()))
