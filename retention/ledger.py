"""What we did: the append-only ledger on disk, and the lock under which a deed is done.

What the entries mean is in ``core/audit.py``; nothing here decides anything.
"""

from __future__ import annotations

import os
import secrets
import threading
import weakref
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from filelock import FileLock, Timeout

from retention import durable
from retention.core.audit import (
    GENESIS,
    Body,
    Broken,
    Ended,
    Entry,
    Founded,
    InForce,
    Link,
    Signed,
    Torn,
    chain,
    read,
    write,
)
from retention.core.clock import CONFIRM, ClockConfirmed, Machine, jumped
from retention.errors import AnotherRun, BadConfiguration, ClockWrong, LedgerBroken, StoreNotAnswering

WAIT_FOR_LOCK = 60.0
"""Seconds to wait for another process to finish one append."""
CLOCK_MAY_DIFFER = timedelta(minutes=5)
"""How far the clocks of the machines that share a ledger may differ."""
WAIT_FOR_DEED = 600.0
"""Seconds to wait for deeds that have begun: longer than a mail system is given to answer one request."""
PIECE = 1 << 16
"""Bytes that are read at once: what the processor keeps near, and no more memory for a long ledger than for a short."""


class Ledger:
    """The ledger file. Several processes may append to one file; each sees what the others wrote before its own.

    ``in_force`` is what all entries read so far amount to. ``rehearsal`` and ``city`` are what the file's first entry
    must say, where they are given: a rehearsal's ledger is never a real city's, nor one city's another's. An empty
    file has no first entry and is no ledger, unless one is just being founded.

    ``machine`` says what the machine has counted; where nobody told, it knows nothing, and no jump is found by it.

    ``watch`` is shown every entry that is read, in order, so that whoever needs all of them has not to read the file
    twice; what became of the steps of plans that have ended is then let go, for it is as long as the ledger. Without
    ``fold`` the chain is checked and nothing is in force.
    """

    def __init__(
        self,
        path: Path,
        *,
        now: Callable[[], datetime],
        by: str,
        rehearsal: bool | None = None,
        city: str | None = None,
        founding: bool = False,
        watch: Callable[[Entry], None] | None = None,
        fold: bool = True,
    ) -> None:
        self.path = path.resolve()
        self.in_force = InForce()
        self.by = by
        self.machine: Callable[[], Machine] = Machine
        self._now = now
        self._rehearsal = rehearsal
        self._city = city
        self._latest = datetime.min.replace(tzinfo=UTC)
        self._offset = 0
        self._next = 0
        self._last = GENESIS
        self._digests = _Digests()
        self._watch = watch
        self._fold = fold
        self._founded = ""
        self._reading = threading.RLock()
        if not path.is_file():
            raise LedgerBroken(
                f"The ledger {path} is not there.",
                "Restore it from a copy; for a city that has none yet, run `retention init`.",
            )
        self.refresh()
        if self._next == 0 and not founding:
            raise self._broken(Broken("entry 0, its first, is not there"))

    @classmethod
    def found(cls, path: Path, city: str, *, now: Callable[[], datetime], by: str, rehearsal: bool) -> Ledger:
        """Create the file with its first entry; raises ``BadConfiguration`` where there is one already.

        It appears whole or not at all: an empty file is never taken for a ledger, whoever emptied it.
        """
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            durable.make_folder(path.parent)
            os.close(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o660))
            cls(part, now=now, by=by, rehearsal=rehearsal, city=city, founding=True).append(Founded(city=city))
            os.link(part, path)
        except FileExistsError:
            raise BadConfiguration(f"There is already a ledger at {path}.", "It is kept as it is.") from None
        except OSError as error:
            raise _unwritable(path, error) from error
        finally:
            for left in (part, Path(f"{part}.lock")):
                left.unlink(missing_ok=True)
        durable.sync_folder(path.parent)
        return cls(path, now=now, by=by, rehearsal=rehearsal, city=city)

    @property
    def head(self) -> tuple[int, str]:
        """How many entries have been read, and the digest of the last."""
        return self._next, self._last

    @property
    def founded(self) -> str:
        """The city whose ledger it is, as its first entry says."""
        return self._founded

    @property
    def rehearsal(self) -> bool:
        """Whether it is one of a rehearsal."""
        return bool(self._rehearsal)

    def had(self, n: int, digest: str) -> bool:
        """Whether the first ``n`` entries, as read at opening, ended with this digest."""
        with self._reading:
            return n == 0 or (n <= self._next and self._digests.of(n - 1) == digest)

    def refresh(self) -> InForce:
        """Take in what any process has appended since; raises ``LedgerBroken``. May be called from any thread."""
        with self._reading:
            self._take_in()
        return self.in_force

    def links(self) -> Iterator[Link]:
        """Every entry from the first, checked as it is read; raises ``LedgerBroken``."""
        try:
            yield from chain(_Unread(self.path, 0).lines())
        except Broken as broken:
            raise self._broken(broken) from broken
        except OSError as error:
            raise self._unreadable(error) from error

    def append(self, *bodies: Body | Signed, unless: Callable[[InForce], None] | None = None) -> None:
        """Write these entries in this order and return once all are on the disk.

        ``unless`` is shown what is in force, and what it raises is raised before anything is written: nobody can write
        another entry between what it is shown and these. Raises ``LedgerBroken`` or ``StoreNotAnswering``; some of them
        may then have been written. Raises ``ClockWrong`` where this machine's clock has jumped since it was last read:
        an entry of a day to come would stand before every later one. Only an office's word that it is right is written.
        """
        if bodies:
            said = [one if isinstance(one, Signed) else Signed(one) for one in bodies]
            with self._appending(confirms=all(isinstance(one.body, ClockConfirmed) for one in said)):
                if unless is not None:
                    unless(self.in_force)
                self._add(*said)

    @contextmanager
    def still(self) -> Iterator[InForce]:
        """While this lasts no thread takes in an entry: what is in force can be read through from end to end."""
        with self._reading:
            yield self.in_force

    @contextmanager
    def deeds(self) -> Iterator[None]:
        """While deeds are done in this block, whoever places a hold waits for its end before they are told it holds."""
        with self._lock(".deed"):
            yield

    def wait_for_deeds(self) -> None:
        """Return once every deed that was begun before this call has ended.

        Raises ``AnotherRun`` where one has not after ten minutes: what was appended is in force all the same.
        """
        with self._lock(".deed", WAIT_FOR_DEED, "What was asked is written and in force; see what that process does."):
            pass

    @contextmanager
    def _appending(self, *, confirms: bool) -> Iterator[None]:
        """Alone at the end of the file, everything before it taken in and a line cut off by a crash closed."""
        with self._lock(".lock"), self._reading:
            fragment = self._take_in()
            if not confirms:
                self.refuse_jumped_clock()
            if fragment:
                # One write, so that no crash can leave a closed line without the entry that says it was torn.
                self._offset += len(fragment) + 1
                self._add(Signed(Torn(line=sha256(fragment).hexdigest())), before=b"\n")
            yield

    def refuse_wrong_clock(self) -> None:
        """Raise ``ClockWrong`` where the clock stands before what was written last: no day it tells can be believed."""
        if self._now() + CLOCK_MAY_DIFFER < self._latest:
            raise ClockWrong(
                f"The clock says {self._now():%Y-%m-%d %H:%M} UTC, and the ledger's last entry is from "
                f"{self._latest:%Y-%m-%d %H:%M} UTC.",
                "Nothing was done; set the clock right.",
            )

    def refuse_jumped_clock(self) -> None:
        """Raise ``ClockWrong`` where the clock went another way than the ``machine`` counted since it was last read."""
        machine = self.machine()
        wrong = jumped(self.in_force.clocks.get(machine.boot), self._now(), machine)
        if wrong:
            raise ClockWrong(wrong, f"Nothing more is written; the next run settles what was begun. {CONFIRM}")

    def _add(self, *said: Signed, before: bytes = b"") -> None:
        self.refuse_wrong_clock()
        lines, links = [], []
        n, previous = self._next, self._last
        for one in said:
            entry = Entry(
                n=n,
                at=self._now(),
                by=self.by,
                body=one.body,
                previous=previous,
                rehearsal=bool(self._rehearsal),
                statement=one.statement,
                signature=one.signature,
                salt=secrets.token_hex(16),
            )
            line, previous = write(entry)
            lines.append(line)
            links.append(Link(entry, previous))
            n += 1
        self._write(before + b"".join(lines))
        for link, line in zip(links, lines, strict=True):
            self._offset += len(line)
            self._take(link)

    def _write(self, data: bytes) -> None:
        try:
            with open(self.path, "ab", buffering=0) as file:
                written = file.write(data)
                os.fsync(file.fileno())
        except OSError as error:
            raise _unwritable(self.path, error) from error
        if written != len(data):
            raise _unwritable(self.path, OSError("the disk took only a part of the entry"))

    def _take_in(self) -> bytes:
        """Take in whole lines; return a fragment that has no end, which is an entry still being written or cut off."""
        unread = _Unread(self.path, self._offset)
        try:
            for link in chain(unread.lines(), self._next, self._last):
                self._take(link)
            self._offset = unread.offset
            self._refuse_damaged_end(unread.fragment)
        except Broken as broken:
            raise self._broken(broken) from broken
        except OSError as error:
            raise self._unreadable(error) from error
        return unread.fragment

    def _refuse_damaged_end(self, fragment: bytes) -> None:
        """A whole entry whose line end was lost is damage, not a cut-off write: it might be a hold."""
        for whole in (fragment, fragment[:-1]):
            try:
                read(whole, self._next, self._last)
            except Broken:
                continue
            raise Broken(f"entry {self._next} has lost the end of its line")

    def _take(self, link: Link) -> None:
        entry = link.entry
        if entry.n == 0 or entry.rehearsal != self._rehearsal:
            self._refuse_foreign(entry)
        if entry.at > self._latest:
            self._latest = entry.at
        elif entry.at + CLOCK_MAY_DIFFER < self._latest:
            # Keys and offices are judged by the instant of an entry: nobody may choose an earlier one.
            raise Broken(f"entry {entry.n} says that it is older than those before it")
        if self._fold:
            self.in_force.add(entry)
        self._next, self._last = entry.n + 1, link.digest
        self._digests.add(link.digest)
        if self._watch is not None:
            self._watch(entry)
            if isinstance(entry.body, Ended):
                self.in_force.outcomes.pop(entry.body.plan, None)

    def _refuse_foreign(self, entry: Entry) -> None:
        if entry.n == 0:
            founded = entry.body.city if isinstance(entry.body, Founded) else ""
            if self._city is not None and founded != self._city:
                raise BadConfiguration(
                    f"The ledger {self.path} is of '{founded}', and the settings are of '{self._city}'.",
                    "Correct 'city.ledger', or the city's name.",
                )
            if self._rehearsal is not None and entry.rehearsal != self._rehearsal:
                raise BadConfiguration(
                    f"The ledger {self.path} is {'' if entry.rehearsal else 'not '}one of a rehearsal.",
                    "A rehearsal and a city's real mail each need a ledger of their own.",
                )
            self._rehearsal, self._founded = entry.rehearsal, founded
        elif entry.rehearsal != self._rehearsal:
            raise Broken(f"entry {entry.n} is {'' if entry.rehearsal else 'not '}of a rehearsal, unlike the first")

    @contextmanager
    def _lock(
        self, suffix: str, seconds: float = WAIT_FOR_LOCK, next_step: str = "Wait for it to end, then run this again."
    ) -> Iterator[None]:
        try:
            with FileLock(str(self.path) + suffix, timeout=seconds, mode=0o660):
                yield
        except Timeout as error:
            raise AnotherRun(
                f"Another process has held {self.path}{suffix} for {seconds:.0f} seconds.", next_step
            ) from error
        except OSError as error:
            raise StoreNotAnswering(
                f"The lock {self.path}{suffix} cannot be taken: {error.strerror}.",
                "Make the ledger's folder writable for the group of those who run retention.",
            ) from error

    def _unreadable(self, error: OSError) -> LedgerBroken:
        return LedgerBroken(f"The ledger {self.path} cannot be read: {error.strerror}.", "Nothing was done.")

    def _broken(self, broken: Broken) -> LedgerBroken:
        return LedgerBroken(
            f"The ledger {self.path} is broken: {broken}.",
            "Nothing was done; restore the ledger from a copy and compare.",
        )


