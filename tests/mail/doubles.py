"""A mail system in memory, for tests that need one and no network.

No behaviour is decided here: it inherits the same contract suite as the real systems (``test_memory_contract.py``).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from email.utils import getaddresses, parsedate_to_datetime
from typing import Any

from msgspec.structs import replace

from retention.core.hold.foreign import ForeignHold
from retention.core.message import Cursor, Folder, Mailbox, Message, MessageRef, Page, Removal
from retention.core.person import Person
from retention.mail.interface import (
    ContentUnavailable,
    HoldsUnreadable,
    MailboxUnreadable,
    MessageChanged,
    MessageGone,
    RemovalRefused,
    Returned,
    ReturnRefused,
    Sight,
)
from retention.mail.origin import origin_of

WELL_KNOWN = {
    "Inbox": "inbox",
    "Sent Items": "sentitems",
    "Deleted Items": "deleteditems",
    "Drafts": "drafts",
    "Junk Email": "junkemail",
    "Archive": "archive",
}
PURGES = "removed from the mailbox to Purges"


class MemoryMail:
    """Mailboxes as plain dicts; ``MailSystem`` to the jobs, with hands to change it behind their back.

    ``before_call`` is invoked with the method's name before each call, and before each page of ``pages``; whatever
    it raises is the failure. ``calls`` lists those names in order, ``purged`` what was removed and how.
    ``unreadable`` (address → sentence), ``spoilt`` and ``refused`` (message ids) make the final errors. ``people_`` is
    what the directory says; it says of each mailbox that is nobody's there no more than its address and name.
    ``holds_`` are the system's own holds, or why it does not tell them. ``permissions_``, ``time_`` and ``refuses_``
    (address → answer) are told as they are; of an address not in it, what is known.
    With ``new_ids`` a message has another id after each move and once it is put back; ``where`` knows all of them.
    """

    new_ids = False

    def __init__(self, page_size: int = 2) -> None:
        self.page_size = page_size
        self.calls: list[str] = []
        self.purged: list[tuple[MessageRef, Removal]] = []
        self.before_call: Callable[[str], None] | None = None
        self.unreadable: dict[str, str] = {}
        self.spoilt: set[str] = set()
        self.refused: set[str] = set()
        self.people_: list[Person] = []
        self.holds_: tuple[ForeignHold, ...] | str = ()
        self.permissions_: tuple[str, ...] = ("Every permission is granted.",)
        self.refuses_: dict[str, bool] = {}
        self.time_: datetime | None = None
        self._lock = threading.RLock()
        self._mailboxes: dict[str, Mailbox] = {}
        self._folders: dict[str, dict[str, Folder]] = {}
        self._rows: dict[MessageRef, Message] = {}
        self._mime: dict[MessageRef, bytes] = {}
        self._dumpster: dict[MessageRef, tuple[Message, bytes]] = {}
        self._log: dict[str, list[tuple[str, Message | None]]] = {}
        self._epoch: dict[str, int] = {}
        self._count = 0
        self._now: dict[MessageRef, MessageRef] = {}

    # -- the hands of whoever uses the mailbox

    def add_mailbox(self, address: str, name: str = "", kind: str = "user") -> Mailbox:
        with self._lock:
            if address not in self._mailboxes:
                number = len(self._mailboxes) + 1
                self._mailboxes[address] = Mailbox(id=f"mailbox-{number}", address=address, name=name, kind=kind)
                self._folders[f"mailbox-{number}"] = {}
                self.add_folder(address, "Deleted Items")
            return self._mailboxes[address]

    def add_folder(self, address: str, path: str, hidden: bool = False) -> Folder:
        with self._lock:
            mailbox = self.add_mailbox(address)
            folders = self._folders[mailbox.id]
            if "/" in path:
                self.add_folder(address, path.rpartition("/")[0])
            if path not in folders:
                id_ = f"{mailbox.id}-folder-{len(folders) + 1}"
                folders[path] = Folder(id=id_, path=path, hidden=hidden, well_known=WELL_KNOWN.get(path, ""))
                self._log[id_] = []
                self._epoch[id_] = 0
            return folders[path]

    def add(self, address: str, path: str, mime: bytes, **fields: Any) -> MessageRef:
        """Put a message there. Fields of ``Message`` not given are read from the MIME's own headers."""
        with self._lock:
            mailbox, folder = self.add_mailbox(address), self.add_folder(address, path)
            self._count += 1
            ref = MessageRef(mailbox.id, fields.pop("id", f"message-{self._count}"))
            told = _told_by(mime) | {"version": "v1", "folder": folder.id} | fields
            self._rows[ref] = Message(mailbox=ref.mailbox, id=ref.id, **told)
            self._mime[ref] = mime
            self._log[folder.id].append((ref.id, self._rows[ref]))
            return ref

    def move(self, ref: MessageRef, path: str) -> MessageRef:
        """Returns the message as it is known from now on."""
        with self._lock:
            address = next(box.address for box in self._mailboxes.values() if box.id == ref.mailbox)
            row, mime = self._rows.pop(ref), self._mime.pop(ref)
            folder = self.add_folder(address, path)
            self._log[row.folder or ""].append((ref.id, None))
            now = self._renamed(ref)
            self._rows[now] = replace(row, id=now.id, folder=folder.id, version=_next(row.version))
            self._mime[now] = mime
            self._log[folder.id].append((now.id, self._rows[now]))
            return now

    def delete(self, ref: MessageRef) -> None:
        with self._lock:
            self._mime.pop(ref)
            self._log[self._rows.pop(ref).folder or ""].append((ref.id, None))

    def expire(self, ref: MessageRef) -> None:
        """The system no longer has what was removed: the time it keeps it is over."""
        with self._lock:
            self._dumpster.pop(ref)

    def remove_folder(self, address: str, path: str) -> None:
        """An empty folder that is no longer listed."""
        with self._lock:
            del self._folders[self.add_mailbox(address).id][path]

    def edit(self, ref: MessageRef, **fields: Any) -> None:
        """Change fields; the next reading says only these and the new version."""
        with self._lock:
            row = self._rows[ref]
            said = {"version": _next(row.version)} | fields
            self._rows[ref] = replace(row, **said)
            self._log[row.folder or ""].append((ref.id, Message(mailbox=ref.mailbox, id=ref.id, **said)))

    def forget(self, address: str, path: str) -> None:
        """Every cursor given for this folder is worthless from now on."""
        with self._lock:
            self._epoch[self.add_folder(address, path).id] += 1

    def where(self, ref: MessageRef) -> str | None:
        """The path of the folder the message is in, or ``None`` when a walk over all folders does not meet it."""
        with self._lock:
            while ref in self._now:
                ref = self._now[ref]
            row = self._rows.get(ref)
            paths = {folder.id: path for path, folder in self._folders[ref.mailbox].items()}
            return None if row is None else paths[row.folder or ""]

    def row(self, ref: MessageRef) -> Message:
        """The message as it is now, with every field."""
        return self._rows[ref]

    # -- what the jobs see

    def check_sign_in(self) -> str:
        self._call("check_sign_in")
        return "Signed in to a mail system in memory; every permission is granted."

    def permissions(self) -> tuple[str, ...]:
        self._call("permissions")
        return self.permissions_

    def refuses(self, address: str) -> bool | None:
        self._call("refuses")
        known = address.lower() in {box.address.lower() for box in self._mailboxes.values()}
        return self.refuses_.get(address, address in self.unreadable if known else None)

    def time(self) -> datetime | None:
        """No call of ``calls``: nothing is asked of the system for it."""
        return self.time_

    def mailboxes(self) -> Iterator[Mailbox]:
        self._call("mailboxes")
        yield from tuple(self._mailboxes.values())

    def people(self) -> Iterator[Person]:
        self._call("people")
        taken = {address for person in self.people_ for address in person.every_address}
        yield from self.people_
        for box in tuple(self._mailboxes.values()):
            if box.address.lower() not in taken:
                yield Person(address=box.address.lower(), name=box.name, directory=box.id)

    def folders(self, mailbox: Mailbox) -> tuple[Folder, ...]:
        self._call("folders")
        self._readable(mailbox)
        return tuple(self._folders[mailbox.id].values())

    def uncovered(self, mailbox: Mailbox) -> tuple[str, ...]:
        self._call("uncovered")
        return ("An archive mailbox, where there is one, cannot be read.",)

    def holds(self) -> tuple[ForeignHold, ...]:
        self._call("holds")
        if isinstance(self.holds_, str):
            raise HoldsUnreadable(self.holds_)
        return self.holds_

    def pages(self, mailbox: Mailbox, folder: Folder, cursor: Cursor | None) -> Iterator[Page]:
        restart, position = True, 0
        if cursor is not None:
            epoch, _, at = cursor.partition(":")
            restart = int(epoch) != self._epoch[folder.id]
            position = 0 if restart else int(at)
        while True:
            self._call("pages")
            self._readable(mailbox)
            with self._lock:
                log = self._log[folder.id]
                part = log[position : position + self.page_size]
                position += len(part)
                complete = position == len(log)
                told = Cursor(f"{self._epoch[folder.id]}:{position}")
            last = {id_: row is None for id_, row in part}
            yield Page(
                messages=tuple(row for id_, row in part if row is not None and not last[id_]),
                removed=tuple(id_ for id_, gone in last.items() if gone),
                cursor=told,
                restart=restart,
                complete=complete,
            )
            restart = False
            if complete:
                return

    def content(self, ref: MessageRef) -> Iterator[bytes]:
        self._call("content")
        with self._lock:
            self._known(ref)
            if ref.id in self.spoilt:
                raise ContentUnavailable(f"The mail system cannot convert message {ref.id}.")
            mime = self._mime[ref]
        yield from (mime[at : at + 65536] for at in range(0, len(mime), 65536))

    def look(self, ref: MessageRef) -> Sight:
        self._call("look")
        with self._lock:
            return Sight(self._known(ref).version or "", self.where(ref) == "Deleted Items")

    def purge(self, ref: MessageRef, version: str, how: Removal, ask: Callable[[], None]) -> str:
        ask()
        self._call("purge")
        with self._lock:
            if self._known(ref).version != version:
                raise MessageChanged(f"Message {ref.id} is no longer the version that was planned.")
            if ref.id in self.refused:
                raise RemovalRefused(f"The mail system refused to remove message {ref.id}.")
            self.purged.append((ref, how))
            if how is Removal.DELETED_ITEMS and self.where(ref) != "Deleted Items":
                self.move(ref, "Deleted Items")
                return "moved to Deleted Items"
            if how is not Removal.PERMANENT:
                self._dumpster[ref] = self._rows[ref], self._mime[ref]
            self.delete(ref)
            return PURGES if how is Removal.PERMANENT else "moved to Recoverable Items"

    def recoverable(self, mailbox: Mailbox) -> Iterator[Message]:
        self._call("recoverable")
        self._readable(mailbox)
        with self._lock:
            held = [replace(row, folder="recoverableitemsdeletions") for row, _ in self._dumpster.values()]
            bin_ = self._folders[mailbox.id]["Deleted Items"].id
            held += [replace(row, folder="deleteditems") for row in self._rows.values() if row.folder == bin_]
        yield from (row for row in held if row.mailbox == mailbox.id)

    def put_back(self, ref: MessageRef, folder: str) -> Returned:
        self._call("put_back")
        with self._lock:
            if ref in self._rows and self.where(ref) != "Deleted Items":
                return Returned(ref, self._rows[ref].folder or "", "was in the mailbox already")
            if ref not in self._dumpster and ref not in self._rows:
                raise MessageGone(f"The mail system no longer has message {ref.id}.")
            if ref.id in self.refused:
                raise ReturnRefused(f"The mail system refused to put message {ref.id} back.")
            there = self._place(ref.mailbox, folder)
            if ref in self._rows:
                row, mime = self._rows[ref], self._mime[ref]
                self.delete(ref)
            else:
                row, mime = self._dumpster.pop(ref)
            now = self._renamed(ref)
            self._rows[now] = replace(row, id=now.id, folder=there.id, version=_next(row.version))
            self._mime[now] = mime
            self._log[there.id].append((now.id, self._rows[now]))
            return Returned(now, there.id, "moved back")

    def close(self) -> None:
        self._call("close")

    def _renamed(self, ref: MessageRef) -> MessageRef:
        if self.new_ids:
            self._now[ref] = MessageRef(ref.mailbox, f"{ref.id}+")
        return self._now.get(ref, ref)

    def _call(self, name: str) -> None:
        with self._lock:
            self.calls.append(name)
        if self.before_call is not None:
            self.before_call(name)

    def _readable(self, mailbox: Mailbox) -> None:
        if mailbox.address in self.unreadable:
            raise MailboxUnreadable(self.unreadable[mailbox.address])

    def _place(self, mailbox: str, id_: str) -> Folder:
        """The folder of this id, or the Inbox where that is gone or is Deleted Items."""
        kept = (each for each in self._folders[mailbox].values() if each.path != "Deleted Items")
        address = next(box.address for box in self._mailboxes.values() if box.id == mailbox)
        return next((each for each in kept if each.id == id_), None) or self.add_folder(address, "Inbox")

    def _known(self, ref: MessageRef) -> Message:
        if ref not in self._rows:
            raise MessageGone(f"There is no message {ref.id} any more.")
        return self._rows[ref]


