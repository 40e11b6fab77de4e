"""What the entries read so far amount to: holds, adoptions, approvals, and how far each plan got.

Nothing is read from a disk here; the ledger hands over its entries one by one.
"""

from __future__ import annotations

import hashlib
from datetime import date
from typing import get_args

from retention.core import access, accession, clock, consent, destruction, notice, preserved, restoring, standing
from retention.core.audit.chain import Entry
from retention.core.audit.entries import (
    Adopted,
    Approved,
    Ended,
    EventRecorded,
    EventRetracted,
    Intent,
    Outcome,
    ReviewAssigned,
    Reviewed,
    Stored,
)
from retention.core.event import Happened
from retention.core.files import FileSource
from retention.core.files_added import FilesAdded, FilesDropped
from retention.core.hold import (
    Book,
    HoldAmended,
    HoldReleased,
    ServerHoldsTold,
    Told,
)
from retention.core.person import PersonRecorded, Register

_RELIED_ON = (
    HoldAmended,
    HoldReleased,
    ServerHoldsTold,
    Approved,
    standing.StandingApproved,
    Adopted,
    EventRecorded,
    EventRetracted,
    access.AccessGranted,
    clock.ClockConfirmed,
    consent.ConsentRecorded,
    destruction.DestructionStarted,
)
"""The acts by which something is allowed: what rests on them asks whether they can be trusted."""
_OF_MESSAGES = frozenset({Intent, Stored, Outcome})
"""By far the most entries of a long ledger: of these nothing is asked but how far a plan got."""
_HOLDS = get_args(Told)
_NOTICES = get_args(notice.Told)
_ACCESS = get_args(access.Told)
_COPIES = get_args(preserved.Told)
_CONSENTS = get_args(consent.Told)
_DESTRUCTIONS = get_args(destruction.Told)
_ACCESSIONS = get_args(accession.Told)
_RESTORINGS = get_args(restoring.Told)
_STANDING = get_args(standing.Told)


