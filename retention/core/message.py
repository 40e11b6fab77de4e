"""What a mail system tells about its mailboxes, folders and messages.

No body lives here, and nothing knows which system it came from.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NewType

from msgspec import Struct

ORIGINS = ("person", "list", "automatic")
"""How a message was sent, by what its headers say: by a person, through a list or to many, by a machine."""

SENSITIVITIES = ("normal", "personal", "private", "confidential")
"""How a sender marked a message, by the numbers of PidTagSensitivity ([MS-OXCMSG] 2.2.1.13)."""

Cursor = NewType("Cursor", str)
"""Where reading a folder got to: opaque, made and read only by the mail system that gave it."""


class Removal(StrEnum):
    """How a message leaves a mailbox. None of these destroys at once; the names tell where it goes."""

    DELETED_ITEMS = "deleted-items"
    RECOVERABLE = "recoverable"
    PERMANENT = "permanent"


FILES = "files"
"""The kind of a mailbox that is a file or a folder of files: it is read, and never changed."""


class Mailbox(Struct, frozen=True, kw_only=True):
    """One mailbox. ``id`` never changes while the mailbox lives; ``address`` may.

    ``aliases`` are its other addresses: those the system tells, and those it is known to have had. Files of mail are
    a mailbox of the kind ``FILES``, whose ``address`` is their custodian's, a slash, and their name.
    """

    id: str
    address: str
    name: str = ""
    kind: str = "user"
    aliases: tuple[str, ...] = ()

    @property
    def addresses(self) -> tuple[str, ...]:
        return (self.address, *self.aliases)

    @property
    def custodian_addresses(self) -> tuple[str, ...]:
        """The addresses under which its custodian's posts are found: of files, that of whoever they were added for."""
        return (*self.addresses, self.address.rpartition("/")[0]) if self.in_files else self.addresses

    @property
    def in_files(self) -> bool:
        """Whether it is read only: nothing can be removed from it, and nothing put back."""
        return self.kind == FILES


class Folder(Struct, frozen=True, kw_only=True):
    """One folder; ``path`` is its names joined by ``/`` from the root of the mailbox down."""

    id: str
    path: str
    hidden: bool = False
    well_known: str = ""


class MessageRef(Struct, frozen=True, order=True):
    """Which message: the mailbox's id and the system's own id of the message in it."""

    mailbox: str
    id: str


class Wording(Struct, frozen=True, array_like=True):
    """What a message said before it was changed, or was taken out of where a person had filed it.

    One of which nothing is said stands for changes that were not kept.
    """

    subject: str | None = None
    preview: str | None = None
    attachments: tuple[str, ...] | None = None


class Source(Struct, frozen=True, kw_only=True):
    """Where a message lies that was read from files.

    ``file`` is the file's absolute path, ``folder`` the path of the folder inside it (empty: it has none), ``at`` the
    offset, item number or name by which the message is found there (empty: it is the whole file), ``sha256`` the
    digest of the whole file when it was read.
    """

    file: str
    folder: str = ""
    at: str = ""
    sha256: str = ""


class Message(Struct, frozen=True, kw_only=True, gc=False):
    """What is known of one message. ``None`` means *not said*: in a page a row may carry changed fields only.

    Addresses are lower case. Instants are in UTC. ``size`` is in bytes. ``kind`` is the message class (``IPM.Note``).
    ``preview`` is the beginning of the text, at most 255 characters. ``path`` is the folder's path and is filled by the
    catalog, never by a page. ``attachments`` are the names of its attachments, those in its text and links to files
    included; ``linked`` are those of them that are only links, so that the file is in no MIME and in no record.
    ``largest_attachment`` is the size of the largest of them in bytes as the mail system tells it, 0 where there is
    none; of mail in files it is not told. ``origin`` is one of ``ORIGINS``. ``on_behalf`` is who sent it in the name of
    ``sender``, and ``""`` where the sender did so in person. ``earlier`` is what it said before it was changed, each
    wording once, and is filled by the catalog only. ``sensitivity`` is one of ``SENSITIVITIES``. ``source`` says where
    mail from files lies. ``rebuilt`` says that there is no MIME and that the content is made of the message's
    properties: it lists, in words, what these could not carry. The ``version`` of a message from a file is the SHA-256
    (hex) of its content.
    """

    mailbox: str
    id: str
    version: str | None = None
    folder: str | None = None
    path: str | None = None
    internet_id: str | None = None
    conversation: str | None = None
    subject: str | None = None
    sender: str | None = None
    to: tuple[str, ...] | None = None
    cc: tuple[str, ...] | None = None
    bcc: tuple[str, ...] | None = None
    received_at: datetime | None = None
    sent_at: datetime | None = None
    size: int | None = None
    kind: str | None = None
    categories: tuple[str, ...] | None = None
    has_attachments: bool | None = None
    is_draft: bool | None = None
    is_read: bool | None = None
    preview: str | None = None
    trouble: str | None = None
    attachments: tuple[str, ...] | None = None
    origin: str | None = None
    on_behalf: str | None = None
    linked: tuple[str, ...] | None = None
    earlier: tuple[Wording, ...] | None = None
    sensitivity: str | None = None
    source: Source | None = None
    rebuilt: tuple[str, ...] | None = None
    largest_attachment: int | None = None

    @property
    def ref(self) -> MessageRef:
        return MessageRef(self.mailbox, self.id)

    @property
    def participants(self) -> tuple[str, ...]:
        """Everyone the message names, sender first; empty where nothing was said."""
        delegate = (self.on_behalf,) if self.on_behalf else ()
        return (self.sender or "", *(self.to or ()), *(self.cc or ()), *(self.bcc or ()), *delegate)


class Page(Struct, frozen=True, kw_only=True):
    """Changes of one folder and the cursor to continue from: they are saved together or not at all.

    ``restart`` marks the first page of a reading from the very beginning: what the catalog knew of the folder is
    true again only once seen. ``complete`` marks the last page of a reading. ``removed`` are ids that are no longer
    in *this* folder, which may mean moved.
    """

    messages: tuple[Message, ...] = ()
    removed: tuple[str, ...] = ()
    cursor: Cursor
    restart: bool = False
    complete: bool = False
