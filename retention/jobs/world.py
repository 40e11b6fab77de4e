"""The opened world of one command: the city, its mail, store, catalog and ledger, the clock and who acts.

How these are opened from files and settings is the command line's business.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import NoReturn

from filelock import FileLock, Timeout

from retention.catalog import Catalog, Known
from retention.core.around import Surroundings
from retention.core.audit import Adopted, EventRecorded, InForce, Refused
from retention.core.authority import Act, refusal
from retention.core.city import City, Rules
from retention.core.classify import FORM, looks_around
from retention.core.clock import Machine, disagrees
from retention.core.decide import Case
from retention.core.event import Happened
from retention.core.hold import Directory, Holds
from retention.core.hold import in_force as holds_in_force
from retention.core.message import Mailbox
from retention.core.person import Person, Roll
from retention.core.plan import Basis, rules_fingerprint
from retention.core.schedule import Schedule, Series, fingerprint
from retention.errors import AnotherRun, ClockWrong, Disagreement, NotThisOffice, ScheduleNotValid, StoreNotAnswering
from retention.jobs.acting import Signer, ended, trusted
from retention.ledger import Ledger
from retention.mail.interface import MailSystem
from retention.store.interface import RecordStore

Progress = Callable[[int, int | None, str], None]
"""Told how far a job is: done, of how many (``None``: not known), and at what."""


def silent(done: int, total: int | None, at: str) -> None:
    """The progress nobody watches."""


@dataclass
class World:
    """Everything a job may touch. ``mail`` and ``store`` are opened when first asked for.

    ``machine`` says since when the machine has run, ``told_time`` what time the mail system says it is.
    """

    city: City
    schedules: tuple[Schedule, ...]
    catalog: Catalog
    ledger: Ledger
    open_mail: Callable[[], MailSystem]
    open_store: Callable[[], RecordStore]
    now: Callable[[], datetime]
    actor: Person
    rehearsal: bool = False
    signer: Signer | None = None
    machine: Callable[[], Machine] | None = None
    told_time: Callable[[], datetime | None] = lambda: None
    _lock: FileLock | None = None
    _opened: list[MailSystem] = field(default_factory=list)
    _roll: tuple[int, Roll] | None = None
    _mailboxes: tuple[int, tuple[Mailbox, ...]] | None = None
    _directory: tuple[tuple[int, int], Directory] | None = None
    _events: tuple[int, dict[int, EventRecorded]] | None = None
    _happened: tuple[int, Happened] | None = None
    _holds: tuple[tuple[int, int, int, int, date], Holds] | None = None

    def __post_init__(self) -> None:
        names = [schedule.name for schedule in self.schedules]
        if len(set(names)) < len(names):
            # An adoption is found by a schedule's name: two of one name would take each other's.
            raise ScheduleNotValid("Two of the city's schedules have one name.", "Give each a name of its own.")
        self.ledger.machine = lambda: self.machine() if self.machine else Machine()

    @cached_property
    def mail(self) -> MailSystem:
        mail = self.open_mail()
        self._opened.append(mail)
        return mail

    @cached_property
    def store(self) -> RecordStore:
        return self.open_store()

    @cached_property
    def fingerprints(self) -> dict[str, str]:
        """Each schedule's fingerprint by its name."""
        return {schedule.name: fingerprint(schedule) for schedule in self.schedules}

    @cached_property
    def _series(self) -> dict[tuple[str, str], Series]:
        return {(schedule.name, series.key): series for schedule in self.schedules for series in schedule.series}

    def series_of(self, schedule: str, key: str) -> Series | None:
        """The series of that code in the city's schedule of that name, as it is in use now."""
        return self._series.get((schedule, key))

    def schedule_of(self, name: str) -> Schedule | None:
        """The city's schedule of that name, as it is in use now."""
        return next((schedule for schedule in self.schedules if schedule.name == name), None)

    @cached_property
    def known_series(self) -> frozenset[str]:
        """Every series of the city as a hold may name it: its code, or its schedule and its code."""
        found = ((schedule.name, series.key) for schedule in self.schedules for series in schedule.series)
        return frozenset(form.casefold() for name, key in found for form in (key, f"{name}/{key}"))

    @cached_property
    def filing_rules(self) -> str:
        """A digest of all that filings rest on: those made under another one are made again.

        The city's people, offices and domains are part of it where a schedule asks for them.
        """
        parts = [f"form {FORM}", *sorted(f"{name} {digest}" for name, digest in self.fingerprints.items())]
        if looks_around(self.schedules):
            parts.append(self.surroundings.fingerprint)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def in_record_thread(self, mailbox: Mailbox, conversation: str | None, told: bool) -> bool:
        """Whether a conversation holds a record, or that cannot be known; ``told``: the catalog says that it may."""
        unknown = not self._all_is_filed or mailbox.id in self._partly_read or conversation is None
        return unknown or told or self.ledger.in_force.has_record(conversation or "")

    @cached_property
    def _partly_read(self) -> frozenset[str]:
        """The ids of mailboxes of which something was never read: a record may lie there."""
        unread = {row["address"] for row in self.catalog.coverage() if row["read_at"] is None or row["unread"]}
        return frozenset(mailbox.id for mailbox in self.catalog.mailboxes() if mailbox.address in unread)

    @cached_property
    def rules(self) -> Rules:
        """What decisions are bound by: the city's settings in numbers."""
        return self.city.rules

    @cached_property
    def _all_is_filed(self) -> bool:
        """Whether a classification of all mail has come to its end, so that the conversations of records are known."""
        return self.catalog.filings.filed_under == self.filing_rules

    @property
    def today(self) -> date:
        """The day in the city's zone."""
        return self.now().astimezone(self.city.zone).date()

    @property
    def roll(self) -> Roll:
        """Everybody of the settings and of the ledger, as they are known now."""
        with self.ledger.still() as in_force:
            if self._roll is None or self._roll[0] != in_force.people_revision:
                self._roll = in_force.people_revision, self.city.roll_with(tuple(in_force.people.people))
            return self._roll[1]

    @property
    def surroundings(self) -> Surroundings:
        return self.city.surroundings(self.roll)

    @property
    def directory(self) -> Directory:
        """The people and the mailboxes that are known now."""
        with self.ledger.still() as in_force:
            revision = (in_force.people_revision, self.catalog.mailboxes_saved)
            if self._directory is None or self._directory[0] != revision:
                # Somebody may be recorded while deeds are done in other threads, which cannot read the catalog.
                if self._mailboxes is None or self._mailboxes[0] != self.catalog.mailboxes_saved:
                    self._mailboxes = self.catalog.mailboxes_saved, self.catalog.mailboxes()
                self._directory = revision, Directory(self.roll, self._mailboxes[1])
            return self._directory[1]

    def holds(self) -> Holds:
        """The holds that hold today. Raises what ``trusted`` raises: then nothing may be deleted."""
        with self.ledger.still() as in_force:
            directory, today = self.directory, self.today
            told = (in_force.holds.revision, in_force.people_revision, len(in_force.copies.vanished))
            revision = (*told, self.catalog.mailboxes_saved, today)
            if self._holds is None or self._holds[0] != revision:
                states = tuple(in_force.holds)
                found = holds_in_force(states, directory, today, lambda entry: ended(self, entry))
                vanished = in_force.copies.vanished_from
                self._holds = revision, Holds(found, self.city.zone, self.known_series, vanished)
            return self._holds[1]

    def hold(self, name: str) -> Holds:
        """Only what the hold of that name holds today, without making all the others ready to be asked."""
        with self.ledger.still() as in_force:
            states = (one for one in (in_force.holds.states.get(name),) if one)
            found = holds_in_force(states, self.directory, self.today, lambda entry: ended(self, entry))
            return Holds(found, self.city.zone, self.known_series, in_force.copies.vanished_from)

    @property
    def events(self) -> Mapping[int, EventRecorded]:
        """The events in force, by their entries. Raises what ``trusted`` raises: then nothing may be deleted.

        Where acts are signed, what nobody signed neither records an event nor retracts one, unless it came before that.
        """
        with self.ledger.still() as in_force:
            if self.city.city.identity != "ssh":
                return in_force.events
            if self._events is None or self._events[0] != in_force.events_revision:
                self._events = in_force.events_revision, self._relied_on(in_force)
            return self._events[1]

    def _relied_on(self, in_force: InForce) -> dict[int, EventRecorded]:
        """Of all events that were ever recorded, those in force by what can be relied on."""

        def counts(n: int) -> bool:
            return n < in_force.signed_before or trusted(self, n)

        taken_back = {n for n, entries in in_force.retractions.items() if any(map(counts, entries))}
        told = sorted({**in_force.events, **in_force.retracted}.items())
        return {n: one for n, one in told if n not in taken_back and counts(n)}

    @property
    def happened(self) -> Happened:
        """All events that start clocks, each key with the days on which they happened to it."""
        with self.ledger.still() as in_force:
            if self.city.city.identity != "ssh":
                return in_force.happened
            if self._happened is None or self._happened[0] != in_force.events_revision:
                happened = Happened(one.event for one in self.events.values())
                self._happened = in_force.events_revision, happened
            return self._happened[1]

    def adoption(self, digest: str) -> Adopted | None:
        """The adoption of exactly this schedule that is in effect today and can be trusted."""
        in_force = self.ledger.in_force
        adopted = in_force.adoption(digest, self.today)
        return adopted if adopted and trusted(self, in_force.adopted_in[digest]) else None

    def basis(self) -> Basis:
        """What decisions rest on now."""
        schedules = {}
        for name, digest in self.fingerprints.items():
            adopted = self.adoption(digest) is not None
            schedules[name] = digest if adopted else f"{digest} not adopted"
        return Basis(schedules=schedules, holds=self.holds().fingerprint, rules=rules_fingerprint(self.city.rules))

    def case(self, known: Known, holds: Holds) -> Case:
        """Everything the decision about this message rests on, under these holds."""
        # A filing made under other rules is no answer to what these rules say.
        filing = known.filing if known.filed_under == self.filing_rules else None
        schedule = (filing.schedule_name if filing else None) or ""
        digest = self.fingerprints.get(schedule, "")
        series = self._series.get((schedule, filing.series_key or "")) if filing else None
        today = self.today
        adoption = self.adoption(digest)
        happened, key_type = self.happened, series.key_type if series else ""
        return Case(
            message=known.message,
            mailbox=known.mailbox,
            filing=filing,
            series=series,
            fingerprint=digest,
            adopted=adoption is not None,
            adopted_from=self.adopted_from(digest),
            confirmed=series is not None and adoption is not None and series.key in adoption.confirmed,
            # A record stays one whatever lies beside it: only of transitory mail is this ever asked.
            in_record_thread=series is not None
            and series.transitory
            and self.in_record_thread(known.mailbox, known.message.conversation, known.in_record_thread),
            happened=happened.to(known.keys, key_type),
            happened_to_any=happened.to_any(known.keys, key_type),
            is_stored=known.is_stored,
            holds=holds,
            today=today,
            rules=self.rules,
        )

    def adopted_from(self, digest: str) -> date | None:
        """From which day an office has adopted exactly this schedule; ``None`` where none has."""
        adopted = self.ledger.in_force.adopted.get(digest)
        return adopted.effective_on if adopted else None

    def edition_of(self, name: str | None) -> str:
        """The edition of the schedule of that name; empty where the city uses none."""
        return next((schedule.edition for schedule in self.schedules if schedule.name == name), "")

    def require(self, act: Act) -> None:
        """Pass where the actor's office may do this; otherwise write the attempt down and raise ``NotThisOffice``.

        Raises ``ClockWrong`` where the clock has jumped: neither an act nor an attempt is written on a day to come.
        """
        self._refuse_jumped_clock()
        why = refusal(act, self.actor, self.city.roll, self.city.acts, self.today)
        if why is not None:
            self.refuse(act, why)

    def _refuse_jumped_clock(self) -> None:
        self.ledger.refresh()
        try:
            self.ledger.refuse_jumped_clock()
        except ClockWrong:
            told = self.told_time()
            if told is None or disagrees(self.now(), told):
                raise
            # What the mail system's clock bears out has the right day: an attorney need not wait for an office's word
            # on a machine that slept. Deletions do (``jobs/clock.py``).
            self.ledger.machine = Machine

    def refuse(self, act: Act, why: str) -> NoReturn:
        """Write down that somebody tried what is not their office's, and raise ``NotThisOffice``; or ``ClockWrong``."""
        self.ledger.append(Refused(act=act, why=why))
        raise NotThisOffice(why, "Ask that office; the attempt was written to the ledger.")

    def agree(self) -> None:
        """Raise ``Disagreement`` where the ledger no longer has the entry that the catalog saw last: it was cut."""
        seen = self.catalog.fact("ledger head")
        if seen is None:
            return
        n, digest = seen.split()
        # Another command may have written and remembered more since this one opened the ledger.
        self.ledger.refresh()
        if not self.ledger.had(int(n), digest):
            raise Disagreement(
                f"The ledger no longer holds entry {int(n) - 1} as the catalog saw it: it was cut or replaced.",
                "Nothing was done; restore the ledger from a copy.",
            )

    def remember(self) -> None:
        """Keep in the catalog how far the ledger reached."""
        n, digest = self.ledger.head
        seen = self.catalog.fact("ledger head")
        if seen is None or int(seen.split(maxsplit=1)[0]) < n:
            self.catalog.save_fact("ledger head", f"{n} {digest}")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Only one sync, classification or apply of a city runs at a time; raises ``AnotherRun``.

        A block within another of the same world is a part of it. The system lets go of the lock when a process dies.
        """
        path = self.catalog.path.resolve()
        lock = self._lock = self._lock or FileLock(f"{path}.run", timeout=0, mode=0o660)
        running = path.with_name(f"{path.name}.running")
        try:
            lock.acquire()
        except Timeout as error:
            raise AnotherRun(f"Another run is working on this city{_since(running)}.", "Wait for it to end.") from error
        except OSError as error:
            raise StoreNotAnswering(
                f"The lock beside {self.catalog.path} cannot be taken: {error.strerror}.",
                "Make the city's folder writable for the group of those who run retention.",
            ) from error
        try:
            if lock.lock_counter == 1:
                with suppress(OSError):
                    running.write_text(f"{os.getpid()} {self.now().astimezone(self.city.zone):%Y-%m-%d %H:%M %Z}")
            yield
        finally:
            try:
                if lock.lock_counter == 1:
                    with suppress(OSError):
                        running.unlink()
            finally:
                lock.release()

    def close(self) -> None:
        for mail in self._opened:
            mail.close()
        self.catalog.close()


def _since(running: Path) -> str:
    """What a run has left beside the catalog while it works: which process it is, and since when."""
    try:
        process, _, since = running.read_text().partition(" ")
    except OSError:
        return ""
    return f" since {since} (process {process})" if process.isdecimal() else ""
