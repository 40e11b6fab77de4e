"""What the ledger says of one message, of its record and of its copy: its entries, each as a sentence for people.

Where entries are read from is not known here, and nothing is decided.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import zip_longest

from msgspec import Struct

from retention.core.accession import RecordsExported, TransferAccepted
from retention.core.audit import Entry, Intent, Outcome, Reviewed, Stored
from retention.core.destruction import Certified, RecordDeed, RecordOutcome, RecordRestored, Tombstone
from retention.core.message import MessageRef
from retention.core.preserved import CopyGone, CopyToGo, HeldVanished, Preserved, VanishedAcknowledged
from retention.core.restoring import NotPutBack, PutBack, ToBePutBack

_LEFT = frozenset({"captured", "purged"})
"""The results of a deed after which a message is no longer in its mailbox."""
_CHANGED = frozenset({"quarantined", "destroyed"})
"""The results of a deed by which a record is no longer where it was."""
_Step = tuple[str, int]


class Happening(Struct, frozen=True, kw_only=True):
    """One entry of the ledger: its number, when, by whom, of which kind, by which plan, and what it says, in words.

    ``came_to`` is what became of the message or its record by it: ``captured``, ``purged``, ``returned``,
    ``quarantined``, ``restored`` or ``destroyed``; empty where it stayed where it was.
    """

    entry: int
    at: datetime
    by: str
    kind: str
    plan: str = ""
    sentence: str
    came_to: str = ""


class Trail:
    """All that is told of one message in one mailbox, in order. ``tombstone`` stays of a record that was destroyed."""

    def __init__(self, ref: MessageRef) -> None:
        self.ref = ref
        self.address = ""
        self.internet_id = ""
        self.happenings: list[Happening] = []
        self.intent: Intent | None = None
        self.stored: Stored | None = None
        self.outcome: Outcome | None = None
        self.tombstone: Tombstone | None = None

    def note(self, entry: Entry, sentence: str, plan: str = "", came_to: str = "") -> None:
        kind = str(entry.body.__struct_config__.tag)
        self.happenings.append(
            Happening(entry=entry.n, at=entry.at, by=entry.by, kind=kind, plan=plan, sentence=sentence, came_to=came_to)
        )

    def came_to(self, instant: datetime | None = None) -> Happening | None:
        """What had last become of it by then; ``None`` where nothing was done to it."""
        told = (one for one in reversed(self.happenings) if one.came_to and (instant is None or one.at <= instant))
        return next(told, None)


def in_words(answer: str) -> str:
    """A mail system's answer as people are told it: without the number that its protocol gives it."""
    return re.sub(r"^[1-5][0-9]{2}, ", "", answer)


