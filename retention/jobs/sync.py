"""Sync: take in what has changed in every mailbox since the last time.

Nothing is classified here, and nothing is ever changed in a mailbox.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from retention.core.audit import SyncEnded
from retention.core.message import FILES, Cursor, Folder, Mailbox, Page
from retention.core.preserved import HeldVanished
from retention.errors import BadConfiguration
from retention.jobs.catching_up import catch_up
from retention.jobs.clock import refuse_jumped
from retention.jobs.files.dropping import agree_on_dropped
from retention.jobs.hold.reach import reach_out
from retention.jobs.hold.server import ask_for_holds
from retention.jobs.hold.vanished import tell_vanished
from retention.jobs.world import Progress, World, silent
from retention.mail.interface import MailTrouble

AT_ONCE_PER_MAILBOX = 4
"""Folders of one mailbox read at the same time: no mail system here answers more for one mailbox."""

TOGETHER = 2000
"""Rows after which what was read is put on the disk: each time costs a wait for the disk, however little it is."""

AHEAD = 8
"""Pages that may wait for the catalog, beside the one that each reader holds: what a sync needs of memory."""


class MailboxSynced(Struct, kw_only=True):
    """What one mailbox gave: messages in it now, rows received (repeats included), and what left without our doing."""

    address: str
    kind: str = "user"
    folders: int = 0
    messages: int = 0
    rows: int = 0
    gone: int = 0
    trouble: str = ""
    folder_troubles: list[str] = []
    uncovered: tuple[str, ...] = ()


class Synced(Struct, frozen=True, kw_only=True):
    """What a sync did. ``incomplete`` says that something was not read to its end that another sync may read.

    What of a file cannot be read is told each time, and does not call for another sync: a damaged file stays damaged.

    ``vanished`` are the held messages that are gone from their mailbox without our doing.
    """

    mailboxes: tuple[MailboxSynced, ...]
    vanished: tuple[HeldVanished, ...] = ()

    @property
    def rows(self) -> int:
        return sum(mailbox.rows for mailbox in self.mailboxes)

    @property
    def of_every(self) -> tuple[str, ...]:
        """What can never be reached of any mailbox of the mail system: said once, it is not said of each."""
        told = [box.uncovered for box in self.mailboxes if box.kind != FILES and not box.trouble]
        return tuple(one for one in dict.fromkeys(chain.from_iterable(told)) if all(one in said for said in told))

    @property
    def incomplete(self) -> bool:
        return any(mailbox.folder_troubles for mailbox in self.mailboxes if mailbox.kind != FILES)


@dataclass(frozen=True)
class _Event:
    """Something a reader found: exactly one of a page, the list of folders, an end, or a failure that ends the run.

    ``uncovered`` is said beside a list of folders, or the trouble with it.
    """

    reading: _Reading
    folder: Folder | None = None
    page: Page | None = None
    folders: tuple[Folder, ...] | None = None
    uncovered: tuple[str, ...] | None = None
    trouble: str = ""
    failure: BaseException | None = None


@dataclass
class _Reading:
    """One mailbox being read: folders still to read, how many are being read, and whether this is the second look."""

    mailbox: Mailbox
    result: MailboxSynced
    todo: deque[Folder] = field(default_factory=deque)
    folders: tuple[Folder, ...] = ()
    active: int = 0
    again: bool = False

    @property
    def deleted_items(self) -> str:
        return next((folder.id for folder in self.folders if folder.well_known == "deleteditems"), "")


def sync(world: World, addresses: tuple[str, ...] = (), progress: Progress = silent) -> Synced:
    """Read every mailbox (or those named, or of the people named) into the catalog, several at once.

    Killed at any point and run again it continues from the last page saved. A message is *gone* only when every
    folder of its mailbox was read after it was missed. Raises ``BadConfiguration`` for an address the mail system
    does not list, and ``SignInRefused`` or ``MailNotAnswering``.
    """
    with world.alone():
        # Files may have been dropped since the ledger was read: they must not be met again.
        world.ledger.refresh()
        # What is written under a clock set ahead stands in the way of everything that is written after it is right.
        refuse_jumped(world)
        catch_up(world)
        wanted = tuple(address.strip().lower() for address in addresses)
        mailboxes, unknown = _named(world, wanted) if wanted else (list(world.mail.mailboxes()), [])
        if unknown:
            raise BadConfiguration(
                f"The mail system lists no mailbox {', '.join(sorted(unknown))}, and no files were added as theirs.",
                "Correct the address; `retention mailbox list` names the mailboxes that are known.",
            )
        run = world.catalog.runs.begin("sync", world.now())
        agree_on_dropped(world)
        if not wanted:
            _tell_unlisted(world, mailboxes)
        # Before anything is called gone: what the mail system holds by then is held.
        ask_for_holds(world)
        synced = Synced(mailboxes=tuple(_Sync(world, run, mailboxes, progress).read()))
        # Whoever reads that the mailboxes were read must find whom the holds reach in them.
        reach_out(world)
        world.ledger.append(_told(synced))
        synced = replace(synced, vanished=tell_vanished(world))
        world.catalog.runs.end(run, world.now(), synced)
        return synced


def _named(world: World, names: tuple[str, ...]) -> tuple[list[Mailbox], list[str]]:
    """The mailboxes of these addresses, with every mailbox and all files of whose they are; and names of nothing."""
    listed = tuple(world.mail.mailboxes())
    theirs = {name: world.directory.reach_of([name]) for name in names}
    found = [box for box in listed if any(box.address == name or reach.has(box) for name, reach in theirs.items())]
    named = [name for name, reach in theirs.items() if any(box.address == name or reach.has(box) for box in found)]
    return found, [name for name in names if name not in named]


def _told(synced: Synced) -> SyncEnded:
    """The ledger's word that the mailboxes were read, and which were not: a hold is proven by it day by day."""
    unreadable = {
        one.address: one.trouble or "; ".join(one.folder_troubles)
        for one in synced.mailboxes
        if one.trouble or one.folder_troubles
    }
    return SyncEnded(
        mailboxes=len(synced.mailboxes), gone=sum(one.gone for one in synced.mailboxes), unreadable=unreadable
    )