class InForce:
    """What the entries read so far amount to: holds, adoptions, approvals, and how far each plan got.

    ``add`` takes entries in the ledger's order and nothing else changes it.
    """

    def __init__(self) -> None:
        self.holds = Book()
        self.people = Register()
        self.files: dict[str, FileSource] = {}
        self.files_dropped: dict[str, FilesDropped] = {}
        self.notices = notice.Notices()
        self.access = access.Access()
        self.copies = preserved.Copies()
        self.consents = consent.Consents()
        self.destructions = destruction.Destructions()
        self.accessions: dict[int, accession.Told] = {}
        self.restorings = restoring.Restorings()
        self.acts: dict[int, Entry] = {}
        self._first_said: dict[bytes, int] = {}
        self.signed_since: int | None = None
        self.adopted: dict[str, Adopted] = {}
        self.adopted_in: dict[str, int] = {}
        self.approvals: dict[str, dict[str, int]] = {}
        self.people_revision = 0
        self.events_revision = 0
        self.ended: set[str] = set()
        self.standing = standing.Standings()
        self.clock: clock.Reading | None = None
        self.clocks: dict[str, clock.Reading] = {}
        self.stored: dict[tuple[str, int], Stored] = {}
        self.outcomes: dict[str, dict[int, Outcome]] = {}
        self.open_intents: dict[tuple[str, int], Intent] = {}
        self.events: dict[int, EventRecorded] = {}
        self.retracted: dict[int, EventRecorded] = {}
        self.retractions: dict[int, list[int]] = {}
        self.assigned: dict[str, str] = {}
        self.reviewed: list[int] = []
        self.records_told = 0
        self._happened: Happened | None = None
        self._conversations: set[int] = set()

    def add(self, entry: Entry) -> None:
        """Take in one entry."""
        if type(entry.body) in _OF_MESSAGES:
            return self._note_deeds(entry)
        if isinstance(entry.body, _RELIED_ON):
            self.acts[entry.n] = entry
        if entry.signature and self.signed_since is None:
            self.signed_since = entry.n
        if entry.statement:
            self._first_said.setdefault(_sha256(entry.statement), entry.n)
        self._note_people(entry)
        self._note_running(entry)
        return self._note_deeds(entry)

    def _note_people(self, entry: Entry) -> None:
        """What is told of holds, people, notices, access, copies and records; each keeps a book of its own."""
        match entry.body:
            case body if isinstance(body, _HOLDS):
                self.holds.add(entry.n, entry.at, entry.by, body)
            case PersonRecorded(person=person):
                self.people.add(person)
                self.people_revision += 1
            case FilesAdded(files=files):
                self.files[files.id] = files
                self.files_dropped.pop(files.id, None)
            case FilesDropped() as dropped:
                self.files.pop(dropped.id, None)
                self.files_dropped[dropped.id] = dropped
            case body if isinstance(body, _NOTICES):
                self.notices.add(entry.at, body)
            case body if isinstance(body, _ACCESS):
                self.access.add(entry.n, entry.at, entry.by, body)
            case body if isinstance(body, _COPIES):
                self.copies.add(entry.n, entry.at, body)
            case body if isinstance(body, _CONSENTS):
                self.consents.add(entry.n, entry.at, entry.by, body)
            case body if isinstance(body, _DESTRUCTIONS):
                self.destructions.add(entry.n, entry.at, body)
                self.records_told = entry.n + 1
            case body if isinstance(body, _ACCESSIONS):
                self.accessions[entry.n] = body
            case body if isinstance(body, _RESTORINGS):
                self.restorings.add(body)

    def _note_running(self, entry: Entry) -> None:
        """What lets the product run by itself: approvals given in advance, and the clock."""
        match entry.body:
            case body if isinstance(body, _STANDING):
                self.standing.add(entry.n, entry.at, entry.by, body)
            case clock.ClockRead() | clock.ClockConfirmed() as read:
                self.clock = clock.reading(entry.n, entry.at, read, self.clocks.get(read.boot))
                self.clocks[read.boot] = self.clock

    def _note_deeds(self, entry: Entry) -> None:
        match entry.body:
            case Intent() as intent:
                self.open_intents[intent.plan, intent.step] = intent
            case Stored() as stored:
                self.stored[stored.plan, stored.step] = stored
                self.destructions.stored(stored.place)
                self.records_told = entry.n + 1
            case Outcome() as outcome:
                self._came_to(outcome)
            case Adopted() as adoption:
                self.adopted[adoption.fingerprint] = adoption
                self.adopted_in[adoption.fingerprint] = entry.n
            case EventRecorded() as recorded:
                self.events[entry.n] = recorded
                self._happened, self.events_revision = None, self.events_revision + 1
            case EventRetracted(entry=n):
                self._retract(n, entry.n)
            case Reviewed():
                self.reviewed.append(entry.n)
            case ReviewAssigned(group=group, to=to):
                self.assigned[group] = to
            case Approved(plan=plan):
                self.approvals.setdefault(plan, {})[entry.by] = entry.n
            case Ended() as ended:
                self.ended.add(ended.plan)

    def _retract(self, n: int, by: int) -> None:
        """The event is kept beside those in force: where acts are signed, not every retraction counts."""
        if n in self.events:
            self.retracted[n] = self.events.pop(n)
        if n in self.retracted:
            self.retractions.setdefault(n, []).append(by)
        self._happened, self.events_revision = None, self.events_revision + 1

    def _came_to(self, outcome: Outcome) -> None:
        step = (outcome.plan, outcome.step)
        self.stored.pop(step, None)
        if step in self.open_intents:
            intent = self.open_intents.pop(step)
            if intent.conversation and outcome.result == "captured":
                self._conversations.add(_short(intent.conversation))
        self.outcomes.setdefault(outcome.plan, {})[outcome.step] = outcome

    @property
    def signed_before(self) -> int:
        """The entry from which on acts are signed; one past every entry where none is."""
        return self.signed_since if self.signed_since is not None else 1 << 62

    def first_said(self, entry: Entry) -> int:
        """In which entry its statement stood first: a statement is good for one act, and shown again allows nothing."""
        return self._first_said.get(_sha256(entry.statement), entry.n)

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


def _sha256(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _short(conversation: str) -> int:
    """Eight bytes for a conversation: where two should have the same, more is kept."""
    return int.from_bytes(hashlib.blake2b(conversation.encode(errors="replace"), digest_size=8).digest())
