"""Peak memory of a sync, and of what follows it, at a hundred thousand and at a million messages.

The mail is made page by page in the same process, in a child of its own for each size: through the simulator a million
messages would take minutes and measure the simulator's patience rather than our memory.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from retention.core.message import Cursor, Folder, Mailbox, Message, Page
from retention.jobs.sync import sync
from tests.benchmarks.apart import SIZES, measured, peak
from tests.benchmarks.table import Figure
from tests.jobs.town import LONG_AGO, Town
from tests.mail.doubles import MemoryMail

BOXES, PAGE = 4, 1000


class MadeMail(MemoryMail):
    """Mailboxes whose messages are made when their page is asked for."""

    def __init__(self, messages: int) -> None:
        super().__init__()
        self.each = messages // BOXES
        for number in range(BOXES):
            self.add_folder(f"box{number}@town.example", "Inbox")

    def pages(self, mailbox: Mailbox, folder: Folder, cursor: Cursor | None) -> Iterator[Page]:
        total = self.each if folder.path == "Inbox" and cursor is None else 0
        for at in range(0, max(total, 1), PAGE):
            rows = tuple(_message(mailbox.id, folder.id, number) for number in range(at, min(at + PAGE, total)))
            last = at + PAGE >= total
            yield Page(messages=rows, cursor=Cursor("all"), restart=at == 0 and cursor is None, complete=last)


def _message(mailbox: str, folder: str, number: int) -> Message:
    return Message(
        mailbox=mailbox,
        id=f"AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0AAAAA{number:012}",
        version=f"CQAAABYAAAC{number:012}",
        folder=folder,
        internet_id=f"<{number}@elsewhere.example>",
        conversation=f"AAQkAD{number // 5:012}",
        subject=f"Requisition {number} for toner",
        sender=f"person{number % 997}@elsewhere.example",
        to=("ana.holm@town.example",),
        cc=(),
        bcc=(),
        received_at=LONG_AGO + timedelta(seconds=number),
        sent_at=LONG_AGO + timedelta(seconds=number),
        size=40_000,
        kind="IPM.Note",
        categories=(),
        has_attachments=False,
        is_draft=False,
        is_read=True,
        preview="Please find the requisition for this month below, and let us know when it has been ordered.",
    )


def benchmark() -> Iterator[Figure]:
    peaks = [measured(__name__, size)[0] for size in SIZES]
    small, large = (f"{most:.0f} MiB" for most in peaks)
    more = peaks[1] - peaks[0]
    yield Figure("peak of syncing 1,000,000 messages beside 100,000", large, small, f"{more:+.0f} MiB", "within 50 MiB")


def _peak(messages: int) -> float:
    """Sync so many messages and return this process's peak, in MiB."""
    with tempfile.TemporaryDirectory() as name:
        town = Town(Path(name) / "town", mail=MadeMail(messages))
        world = town.world()
        sync(world)
        assert world.catalog.tally()["present"] == messages
    return peak()


if __name__ == "__main__":
    print(json.dumps([_peak(int(sys.argv[1]))]))
