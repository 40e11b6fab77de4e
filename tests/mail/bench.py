"""The bench on which the contract tries a mail system, and the copy it keeps of a folder.

Nothing is tested here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Protocol

from msgspec.structs import asdict, replace

from retention.core.message import Cursor, Message, Page, Removal
from retention.mail.interface import (
    MailSystem,
)

ANN = "ann@city.example"
BOB = "bob@city.example"
LONG_AGO = datetime(2019, 3, 4, 15, 30, tzinfo=UTC)


def letter(number: int, subject: str = "", *headers: str) -> bytes:
    """A small message as MIME, different for each number; ``headers`` are further header lines."""
    return (
        "".join(f"{line}\r\n" for line in headers).encode()
        + (
            f"From: Carla Ruiz <Carla.Ruiz@Example.org>\r\nTo: Ann <{ANN}>\r\nCc: bob@city.example\r\n"
            f"Subject: {subject or f'Letter {number}'}\r\nMessage-ID: <letter-{number}@example.org>\r\n"
            "Date: Mon, 04 Mar 2019 15:30:00 +0000\r\nMIME-Version: 1.0\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n\r\n"
            f"This is letter {number}.\r\n"
        ).encode()
    )


def with_file(number: int, name: str) -> bytes:
    """The same with a file attached."""
    plain = b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
    head, _, text = letter(number).partition(plain)
    file = f'Content-Type: application/pdf\r\nContent-Disposition: attachment; filename="{name}"\r\n\r\nPDF\r\n'
    mixed = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    return head + mixed + b"--b\r\n" + plain + text + b"--b\r\n" + file.encode() + b"--b--\r\n"


class Bench(Protocol):
    """A mail system under test and the hands that change its mailboxes behind its back.

    Folders and mailboxes come into being with their first message. ``removals`` are the ways this system has.
    """

    mail: MailSystem
    removals: tuple[Removal, ...]

    def add(self, address: str, path: str, mime: bytes) -> str:
        """Put a message received at ``LONG_AGO`` there; returns its id."""
        ...

    def move(self, address: str, id: str, path: str) -> None: ...

    def delete(self, address: str, id: str) -> None: ...

    def edit(self, address: str, id: str, *, is_read: bool) -> None: ...

    def forget(self, address: str, path: str) -> None:
        """Make every cursor of this folder worthless."""
        ...

    def where(self, address: str, id: str) -> str | None:
        """The path of the folder the message is in; ``None`` when a walk over all folders would not meet it."""
        ...

    def spoil(self, address: str, id: str) -> None:
        """From now on the message's MIME can never be had."""
        ...

    def refuse(self, address: str, id: str) -> None:
        """From now on the system will not remove this message."""
        ...

    def link(self, address: str, id: str, name: str) -> None:
        """Attach a link to a file that lies elsewhere."""
        ...

    def shut(self, address: str) -> None:
        """From now on this mailbox cannot be read."""
        ...


class Copy:
    """A copy of one folder kept as the catalog keeps it: rows merged, a restart forgets what is not seen again."""

    def __init__(self) -> None:
        self.rows: dict[str, Message] = {}
        self.unseen: set[str] = set()
        self.cursor: Cursor | None = None

    def take(self, page: Page) -> None:
        if page.restart:
            self.unseen = set(self.rows)
        for row in page.messages:
            known = self.rows.get(row.id)
            said = {name: value for name, value in asdict(row).items() if value is not None}
            self.rows[row.id] = row if known is None else replace(known, **said)
            self.unseen.discard(row.id)
        for id_ in page.removed:
            self.rows.pop(id_, None)
        if page.complete:
            for id_ in self.unseen:
                self.rows.pop(id_, None)
            self.unseen = set()
        self.cursor = page.cursor

    def follow(self, pages: Iterable[Page]) -> list[Page]:
        taken = []
        for page in pages:
            self.take(page)
            taken.append(page)
        return taken
