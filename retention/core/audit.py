"""Entries of the ledger: how they are chained, checked and folded into what is in force.

Where the ledger lies and how it reaches the disk is not known here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime

import msgspec
from msgspec import Struct

from retention.core.event import Event, Happened
from retention.core.hold import Hold

GENESIS = "0" * 64
_START = b'{"digest":"'
_MIDDLE = b'","entry":'
_AT = len(_START) + 64 + len(_MIDDLE)


class Founded(Struct, frozen=True, kw_only=True, tag="founded", tag_field="kind"):
    """The ledger's first entry."""

    city: str


class Adopted(Struct, frozen=True, kw_only=True, tag="adopted", tag_field="kind"):
    """An office adopted exactly this schedule.

    ``confirmed`` are the series that nobody had verified in their source and that the office confirms by their codes.
    """

    schedule: str
    fingerprint: str
    authority: str
    effective_on: date
    edition: str = ""
    posted_on: date | None = None
    confirmed: tuple[str, ...] = ()


class EventRecorded(Struct, frozen=True, kw_only=True, tag="event recorded", tag_field="kind"):
    """Something happened that starts clocks; ``source`` says where that is written."""

    event: Event
    source: str = ""


class EventRetracted(Struct, frozen=True, kw_only=True, tag="event retracted", tag_field="kind"):
    """The event recorded in entry ``entry`` did not happen, or not on that day."""

    entry: int
    reason: str


class Reviewed(Struct, frozen=True, kw_only=True, tag="reviewed", tag_field="kind"):
    """A person decided for these messages of one mailbox: which series, and which keys they bear.

    Without a series the decision adds keys and nothing else. ``group`` is the group in which they were shown.
    Beside each of ``ids``: its Message-ID, by which it is known once it has another id; the digest of what was seen of
    it; and how a person had filed it by then. These are empty where nothing of the kind was known.
    """

    mailbox: str
    ids: tuple[str, ...]
    internet_ids: tuple[str, ...] = ()
    judged: tuple[str, ...] = ()
    filed: tuple[tuple[str, ...], ...] = ()
    schedule: str = ""
    series: str = ""
    keys: tuple[str, ...] = ()
    reason: str
    group: str = ""


class ReviewAssigned(Struct, frozen=True, kw_only=True, tag="review assigned", tag_field="kind"):
    """A group of messages waits for this person's decision; an empty ``to`` says that it waits for nobody any more."""

    group: str
    to: str


class HoldPlaced(Struct, frozen=True, kw_only=True, tag="hold placed", tag_field="kind"):
    hold: Hold


class HoldReleased(Struct, frozen=True, kw_only=True, tag="hold released", tag_field="kind"):
    """``until`` is the end of the grace period: what the hold covered is kept until that day."""

    name: str
    reason: str
    until: date


class Approved(Struct, frozen=True, kw_only=True, tag="approved", tag_field="kind"):
    """An office's yes to exactly the plan with this digest."""

    plan: str
    steps: int


class Started(Struct, frozen=True, kw_only=True, tag="apply started", tag_field="kind"):
    plan: str
    holds: str


class Intent(Struct, frozen=True, kw_only=True, tag="intent", tag_field="kind"):
    """What is about to be done to one message, written before it is done.

    ``fingerprint`` is that of the schedule's edition, by which its adoption is found. ``conversation`` is said of a
    record, whose answers are not to be purged even when nothing but the ledger knows of it any more.
    """

    plan: str
    step: int
    action: str
    mailbox: str
    address: str
    id: str
    version: str
    schedule: str
    series: str
    how: str
    fingerprint: str = ""
    conversation: str = ""


class Stored(Struct, frozen=True, kw_only=True, tag="stored", tag_field="kind"):
    """A record's file is on the store, read back and equal: only now may its message leave the mailbox.

    ``digest`` is the SHA-256 of the file, ``sidecar`` that of the JSON beside it.
    """

    plan: str
    step: int
    digest: str
    place: str
    sidecar: str


