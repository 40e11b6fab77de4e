"""A catalog with one mailbox and two folders, for the tests of the catalog.

Nothing is tested here.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from retention.catalog import Catalog, Known
from retention.core.message import Cursor, Folder, Mailbox, Message, Page

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
BOX = Mailbox(id="box-1", address="ana@town.example", name="Ana Holm")
OTHER = Mailbox(id="box-2", address="pat@town.example")
INBOX = Folder(id="f-inbox", path="Inbox", well_known="inbox")
ARCHIVE = Folder(id="f-archive", path="Archive/2019")
DELETED = Folder(id="f-deleted", path="Deleted Items", well_known="deleteditems")
FOLDERS = (INBOX, ARCHIVE, DELETED)


def message(id: str = "m1", folder: Folder | None = INBOX, mailbox: Mailbox = BOX, **fields: Any) -> Message:
    """A whole row, as a mail system gives it for a message that is new to us."""
    whole = {
        "version": "v1",
        "internet_id": f"<{id}@x.example>",
        "conversation": "c",
        "subject": f"Letter {id}",
        "sender": "jo@x.example",
        "to": (mailbox.address,),
        "cc": (),
        "bcc": (),
        "received_at": datetime(2025, 3, 4, 15, 30, 1, tzinfo=UTC),
        "sent_at": datetime(2025, 3, 4, 15, 30, tzinfo=UTC),
        "size": 2048,
        "kind": "IPM.Note",
        "categories": ("Red",),
        "has_attachments": False,
        "is_draft": False,
        "is_read": True,
        "preview": "Hello.",
        "attachments": ("Plan.pdf", 'FW: "the plan"'),
        "origin": "person",
        "on_behalf": "",
    }
    return Message(mailbox=mailbox.id, id=id, folder=folder.id if folder else None, **whole | fields)


def partial(id: str = "m1", **fields: Any) -> Message:
    """A row that says only what has changed."""
    return Message(mailbox=BOX.id, id=id, **fields)


class Desk:
    """The catalog and a run to save pages under."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "retention.db"
        self.catalog = Catalog(self.path, create=True)
        for mailbox in (BOX, OTHER):
            self.catalog.save_mailbox(mailbox, ())
        self.run = 0
        self.begin()

    def begin(self, folders: tuple[Folder, ...] = FOLDERS) -> None:
        """A new run that finds these folders."""
        self.run = self.catalog.runs.begin("sync", NOW)
        for mailbox in (BOX, OTHER):
            self.catalog.save_folders(mailbox, folders, self.run)

    def page(self, *messages: Message, folder: Folder = INBOX, mailbox: Mailbox = BOX, **page: Any) -> None:
        cursor = Cursor(page.pop("cursor", "cursor"))
        self.catalog.save_page(
            mailbox, folder, Page(messages=messages, cursor=cursor, **page), self.run, NOW, DELETED.id
        )

    def settle(self) -> int:
        return self.catalog.settle_mailbox(BOX, NOW)

    def known(self, id: str = "m1") -> Known:
        known = self.catalog.known(message(id).ref)
        assert known is not None, f"the catalog does not know {id}"
        return known

    @property
    def present(self) -> list[str]:
        return [known.message.id for known in self.catalog.present()]

    def gone(self, id: str = "m1") -> bool:
        return self.known(id).gone_at is not None
