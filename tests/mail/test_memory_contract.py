"""The double in memory keeps the contract of every mail system, and its hooks do what the job tests rest on.

Nothing about a real system is tested here.
"""

from __future__ import annotations

import pytest

from retention.core.message import MessageRef, Removal
from tests.mail.bench import ANN, BOB, LONG_AGO, letter
from tests.mail.contract import MailContract
from tests.mail.doubles import MemoryMail, unasked


class MemoryBench:
    """``MemoryMail`` with its hands named as the contract suite names them."""

    removals = tuple(Removal)

    def __init__(self) -> None:
        self.mail = MemoryMail()

    def _ref(self, address: str, id: str) -> MessageRef:
        return MessageRef(self.mail.add_mailbox(address).id, id)

    def add(self, address: str, path: str, mime: bytes) -> str:
        return self.mail.add(address, path, mime, received_at=LONG_AGO).id

    def move(self, address: str, id: str, path: str) -> None:
        self.mail.move(self._ref(address, id), path)

    def delete(self, address: str, id: str) -> None:
        self.mail.delete(self._ref(address, id))

    def edit(self, address: str, id: str, *, is_read: bool) -> None:
        self.mail.edit(self._ref(address, id), is_read=is_read)

    def forget(self, address: str, path: str) -> None:
        self.mail.forget(address, path)

    def where(self, address: str, id: str) -> str | None:
        return self.mail.where(self._ref(address, id))

    def spoil(self, address: str, id: str) -> None:
        self.mail.spoilt.add(id)

    def refuse(self, address: str, id: str) -> None:
        self.mail.refused.add(id)

    def link(self, address: str, id: str, name: str) -> None:
        ref = self._ref(address, id)
        row = self.mail.row(ref)
        attachments, linked = row.attachments or (), row.linked or ()
        self.mail.edit(ref, attachments=(*attachments, name), linked=(*linked, name), has_attachments=True)

    def shut(self, address: str) -> None:
        self.mail.unreadable[address] = f"The mailbox of {address} cannot be read."


class TestMemoryContract(MailContract):
    @pytest.fixture
    def bench(self) -> MemoryBench:
        return MemoryBench()


class TestMemoryContractWithIdsThatChange(MailContract):
    """What is moved or put back has another id afterwards."""

    ids_survive_moves = False

    @pytest.fixture
    def bench(self, monkeypatch: pytest.MonkeyPatch) -> MemoryBench:
        monkeypatch.setattr(MemoryMail, "new_ids", True)
        return MemoryBench()


def test_the_hook_is_asked_before_each_call_and_what_it_raises_is_the_failure() -> None:
    mail = MemoryMail(page_size=1)
    ref = mail.add(ANN, "Inbox", letter(1))
    mail.add(ANN, "Inbox", letter(2))
    mail.add(BOB, "Inbox", letter(3))
    (box, _) = mail.mailboxes()
    inbox = next(folder for folder in mail.folders(box) if folder.path == "Inbox")
    assert len(list(mail.pages(box, inbox, None))) == 2
    assert mail.calls == ["mailboxes", "folders", "pages", "pages"]

    def fail(name: str) -> None:
        if name == "purge":
            raise OSError("broken")

    mail.before_call = fail
    with pytest.raises(OSError, match="broken"):
        mail.purge(ref, "v1", Removal.RECOVERABLE, unasked)
    assert mail.where(ref) == "Inbox" and mail.purged == []
    mail.before_call = None
    mail.purge(ref, "v1", Removal.RECOVERABLE, unasked)
    assert mail.purged == [(ref, Removal.RECOVERABLE)]


def test_what_is_not_given_is_read_from_the_mime() -> None:
    mail = MemoryMail()
    row = mail.row(mail.add(ANN, "Inbox", letter(4), kind="IPM.Note.SMIME"))
    assert (row.subject, row.sender, row.received_at) == ("Letter 4", "carla.ruiz@example.org", LONG_AGO)
    assert (row.kind, row.size) == ("IPM.Note.SMIME", len(letter(4)))