class Trails:
    """The trails of some messages, found in one reading of the ledger: ``add`` takes its entries in their order."""

    def __init__(self, refs: Iterable[MessageRef]) -> None:
        self.of: dict[MessageRef, Trail] = {ref: Trail(ref) for ref in refs}
        self._mailboxes = {ref.mailbox for ref in self.of}
        self._steps: dict[_Step, Trail] = {}
        self._records: dict[str, list[Trail]] = {}
        self._copies: dict[str, list[Trail]] = {}
        self._vanished: dict[int, Trail] = {}
        self._exported: dict[int, list[Trail]] = {}
        self._going: dict[tuple[str, str, int], Tombstone | None] = {}
        self._gone_by: dict[str, list[Trail]] = {}

    def add(self, entry: Entry) -> None:
        """Take in one entry."""
        match entry.body:
            case Intent() | Stored() | Outcome() as body:
                self._deed(entry, body)
            case Reviewed() as body if body.mailbox in self._mailboxes:
                self._reviewed(entry, body)
            case Preserved() | CopyToGo() | CopyGone() | HeldVanished() | VanishedAcknowledged() as body:
                self._copied_or_vanished(entry, body)
            case RecordDeed() | RecordOutcome() | RecordRestored() | Certified() as body:
                self._record(entry, body)
            case RecordsExported() | TransferAccepted() as body:
                self._elsewhere(entry, body)
            case ToBePutBack() | PutBack() | NotPutBack() as body:
                self._put_back(entry, body)

    def _deed(self, entry: Entry, body: Intent | Stored | Outcome) -> None:
        if isinstance(body, Intent):
            trail = self.of.get(MessageRef(body.mailbox, body.id))
            if trail is None:
                return
            trail.intent, trail.address = body, body.address
            self._steps[body.plan, body.step] = trail
            return trail.note(entry, f"is about to {body.action} it", body.plan)
        trail = self._steps.get((body.plan, body.step))
        if trail is None:
            return
        if isinstance(body, Stored):
            trail.stored = body
            self._records.setdefault(body.place, []).append(trail)
            trail.note(entry, f"stored as {body.place}", body.plan)
        else:
            trail.outcome = body
            came_to = body.result if body.result in _LEFT else ""
            trail.note(entry, f"{body.result}: {in_words(body.answer)}", body.plan, came_to)

    def _reviewed(self, entry: Entry, body: Reviewed) -> None:
        for id_ in body.ids:
            if trail := self.of.get(MessageRef(body.mailbox, id_)):
                keys = f"bears {', '.join(body.keys)}" if body.keys else ""
                series = f"belongs to {body.series}" if body.series else ""
                trail.note(entry, f"decided that it {' and '.join(filter(None, (series, keys)))}: {body.reason}")

    def _copied_or_vanished(
        self, entry: Entry, body: Preserved | CopyToGo | CopyGone | HeldVanished | VanishedAcknowledged
    ) -> None:
        match body:
            case Preserved():
                if trail := self.of.get(MessageRef(body.mailbox, body.id)):
                    trail.address = trail.address or body.address
                    self._copies.setdefault(body.digest, []).append(trail)
                    trail.note(entry, f"a preservation copy was kept for the hold '{body.hold}'")
            case CopyToGo(digests=digests) | CopyGone(digests=digests):
                said = "its preservation copy is to be destroyed" if isinstance(body, CopyToGo) else ""
                for digest in digests:
                    for trail in self._copies.get(digest, ()):
                        trail.note(entry, said or "its preservation copy was destroyed")
            case HeldVanished():
                if trail := self.of.get(body.ref):
                    self._vanished[entry.n] = trail
                    trail.address, trail.internet_id = body.address, body.internet_id
                    held = ", ".join(body.holds)
                    trail.note(entry, f"vanished while held by {held}; last seen on {body.seen_at:%Y-%m-%d}")
            case VanishedAcknowledged(entries=entries):
                for trail in dict.fromkeys(self._vanished[n] for n in entries if n in self._vanished):
                    trail.note(entry, "somebody answered for its having vanished")

    def _record(self, entry: Entry, body: RecordDeed | RecordOutcome | RecordRestored | Certified) -> None:
        match body:
            case RecordDeed():
                said = "its record is about to be destroyed" if body.deed == "destroy" else "its record is to go"
                entries = ", ".join(f"entry {n}" for n in body.consents)
                consents = f", by the consents of {entries}" if entries else ""
                for trail in self._at(body.place, body.tombstone):
                    self._going[body.place, body.plan, body.step] = body.tombstone
                    trail.note(entry, f"{said}{consents}", body.plan)
            case RecordOutcome():
                for trail in self._at(body.place):
                    if body.result == "destroyed":
                        trail.tombstone = self._going.get((body.place, body.plan, body.step))
                        self._gone_by.setdefault(body.plan, []).append(trail)
                    said = f"its record: {body.result}{f': {body.answer}' if body.answer else ''}"
                    trail.note(entry, said, body.plan, body.result if body.result in _CHANGED else "")
            case RecordRestored():
                for place in body.places:
                    for trail in self._at(place):
                        trail.note(entry, f"its record was taken out of quarantine: {body.reason}", "", "restored")
            case Certified():
                for trail in self._gone_by.get(body.plan, ()):
                    trail.note(entry, f"certified, in the certificate {body.digest[:16]}…", body.plan)

    def _elsewhere(self, entry: Entry, body: RecordsExported | TransferAccepted) -> None:
        if isinstance(body, TransferAccepted):
            for trail in self._exported.get(body.export, ()):
                trail.note(entry, f"taken over by {body.archive} on {body.on}, {body.reference}")
            return
        for place, trails in self._records.items():
            if body.has(place):
                self._exported.setdefault(entry.n, []).extend(trails)
                for trail in trails:
                    trail.note(entry, f"its record was exported in the bag {body.bag}")

    def _put_back(self, entry: Entry, body: ToBePutBack | PutBack | NotPutBack) -> None:
        trail = self.of.get(MessageRef(body.mailbox, body.id))
        match body:
            case ToBePutBack():
                said, came_to = f"is about to be put back: {body.reason}", ""
            case PutBack():
                said, came_to = f"put back with the id {body.now}: {body.answer}", "returned"
                again = self.of.get(MessageRef(body.mailbox, body.now))
                if again is not None and again is not trail:
                    again.note(entry, f"put back here; it had left with the id {body.id}", body.plan, came_to)
            case NotPutBack():
                said, came_to = f"not put back: {body.answer}", ""
        if trail is not None:
            trail.note(entry, said, body.plan, came_to)

    def _at(self, place: str, tombstone: Tombstone | None = None) -> list[Trail]:
        """The messages whose record lies there. A ledger that does not say who stored it has it in the tombstone."""
        if place not in self._records and tombstone is not None:
            marks = (MessageRef(mark.mailbox, mark.id) for mark in tombstone.custody)
            found = [self.of[ref] for ref in marks if ref in self.of]
            if found:
                self._records[place] = found
        return self._records.get(place, [])


