"""What is decided about a stored record as the world is at this very moment, and which of its gates are shut.

The rule is in ``core/disposal.py``; nothing is done to a record here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from retention.core.decide import Case, Decision
from retention.core.disposal import RecordCase, dispose, filing_of
from retention.core.gate import Gate, Shut, gates_for, opened, shut
from retention.core.hold import Directory
from retention.core.message import Mailbox
from retention.core.record import Record
from retention.errors import LedgerBroken
from retention.jobs.acting import trusted
from retention.jobs.world import World


class Judging:
    """Asked about one record at a time; what has changed in the ledger since the last one counts at once.

    ``reviewed`` are the series (``schedule/code``) whose records a person says were looked at; ``one_time`` as in
    ``RecordCase``.
    """

    def __init__(self, world: World, reviewed: Mapping[str, str] = {}, one_time: bool = False) -> None:
        self._world = world
        self._reviewed = reviewed
        self._one_time = one_time
        self._directory: Directory | None = None
        self._boxes: dict[str, Mailbox] = {}

    def decide(self, record: Record) -> Decision:
        return dispose(self.case(record))

    def case(self, record: Record) -> RecordCase:
        """Everything the decision rests on. Raises ``LedgerBroken`` for a record of which no mailbox is known."""
        if not record.custody:
            raise LedgerBroken(f"The record {record.place} names no mailbox it came from.", "Nobody can judge it.")
        world = self._world
        schedule = world.schedule_of(record.schedule)
        return RecordCase(
            record=record,
            cases=tuple(self._cases(record)),
            gated=schedule is not None and schedule.gated,
            reviewed=f"{record.schedule}/{record.series}" in self._reviewed,
            one_time=self._one_time and any(gate.when == "unscheduled" for gate in self.gates(record)),
        )

    def gates(self, record: Record) -> tuple[Gate, ...]:
        """The gates that this record has to pass; none where its schedule is not in use (then it stays anyway)."""
        schedule = self._world.schedule_of(record.schedule)
        if schedule is None:
            return ()
        return gates_for(schedule, self._world.series_of(record.schedule, record.series))

    def shut(self, record: Record) -> tuple[Shut, ...]:
        """The gates of this record that no consent opens today."""
        world = self._world
        consents = world.ledger.in_force.consents
        return tuple(shut(self.gates(record), record.place, record.schedule, consents, world.today, self._counts))

    def opened(self, record: Record) -> tuple[int, ...]:
        """The entries of the consents that open its gates today."""
        world = self._world
        consents = world.ledger.in_force.consents
        return opened(self.gates(record), record.place, record.schedule, consents, world.today, self._counts)

    def _counts(self, entry: int) -> bool:
        return trusted(self._world, entry)

    def _cases(self, record: Record) -> Iterator[Case]:
        world = self._world
        boxes = self._mailboxes()
        series = world.series_of(record.schedule, record.series)
        digest = world.fingerprints.get(record.schedule, "")
        adoption = world.adoption(digest)
        happened, key_type = world.happened, series.key_type if series else ""
        holds = world.holds()
        for custody in record.custody:
            yield Case(
                message=record.message(custody),
                mailbox=boxes.get(custody.mailbox) or Mailbox(id=custody.mailbox, address=custody.address),
                filing=filing_of(record, custody),
                series=series,
                fingerprint=digest,
                adopted=adoption is not None,
                adopted_from=world.adopted_from(digest),
                confirmed=series is not None and adoption is not None and series.key in adoption.confirmed,
                happened=happened.to(record.keys, key_type),
                happened_to_any=happened.to_any(record.keys, key_type),
                holds=holds,
                today=world.today,
                rules=world.rules,
            )

    def _mailboxes(self) -> dict[str, Mailbox]:
        directory = self._world.directory
        if directory is not self._directory:
            self._directory = directory
            self._boxes = {mailbox.id: mailbox for mailbox in directory.mailboxes}
        return self._boxes
