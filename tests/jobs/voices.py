"""One world of mailboxes spoken to in several voices: from memory, through Graph, and through Exchange Web Services.

Nothing is tested here. Messages are known by their subjects, because in one of the voices ids die with every move.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Protocol

import msgspec

from retention.core.message import MessageRef
from retention.jobs.world import World
from retention.mail.exchange import ExchangeMail
from retention.mail.graph import GraphMail, GraphSettings
from retention.mail.interface import MailSystem
from retention.simulator.serve import Simulator
from retention.simulator.world import World as Mailboxes
from tests.jobs.town import CLERK, LONG_AGO, mime
from tests.mail.doubles import MemoryMail
from tests.mail.exchanging import settings_of

TOLD_OF = ("kind", "action", "result", "address", "schedule", "series", "how", "digest", "place", "counts", "holds")
"""What of an entry must be the same in every voice; ids, versions, instants and the systems' own words may differ."""


class Voice(Protocol):
    """A mail system and the hands in its mailboxes; ``removal`` is a pattern of the requests that remove."""

    mail: MailSystem
    removal: str

    def add(self, subject: str, mailbox: str = CLERK, folder: str = "Inbox", at: datetime = LONG_AGO) -> None: ...

    def where(self, subject: str, mailbox: str = CLERK) -> str | None:
        """The path of its folder; ``None`` where a walk over the mailbox would not meet it."""
        ...

    def move(self, subject: str, folder: str) -> None: ...

    def change(self, subject: str) -> None:
        """Give it another version."""
        ...

    def spoil(self, subject: str) -> None:
        """Its content can never be had."""
        ...

    def close(self) -> None: ...


class InMemory:
    removal = ""

    def __init__(self) -> None:
        self.mail = MemoryMail()
        self._refs: dict[tuple[str, str], MessageRef] = {}

    def add(self, subject: str, mailbox: str = CLERK, folder: str = "Inbox", at: datetime = LONG_AGO) -> None:
        content = mime(subject, at=at)
        self._refs[mailbox, subject] = self.mail.add(mailbox, folder, content, received_at=at)

    def where(self, subject: str, mailbox: str = CLERK) -> str | None:
        return self.mail.where(self._refs[mailbox, subject])

    def move(self, subject: str, folder: str) -> None:
        self.mail.move(self._refs[CLERK, subject], folder)

    def change(self, subject: str) -> None:
        self.mail.edit(self._refs[CLERK, subject], is_read=False)

    def spoil(self, subject: str) -> None:
        self.mail.spoilt.add(self._refs[CLERK, subject].id)

    def close(self) -> None:
        self.mail.close()


class Simulated:
    """The simulator's world, spoken to over the wire."""

    def __init__(self, mail: MailSystem, world: Mailboxes, removal: str) -> None:
        self.mail = mail
        self.removal = removal
        self._world = world
        self._ids: dict[tuple[str, str], str] = {}

    def add(self, subject: str, mailbox: str = CLERK, folder: str = "Inbox", at: datetime = LONG_AGO) -> None:
        self._world.add_mailbox(mailbox)
        content = mime(subject, at=at)
        self._ids[mailbox, subject] = self._world.add_message(mailbox, folder, content, received_at=at)

    def where(self, subject: str, mailbox: str = CLERK) -> str | None:
        path = self._world.where(mailbox, self._ids[mailbox, subject])
        return None if path is None or path.startswith("Recoverable Items") else path

    def move(self, subject: str, folder: str) -> None:
        self._world.add_folder(CLERK, folder)
        self._world.move(CLERK, self._ids[CLERK, subject], folder)

    def change(self, subject: str) -> None:
        self._world.edit(CLERK, self._ids[CLERK, subject], is_read=False)

    def spoil(self, subject: str) -> None:
        self._world.message(CLERK, self._ids[CLERK, subject]).mime_fails = True

    def close(self) -> None:
        self.mail.close()


def in_voice(name: str, simulator: Simulator) -> Voice:
    """A world of its own, in this voice."""
    if name == "memory":
        return InMemory()
    simulator.world = Mailboxes()
    simulator.faults.clear()
    if name == "ews":
        exchange = ExchangeMail(settings_of(simulator), pause=lambda seconds: None, jitter=lambda: 0.0)
        return Simulated(exchange, simulator.world, "#DeleteItem")
    settings = GraphSettings(
        tenant=simulator.tenant,
        client=simulator.client,
        secret=simulator.secret,
        graph_url=simulator.graph_url,
        authority_url=simulator.authority_url,
        ca_file=str(simulator.ca_file),
        timeout=20.0,
    )
    mail = GraphMail(settings, pause=lambda seconds: None, jitter=lambda: 0.0)
    return Simulated(mail, simulator.world, "POST .*/(move|permanentDelete)")


def story(world: World) -> Iterator[dict[str, Any]]:
    """What the ledger tells, entry by entry, without what may differ from voice to voice."""
    for link in world.ledger.links():
        said = msgspec.to_builtins(link.entry.body)
        yield {key: said[key] for key in TOLD_OF if key in said}
