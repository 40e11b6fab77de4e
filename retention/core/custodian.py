"""The custodians of a hold, who are to be told of it, and how it stands with the answer of each.

What the ledger says of notices stands in ``notice.py``; what a notice says, in ``letter.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from msgspec import Struct

from retention.core.hold import Directory, Holds, Scope
from retention.core.message import Mailbox, Message
from retention.core.notice import CustodianNoticed, Notices, addresses_of, same
from retention.core.person import Person

SOON = 3
"""So many days before an answer is due, somebody may want to remind."""


class Custodian(Struct, frozen=True, kw_only=True):
    """Somebody who is to be told of a hold: a person, or a mailbox of which no person is known.

    ``others`` are their other addresses, ``number`` the personnel office's; ``left``: they work elsewhere by now.
    """

    address: str
    name: str = ""
    others: tuple[str, ...] = ()
    number: str = ""
    left: bool = False

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address


def custodian(person: Person, today: date) -> Custodian:
    address, *others = addresses_of(person)
    return Custodian(
        address=address, name=person.name, others=tuple(others), number=person.id, left=person.left_by(today)
    )


class Custodians:
    """The people behind the mailboxes that holds reach, as they and their mailboxes are known now."""

    def __init__(self, directory: Directory, today: date) -> None:
        self._directory = directory
        self._today = today
        self._boxes: dict[str, list[Mailbox]] = {}
        for box in directory.mailboxes:
            for mark in (box.id, *box.addresses):
                self._boxes.setdefault(mark, []).append(box)

    def of(self, holds: Holds) -> tuple[Custodian, ...]:
        """Everybody whom these holds reach by naming them, their department or their office.

        Who is held only because nobody said whose department they are of, or because the hold is about words and not
        about people, is not among them; nor is a mailbox that is excepted.
        """
        addresses, ids = _named(holds)
        boxes = {
            box.id: box
            for mark in (*addresses, *ids)
            for box in self._boxes.get(mark, ())
            if _may_cover(holds, box) and (mark in ids or mark in box.addresses)
        }
        found: dict[str, Custodian] = {}
        for box in boxes.values():
            self._behind(box, found)
        for address in addresses:
            # Somebody whose mailbox is not known yet, or who never had one, may have papers all the same.
            if address and not self._has_mailbox(address):
                people = self._directory.roll.having(address)
                for one in people:
                    if not any(self._has_mailbox(other) for other in addresses_of(one)):
                        _take(found, custodian(one, self._today))
                if not people and _is_custodian(holds, address):
                    _take(found, Custodian(address=address))
        return tuple(sorted(found.values(), key=lambda one: one.address))

    def everyone(self) -> tuple[Custodian, ...]:
        """Everybody who works for the city, and every mailbox of which no person is known."""
        found: dict[str, Custodian] = {}
        for person in self._directory.roll.people:
            if addresses_of(person) and not person.left_by(self._today):
                _take(found, custodian(person, self._today))
        for box in self._directory.mailboxes:
            if not any(self._directory.roll.having(address) for address in box.addresses):
                _take(found, Custodian(address=box.address, name=box.name))
        return tuple(sorted(found.values(), key=lambda one: one.address))

    def one(self, address: str) -> Custodian | None:
        """The person who has or had this address, else the mailbox that has it; ``None`` where nobody is known."""
        people = [one for one in self._directory.roll.having(address) if address in addresses_of(one)]
        first = sorted(people, key=lambda one: (one.address.lower() != address, one.left_by(self._today)))
        if first:
            return custodian(first[0], self._today)
        box = next(iter(self._boxes.get(address, ())), None)
        return Custodian(address=address, name=box.name) if box else None

    def _behind(self, box: Mailbox, found: dict[str, Custodian]) -> None:
        people = [one for address in box.addresses for one in self._directory.roll.having(address)]
        people = [one for one in people if addresses_of(one)]
        for one in people:
            _take(found, custodian(one, self._today))
        if not people and box.address:
            _take(found, Custodian(address=box.address, name=box.name))

    def _has_mailbox(self, address: str) -> bool:
        return address in self._boxes


def may_cover_anybody(holds: Holds) -> bool:
    """Whether a mailbox of which nobody ever heard could hold something that these holds cover."""
    return _may_cover(holds, Mailbox(id="", address=""))


def _may_cover(holds: Holds, box: Mailbox) -> bool:
    """Whether anything in this mailbox can be covered: a message of which nothing is known is, unless it cannot be."""
    return bool(holds.covering(Message(mailbox=box.id, id="", trouble="nothing is known of it"), box, None))


def _named(holds: Holds) -> tuple[dict[str, None], frozenset[str]]:
    """The addresses and the ids of mailboxes that stand for people whom these holds name, in order.

    A department reaches ids only of mailboxes that are its own by their addresses too, or by doubt.
    """
    addresses: dict[str, None] = {}
    ids: set[str] = set()
    for holding in holds.holdings:
        for term, reach in sorted(holding.reach.items()):
            addresses |= dict.fromkeys(sorted(reach.addresses))
            ids |= frozenset() if term.startswith("department ") else reach.mailboxes
        for part in _parts(holding.scope):
            addresses |= dict.fromkeys(part.custodians)
            ids |= frozenset() if part.departments else set(part.mailboxes)
    return addresses, frozenset(ids)


def _parts(scope: Scope) -> Iterator[Scope]:
    return (part for part, excepted in scope.parts() if not excepted)


def _is_custodian(holds: Holds, address: str) -> bool:
    return any(address in part.custodians for holding in holds.holdings for part in _parts(holding.scope))


def _take(found: dict[str, Custodian], one: Custodian) -> None:
    """Of two people who had one address, a notice reaches the one who has it now."""
    earlier = found.get(one.address)
    if earlier is None or (earlier.left and not one.left):
        found[one.address] = one


class Answer(StrEnum):
    """How it stands with a custodian's answer."""

    NEVER = "never noticed"
    EARLIER = "told of an earlier scope only"
    OVERDUE = "overdue"
    SOON = "answer due"
    WAITING = "waiting"
    ACKNOWLEDGED = "acknowledged"


