"""Acting: an act as the ledger keeps it, signed where the city asks for it, and whether one can be relied on.

Which office may do what is decided in ``core/authority.py``; keys and signatures are ``retention/signing.py``'s.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from retention.core import statement
from retention.core.access import AccessGranted
from retention.core.accession import ExportOrdered, TransferAccepted
from retention.core.audit import (
    Adopted,
    Approved,
    Body,
    Entry,
    EventRecorded,
    EventRetracted,
    HoldAmended,
    HoldReleased,
    PlanMade,
    Reviewed,
    ServerHoldsTold,
    Signed,
)
from retention.core.authority import Act, hold_act, refusal
from retention.core.clock import ClockConfirmed
from retention.core.consent import ConsentRecorded
from retention.core.destruction import DestructionStarted
from retention.core.person import Person
from retention.core.plan import AnyPlan
from retention.core.standing import StandingApproved
from retention.errors import NotThisOffice, PersonUnknown, SignatureInvalid, SignersMissing

if TYPE_CHECKING:
    from retention.jobs.world import World


class Signer(Protocol):
    """What signs statements and checks signatures."""

    def principals(self) -> dict[str, tuple[str, ...]]:
        """Every name of the signers file with its public keys. Raises ``SignersMissing``."""
        ...

    def sign(self, text: str) -> str:
        """The armoured signature of this text by the key of whoever acts."""
        ...

    def check(self, text: str, signature: str, by: str, at: datetime) -> None:
        """Raise ``SignatureInvalid`` unless whoever has the address ``by`` signed this text, with a key good then."""
        ...


def signed(world: World, act: Act, body: Body) -> Signed:
    """The act as it is to be written: with statement and signature where the city knows people by their keys."""
    if world.city.city.identity != "ssh":
        return Signed(body)
    text = statement.write(
        statement.Statement(
            city=world.city.city.name,
            rehearsal=world.rehearsal,
            act=act,
            by=world.actor.address,
            at=world.now().replace(microsecond=0),
            what=body,
            entries=world.ledger.head[0],
            head=world.ledger.head[1],
        )
    )
    signature = _signer(world).sign(text)
    # Whoever signs with a key that the city does not know finds out now, not on the day that rests on it.
    _signer(world).check(text, signature, world.actor.address, world.now())
    return Signed(body, text, signature)


def trusted(world: World, n: int) -> bool:
    """Whether what the act of entry ``n`` allows may be relied on.

    Where the city knows people by their accounts, the ledger's word is enough. Where it knows them by their keys, an
    act without a signature allows nothing. Raises ``SignersMissing`` or ``SignatureInvalid`` where one cannot be
    checked or does not hold, ``PersonUnknown`` where nobody has the address, and ``NotThisOffice`` where the signer
    did not hold the office on that day.
    """
    if world.city.city.identity != "ssh":
        _refuse_laxer(world)
        return True
    entry = world.ledger.in_force.acts[n]
    # Nobody signs what the mail system tells of its own holds: no act of an office is ended by it.
    return isinstance(entry.body, ServerHoldsTold) or believed(world, entry)


def ended(world: World, n: int) -> bool:
    """Whether what the release or amendment of entry ``n`` ends has ended today.

    Beside the day it names, the grace period as it is set now must be over, counted from the entry's own day.
    """
    on = world.ledger.in_force.acts[n].at.astimezone(world.city.zone).date()
    return world.today >= on + timedelta(days=world.city.rules.release_grace) and trusted(world, n)


def believed(world: World, entry: Entry) -> bool:
    """Whether this entry was signed by whoever held the office; raises as ``trusted`` does."""
    if not entry.signature:
        return False
    n, said = entry.n, _read(entry)
    why = statement.disagreement(said, entry, world.city.city.name, world.rehearsal)
    if why is None and (said.act not in list(Act) or not _is_act_of(world, Act(said.act), entry)):
        why = f"it was signed as the act '{said.act}'"
    if why is None and world.ledger.in_force.first_said(entry) != n:
        why = "that statement was used before"
    if why is None and not _is_of(world, said, n):
        why = "that statement was signed over another ledger"
    if why is not None:
        raise SignatureInvalid(f"Entry {n} of the ledger is not what {entry.by} signed: {why}.", _LOOK)
    _signer(world).check(entry.statement, entry.signature, entry.by, entry.at)
    _refuse_stranger(world, Act(said.act), entry)
    return True


def _refuse_laxer(world: World) -> None:
    """Whoever can write the settings could otherwise do away with the signatures that stand in their way."""
    since = world.ledger.in_force.signed_since
    if since is not None:
        raise SignatureInvalid(
            f"Acts are signed in this ledger since entry {since}, and the settings ask for no signatures any more.",
            "Nothing was deleted; write identity = 'ssh' into [city] again.",
        )


def refuse_unsigned(world: World, plan: AnyPlan) -> None:
    """Raise ``SignatureInvalid`` where a plan is not signed by whoever it says has made it.

    Only in a city that knows people by their keys: elsewhere the maker is whom the file names.
    """
    if world.city.city.identity != "ssh":
        return
    try:
        said = statement.read(plan.statement)
    except ValueError:
        raise SignatureInvalid(f"Plan {plan.name} is not signed by its maker.", "Make it again, with --key.") from None
    mine = (said.city, said.rehearsal, said.by) == (plan.city, plan.rehearsal, plan.made_by)
    mine = mine and _is_of(world, said, world.ledger.head[0])
    if said.what != PlanMade(plan=plan.digest, steps=len(plan.steps)) or not mine:
        raise SignatureInvalid(f"Plan {plan.name} is not what {said.by} signed.", "Make a new one.")
    _signer(world).check(plan.statement, plan.signature, plan.made_by, said.at)


_LOOK = "Nothing was deleted; compare the ledger with a copy, and ask whoever should have signed."


def _is_of(world: World, said: statement.Statement, n: int) -> bool:
    """Whether the ledger still begins as it did when this was signed: nothing before it can be left out any more."""
    return 0 < said.entries <= n and world.ledger.had(said.entries, said.head)


def _read(entry: Entry) -> statement.Statement:
    try:
        return statement.read(entry.statement)
    except ValueError as error:
        raise SignatureInvalid(f"The statement of entry {entry.n} cannot be read: {error}.", _LOOK) from error


def _is_act_of(world: World, act: Act, entry: Entry) -> bool:
    """Whether this act is the one that allows what the entry says."""
    if isinstance(entry.body, HoldAmended | HoldReleased):
        state = world.ledger.in_force.holds.of_entry(entry.n)
        return state is not None and act is hold_act(state.hold.kind)
    return _ACTS.get(type(entry.body)) is act


_ACTS: dict[type[Body], Act] = {
    Approved: Act.APPROVE,
    StandingApproved: Act.APPROVE,
    ClockConfirmed: Act.APPROVE,
    Adopted: Act.ADOPT_SCHEDULE,
    AccessGranted: Act.GRANT_ACCESS,
    EventRecorded: Act.RECORD_EVENT,
    EventRetracted: Act.RECORD_EVENT,
    Reviewed: Act.REVIEW,
    ConsentRecorded: Act.RECORD_CONSENT,
    DestructionStarted: Act.DESTROY_RECORDS,
    ExportOrdered: Act.TRANSFER_RECORDS,
    TransferAccepted: Act.TRANSFER_RECORDS,
}


def _refuse_stranger(world: World, act: Act, entry: Entry) -> None:
    person = world.city.roll.with_address(entry.by)
    if person is None:
        raise PersonUnknown(
            f"Entry {entry.n} was signed by {entry.by}, who is not listed under [people].",
            "List them, with the days on which they held their offices.",
        )
    if act in (Act.GRANT_ACCESS, Act.REVIEW):
        return  # whose mail it is, or to whom a group was assigned, decides who may: that was asked when it was done
    on = entry.at.astimezone(world.city.zone).date()
    why = refusal(act, person, world.city.roll, world.city.acts, on)
    if why is not None:
        raise NotThisOffice(
            f"Entry {entry.n} of the ledger rests on nobody's office: on {on} {why}",
            "If they did hold it then, say so in [offices] with `from` and `to`.",
        )


def _signer(world: World) -> Signer:
    if world.signer is None:
        raise SignersMissing("This city asks for signatures, and nothing here can check them.", "See 'city.signers'.")
    return world.signer


def is_same_person(world: World, one: str, other: str) -> bool:
    """Whether these addresses are, or once were, of the same person, as far as that is known.

    Who owns the same shared mailbox is not the same person.
    """
    if one.lower() == other.lower():
        return True
    theirs = _with(world, other)
    return any(person is each for person in _with(world, one) for each in theirs)


def _with(world: World, address: str) -> tuple[Person, ...]:
    """Everybody who has or had this address as their own."""
    own = address.lower()
    return tuple(
        person
        for person in world.roll.having(address)
        if own in (one.lower() for one in (person.address, *person.addresses))
    )
