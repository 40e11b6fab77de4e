"""People: write down what is said of them, by hand, by the personnel office's table or by the directory; list them.

What a table says is read in ``core/personnel``; whom a hold reaches is decided in ``core/hold``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from typing import Any

from msgspec import Struct

from retention.core.audit import InForce
from retention.core.authority import Act
from retention.core.custodian import Custodians
from retention.core.message import Mailbox
from retention.core.person import Person, PersonRecorded, Register
from retention.core.personnel import AtRisk, going, people_of, seen, since
from retention.core.personnel.table import is_address
from retention.core.spreadsheet.sheet import Sheet
from retention.errors import AnotherRun, WrongUsage
from retention.jobs.hold.acknowledge import refused
from retention.jobs.hold.reach import growth
from retention.jobs.hold.show import show
from retention.jobs.world import World

DIRECTORY = "directory"
"""The source of what the mail system's directory says."""
SHOWN = 5
"""So many held mailboxes at risk are named one by one."""


class Recorded(Struct, frozen=True, kw_only=True):
    """What came of what was said of people, as they are known now.

    ``absent`` are known, have not left and were not told of this time: they stay known, and custodians. ``reached``
    counts the terms of holds that reach more than before. ``notes`` are what of a table was not read, or is doubtful.
    """

    new: tuple[Person, ...]
    changed: tuple[Person, ...]
    unchanged: int
    absent: tuple[Person, ...] = ()
    reached: int = 0
    notes: tuple[str, ...] = ()


class Listed(Struct, frozen=True, kw_only=True):
    """Somebody, what they are today, and since and until when they are or were employed."""

    person: Person
    departments: tuple[str, ...]
    offices: tuple[str, ...]
    since: date | None
    until: date | None
    left: bool


def add(world: World, person: Person, *, source: str = "") -> Recorded:
    """Write down what is said of one person, who may be known already. Raises ``NotThisOffice`` and ``WrongUsage``."""
    world.require(Act.KEEP_PEOPLE)
    wrong = [one for one in (person.address, *person.addresses, *person.mailboxes) if not is_address(one)]
    if wrong:
        raise WrongUsage(f"'{wrong[0]}' is no address.", "Write one like name@city.example.")
    for term in (*person.employed, *person.departments, *person.offices):
        if term.from_on and term.to_on and term.to_on < term.from_on:
            raise WrongUsage(f"{term.to_on} is before the first day, {term.from_on}.", "Say a later last day.")
    return record(world, (person,), source.strip())


def import_(world: World, sheet: Sheet, *, source: str) -> Recorded:
    """Write down what a table of the personnel office says that is not known yet.

    Raises ``NotThisOffice``, and ``WrongUsage`` with every problem of the table; then nothing was recorded.
    """
    world.require(Act.KEEP_PEOPLE)
    people, problems, notes = people_of(*columns(sheet))
    if problems:
        raise refused(problems)
    if not people:
        raise WrongUsage("The list names nobody.", "Name the file that has the people below its headings.")
    return record(
        world, people, source, told=lambda one: bool(one.id) or not one.directory, notes=tuple(map(str, notes))
    )


def import_directory(world: World) -> Recorded:
    """Write down what the mail system's directory says today that is not known yet.

    Raises ``NotThisOffice``, ``SignInRefused`` and ``MailNotAnswering``.
    """
    world.require(Act.KEEP_PEOPLE)
    people = tuple(world.mail.people())
    return record(
        world,
        people,
        DIRECTORY,
        adapt=lambda said, known: seen(said, known, world.today),
        told=lambda one: bool(one.directory),
    )


def columns(sheet: Sheet) -> tuple[list[tuple[str, ...]], list[int], list[dict[int, str]]]:
    """A sheet as a table is read: its rows, their numbers, and which of their cells are no good."""
    return (
        [line.cells for line in sheet.lines],
        [line.number for line in sheet.lines],
        [dict(line.marred) for line in sheet.lines],
    )


