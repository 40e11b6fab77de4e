"""A world of any size whose messages are made when they are asked for.

Nothing here looks like a city's mail: it is for measuring, not for showing.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from retention.core.mime import Facts
from retention.simulator.mailbox import SimMailbox
from retention.simulator.world import World

DOMAIN = "synthetic.example"
EPOCH = datetime(2020, 1, 1, 8, 0, tzinfo=UTC)
TOPICS = ("Requisition", "Agenda", "Permit", "Complaint", "Newsletter", "Invoice", "Minutes", "Inspection")
PEOPLE = tuple(f"person.{number}@{DOMAIN}" for number in range(97))
BODY = "This message was made to measure with. It says nothing, in about as many words as a short note has. "


class Made:
    """The messages of one mailbox: the n-th is always the same, and takes no memory until it is asked for."""

    def __init__(self, mailbox: int, count: int) -> None:
        self.mailbox = mailbox
        self.minutes = max(1, 5 * 365 * 24 * 60 // max(1, count))
        self._latest = (0, Facts())

    def facts(self, serial: int) -> Facts:
        """What the message says, without making it."""
        # One row asks more than once for the same message's facts.
        known, facts = self._latest
        if known != serial:
            facts = self._made(serial)
            self._latest = (serial, facts)
        return facts

    def _made(self, serial: int) -> Facts:
        sender, reader = PEOPLE[serial % 97], PEOPLE[(serial * 7 + self.mailbox) % 97]
        at = EPOCH + timedelta(minutes=serial * self.minutes)
        topic = TOPICS[serial % len(TOPICS)]
        return Facts(
            subject=f"{topic} {serial} for office {self.mailbox}",
            sender=(sender, sender),
            author=(sender, sender),
            to=((reader, reader),),
            received_at=at,
            sent_at=at,
            internet_id=f"<{self.mailbox}.{serial}@{DOMAIN}>",
            conversation=f"{self.mailbox:08x}{serial // 3:024x}",
            preview=BODY.strip(),
            size=1024 + serial % 512,
        )

    def mime(self, serial: int) -> bytes:
        """About a kibibyte of MIME, the same each time and as long as the facts say."""
        facts = self.facts(serial)
        moment = facts.received_at or EPOCH
        head = (
            f"From: {PEOPLE[serial % 97]}\r\n"
            f"To: {facts.to[0][1]}\r\n"
            f"Subject: {facts.subject}\r\n"
            f"Date: {moment.strftime('%a, %d %b %Y %H:%M:%S +0000')}\r\n"
            f"Message-ID: {facts.internet_id}\r\n"
            "MIME-Version: 1.0\r\n"
            "Content-Type: text/plain; charset=us-ascii\r\n\r\n"
        ).encode()
        filling = hashlib.sha256(facts.internet_id.encode()).hexdigest().encode() + b"\r\n"
        text = BODY.encode() + b"\r\n" + filling * 20
        return (head + text)[: facts.size - 2] + b"\r\n"


def add_synthetic(world: World, mailboxes: int, messages_each: int, folders_each: int) -> None:
    """Add mailboxes of ``messages_each`` messages, spread evenly over ``folders_each`` folders.

    The folders every mailbox has (nine with the hidden one) count; there are never fewer.
    """
    for number in range(1, mailboxes + 1):
        mailbox = world.add_mailbox(f"office{number:03}@{DOMAIN}", f"Office {number}")
        paths = _folders(world, mailbox, folders_each)
        source = Made(mailbox.number, messages_each)
        for serial in range(messages_each):
            world.add_from(mailbox.address, paths[serial % len(paths)], source)


def _folders(world: World, mailbox: SimMailbox, count: int) -> list[str]:
    paths = [folder.path for folder in mailbox.root.descendants()]
    for number in range(count - len(paths)):
        path = f"Inbox/Group {number // 8 + 1}" if number % 8 == 0 else f"Inbox/Group {number // 8 + 1}/Case {number}"
        world.add_folder(mailbox.address, path)
        paths.append(path)
    return paths
