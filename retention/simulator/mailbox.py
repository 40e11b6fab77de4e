"""One mailbox as the simulator keeps it: its folders, its messages, and each folder's log of changes.

No lock lives here and no HTTP: the world guards these, and the Graph answers read them.
"""

from __future__ import annotations

import uuid
from array import array
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple, Protocol

from msgspec import Struct

from retention.core.mime import Facts
from retention.simulator import ids

RECOVERABLE = "Recoverable Items"
ARCHIVE = "In-Place Archive"
DEFAULT_FOLDERS = {
    "Inbox": "inbox",
    "Drafts": "drafts",
    "Sent Items": "sentitems",
    "Deleted Items": "deleteditems",
    "Junk Email": "junkemail",
    "Archive": "archive",
    "Outbox": "outbox",
    "Conversation History": "conversationhistory",
}
HIDDEN_FOLDER = "Conversation Action Settings"
ARCHIVE_FOLDERS = {"Inbox": "inbox", "Deleted Items": "deleteditems"}
RECOVERABLE_FOLDERS = ("Deletions", "Purges", "Versions", "DiscoveryHolds")


class Departure(NamedTuple):
    """A message left a folder: at which entry of the log, with what reason, and how often it had moved before."""

    log_at: int
    reason: str
    moves: int


class User(NamedTuple):
    """What the directory says of somebody besides name and addresses. ``enabled`` None: as is usual for the mailbox."""

    department: str = ""
    job_title: str = ""
    employee_id: str = ""
    enabled: bool | None = None
    user_type: str = "Member"


class Source(Protocol):
    """Where messages' bytes and facts come from; one source may serve many messages, by their serial numbers."""

    def mime(self, serial: int) -> bytes:
        """The bytes: the same each time."""
        ...

    def facts(self, serial: int) -> Facts:
        """What the bytes say, or what was loaded with them."""
        ...


class Stored(Struct, frozen=True):
    """A message kept as it came: its bytes are never touched."""

    content: bytes
    known: Facts

    def mime(self, serial: int) -> bytes:
        return self.content

    def facts(self, serial: int) -> Facts:
        return self.known


class SimMessage:
    """One message: where it lies, its flags, and the source that gives its bytes and facts.

    ``serial`` is its number in the mailbox, ``moves`` how often it has moved, ``change`` the mailbox's clock at its
    last change. ``row`` holds its encoded row for the selection ``row_key``, and ``expanded`` the one with what
    ``expanded_key`` expands, until something changes; ``soap`` is the same for the EWS voice. ``broken`` is the error
    that EWS answers with whenever the item is asked for, or empty.
    """

    __slots__ = (
        "added_at",
        "broken",
        "categories",
        "change",
        "expanded",
        "expanded_key",
        "flag",
        "folder",
        "is_draft",
        "is_read",
        "log_at",
        "mailbox",
        "mime_fails",
        "modified_at",
        "moves",
        "row",
        "row_key",
        "serial",
        "soap",
        "soap_key",
        "source",
    )

    def __init__(self, mailbox: SimMailbox, serial: int, source: Source) -> None:
        self.mailbox = mailbox
        self.serial = serial
        self.source = source
        self.folder: SimFolder = mailbox.root
        self.log_at = 0
        self.added_at = 0
        self.moves = 0
        self.change = 0
        self.is_read = True
        self.is_draft = False
        self.categories: tuple[str, ...] = ()
        self.flag = "notFlagged"
        self.mime_fails = False
        self.modified_at: datetime | None = None
        self.row: bytes | None = None
        self.row_key: object = None
        self.expanded: bytes | None = None
        self.expanded_key: object = None
        self.soap: bytes | None = None
        self.soap_key: object = None
        self.broken = ""

    @property
    def facts(self) -> Facts:
        return self.source.facts(self.serial)

    @property
    def content(self) -> bytes:
        return self.source.mime(self.serial)

    @property
    def immutable_id(self) -> str:
        return ids.immutable_id(self.mailbox.number, self.serial)

    @property
    def rest_id(self) -> str:
        return ids.rest_id(self.mailbox.number, self.serial, self.moves)

    @property
    def change_key(self) -> str:
        """Another one after every edit and every move."""
        return f"CQAAABYAAAB{self.serial:010X}{self.change:08X}"

    @property
    def etag(self) -> str:
        return f'W/"{self.change_key}"'

    @property
    def subject(self) -> str:
        return self.facts.subject

    @property
    def received_at(self) -> datetime | None:
        return self.facts.received_at

    @property
    def kind(self) -> str:
        return self.facts.kind