class Outcome(Struct, frozen=True, kw_only=True, tag="outcome", tag_field="kind"):
    """What became of it: ``captured``, ``purged``, ``held`` or ``skipped``; ``answer`` says why or how."""

    plan: str
    step: int
    result: str
    answer: str
    mailbox: str = ""
    id: str = ""
    digest: str = ""
    place: str = ""


class Ended(Struct, frozen=True, kw_only=True, tag="apply ended", tag_field="kind"):
    """``counts`` per mailbox address: seen, kept, captured, purged, held, skipped."""

    plan: str
    counts: dict[str, dict[str, int]]


class Refused(Struct, frozen=True, kw_only=True, tag="refused", tag_field="kind"):
    """Somebody tried an act that is not their office's."""

    act: str
    why: str


class Torn(Struct, frozen=True, kw_only=True, tag="torn", tag_field="kind"):
    """The line before this one was cut off while it was being written; ``line`` is its SHA-256."""

    line: str


Body = (
    Founded
    | Adopted
    | EventRecorded
    | EventRetracted
    | Reviewed
    | ReviewAssigned
    | HoldPlaced
    | HoldReleased
    | Approved
    | Started
    | Intent
    | Stored
    | Outcome
    | Ended
    | Refused
    | Torn
)


class Entry(Struct, frozen=True, kw_only=True):
    """One entry. ``previous`` is the digest of the entry before it; ``by`` is a person's address, or an account."""

    n: int
    at: datetime
    by: str
    body: Body
    previous: str
    rehearsal: bool = False


class Link(Struct, frozen=True):
    """An entry and the SHA-256 of its bytes as they stand in the file."""

    entry: Entry
    digest: str


class Broken(ValueError):
    """The chain does not hold at this place."""


_decode = msgspec.json.Decoder(Entry)


def write(entry: Entry) -> tuple[bytes, str]:
    """The entry's line for the file, newline included, and its digest."""
    raw = msgspec.json.encode(entry, order="sorted")
    digest = hashlib.sha256(raw).hexdigest()
    return _START + digest.encode() + _MIDDLE + raw + b"}\n", digest


def read(line: bytes, n: int, previous: str) -> Link:
    """The link that this line (without its newline) holds; raises ``Broken`` where it is not entry ``n``."""
    raw, said = line[_AT:-1], line[len(_START) : len(_START) + 64]
    if not (line.startswith(_START) and line[_AT - len(_MIDDLE) : _AT] == _MIDDLE and line.endswith(b"}")):
        raise Broken(f"entry {n} is not in the form of a ledger entry")
    digest = hashlib.sha256(raw).hexdigest()
    if digest.encode() != said:
        raise Broken(f"entry {n} does not match its digest")
    try:
        entry = _decode.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Broken(f"entry {n} cannot be read: {error}") from error
    if entry.n != n:
        raise Broken(f"entry {n} calls itself {entry.n}")
    if entry.previous != previous:
        raise Broken(f"entry {n} does not follow the entry before it")
    return Link(entry, digest)


def chain(lines: Iterable[bytes], n: int = 0, previous: str = GENESIS) -> Iterator[Link]:
    """Every link of these lines in order; raises ``Broken`` at the first that does not hold.

    A line cut off by a crash is passed over only where the very next entry says so and gives its digest.
    """
    torn: tuple[str, Broken] | None = None
    for line in lines:
        try:
            link = read(line, n, previous)
        except Broken as broken:
            if torn:
                raise torn[1] from None
            torn = (hashlib.sha256(line).hexdigest(), broken)
            continue
        body = link.entry.body
        if torn and not (isinstance(body, Torn) and body.line == torn[0]):
            raise torn[1]
        torn = None
        yield link
        n, previous = n + 1, link.digest
    if torn:
        raise torn[1]


