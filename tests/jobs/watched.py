"""A mail system in memory whose readers are watched, and short questions to the catalog, for the tests of sync.

Nothing is tested here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from msgspec.structs import replace

from retention.core.message import Cursor, Folder, Mailbox, MessageRef, Page
from retention.jobs.sync import MailboxSynced, Synced, sync
from retention.mail.interface import FolderUnreadable
from tests.jobs.town import Town
from tests.mail.doubles import MemoryMail


class Watched(MemoryMail):
    """Counts readers at work, lets a test meet them, and fails in the folders that are told to."""

    def __init__(self, page_size: int = 2) -> None:
        super().__init__(page_size)
        self.bad: set[str] = set()
        self.on_folder: Callable[[Mailbox, Folder], None] = lambda mailbox, folder: None
        self.most: dict[str, int] = {}
        self.at_work: dict[str, int] = {}

    def pages(self, mailbox: Mailbox, folder: Folder, cursor: Cursor | None) -> Iterator[Page]:
        self._busy(mailbox, 1)
        try:
            self.on_folder(mailbox, folder)
            if folder.path in self.bad:
                raise FolderUnreadable(f"the folder {folder.path} broke off")
            yield from super().pages(mailbox, folder, cursor)
        finally:
            self._busy(mailbox, -1)

    def _busy(self, mailbox: Mailbox, step: int) -> None:
        with self._lock:
            for who in (mailbox.address, "all"):
                self.at_work[who] = self.at_work.get(who, 0) + step
                self.most[who] = max(self.most.get(who, 0), self.at_work[who])


def synced(town: Town, *addresses: str) -> Synced:
    world = town.world()
    try:
        return sync(world, addresses)
    finally:
        world.close()


def of(result: Synced, address: str) -> MailboxSynced:
    return next(mailbox for mailbox in result.mailboxes if mailbox.address == address)


def present(town: Town) -> dict[str, str | None]:
    world = town.world()
    told = {known.message.id: known.message.path for known in world.catalog.present()}
    world.close()
    return told


def is_gone(town: Town, ref: MessageRef) -> bool:
    world = town.world()
    known = world.catalog.known(ref)
    world.close()
    assert known is not None
    return known.gone_at is not None


def readers(town: Town, count: int) -> None:
    town.city = replace(town.city, mail=replace(town.city.mail, requests_in_flight=count))


def fail_at_page(number: int, failure: BaseException) -> Callable[[str], None]:
    pages = 0

    def before_call(name: str) -> None:
        nonlocal pages
        pages += name == "pages"
        if name == "pages" and pages == number:
            raise failure

    return before_call


def coverage(town: Town) -> list[dict[str, Any]]:
    world = town.world()
    rows = world.catalog.coverage()
    world.close()
    return rows
