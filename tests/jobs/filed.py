"""Files of mail for the tests of the jobs: read plainly, one folder for each file, beside the small town.

Nothing is tested here. What real files need is in ``mail/files``; this stands for it where only the jobs are asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from email.utils import parsedate_to_datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from retention.core.files import FileSource
from retention.core.hold.foreign import ForeignHold
from retention.core.message import FILES, Cursor, Folder, Mailbox, Message, MessageRef, Page, Removal, Source
from retention.core.person import Person
from retention.jobs import person
from retention.jobs.files.adding import Added, add
from retention.jobs.files.report import FileReport, report
from retention.jobs.world import World
from retention.mail.interface import FolderUnreadable, MessageGone, RemovalRefused, Returned, ReturnRefused, Sight
from retention.mail.together import Together
from tests.jobs.custodians import ANN, BOB, acting
from tests.jobs.town import CRON, LONG_AGO, RECORDS, Town

BETWEEN = b"\n=====\n"
"""What stands between two messages in a file of this kind."""


class PlainFiles:
    """Files of messages with a line of ``=`` between them, in a folder of files or alone; never written to.

    ``unreadable`` are the names of files that cannot be read to their end.
    """

    def __init__(self, sources: Iterable[FileSource]) -> None:
        self.sources = {source.id: source for source in sources}
        self.unreadable: set[str] = set()

    def check_sign_in(self) -> str:
        return "Nobody signs in."

    def permissions(self) -> tuple[str, ...]:
        return ()

    def refuses(self, address: str) -> bool | None:
        return None

    def time(self) -> datetime | None:
        return None

    def mailboxes(self) -> Iterator[Mailbox]:
        for source in self.sources.values():
            yield Mailbox(id=source.id, address=source.name, name=Path(source.path).name, kind=FILES)

    def people(self) -> Iterator[Person]:
        return iter(())

    def holds(self) -> tuple[ForeignHold, ...]:
        return ()

    def folders(self, mailbox: Mailbox) -> tuple[Folder, ...]:
        return tuple(Folder(id=f"{shown}#", path=file.name) for shown, file in self._files(mailbox.id).items())

    def uncovered(self, mailbox: Mailbox) -> tuple[str, ...]:
        return ("notes.txt was not read: it is no mail.",) if "share" in mailbox.name else ()

    def pages(self, mailbox: Mailbox, folder: Folder, cursor: Cursor | None) -> Iterator[Page]:
        file = self._files(mailbox.id)[folder.id.removesuffix("#")]
        content = file.read_bytes()
        digest = sha256(content).hexdigest()
        if cursor == digest:
            yield Page(messages=(), removed=(), cursor=Cursor(digest), restart=False, complete=True)
            return
        rows = tuple(
            self._row(mailbox.id, folder.id, file, at, mime, digest) for at, mime in enumerate(content.split(BETWEEN))
        )
        whole = file.name not in self.unreadable
        yield Page(messages=rows, removed=(), cursor=Cursor(digest if whole else ""), restart=True, complete=whole)
        if not whole:
            raise FolderUnreadable(f"{file.name} is damaged behind its first messages")

    def content(self, ref: MessageRef) -> Iterator[bytes]:
        shown, _, at = ref.id.partition("#")
        file = self._files(ref.mailbox).get(shown)
        parts = file.read_bytes().split(BETWEEN) if file else []
        if int(at) >= len(parts):
            raise MessageGone(f"There is no message {ref.id} any more.")
        yield parts[int(at)]

    def look(self, ref: MessageRef) -> Sight:
        return Sight(sha256(b"".join(self.content(ref))).hexdigest())

    def purge(self, ref: MessageRef, version: str, how: Removal, ask: Callable[[], None]) -> str:
        raise RemovalRefused("Files are never changed.")

    def recoverable(self, mailbox: Mailbox) -> Iterator[Message]:
        return iter(())

    def put_back(self, ref: MessageRef, folder: str) -> Returned:
        raise ReturnRefused("Files are never changed.")

    def close(self) -> None:
        pass

    def _files(self, source: str) -> dict[str, Path]:
        path = Path(self.sources[source].path)
        return {"": path} if path.is_file() else {file.name: file for file in sorted(path.glob("*.mail"))}

    def _row(self, mailbox: str, folder: str, file: Path, at: int, mime: bytes, digest: str) -> Message:
        said = message_from_bytes(mime, policy=default)
        date, to = said["date"], str(said["to"] or "")
        when = parsedate_to_datetime(str(date)).astimezone(UTC) if date else None
        return Message(
            mailbox=mailbox,
            id=f"{folder}{at}",
            version=sha256(mime).hexdigest(),
            folder=folder,
            internet_id=str(said["message-id"] or ""),
            conversation="",
            subject=str(said["subject"] or ""),
            sender=str(said["from"] or ""),
            to=(to,) if to else (),
            cc=(),
            bcc=(),
            received_at=when,
            sent_at=when,
            size=len(mime),
            kind="IPM.Note",
            categories=(),
            has_attachments=False,
            is_draft=False,
            is_read=True,
            preview=str(said.get_content()).strip()[:255],
            attachments=(),
            linked=(),
            origin="person",
            source=Source(file=str(file), at=str(at), sha256=digest),
        )


class FiledTown(Town):
    """The small town with a folder of files beside it; what was added is read together with its mail system."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.share = folder.parent / "share"
        self.share.mkdir(exist_ok=True)
        self.damaged: set[str] = set()
        with acting(self, RECORDS) as world:
            person.record(world, (Person(address=ANN, name="Ann Bo"), Person(address=BOB, name="Bob Ek")), "test")

    def world(self, address: str = CRON, **opened: Any) -> World:
        world = super().world(address, **opened)

        def together() -> Together:
            files = PlainFiles(world.ledger.in_force.files.values())
            files.unreadable = self.damaged
            return Together(self.mail, files)

        world.open_mail = opened.get("open_mail") or together
        return world

    def write(self, name: str, *letters: bytes) -> Path:
        path = self.share / name
        path.write_bytes(BETWEEN.join(letters))
        return path

    def add_files(self, path: Path, custodian: str = ANN, by: str = RECORDS) -> Added:
        with acting(self, by) as world:
            return add(world, path, custodian=custodian, kept=(self.folder / "records",))

    def report(self) -> dict[str, FileReport]:
        """By the last part of the path."""
        with acting(self) as world:
            return {Path(one.path).name: one for one in report(world).files}

    def captured(self) -> None:
        """Everything that may be captured now is on the record store, and that was read."""
        self.apply(self.approved_plan())
        self.read()


def letter(subject: str, *, at: datetime = LONG_AGO, id_: str = "", text: str = "", sender: str = "") -> bytes:
    marked = f"Message-ID: <{id_}>\r\n" if id_ else ""
    said = text or f"About {subject}, as agreed on the phone."
    return (
        f"From: {sender or 'carla@elsewhere.example'}\r\nTo: {ANN}\r\nSubject: {subject}\r\n"
        f"Date: {at:%a, %d %b %Y %H:%M:%S} +0000\r\n{marked}\r\n{said}\r\n"
    ).encode()
