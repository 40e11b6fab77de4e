"""Entries of the ledger about schedules, reviews, plans and deeds.

Those about holds, people, notices, access and preservation copies stand beside their own nouns.
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from retention.core.event import Event


class Founded(Struct, frozen=True, kw_only=True, tag="founded", tag_field="kind"):
    """The ledger's first entry."""

    city: str


class Adopted(Struct, frozen=True, kw_only=True, tag="adopted", tag_field="kind"):
    """An office adopted exactly this schedule.

    ``confirmed`` are the series that nobody had verified in their source and that the office confirms by their codes.
    ``kept`` is the SHA-256 of the edition's whole text, as it is kept beside the ledger; older entries have none.
    """

    schedule: str
    fingerprint: str
    authority: str
    effective_on: date
    edition: str = ""
    posted_on: date | None = None
    confirmed: tuple[str, ...] = ()
    kept: str = ""


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


class Approved(Struct, frozen=True, kw_only=True, tag="approved", tag_field="kind"):
    """An office's yes to exactly the plan with this digest."""

    plan: str
    steps: int


class PlanMade(Struct, frozen=True, kw_only=True, tag="plan made", tag_field="kind"):
    """What the maker of a plan signs, where the city knows people by their keys; it stands in the plan's own file."""

    plan: str
    steps: int


class Started(Struct, frozen=True, kw_only=True, tag="apply started", tag_field="kind"):
    plan: str
    holds: str


class HoldAsked(Struct, frozen=True, kw_only=True, tag="hold asked", tag_field="kind"):
    """A run that has just started asks this hold: by these versions it may hold something in a mailbox of the plan.

    One entry for each such hold, so that one of them can be shown without the others.
    """

    plan: str
    name: str
    versions: tuple[int, ...]


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

    ``digest`` is the SHA-256 of the file, ``sidecar`` that of the JSON beside it; empty in what the very first version
    wrote: such a record is kept, because nothing vouches for what its JSON says.
    """

    plan: str
    step: int
    digest: str
    place: str
    sidecar: str = ""


class Outcome(Struct, frozen=True, kw_only=True, tag="outcome", tag_field="kind"):
    """What became of it: ``captured``, ``purged``, ``held`` or ``skipped``; ``answer`` says why or how.

    ``holds`` are those that stopped it.
    """

    plan: str
    step: int
    result: str
    answer: str
    mailbox: str = ""
    id: str = ""
    digest: str = ""
    place: str = ""
    holds: tuple[str, ...] = ()


class Counted(Struct, frozen=True, kw_only=True, tag="apply counted", tag_field="kind"):
    """``counts`` per mailbox address: seen, kept, captured, purged, held, skipped.

    It tells whose mail some hold keeps, and is therefore no part of ``Ended``, which everybody may be shown.
    """

    plan: str
    counts: dict[str, dict[str, int]]


class HoldKept(Struct, frozen=True, kw_only=True, tag="hold kept", tag_field="kind"):
    """How many messages this hold kept in the run whose end comes next; one that two holds cover counts for both."""

    plan: str
    name: str
    messages: int


class Ended(Struct, frozen=True, kw_only=True, tag="apply ended", tag_field="kind"):
    """The plan is finished. ``counts`` is of older ledgers, which had no ``Counted``."""

    plan: str
    counts: dict[str, dict[str, int]] = {}


class SyncEnded(Struct, frozen=True, kw_only=True, tag="sync ended", tag_field="kind"):
    """Mailboxes were read: how many, what of which could not be, and how many messages had gone without our doing."""

    mailboxes: int
    gone: int
    unreadable: dict[str, str] = {}


class Proved(Struct, frozen=True, kw_only=True, tag="hold proved", tag_field="kind"):
    """A packet that proves this hold was written; ``manifest`` is the SHA-256 of its list of files."""

    name: str
    manifest: str


class Refused(Struct, frozen=True, kw_only=True, tag="refused", tag_field="kind"):
    """Somebody tried an act that is not their office's."""

    act: str
    why: str


class Torn(Struct, frozen=True, kw_only=True, tag="torn", tag_field="kind"):
    """The line before this one was cut off while it was being written; ``line`` is its SHA-256."""

    line: str
