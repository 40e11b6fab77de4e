"""One reading of the ledger for a day that is past: what was in force by then, and what is told of some messages.

What follows from it is asked next door.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from retention.catalog import Known
from retention.catalog.filings import added
from retention.core.audit import InForce, Intent, Link, Reviewed
from retention.core.classify import Decided
from retention.core.message import Message, MessageRef
from retention.core.trail import Trails
from retention.jobs.classify import decisions
from retention.jobs.world import World


class Reading:
    """What was in force by then, and all that is told of these messages, then and since.

    ``last_used`` is when a deed last cited each schedule.
    """

    def __init__(self, world: World, found: Mapping[MessageRef, Known | None], at: datetime) -> None:
        self.trails = Trails(found)
        self.in_force = InForce()
        self.last_used: dict[str, datetime] = {}
        self.decided = Decisions(world, [known.message if known else _bare(ref) for ref, known in found.items()])
        for link in world.ledger.links():
            entry = link.entry
            self.trails.add(entry)
            if isinstance(entry.body, Intent):
                self.last_used[entry.body.schedule] = entry.at
            if entry.at <= at:
                self.in_force.add(entry)
                self.decided.add(link)


def _bare(ref: MessageRef) -> Message:
    return Message(mailbox=ref.mailbox, id=ref.id)


class Decisions:
    """What people decided in reviews for these messages, or for others of their mailbox with the same Message-ID."""

    def __init__(self, world: World, messages: Iterable[Message]) -> None:
        self._world = world
        messages = tuple(messages)
        self._mailboxes = {message.mailbox for message in messages}
        self._wanted = {message.ref for message in messages}
        self._alike: dict[tuple[str, str], dict[str, Decided]] = {
            (message.mailbox, message.internet_id): {} for message in messages if message.internet_id
        }
        self._own: dict[MessageRef, Decided] = {}

    def add(self, link: Link) -> None:
        body = link.entry.body
        if not isinstance(body, Reviewed) or body.mailbox not in self._mailboxes:
            return
        for ref, said, decided in decisions(self._world, link):
            if ref in self._wanted:
                self._own[ref] = added(self._own.get(ref), decided)
            alike = self._alike.get((ref.mailbox, said or self._internet_id(ref)))
            if alike is not None:
                alike[ref.id] = added(alike.get(ref.id), decided)

    def read(self, until: datetime) -> None:
        """Read the ledger for them, as far as that instant."""
        for _ in self.each(until):
            pass

    def each(self, until: datetime) -> Iterator[None]:
        """Read the ledger for them, as far as that instant; stops after every review that may decide otherwise."""
        for link in self._world.ledger.links():
            if link.entry.at <= until:
                self.add(link)
                if isinstance(link.entry.body, Reviewed):
                    yield

    def of(self, message: Message) -> tuple[Decided, ...]:
        """What is to be followed for this message: its own decision, or those for its Message-ID."""
        if message.ref in self._own:
            return (self._own[message.ref],)
        alike = self._alike.get((message.mailbox, message.internet_id or ""), {})
        return tuple(alike[id_] for id_ in sorted(alike))

    def _internet_id(self, ref: MessageRef) -> str:
        """Entries of an older form name no Message-ID."""
        known = self._world.catalog.known(ref)
        return (known.message.internet_id or "") if known else ""
