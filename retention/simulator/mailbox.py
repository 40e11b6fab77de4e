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

from retention.simulator import ids
from retention.simulator.facts import Facts

RECOVERABLE = "Recoverable Items"
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
    ``expanded_key`` expands, until something changes.
    """

    __slots__ = (
        "added_at",
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
    its last one; the earlier ones are stale. A delta token is a position in this log.
    """

    def __init__(self, mailbox: SimMailbox, number: int, name: str, parent: SimFolder | None) -> None:
        self.mailbox = mailbox
        self.number = number
        self.id = ids.folder_id(mailbox.number, number)
        self.name = name
        self.parent = parent
        self.well_known = ""
        self.hidden = False
        self.search = False
        self.epoch = 0
        self.changed_at = 0
        self.total = 0
        self.unread = 0
        self.children: list[SimFolder] = []
        self.log: array[int] = array("q")
        self.left: dict[int, Departure] = {}
        self.touched: dict[int, tuple[str, ...]] = {}
        self._listed: tuple[int, list[int]] = (-1, [])

    @property
    def path(self) -> str:
        """The names from below the root down, joined by ``/``."""
        above = self.parent.path if self.parent else ""
        return f"{above}/{self.name}" if above else (self.name if self.parent or self.name == RECOVERABLE else "")

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


class SimMailbox:
    """One mailbox. ``rest`` False: no mailbox behind the user. ``access`` False: this application may not enter.

    ``aliases`` are its further addresses, ``user`` what the directory says of its user.
    """

    def __init__(self, number: int, address: str, name: str, kind: str) -> None:
        self.number = number
        self.address = address
        self.name = name or address.partition("@")[0].replace(".", " ").title()
        self.kind = kind
        self.id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"mailto:{address.lower()}"))
        self.rest = True
        self.access = True
        self.has_archive = False
        self.aliases: tuple[str, ...] = ()
        self.user = User()
        self.clock = 0
        self.folders: dict[int, SimFolder] = {}
        self.removed_folders: list[tuple[int, str]] = []
        self.messages: dict[int, SimMessage] = {}
        self._next_folder = 0
        self.root = self.add_folder("Top of Information Store", None, "msgfolderroot")
        for folder, well_known in DEFAULT_FOLDERS.items():
            self.add_folder(folder, self.root, well_known)
        self.add_folder(HIDDEN_FOLDER, self.root).hidden = True
        # Recoverable Items is no child of the root: a full walk does not meet it (facts A.3).
        dumpster = self.add_folder(RECOVERABLE, None)
        self.deletions = self.add_folder("Deletions", dumpster, "recoverableitemsdeletions")
        self.purges = self.add_folder("Purges", dumpster)
        self.dumpster = dumpster
        self.references: dict[int, list[tuple[str, str]]] = {}

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
        folder.changed_at = self.tick()
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
        """The folder at a path such as ``Inbox/Projects``."""
        names = path.strip("/").split("/")
        folder: SimFolder | None = self.root
        if names[0] == RECOVERABLE:
            folder, names = self.dumpster, names[1:]
        for name in names:
            folder = next((child for child in folder.children if child.name == name), None) if folder else None
        return folder