TO_NOTICE = (Answer.NEVER, Answer.EARLIER)
TO_REMIND = (Answer.OVERDUE, Answer.SOON, Answer.WAITING)


class Standing(Struct, frozen=True, kw_only=True):
    """One custodian of a hold: when they were told first and last, by when they are to answer, and whether they did.

    ``written`` counts all notices that were written for them, ``reminders`` those since they were told of the scope.
    """

    custodian: Custodian
    answer: Answer
    noticed_on: date | None = None
    last_on: date | None = None
    answer_by: date | None = None
    acknowledged_on: date | None = None
    written: int = 0
    reminders: int = 0


Given = tuple[datetime, CustodianNoticed]


def given_to(notices: Notices, hold: str, one: Custodian) -> tuple[Given, ...]:
    """Every notice of this hold that was written for this custodian, under whatever address, in order."""
    noticed = notices.noticed.get(hold, {})
    found = [
        given
        for address in dict.fromkeys((one.address, *one.others))
        for given in noticed.get(address, ())
        if same(given[1], one.number)
    ]
    return tuple(sorted(found, key=lambda given: given[0]))


def standing(notices: Notices, hold: str, one: Custodian, *, since: datetime, today: date, zone: ZoneInfo) -> Standing:
    """How it stands with this custodian. What was written before ``since`` told of an earlier scope."""
    given = given_to(notices, hold, one)
    if not given:
        return Standing(custodian=one, answer=Answer.NEVER)
    first = max(n for n, (_, told) in enumerate(given) if n == 0 or not told.reminder)
    current = given[first:]
    answers, digests = notices.acknowledged.get(hold, {}), {told.digest for _, told in current}
    acknowledged = [
        said.on for _, told in current if (said := answers.get(told.to)) is not None and said.digest in digests
    ]
    at, latest = current[-1]
    if current[0][0] < since:
        answer = Answer.EARLIER
    elif acknowledged:
        answer = Answer.ACKNOWLEDGED
    elif latest.answer_by < today:
        answer = Answer.OVERDUE
    else:
        answer = Answer.SOON if (latest.answer_by - today).days <= SOON else Answer.WAITING
    return Standing(
        custodian=one,
        answer=answer,
        noticed_on=given[0][0].astimezone(zone).date(),
        last_on=at.astimezone(zone).date(),
        answer_by=latest.answer_by,
        acknowledged_on=max(acknowledged, default=None),
        written=len(given),
        reminders=len(current) - 1,
    )