class Search:
    """Whose messages the ledger means by a text: an id, a Message-ID, a record's digest or its place."""

    def __init__(self, text: str) -> None:
        bare = text.strip().strip("<>")
        self._names = frozenset(filter(None, (bare, f"<{bare}>" if bare else "")))
        self._place = bare.removesuffix(".eml").removesuffix(".json")
        self._steps: dict[_Step, MessageRef] = {}
        self.refs: dict[MessageRef, None] = {}

    def add(self, entry: Entry) -> None:
        """Look at one entry, in the ledger's order."""
        for ref in self._named(entry):
            self.refs.setdefault(ref)

    def _named(self, entry: Entry) -> Iterator[MessageRef]:
        match entry.body:
            case Intent() as body:
                ref = self._steps[body.plan, body.step] = MessageRef(body.mailbox, body.id)
                if body.id in self._names:
                    yield ref
            case Stored() as body:
                known = self._steps.get((body.plan, body.step))
                if known is not None and self._is_record(body.digest, body.place):
                    yield known
            case Outcome(plan=plan, step=step):
                self._steps.pop((plan, step), None)
            case RecordDeed(tombstone=Tombstone() as stone):
                named = stone.internet_id in self._names or self._is_record(stone.digest, stone.place)
                marks = (mark for mark in stone.custody if named or mark.id in self._names)
                yield from (MessageRef(mark.mailbox, mark.id) for mark in marks)
            case HeldVanished() as body:
                if body.id in self._names or body.internet_id in self._names:
                    yield body.ref
            case Preserved() as body:
                if body.id in self._names or body.digest in self._names:
                    yield MessageRef(body.mailbox, body.id)
            case Reviewed() as body:
                every = zip_longest(body.ids, body.internet_ids, fillvalue="")
                yield from (MessageRef(body.mailbox, pair[0]) for pair in every if not self._names.isdisjoint(pair))

    def _is_record(self, digest: str, place: str) -> bool:
        return digest in self._names or place == self._place