class SimFolder:
    """One folder and the log of what happened in it.

    ``log`` holds one serial number per event, in order. A message's own ``log_at`` (or ``left``) says which entry is
    its last one; the earlier ones are stale. A delta token is a position in this log. ``departures`` are all entries
    that tell of one who left, each with how often it had moved before: EWS names each id that died. ``start`` is the
    path of a folder that has no parent, ``container`` its folder class.
    """

    tree: Tree

    def __init__(self, mailbox: SimMailbox, number: int, name: str, parent: SimFolder | None) -> None:
        self.mailbox = mailbox
        self.number = number
        self.id = ids.folder_id(mailbox.number, number)
        self.name = name
        self.parent = parent
        if parent:
            self.tree = parent.tree
        self.start = ""
        self.container = "IPF.Note"
        self.well_known = ""
        self.hidden = False
        self.search = False
        self.epoch = 0
        self.changed_at = 0
        self.added_at = 0
        self.total = 0
        self.unread = 0
        self.children: list[SimFolder] = []
        self.log: array[int] = array("q")
        self.left: dict[int, Departure] = {}
        self.departures: dict[int, int] = {}
        self.touched: dict[int, tuple[str, ...]] = {}
        self._listed: tuple[int, list[int]] = (-1, [])

    @property
    def path(self) -> str:
        """The names from below the root down, joined by ``/``."""
        if self.parent is None:
            return self.start
        above = self.parent.path
        return f"{above}/{self.name}" if above else self.name

    def within(self, folder: SimFolder) -> bool:
        """Whether this is that folder or lies in it."""
        return self is folder or (self.parent is not None and self.parent.within(folder))

    def descendants(self) -> Iterator[SimFolder]:
        """Every folder below this one, each before those in it."""
        for child in self.children:
            yield child
            yield from child.descendants()

    def enter(self, message: SimMessage) -> None:
        """Take the message in, as the newest entry of the log."""
        message.folder = self
        message.log_at = message.added_at = len(self.log)
        self.log.append(message.serial)
        self.left.pop(message.serial, None)
        self.total += 1
        self.unread += not message.is_read

    def leave(self, message: SimMessage, reason: str) -> None:
        """Let the message go: later delta rounds tell that it was removed, with this reason."""
        self.touched.pop(message.log_at, None)
        self.left[message.serial] = Departure(len(self.log), reason, message.moves)
        self.departures[len(self.log)] = message.moves
        self.log.append(message.serial)
        self.total -= 1
        self.unread -= not message.is_read

    def touch(self, message: SimMessage, names: tuple[str, ...]) -> None:
        """Note that these fields of the message changed, along with those that changed since it came here."""
        before = self.touched.pop(message.log_at, ())
        message.log_at = len(self.log)
        self.log.append(message.serial)
        self.touched[message.log_at] = tuple(dict.fromkeys((*before, *names)))

    def listing(self) -> list[int]:
        """The serial numbers of what lies here now, newest first; undated ones last."""
        if self._listed[0] != len(self.log):
            messages = self.mailbox.messages
            here = [serial for serial in dict.fromkeys(self.log) if messages[serial].folder is self]
            here.sort(key=lambda serial: _newest_first(messages[serial].received_at))
            self._listed = (len(self.log), here)
        return self._listed[1]


def _newest_first(moment: datetime | None) -> tuple[bool, float]:
    return (moment is None, -moment.timestamp() if moment else 0.0)


class Tree:
    """The folders of the primary mailbox or of the in-place archive, with a Recoverable Items of their own.

    ``top`` is what EWS calls ``root``: above the folders that people see (``root``) and above Recoverable Items
    (``dumpster``). ``named`` are the folders by the names EWS gives them, without ``archive`` in front.
    """

    def __init__(self, mailbox: SimMailbox, start: str, folders: dict[str, str]) -> None:
        self.archive = bool(start)
        self.root = self._rooted(mailbox, "Top of Information Store", start)
        self.named = {"msgfolderroot": self.root}
        for name, known in folders.items():
            self.named[known] = mailbox.add_folder(name, self.root, "" if self.archive else known)
        if not self.archive:
            mailbox.add_folder(HIDDEN_FOLDER, self.root).hidden = True
        # Recoverable Items is no child of the root: a full walk does not meet it (facts A.3).
        self.dumpster = self._rooted(mailbox, RECOVERABLE, f"{start}/{RECOVERABLE}".strip("/"))
        self.named["recoverableitemsroot"] = self.dumpster
        for name in RECOVERABLE_FOLDERS:
            known = f"recoverableitems{name.lower()}"
            in_graph = known == "recoverableitemsdeletions" and not self.archive
            self.named[known] = mailbox.add_folder(name, self.dumpster, known if in_graph else "")
        self.top = self.named["root"] = self._rooted(mailbox, "Root", "")
        self.deletions = self.named["recoverableitemsdeletions"]
        self.purges = self.named["recoverableitemspurges"]

    def _rooted(self, mailbox: SimMailbox, name: str, start: str) -> SimFolder:
        folder = mailbox.add_folder(name, None)
        folder.tree, folder.start = self, start
        return folder