def record(
    world: World,
    people: Sequence[Person],
    source: str,
    *,
    adapt: Callable[[Person, Person | None], Person] = since,
    told: Callable[[Person], bool] = lambda one: False,
    notes: tuple[str, ...] = (),
) -> Recorded:
    """Write down of these people what changes what is known, and let the holds reach whom they reach by it.

    ``adapt`` gives what is to be recorded of somebody, given as whom they are known; ``told`` says of whom the source
    would have told. Where a hold reaches more than before, every deed that was begun before has ended by the return.
    """
    in_force = world.ledger.in_force
    tried, holds = _try(in_force, people, adapt), in_force.holds.revision
    bodies = (PersonRecorded(person=one, source=source) for one in tried.to_tell)
    # In one writing: whom a hold reaches by this must stay reached, whatever is said of them next.
    reached = growth(world, tried.after)
    world.ledger.append(*bodies, *reached, unless=lambda in_force: _refuse_moved(in_force, tried.revision, holds))
    if reached:
        world.ledger.wait_for_deeds()
    absent = (one for one in tried.after if one not in tried.met and told(one) and not one.left_by(world.today))
    return Recorded(
        new=tuple(now for now in tried.moved if now in tried.new),
        changed=tuple(now for now in tried.moved if now not in tried.new),
        unchanged=len(tried.met) - len(tried.moved),
        absent=tuple(absent),
        reached=len(reached),
        notes=notes,
    )


def listed(
    world: World, *, custodian_of: str = "", department: str = "", left: bool = False, text: str = ""
) -> tuple[Listed, ...]:
    """Everybody who is known, or those asked for. ``department`` is one that they are in or were in.

    Raises ``NoSuchHold``.
    """
    people: Iterable[Person] = _custodians(world, custodian_of) if custodian_of else world.roll.people
    if department:
        within = set(world.roll.in_department(department, None, None))
        people = (one for one in people if one in within)
    found = (_listed(world, one) for one in people if not text or _says(one, text.casefold()))
    return tuple(one for one in found if one.left or not left)


def at_risk(world: World, coverage: Iterable[dict[str, Any]] | None = None) -> tuple[AtRisk, ...]:
    """The mailboxes that do not answer any more, or whose account may soon be deleted, with held mail not copied yet.

    ``coverage`` is the catalog's, where somebody has asked it already.
    """
    found = []
    for box, row in boxes(world, coverage):
        trouble, read_at = row["trouble"], row["read_at"]
        people = dict.fromkeys(one for address in box.addresses for one in world.roll.having(address))
        why = f"cannot be read ({trouble.rstrip('.')})" if trouble else going(box, people, world.today)
        if not why:
            continue
        # An account that never had a mailbox is no news, unless a hold is about it.
        holds = _holding(world, box) if read_at or not trouble else _naming(world, box)
        if holds and (not read_at or _is_uncopied(world, box)):
            found.append(AtRisk(mailbox=box.address, holds=holds, why=why, readable=not trouble))
    return tuple(found)


def boxes(world: World, coverage: Iterable[dict[str, Any]] | None = None) -> Iterator[tuple[Mailbox, dict[str, Any]]]:
    """Every mailbox that is known, with how well it is covered."""
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in world.catalog.coverage() if coverage is None else coverage:
        rows[row["address"]].append(row)
    # Two mailboxes may have had one address, one after the other: the catalog gives both in the same order each time.
    for box in world.directory.mailboxes:
        if rows[box.address]:
            yield box, rows[box.address].pop(0)


def waiting(found: Sequence[AtRisk]) -> tuple[str, ...]:
    """What somebody has to see to, a sentence for each of the first held mailboxes at risk, and one for the others."""
    sentences = [f"Operator: {one}" for one in found[:SHOWN]]
    if len(found) > SHOWN:
        more = f"{len(found) - SHOWN:,} more held mailboxes"
        sentences.append(f"Operator: {more} may soon vanish; see `retention mailbox list --held`.")
    return tuple(sentences)


@dataclass(frozen=True)
class _Tried:
    """What would come of it: everybody ``after`` it, whom it ``met``, and whom of these it ``moved``.

    ``new`` are those of them of whom nothing was known. ``to_tell`` is what is said of them, in the order in which it
    was said: in another it may come to something else. ``revision`` is how much was known of people before.
    """

    revision: int
    after: tuple[Person, ...]
    met: frozenset[Person]
    moved: tuple[Person, ...]
    new: frozenset[Person]
    to_tell: tuple[Person, ...]