def unasked() -> None:
    """For a purge in a test that asks nobody."""


def _next(version: str | None) -> str:
    return f"v{int((version or 'v0')[1:]) + 1}" if (version or "v0")[1:].isdigit() else f"{version}+"


def _told_by(mime: bytes) -> dict[str, Any]:
    parsed = message_from_bytes(mime, policy=default)

    def people(header: str) -> tuple[str, ...]:
        values = [str(value) for value in parsed.get_all(header, [])]
        return tuple(address.lower() for _, address in getaddresses(values) if address)

    parts = [part for part in parsed.walk() if part.get_filename()]
    sender, by = next(iter(people("from")), ""), next(iter(people("sender")), "")
    try:
        sent = parsedate_to_datetime(str(parsed["date"])).astimezone(UTC)
    except (TypeError, ValueError):
        sent = None
    return {
        "internet_id": str(parsed["message-id"] or ""),
        "conversation": "",
        "subject": str(parsed["subject"] or ""),
        "sender": sender,
        "to": people("to"),
        "cc": people("cc"),
        "bcc": people("bcc"),
        "received_at": sent,
        "sent_at": sent,
        "size": len(mime),
        "kind": "IPM.Note",
        "categories": (),
        "has_attachments": bool(parts),
        "is_draft": False,
        "is_read": True,
        "preview": str(parsed.get_payload())[:255].strip() or "(none)",
        "sensitivity": str(parsed["sensitivity"] or "normal").lower().removeprefix("company-"),
        "attachments": tuple(str(part.get_filename()) for part in parts),
        "linked": (),
        "largest_attachment": max((len(part.get_payload(decode=True)) for part in parts), default=0),
        "origin": origin_of(mime.partition(b"\r\n\r\n")[0].decode("latin-1")),
        "on_behalf": by if by != sender else "",
    }
