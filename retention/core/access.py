"""Access to content: asked for, granted for a while by the office that may, used, taken back.

Metadata that classification needs is not content. Who acts, and how content is fetched, is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from msgspec import Struct

from retention.core.message import Mailbox
from retention.core.person import Person, Roll, plain_name

if TYPE_CHECKING:
    from retention.core.city import Grant

CURRENT, FORMER, ANYBODY = "current", "former", "anybody"
"""Whose mail a rule is about, where it is not that of an office."""
STRICTEST = (("City Manager", ("Mayor",)), (ANYBODY, ("City Manager",)))
"""Whose mail is granted by whom where the city sets no rule: the strictest of the policies (Monroe 400-007, 3.2)."""
OWN = 0
"""In place of a grant: the reader is the custodian. Entry 0 founds a ledger, and so is never a grant."""


class AccessRequested(Struct, frozen=True, kw_only=True, tag="access requested", tag_field="kind"):
    """Somebody asks to read the mail of a custodian, and says what for."""

    custodian: str
    reader: str
    purpose: str


class AccessGranted(Struct, frozen=True, kw_only=True, tag="access granted", tag_field="kind"):
    """An office allows ``reader`` to read the mail of ``custodian`` from one instant until another.

    ``request`` is the entry of the request; ``reference`` says where the approval is written; ``office`` is the one in
    whose name it was given. ``mailboxes`` are the ids of those that were the custodian's by then: what is told later
    of people and what they own opens no other.
    """

    request: int
    custodian: str
    reader: str
    reference: str
    since: datetime
    until: datetime
    office: str = ""
    mailboxes: tuple[str, ...] = ()


class AccessRevoked(Struct, frozen=True, kw_only=True, tag="access revoked", tag_field="kind"):
    """The grant of entry ``grant`` is at an end."""

    grant: int
    reason: str


class AccessUsed(Struct, frozen=True, kw_only=True, tag="access used", tag_field="kind"):
    """Under the grant of entry ``grant`` (``OWN``: as the custodian) the content of one message is read.

    Written twice: before any of it is fetched, and again with the ``digest`` of its bytes before they are handed over.
    ``what`` says what is done with it.
    """

    grant: int
    mailbox: str
    id: str
    what: str
    digest: str = ""


Told = AccessRequested | AccessGranted | AccessRevoked | AccessUsed
"""What the ledger says of access to content."""


class Request(Struct, frozen=True):
    """A request as it stands in the ledger: its entry, by whom and when it was written."""

    entry: int
    by: str
    at: datetime
    said: AccessRequested


class Given(Struct, frozen=True):
    """A grant as it stands in the ledger: its entry, by whom and when it was written."""

    entry: int
    by: str
    at: datetime
    said: AccessGranted

    def reaches(self, mailbox: Mailbox) -> bool:
        """Whether it is one for this mailbox; where none was known yet, its address must be the one granted."""
        named = self.said.mailboxes
        return mailbox.id in named if named else mailbox.address.lower() == self.said.custodian

    def begins_at(self) -> datetime:
        """Nothing is allowed for a time before it was written down."""
        return max(self.said.since, self.at)

    def ends_at(self, longest: int, zone: ZoneInfo) -> datetime:
        """The first instant at which it is over: what is written beyond the city's longest counts for nothing."""
        return min(self.said.until, end_of(self.said.since, longest, zone))