def _try(in_force: InForce, people: Iterable[Person], adapt: Callable[[Person, Person | None], Person]) -> _Tried:
    """Join it to what is known before any of it is written: what one row says is joined to what those before it say."""
    before = in_force.people
    after, said = _copy(before), []
    for one in people:
        said.append(adapt(one, after.known(one)))
        after.add(said[-1])
    known = [(one, before.known(one), _known(after, one)) for one in said]
    moved = dict.fromkeys(now for _, then, now in known if then != now)
    to_tell = tuple(one for one, _, now in known if now in moved)
    if not _comes_to(before, to_tell, after):
        # Addresses that several people had make what is said last rest on what was said before it.
        to_tell = tuple(said)
    return _Tried(
        revision=in_force.people_revision,
        after=after.people,
        met=frozenset(now for *_, now in known),
        moved=tuple(moved),
        new=frozenset(moved) - {now for _, then, now in known if then is not None},
        to_tell=to_tell,
    )


def _comes_to(before: Register, people: Sequence[Person], after: Register) -> bool:
    """Whether what is said of these people is all that lies between the two."""
    told = _copy(before) if people else before
    for one in people:
        told.add(one)
    return set(told.people) == set(after.people)


def _copy(register: Register) -> Register:
    """Another register that knows the same people."""
    return deepcopy(register, {id(one): one for one in register.people})


def _known(register: Register, said: Person) -> Person:
    known = register.known(said)
    assert known is not None  # it was added
    return known


def _holding(world: World, box: Mailbox) -> tuple[str, ...]:
    """The holds that may cover something in this mailbox."""
    return tuple(hold.name for hold in world.holds().reaching(box))


def _naming(world: World, box: Mailbox) -> tuple[str, ...]:
    """The holds that reach this mailbox by the people they name."""
    naming = (one.hold.name for one in world.holds().holdings if any(reach.has(box) for reach in one.reach.values()))
    return tuple(dict.fromkeys(naming))


def _is_uncopied(world: World, box: Mailbox) -> bool:
    """Whether a hold covers anything in this mailbox of whose present version there is no preservation copy."""
    holds, copies = world.holds(), world.ledger.in_force.copies
    for known in world.catalog.messages_in(box):
        kept = copies.of(known.message.ref)
        if kept is None or kept.version != known.message.version:
            filing = known.filing if known.filed_under == world.filing_rules else None
            if holds.covering(known.message, box, filing):
                return True
    return False


def _refuse_moved(in_force: InForce, revision: int, holds: int) -> None:
    """Raise where somebody else recorded people, or did something with a hold, since they were compared."""
    if in_force.people_revision != revision:
        raise AnotherRun("Somebody else recorded people just now.", "Nothing was recorded; run this again.")
    if in_force.holds.revision != holds:
        raise AnotherRun("Somebody else changed a hold just now.", "Nothing was recorded; run this again.")


def _custodians(world: World, name: str) -> list[Person]:
    """The people whom a hold reaches; a mailbox of which no person is known stands for one."""
    holds = world.holds().named(show(world, name).state.hold.name)
    found: dict[Person, None] = {}
    for one in Custodians(world.directory, world.today).of(holds):
        people = [who for who in world.roll.having(one.address) if who.id == one.number and who.name == one.name]
        found |= dict.fromkeys(people or [Person(address=one.address, name=one.name)])
    return list(found)


def _listed(world: World, person: Person) -> Listed:
    today = world.today
    terms = [term for term in person.employed if (term.from_on or date.min) <= today] or list(person.employed)
    last = max(terms, key=lambda term: term.from_on or date.min, default=None)
    posts = {term.of for term in person.offices if term.holds(today)}
    return Listed(
        person=person,
        departments=tuple(term.of for term in person.departments if term.holds(today)),
        offices=tuple(sorted(posts | set(world.roll.offices_of(person.address, today)))),
        since=last.from_on if last else None,
        until=last.to_on if last else None,
        left=person.left_by(today),
    )


def _says(person: Person, text: str) -> bool:
    posts = (term.of for term in (*person.departments, *person.offices))
    return any(text in one.casefold() for one in (person.name, person.id, *person.every_address, *posts))