class _Unread:
    """The lines of the file from a place on. Once all were given, what is left is a ``fragment`` that has no end."""

    def __init__(self, path: Path, offset: int) -> None:
        self.path = path
        self.offset = offset
        self.fragment = b""

    def lines(self) -> Generator[bytes]:
        with open(self.path, "rb", buffering=0) as file:
            if os.fstat(file.fileno()).st_size < self.offset:
                raise LedgerBroken(f"The ledger {self.path} has become shorter than it was.", "Restore it from a copy.")
            file.seek(self.offset)
            cut_off: list[bytes] = []
            while piece := file.read(PIECE):
                *whole, rest = piece.split(b"\n")
                if whole:
                    whole[0] = b"".join((*cut_off, whole[0]))
                    self.offset += sum(map(len, whole)) + len(whole)
                    cut_off.clear()
                    yield from whole
                cut_off.append(rest)
            self.fragment = b"".join(cut_off)


class _Digests:
    """The digest of every entry that was read, in order: those of a long ledger wait on the disk, not in memory."""

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None
        self._filed = 0
        self._newest = bytearray()

    def add(self, digest: str) -> None:
        self._newest += bytes.fromhex(digest)
        if len(self._newest) >= PIECE:
            if self._file is None:
                self._file = TemporaryFile(prefix="retention-")  # noqa: SIM115  # closed with this object
                weakref.finalize(self, self._file.close)
            self._file.seek(self._filed)
            self._file.write(self._newest)
            self._filed += len(self._newest)
            self._newest.clear()

    def of(self, n: int) -> str:
        at = 32 * n
        if self._file is None or at >= self._filed:
            return self._newest[at - self._filed : at - self._filed + 32].hex()
        self._file.seek(at)
        return self._file.read(32).hex()


def _unwritable(path: Path, error: OSError) -> StoreNotAnswering:
    return StoreNotAnswering(
        f"The ledger {path} cannot be written: {error.strerror or error}.", "Nothing is done without it; make room."
    )
