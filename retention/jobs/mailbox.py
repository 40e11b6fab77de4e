"""Mailboxes: who owns a shared one, who is behind each, how well it is covered, and which holds reach it.

Which mailboxes there are is read in ``sync.py``; whom a hold reaches is decided in ``core/hold``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any

from msgspec import Struct

from retention.core.authority import Act
from retention.core.message import Mailbox
from retention.core.notice import addresses_of
from retention.core.person import Person
from retention.core.personnel import going, owners_of
from retention.core.personnel.table import is_address
from retention.core.spreadsheet.sheet import BadRow, Sheet
from retention.errors import WrongUsage
from retention.jobs.hold.acknowledge import refused
from retention.jobs.person import boxes, columns, record
from retention.jobs.world import World


class Owned(Struct, frozen=True, kw_only=True):
    """A shared mailbox and a custodian who owns it."""

    mailbox: str
    custodian: str


class Recorded(Struct, frozen=True, kw_only=True):
    """What came of what was said of owners: those recorded now, and how many were known.

    ``unknown`` are mailboxes that no sync has listed yet; ``reached`` counts the terms of holds that reach more.
    """

    recorded: tuple[Owned, ...]
    known: int
    unknown: tuple[str, ...]
    reached: int
    notes: tuple[str, ...] = ()


class Listed(Struct, frozen=True, kw_only=True):
    """One mailbox. ``read_at`` is when it was last read to its end; ``trouble``, why it is not, or may not be for long.

    ``custodians`` are the people behind it, and not an account of which nothing but its name is known.
    """

    address: str
    name: str
    aliases: tuple[str, ...]
    custodians: tuple[Person, ...]
    messages: int
    read_at: str | None
    trouble: str
    holds: tuple[str, ...]


def add(world: World, address: str, *, custodian: str, source: str = "") -> Recorded:
    """Write down that this person owns a shared mailbox: whoever holds them holds it too.

    Raises ``NotThisOffice``, and ``WrongUsage`` where nobody is known to have the custodian's address.
    """
    world.require(Act.KEEP_PEOPLE)
    address = address.strip().lower()
    if not is_address(address):
        raise WrongUsage(f"'{address}' is no address.", "Write one like permits@city.example.")
    try:
        owner = owner_of(world, address, custodian)
    except ValueError as error:
        raise WrongUsage(str(error), "Add whoever owns it with `retention person add`.") from error
    return record_owners(world, [(address, owner)], source.strip())


def import_(world: World, sheet: Sheet, *, source: str) -> Recorded:
    """Write down the owners that a table names. Raises ``WrongUsage`` with every problem; then nothing was recorded."""
    world.require(Act.KEEP_PEOPLE)
    owners, problems, notes = owners_of(*columns(sheet))
    bad, pairs = list(problems), []
    for mailbox, custodian, row in owners:
        try:
            pairs.append((mailbox, owner_of(world, mailbox, custodian)))
        except ValueError as error:
            bad.append(BadRow("", row, "", str(error)))
    if bad:
        raise refused(bad)
    if not pairs:
        raise WrongUsage("The list names no mailbox.", "Name the file that has them below its headings.")
    return record_owners(world, pairs, source, tuple(map(str, notes)))


def listed(world: World, *, held: bool = False, unowned: bool = False) -> tuple[Listed, ...]:
    """Every mailbox that is known; only those that a hold reaches (``held``), or with nobody behind (``unowned``)."""
    found = (_listed(world, box, row) for box, row in (*boxes(world), *_to_read(world)))
    return tuple(one for one in found if (one.holds or not held) and not (unowned and one.custodians))


def _to_read(world: World) -> Iterator[tuple[Mailbox, dict[str, Any]]]:
    """Files that were added and that no sync has met yet: nothing is known of what lies in them."""
    met = {box.id for box in world.directory.mailboxes}
    for source in world.ledger.in_force.files.values():
        if source.mailbox.id not in met:
            yield source.mailbox, {"present": 0, "read_at": None, "trouble": "", "unread": 0}


def record_owners(
    world: World, pairs: Iterable[tuple[str, Person]], source: str, notes: tuple[str, ...] = ()
) -> Recorded:
    """Write down who owns which mailbox, as far as it is not known, and let the holds reach whom they reach by it."""
    pairs = tuple(pairs)
    listed_here = {address for box in world.directory.mailboxes for address in box.addresses}
    recorded = [(mailbox, owner) for mailbox, owner in pairs if mailbox not in owner.mailboxes]
    owned: dict[Person, list[str]] = defaultdict(list)
    for mailbox, owner in recorded:
        owned[owner].append(mailbox)
    said = [
        # The address by which they are known now: by another one their first address would become that.
        Person(address=owner.address, id=owner.id, directory=owner.directory, mailboxes=tuple(mailboxes))
        for owner, mailboxes in owned.items()
    ]
    return Recorded(
        recorded=tuple(Owned(mailbox=mailbox, custodian=owner.address) for mailbox, owner in recorded),
        known=len(pairs) - len(recorded),
        unknown=tuple(dict.fromkeys(mailbox for mailbox, _ in pairs if mailbox not in listed_here)),
        reached=record(world, said, source).reached,
        notes=notes,
    )


def owner_of(world: World, mailbox: str, text: str) -> Person:
    """The person with this address; of several, the one who has it now. Raises ``ValueError`` with a sentence."""
    address = text.strip().lower()
    people = [one for one in world.roll.having(address) if address in addresses_of(one)]
    if not people:
        of_boxes = {known for box in world.directory.mailboxes for known in box.addresses}
        if address not in of_boxes:
            every = of_boxes.union(*(addresses_of(one) for one in world.roll.people))
            near = get_close_matches(address, sorted(every), n=1)
            meant = f"; is {near[0]} meant?" if near else "."
            raise ValueError(f"Nobody is known to have the address '{address}'{meant}")
        people = [Person(address=address)]
    owner = min(people, key=lambda one: (one.address.lower() != address, one.left_by(world.today)))
    if mailbox in addresses_of(owner):
        raise ValueError(f"{mailbox} is an address of {owner} and no shared mailbox.")
    return owner


def _listed(world: World, box: Mailbox, row: dict[str, Any]) -> Listed:
    people = tuple(dict.fromkeys(one for address in box.addresses for one in world.roll.having(address)))
    unread = f"{row['unread']} of its folders could not be read to their end" if row["unread"] else ""
    return Listed(
        address=box.address,
        name=box.name,
        aliases=box.aliases,
        custodians=tuple(one for one in people if _is_somebody(one, box)),
        messages=row["present"],
        read_at=row["read_at"],
        trouble=row["trouble"] or unread or going(box, people, world.today),
        holds=tuple(hold.name for hold in world.holds().reaching(box)),
    )


def _is_somebody(person: Person, box: Mailbox) -> bool:
    """Whether more is known of them than what a directory says of the account of any shared mailbox."""
    told = person.id or person.account or person.departments or person.offices or person.employed
    return bool(told or person.enabled or not set(person.mailboxes).isdisjoint(box.addresses))
