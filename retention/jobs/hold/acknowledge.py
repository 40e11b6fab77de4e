"""Acknowledgements: a custodian has read the notice of a hold and will keep what it covers.

The office of the hold records it for them, one by one or from a list; or the custodian does, in person.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches

from msgspec import Struct

from retention.core.authority import hold_act
from retention.core.custodian import Custodian, Custodians, given_to
from retention.core.hold import State
from retention.core.notice import CustodianAcknowledged
from retention.core.spreadsheet import notices as rows
from retention.core.spreadsheet.sheet import BadRow, Sheet
from retention.errors import WrongUsage
from retention.jobs.acting import signed
from retention.jobs.hold.show import show
from retention.jobs.world import World


class Imported(Struct, frozen=True, kw_only=True):
    """What a list came to: those recorded now, and how many had been recorded before."""

    recorded: tuple[CustodianAcknowledged, ...]
    known: int


def acknowledge(
    world: World, name: str, *, custodian: str, on: date | None = None, how: str = ""
) -> CustodianAcknowledged:
    """Record that this custodian acknowledged the notice that they had by that day; today where none is said.

    A custodian may do so for themselves without any office. Who has acknowledged that notice already is left as they
    are. Raises ``NoSuchHold``, ``NotThisOffice``, and ``WrongUsage`` where no notice had been written for them by then.
    """
    state = show(world, name).state
    in_person = _is_in_person(world, custodian)
    if not in_person:
        world.require(hold_act(state.hold.kind))
    try:
        told = _acknowledgement(world, state, custodian, on or world.today, how)
    except ValueError as error:
        raise WrongUsage(sentence(error), f"See `retention hold notice {name} --due`.") from error
    if _known(world, told):
        return world.ledger.in_force.notices.acknowledged[name][told.custodian]
    if in_person:
        world.ledger.append(told)
    else:
        world.ledger.append(signed(world, hold_act(state.hold.kind), told))
    return told


def import_(world: World, name: str, sheet: Sheet) -> Imported:
    """Record the acknowledgements of a list. Raises ``WrongUsage`` with every problem; then nothing was recorded.

    They are not signed one by one: a key would be asked for as often as the list has rows.
    """
    state = show(world, name).state
    world.require(hold_act(state.hold.kind))
    found, problems = rows.acknowledgements(sheet)
    bad = list(problems)
    told: dict[str, tuple[int, CustodianAcknowledged]] = {}
    for row in found:
        try:
            one = _acknowledgement(world, state, row.custodian, row.on or world.today, row.how)
        except ValueError as error:
            bad.append(row.answer.problem(rows.place(row.answer, *rows.WHO), str(error)))
            continue
        first, before = told.setdefault(one.custodian, (row.answer.line.number, one))
        if before != one:
            twice = f"{one.custodian} stands in row {first} with something else; keep one"
            bad.append(row.answer.problem(rows.place(row.answer, *rows.WHO), twice))
    if bad:
        raise refused(bad)
    recorded = tuple(one for _, one in told.values() if not _known(world, one))
    world.ledger.append(*recorded)
    return Imported(recorded=recorded, known=len(told) - len(recorded))


def refused(problems: Iterable[BadRow]) -> WrongUsage:
    """The error that tells every row of a list with a problem."""
    listed = [str(problem) for problem in sorted(problems)]
    found = "1 problem" if len(listed) == 1 else f"{len(listed):,} problems"
    return WrongUsage(
        "".join((f"The list has {found}, and nothing was recorded:", *(f"\n  {one}" for one in listed))),
        "Correct it and import it again; what is recorded already is not recorded twice.",
    )


def sentence(error: ValueError) -> str:
    """What a row's problem says, where it is told of no row."""
    text = str(error)
    return f"{text[0].upper()}{text[1:]}."


def _acknowledgement(world: World, state: State, custodian: str, on: date, how: str) -> CustodianAcknowledged:
    """Raises ``ValueError`` with what is wrong, as the end of a sentence."""
    notices = world.ledger.in_force.notices
    one = _custodian(world, state, custodian)
    given = given_to(notices, state.hold.name, one) if one else ()
    if not given:
        said = f"no notice of the hold '{state.hold.name}' was written for {custodian.strip().lower()}"
        near = get_close_matches(custodian.strip().lower(), notices.noticed.get(state.hold.name, {}), n=1)
        raise ValueError(f"{said}; perhaps {near[0]} is meant" if near else said)
    if on > world.today:
        raise ValueError(f"{on} has not come yet")
    had = [told for at, told in given if at.astimezone(world.city.zone).date() <= on]
    if not had:
        first = given[0][0].astimezone(world.city.zone).date()
        raise ValueError(f"the first notice to {given[0][1].to} is of {first}; nobody can have answered it on {on}")
    return CustodianAcknowledged(
        hold=state.hold.name, custodian=had[-1].to, on=on, how=" ".join(how.split()), digest=had[-1].digest
    )


def _custodian(world: World, state: State, text: str) -> Custodian | None:
    """Whoever is meant: the person or mailbox with the address, else the very address a notice was written to."""
    address = text.strip().lower()
    one = Custodians(world.directory, world.today).one(address)
    if one is not None and given_to(world.ledger.in_force.notices, state.hold.name, one):
        return one
    return Custodian(address=address)


def _known(world: World, told: CustodianAcknowledged) -> bool:
    """Whether they acknowledged that notice, or a later one, before."""
    before = world.ledger.in_force.notices.acknowledged.get(told.hold, {}).get(told.custodian)
    return before is not None and (before.digest == told.digest or before.on > told.on)


def _is_in_person(world: World, custodian: str) -> bool:
    """Whether whoever acts is that custodian, by any address of theirs or by their account."""
    roll = world.roll
    actor = roll.with_address(world.actor.address) or roll.with_account(world.actor.address.removeprefix("account:"))
    one = Custodians(world.directory, world.today).one(custodian.strip().lower())
    if one is None:
        return False
    mine = {world.actor.address} | ({actor.address.lower(), *actor.addresses} if actor else set())
    return one.address in mine