def _tell_unlisted(world: World, listed: list[Mailbox]) -> None:
    """A mailbox that was known and is listed no longer is reported: its held mail may be about to vanish.

    Files that were dropped are listed no longer because somebody said so.
    """
    known_to_be = {*(box.id for box in listed), *world.ledger.in_force.files_dropped}
    for mailbox in world.catalog.mailboxes():
        if mailbox.id not in known_to_be:
            world.catalog.mailbox_trouble(
                mailbox, f"The mail system no longer lists {mailbox.address}; what was known of it was kept."
            )


class _Sync:
    """One sync: readers in threads put what they find on a queue, and this thread alone writes the catalog."""

    def __init__(self, world: World, run: int, mailboxes: list[Mailbox], progress: Progress) -> None:
        self._world = world
        self._run = run
        self._waiting = deque(mailboxes)
        self._total = len(mailboxes)
        self._progress = progress
        self._events: queue.Queue[_Event] = queue.Queue(maxsize=AHEAD)
        self._stop = threading.Event()
        self._readings: list[_Reading] = []
        self._done = 0
        self._rows = 0

    def read(self) -> Iterator[MailboxSynced]:
        readers = self._world.city.mail.requests_in_flight
        with ThreadPoolExecutor(readers, thread_name_prefix="sync") as pool:
            try:
                self._pool = pool
                while self._begin(readers):
                    self._take_what_waits(readers)
            finally:
                self._stop.set()
                self._drain()
        yield from sorted((reading.result for reading in self._readings), key=lambda result: result.address)

    def _take_what_waits(self, readers: int) -> None:
        """Write what the readers have found by now in one transaction; then raise the failure that came behind it."""
        event: _Event | None = self._events.get()
        enough = self._rows + TOGETHER
        with self._world.catalog.together(by_rows=True):
            while event and not event.failure:
                self._take(event)
                self._begin(readers)
                event = self._next() if self._rows < enough else None
        if event and event.failure:
            raise event.failure

    def _next(self) -> _Event | None:
        try:
            return self._events.get_nowait()
        except queue.Empty:
            return None

    def _begin(self, readers: int) -> bool:
        """Give idle readers work; say whether anything is being read."""
        active = sum(reading.active for reading in self._readings)
        for reading in self._readings:
            while reading.todo and reading.active < AT_ONCE_PER_MAILBOX and active < readers:
                folder = reading.todo.popleft()
                self._submit(reading, folder)
                active += 1
        while self._waiting and active < readers:
            mailbox = self._waiting.popleft()
            reading = _Reading(mailbox, MailboxSynced(address=mailbox.address, kind=mailbox.kind, folder_troubles=[]))
            self._readings.append(reading)
            self._submit(reading, None)
            active += 1
        return active > 0

    def _submit(self, reading: _Reading, folder: Folder | None) -> None:
        reading.active += 1
        if folder is None:
            self._pool.submit(self._list_folders, reading)
        else:
            cursor = self._world.catalog.cursor(reading.mailbox, folder)
            self._pool.submit(self._read_folder, reading, folder, cursor)

    def _list_folders(self, reading: _Reading) -> None:
        try:
            # Some mail systems have to be asked for it: it is never asked for where the catalog is written.
            uncovered = None if reading.again else self._world.mail.uncovered(reading.mailbox)
            try:
                found = _Event(reading, folders=self._world.mail.folders(reading.mailbox), uncovered=uncovered)
            except MailTrouble as trouble:
                found = _Event(reading, trouble=str(trouble), uncovered=uncovered)
        except BaseException as failure:  # whatever it is, the run must end and say so
            found = _Event(reading, failure=failure)
        self._put(found)

    def _read_folder(self, reading: _Reading, folder: Folder, cursor: Cursor | None) -> None:
        try:
            for page in self._world.mail.pages(reading.mailbox, folder, cursor):
                if self._stop.is_set():
                    return
                self._put(_Event(reading, folder, page=page))
        except MailTrouble as trouble:
            self._put(_Event(reading, folder, trouble=str(trouble)))
        except BaseException as failure:  # whatever it is, the run must end and say so
            self._put(_Event(reading, folder, failure=failure))
        else:
            self._put(_Event(reading, folder))

    def _put(self, event: _Event) -> None:
        while not self._stop.is_set():
            try:
                return self._events.put(event, timeout=0.5)
            except queue.Full:
                continue

    def _drain(self) -> None:
        while not self._events.empty():
            self._events.get_nowait()

    def _take(self, event: _Event) -> None:
        """Write what a reader found. A page is no end: its reader goes on."""
        reading, catalog = event.reading, self._world.catalog
        if event.page is not None and event.folder is not None:
            reading.result.rows += len(event.page.messages)
            self._rows += len(event.page.messages)
            catalog.save_page(
                reading.mailbox, event.folder, event.page, self._run, self._world.now(), reading.deleted_items
            )
            self._progress(self._done, self._total, f"{reading.mailbox.address}: {self._rows:,} messages read")
            return
        reading.active -= 1
        if event.uncovered is not None:
            reading.result.uncovered = event.uncovered
            catalog.save_mailbox(reading.mailbox, event.uncovered)
        if event.folders is not None:
            reading.folders = event.folders
            catalog.mailbox_trouble(reading.mailbox, "")
            reading.result.folders = len(event.folders)
            catalog.save_folders(reading.mailbox, event.folders, self._run)
            reading.todo.extend(event.folders)
        elif event.trouble and event.folder is None:
            reading.result.trouble = event.trouble
            catalog.mailbox_trouble(reading.mailbox, event.trouble)
        elif event.trouble and event.folder is not None:
            reading.result.folder_troubles.append(f"{event.folder.path}: {event.trouble}")
            catalog.folder_trouble(reading.mailbox, event.folder, event.trouble)
        if not reading.active and not reading.todo:
            self._finish(reading)

    def _finish(self, reading: _Reading) -> None:
        """All folders were read once. What was missed is looked for once more before it is called gone.

        So is what lies in two folders: where ids die with a move, it may have been moved while they were read.
        """
        catalog, mailbox = self._world.catalog, reading.mailbox
        # Whichever reader was first: the same trouble is told, and written down, in the same words.
        reading.result.folder_troubles.sort()
        if not reading.result.trouble and not reading.result.folder_troubles:
            doubtful = catalog.missed(mailbox) or catalog.missed_messages.is_seen_twice(mailbox)
            if doubtful and not reading.again:
                reading.again = True
                self._submit(reading, None)
                return
            reading.result.gone = catalog.settle_mailbox(mailbox, self._world.now())
        reading.result.messages = catalog.present_in(mailbox)
        self._done += 1
        self._progress(self._done, self._total, f"{mailbox.address}: done")