class InForce:
    """What the entries read so far amount to: holds, adoptions, approvals, and how far each plan got.

    ``add`` takes entries in the ledger's order and nothing else changes it.
    """

    def __init__(self) -> None:
        self.placed: dict[str, Hold] = {}
        self.released: dict[str, HoldReleased] = {}
        self._every: list[tuple[Hold, HoldReleased | None]] = []
        self.adopted: dict[str, Adopted] = {}
        self.approvals: dict[str, dict[str, Approved]] = {}
        self.ended: set[str] = set()
        self.stored: dict[tuple[str, int], Stored] = {}
        self.outcomes: dict[str, dict[int, Outcome]] = {}
        self.open_intents: dict[tuple[str, int], Intent] = {}
        self.events: dict[int, EventRecorded] = {}
        self.assigned: dict[str, str] = {}
        self.reviewed: list[int] = []
        self._happened: Happened | None = None
        self._conversations: set[int] = set()

    def add(self, entry: Entry) -> None:
        match entry.body:
            case HoldPlaced(hold=hold):
                self.placed[hold.name] = hold
                self.released.pop(hold.name, None)
                self._every = [*self._every, (hold, None)]
            case HoldReleased() as release:
                self.released[release.name] = release
                self._every = _released(self._every, release)
            case Adopted() as adoption:
                self.adopted[adoption.fingerprint] = adoption
            case EventRecorded() as recorded:
                self.events[entry.n] = recorded
                self._happened = None
            case EventRetracted() as retracted:
                self.events.pop(retracted.entry, None)
                self._happened = None
            case Reviewed():
                self.reviewed.append(entry.n)
            case ReviewAssigned(group=group, to=to):
                self.assigned[group] = to
            case Approved() as approval:
                self.approvals.setdefault(approval.plan, {})[entry.by] = approval
            case Intent() as intent:
                self.open_intents[intent.plan, intent.step] = intent
            case Stored() as stored:
                self.stored[stored.plan, stored.step] = stored
            case Outcome() as outcome:
                self._came_to(outcome)
            case Ended() as ended:
                self.ended.add(ended.plan)

    def _came_to(self, outcome: Outcome) -> None:
        step = (outcome.plan, outcome.step)
        if step in self.open_intents:
            intent = self.open_intents.pop(step)
            if intent.conversation and outcome.result == "captured":
                self._conversations.add(_short(intent.conversation))
        self.outcomes.setdefault(outcome.plan, {})[outcome.step] = outcome

    def every_hold(self) -> tuple[tuple[Hold, HoldReleased | None], ...]:
        """Every hold there ever was, in the order in which they were placed, with its release if it was released."""
        return tuple(self._every)

    def holds(self, today: date) -> tuple[Hold, ...]:
        """The holds that hold today: all that were placed, less those whose grace period after release is over."""
        return tuple(hold for hold, release in self.every_hold() if release is None or today < release.until)

    @property
    def happened(self) -> Happened:
        """All events that were recorded and not retracted."""
        if self._happened is None:
            self._happened = Happened(recorded.event for recorded in self.events.values())
        return self._happened

    def has_record(self, conversation: str) -> bool:
        """Whether a record of this conversation was captured."""
        return bool(conversation) and _short(conversation) in self._conversations

    def adoption(self, fingerprint: str, today: date) -> Adopted | None:
        """The adoption of exactly this schedule, once it is in effect."""
        adopted = self.adopted.get(fingerprint)
        return adopted if adopted and adopted.effective_on <= today else None


def _short(conversation: str) -> int:
    """Eight bytes for a conversation: where two should have the same, more is kept."""
    return int.from_bytes(hashlib.blake2b(conversation.encode(errors="replace"), digest_size=8).digest())


Held = list[tuple[Hold, HoldReleased | None]]


def _released(every: Held, release: HoldReleased) -> Held:
    """The holds after this release, which ends the latest hold of its name and no other one that bears it too."""
    for at in range(len(every) - 1, -1, -1):
        hold, ended = every[at]
        if hold.name == release.name and ended is None:
            return [*every[:at], (hold, release), *every[at + 1 :]]
    return every