class Access:
    """Every request and every grant, by the number of its entry."""

    def __init__(self) -> None:
        self.requests: dict[int, Request] = {}
        self.grants: dict[int, Given] = {}
        self.revoked: dict[int, AccessRevoked] = {}
        self.uses: dict[int, int] = {}

    def add(self, entry: int, at: datetime, by: str, told: Told) -> None:
        match told:
            case AccessRequested():
                self.requests[entry] = Request(entry, by, at, told)
            case AccessGranted():
                self.grants[entry] = Given(entry, by, at, told)
            case AccessRevoked():
                self.revoked.setdefault(told.grant, told)
            case AccessUsed(grant=grant, digest=""):
                self.uses[grant] = self.uses.get(grant, 0) + 1

    def of_request(self, entry: int) -> Given | None:
        """The grant that this request was given."""
        return next((given for given in self.grants.values() if given.said.request == entry), None)

    def to(self, reader: str) -> Iterator[Given]:
        """Every grant that this person was ever given, the latest first."""
        yield from (given for given in reversed(self.grants.values()) if given.said.reader == reader)

    def standing(self, given: Given, now: datetime, longest: int, zone: ZoneInfo) -> str:
        """How a grant stands at this instant: ``live``, ``not yet``, ``over`` or ``revoked``."""
        if given.entry in self.revoked:
            return "revoked"
        if now >= given.ends_at(longest, zone):
            return "over"
        return "live" if now >= given.begins_at() else "not yet"


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which this day begins in the city."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def end_of(since: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The instant after so many calendar days of the city, of which the one that ``since`` lies in is the first."""
    return midnight(since.astimezone(zone).date() + timedelta(days=days), zone)


def granters(rules: Iterable[Grant], people: Sequence[Person], roll: Roll, on: date) -> tuple[str, ...]:
    """The offices, each of which may let somebody read what any of these people may be the custodian of.

    The first rule that fits: those of an office that one of them holds on that day come first, then those of current or
    former staff, then those of anybody. Former are only those who have all left: of whom nothing is known is current.
    Where no rule of the city fits, it is the strictest.
    """
    posts = {plain_name(post) for person in people for post in _posts(person, roll, on)}
    left = bool(people) and all(person.left_by(on) for person in people)
    whose = (posts, {FORMER if left else CURRENT}, {ANYBODY})
    for said in (tuple((rule.of, rule.by) for rule in rules), STRICTEST):
        fitting = (by for each in whose for of, by in said if plain_name(of) in each)
        if offices := next(fitting, ()):
            return offices
    raise AssertionError  # the strictest has a rule for anybody


def custodians(mailbox: Mailbox, roll: Roll) -> tuple[Person, ...]:
    """Whose mailbox it is: by the directory's own id, else by its address; and who owns it where it is shared.

    Only where nobody has its address now is it of those who ever had one of its addresses.
    """
    address = mailbox.address.lower()
    listed = [person for person in roll.people if person.directory and person.directory == mailbox.id]
    having = roll.having(address)
    own = listed or [person for person in having if person.address.lower() == address]
    now = _once((*own, *(person for person in having if address in map(str.lower, person.mailboxes))))
    return now or _once(person for one in mailbox.addresses for person in roll.having(one))


def meant(address: str, roll: Roll) -> Person | None:
    """The person with this address; ``None`` where it is not clear. A shared mailbox does not stand for its owner."""
    address = address.lower()
    own = [p for p in roll.having(address) if address in map(str.lower, (p.address, *p.addresses))]
    first = [person for person in own if person.address.lower() == address] or own
    return first[0] if len(first) == 1 else None


def mailboxes_of(custodian: str, mailboxes: Iterable[Mailbox], roll: Roll) -> tuple[Mailbox, ...]:
    """The mailboxes of this custodian: the one with that address, those of the person it means, those that they own."""
    person = meant(custodian, roll)
    theirs = {one.lower() for one in person.every_address} if person else set()

    def is_theirs(box: Mailbox) -> bool:
        near = person is not None and (
            box.id == person.directory or not theirs.isdisjoint(map(str.lower, box.addresses))
        )
        return custodian == box.address.lower() or (near and person in custodians(box, roll))

    return tuple(box for box in mailboxes if is_theirs(box))


def _posts(person: Person, roll: Roll, on: date) -> Iterator[str]:
    yield from roll.posts_of((person.address, *person.addresses), on)


def _once(people: Iterable[Person]) -> tuple[Person, ...]:
    found: list[Person] = []
    for person in people:
        if person not in found:
            found.append(person)
    return tuple(found)
