"""The custodian of a mailbox as access asks for it: who that is, who may let others read it, and what must come before.

Nothing is written here.
"""

from __future__ import annotations

from datetime import date

from retention.core import access
from retention.core.access import Given
from retention.core.message import Mailbox
from retention.core.notice import has
from retention.core.person import Person, plain_name
from retention.errors import WrongUsage
from retention.jobs.acting import trusted
from retention.jobs.notice import standing
from retention.jobs.world import World


def named(world: World, text: str) -> str:
    """The address under which this custodian is written down; raises ``WrongUsage`` where nobody is known by it."""
    address = text.strip().lower()
    person = access.meant(address, world.roll)
    if person is not None:
        return person.address
    boxes = [box for box in world.directory.mailboxes if address in map(str.lower, box.addresses)]
    if len(boxes) == 1:
        return boxes[0].address.lower()
    if address and (boxes or world.roll.having(address)):
        return address
    raise WrongUsage(
        f"Nobody and no mailbox is known with the address '{text.strip()}'.",
        "Give the custodian's own, as `retention person list` shows it; or sync first.",
    )


def mailbox_of(world: World, address: str, id_: str = "") -> Mailbox:
    """The mailbox with this id, else the one with this address; one that is known no more has nothing else."""
    boxes, wanted = world.directory.mailboxes, address.lower()
    same = [box for box in boxes if box.id == id_] if id_ else [box for box in boxes if box.address.lower() == wanted]
    return same[0] if same else Mailbox(id=id_, address=address)


def people_behind(world: World, custodian: str, *mailboxes: Mailbox) -> tuple[Person, ...]:
    """Everybody whose mail a grant for this custodian could be about: whoever has or had the address, or owns it.

    And everybody whose ``mailboxes`` these are.
    """
    boxes = [*mailboxes, *(box for box in world.directory.mailboxes if box.address.lower() == custodian)]
    found = list(world.roll.having(custodian))
    for box in boxes:
        found += (person for person in access.custodians(box, world.roll) if person not in found)
    return tuple(found)


def granters(world: World, people: tuple[Person, ...], on: date) -> tuple[str, ...]:
    """The offices that may let somebody read the mail of these people, as it was on that day."""
    return access.granters(world.city.access.grants, people, world.roll, on)


def mailboxes_of(world: World, custodian: str, office: str) -> tuple[Mailbox, ...]:
    """The mailboxes that are the custodian's now and that this office may open to somebody."""
    return tuple(
        box
        for box in access.mailboxes_of(custodian, world.directory.mailboxes, world.roll)
        if office in granters(world, people_behind(world, custodian, box), world.today)
    )


def doubt(world: World, given: Given, box: Mailbox | None = None) -> str | None:
    """Why this grant counts for nothing, here or for this mailbox, in a sentence; ``None`` where it can be relied on.

    It is judged as on the day on which it was given: who leaves or is promoted meanwhile was rightly asked about then.
    Raises what ``trusted`` raises.
    """
    said, on = given.said, given.at.astimezone(world.city.zone).date()
    box = box or mailbox_of(world, said.custodian)
    offices = granters(world, people_behind(world, said.custodian, box), on)
    if said.office not in offices:
        return f"The grant of entry {given.entry} is not one of {' or '.join(offices)}, as {box.address} needs."
    if said.office not in world.city.roll.offices_of(given.by, on):
        return f"{given.by}, who gave the grant of entry {given.entry}, was not {said.office} on {on}."
    return None if trusted(world, given.entry) else f"The grant of entry {given.entry} is not signed."


def lacking(world: World, reader: Person, custodian: str) -> str | None:
    """What must come before anybody reads it and did not: the reader's agreement, the notice to the custodian."""
    asked = world.city.access
    if asked.agreement and _is_asked(world, reader):
        why = standing(world, asked.agreement, access.meant(reader.address, world.roll) or reader)
        if why is not None:
            return why
    return _unnoticed(world, asked.notice, custodian) if asked.notice else None


def _is_asked(world: World, reader: Person) -> bool:
    """Whether the agreement is asked of this reader: where nobody said in which department they are, it is."""
    of = {plain_name(department) for department in world.city.access.agreement_of}
    mine = world.roll.departments_of((reader.address,), world.today)
    return not of or mine is None or not of.isdisjoint(map(plain_name, mine))


def _unnoticed(world: World, name: str, custodian: str) -> str | None:
    """Whose mail is looked at without their having had the notice; of a shared mailbox, everybody who owns it."""
    having, person = world.roll.having(custodian), access.meant(custodian, world.roll)
    owners = tuple(one for one in having if custodian.lower() in map(str.lower, one.mailboxes))
    people = owners or ((person,) if person else having)
    if not people:
        return f"Nobody is known as the custodian of {custodian}, and so nobody who was given the notice '{name}'."
    return next((why for one in people if (why := _never_had(world, name, one)) is not None), None)


def _never_had(world: World, name: str, person: Person) -> str | None:
    given = world.ledger.in_force.notices
    notice = next(one for one in world.city.notices.staff if one.name == name)
    versions = [version for of, version in given.staff if of == name]
    # Who left before the version of today began had the one of their own time, and can be given no other.
    if person.left_by(notice.since) and any(has(given, name, one, person, notice.signed) for one in versions):
        return None
    return standing(world, name, person)