class SimMailbox:
    """One mailbox. ``rest`` False: no mailbox behind the user. ``access`` False: this application may not enter.

    ``aliases`` are its further addresses, ``user`` what the directory says of its user. ``archive`` is its in-place
    archive, ``archive_trouble`` the error that EWS answers with whenever that is asked for. ``impersonation`` False:
    the service account may not act for this mailbox. ``litigation``: it is on a hold that nobody is told of.
    """

    def __init__(self, number: int, address: str, name: str, kind: str) -> None:
        self.number = number
        self.address = address
        self.name = name or address.partition("@")[0].replace(".", " ").title()
        self.kind = kind
        self.id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"mailto:{address.lower()}"))
        self.rest = True
        self.access = True
        self.impersonation = True
        self.litigation = False
        self.archive: Tree | None = None
        self.archive_trouble = ""
        self.aliases: tuple[str, ...] = ()
        self.user = User()
        self.clock = 0
        self.folders: dict[int, SimFolder] = {}
        self.removed_folders: list[tuple[int, str]] = []
        self.messages: dict[int, SimMessage] = {}
        self._next_folder = 0
        self.primary = Tree(self, "", DEFAULT_FOLDERS)
        self.root, self.dumpster = self.primary.root, self.primary.dumpster
        self.root.well_known = "msgfolderroot"
        self.deletions, self.purges = self.primary.deletions, self.primary.purges
        self.references: dict[int, list[tuple[str, str]]] = {}

    @property
    def has_archive(self) -> bool:
        """Whether there is an in-place archive, which Graph's mail never shows."""
        return self.archive is not None

    def open_archive(self) -> None:
        """Give the mailbox its in-place archive."""
        self.archive = self.archive or Tree(self, ARCHIVE, ARCHIVE_FOLDERS)

    @property
    def enabled(self) -> bool:
        """Whether anybody can sign in: not to a shared mailbox, unless it is said."""
        return self.kind == "user" if self.user.enabled is None else self.user.enabled

    def tick(self) -> int:
        """The next number of the clock by which changes in this mailbox are ordered."""
        self.clock += 1
        return self.clock

    def add_folder(self, name: str, parent: SimFolder | None, well_known: str = "") -> SimFolder:
        """A new folder; one without a parent is a root, which no walk meets."""
        self._next_folder += 1
        folder = SimFolder(self, self._next_folder, name, parent)
        folder.well_known = well_known
        folder.changed_at = folder.added_at = self.tick()
        self.folders[folder.number] = folder
        if parent:
            parent.children.append(folder)
        return folder

    def forget_folder(self, folder: SimFolder) -> None:
        """Take an empty folder out of the tree."""
        if folder.parent:
            folder.parent.children.remove(folder)
        self.removed_folders.append((self.tick(), folder.id))
        del self.folders[folder.number]

    def well_known(self, name: str) -> SimFolder | None:
        """The folder of a name such as ``deleteditems``, in any case, or None."""
        wanted = name.lower()
        return next((folder for folder in self.folders.values() if wanted and folder.well_known == wanted), None)

    def at(self, path: str) -> SimFolder | None:
        """The folder at a path such as ``Inbox/Projects`` or ``In-Place Archive/Inbox``."""
        start, names = self.start_of(path)
        folder = start
        for name in names:
            folder = next((child for child in folder.children if child.name == name), None) if folder else None
        return folder

    def start_of(self, path: str) -> tuple[SimFolder | None, list[str]]:
        """The folder without a parent that a path begins at, and the names that follow; None where there is none."""
        names = path.strip("/").split("/")
        tree: Tree | None = self.primary
        if names[0] == ARCHIVE:
            tree, names = self.archive, names[1:]
        if names[:1] == [RECOVERABLE]:
            return (tree.dumpster if tree else None), names[1:]
        return (tree.root if tree else None), names
