"""Willow Falls: a small pretend city with the mail of six years, made by this project to rehearse on.

Nobody in it exists. What its people write is in the neighbours; here it is dated, addressed and filed.
"""

from __future__ import annotations

import hashlib
import random
from datetime import UTC, datetime, timedelta

from retention.simulator.dates import MONTHS
from retention.simulator.mailbox import User
from retention.simulator.pretend_mail import DOMAIN, Attachment, Letter, Person, csv, invitation, pdf
from retention.simulator.pretend_stories import HOSTILE_SUBJECTS, OUTSIDERS, STORIES, Line, Story
from retention.simulator.pretend_text import (
    JOBS,
    KINDS,
    OFFICES,
    RESIDENTS,
    STREETS,
    THINGS,
    TOPICS,
    USERS,
    VENDORS,
    WITHOUT_MAILBOX,
    Kind,
)
from retention.simulator.world import World

SEED = 2231
EXTRA_FOLDERS = (
    ("clerk", "Inbox/Filed/Council/Packets"),
    ("works.director", "Inbox/Projects/Depot roof"),
    ("attorney", "Inbox/Legal/Closed/Old"),
    ("records", "Inbox/Schedule"),
)


def pretend_city(now: datetime, seed: int = SEED) -> World:
    """The world of Willow Falls as it stands at ``now``: dated from six years before it up to the day before.

    The same ``now`` and ``seed`` give the same mailboxes, ids and bytes.
    """
    return _City(now.astimezone(UTC).replace(minute=0, second=0, microsecond=0), seed).built()


def address(office: str) -> str:
    """The address of an office, such as ``clerk``."""
    return f"{office}@{DOMAIN}"


class _City:
    """The city while it is being built."""

    def __init__(self, now: datetime, seed: int) -> None:
        self.now = now
        self.chance = random.Random(seed)  # noqa: S311 - it has to give the same city each time, and guards nothing
        self.world = World()
        self.number = 2200

    def built(self) -> World:
        for office, (name, purpose) in OFFICES.items():
            self.world.add_mailbox(address(office), name, purpose, has_archive=office == "clerk")
        for office, (name, purpose) in WITHOUT_MAILBOX.items():
            self.world.add_mailbox(address(office), name, purpose, rest=False)
        for office, (department, title, number) in USERS.items():
            self.world.change_user(address(office), User(department, title, number))
        for office, path in EXTRA_FOLDERS:
            self.world.add_folder(address(office), path)
        self.world.add_folder(address("clerk"), "Unread Mail", search=True)
        for kind in KINDS:
            for _ in range(kind.count):
                self._everyday(kind)
        for story in STORIES:
            self._told(story)
        self._meetings(10)
        self._awkward()
        return self.world

    def _everyday(self, kind: Kind) -> None:
        """One message of a kind: at its reader's, and at its writer's where that keeps what it sends."""
        at, words = self._moment(*kind.ages), self._words()
        reader = self.chance.choice(kind.readers)
        outside = self._resident(words["person"])
        writer = self._writer(kind.writer, words, outside)
        text = self.chance.choice(kind.texts).format(**words)
        subject = self.chance.choice(kind.subjects).format(**words)
        letter = Letter(
            sender=writer,
            to=(outside if reader == "resident" else self._person(reader),),
            subject=subject,
            text=text,
            at=at,
            id=self._id(subject, at),
            attachments=self._files(kind.file, subject, words),
            html=f"<p>{text}</p>" if kind.writer == "newsletter" else "",
            extra=kind.headers,
        )
        if reader != "resident":
            self._put(letter, reader, self.chance.choice(kind.folders), kind)
        if kind.sent:
            self._put(letter, kind.writer, "Sent Items", kind)

    def _put(self, letter: Letter, office: str, folder: str, kind: Kind | None = None) -> str:
        unread = kind is not None and folder != "Sent Items" and self.chance.random() < kind.unread
        return self.world.add_message(
            address(office),
            folder,
            letter.mime(),
            received_at=letter.at,
            is_read=not unread,
            categories=kind.categories if kind else (),
            kind=(kind.message_class or None) if kind else None,
        )

    def _told(self, story: Story) -> None:
        """A thread: every reader keeps what they got, every office what it sent; each answers the one before."""
        began = self.now - timedelta(days=story.age)
        before = ""
        for place, line in enumerate(story.lines):
            at = self._office_hours(began + timedelta(days=line.day, minutes=7 * place))
            letter = self._story_letter(story, line, at, before)
            before = letter.message_id
            for office in line.readers:
                if office in OFFICES:
                    self._put_story(letter, office, story.folder, story)
            if line.writer in OFFICES:
                self._put_story(letter, line.writer, "Sent Items", story)

    def _story_letter(self, story: Story, line: Line, at: datetime, before: str) -> Letter:
        subject = f"RE: {story.subject}" if before else story.subject
        words = self._words()
        return Letter(
            sender=self._person(line.writer),
            to=tuple(self._person(reader) for reader in line.readers),
            subject=subject,
            text=f"{line.text}\n\n{self._person(line.writer)[0]}",
            at=at,
            id=self._id(f"{story.name} {line.day} {line.writer}", at),
            answers=before,
            attachments=self._files(line.file, f"{story.name} {line.day}", words),
        )

    def _put_story(self, letter: Letter, office: str, folder: str, story: Story) -> None:
        self.world.add_message(
            address(office), folder, letter.mime(), received_at=letter.at, categories=story.categories
        )

    def _meetings(self, count: int) -> None:
        """Invitations to the staff meeting, and the answers to them."""
        clerk, guests = self._person("clerk"), ("finance", "works.director", "records", "chambers")
        for _ in range(count):
            at, guest = self._moment(1, 500), self.chance.choice(guests)
            subject = self.chance.choice(("Staff meeting", "Budget workshop", "Safety walk", "Web site review"))
            asked = Letter(
                sender=clerk,
                to=(self._person(guest),),
                subject=subject,
                text="You are invited.",
                at=at,
                id=self._id(f"invite {subject}", at),
                calendar=invitation("REQUEST", subject, at, clerk, self._person(guest)),
            )
            later = at + timedelta(minutes=40)
            answered = Letter(
                sender=self._person(guest),
                to=(clerk,),
                subject=f"Accepted: {subject}",
                text="",
                at=later,
                id=self._id(f"accepted {subject}", later),
                calendar=invitation("REPLY", subject, at, clerk, self._person(guest)),
            )
            self._put(asked, guest, "Inbox")
            self._put(answered, "clerk", "Inbox")

    def _awkward(self) -> None:
        """Mail that breaks readers: hostile subjects, no date, one MIME that always fails, one message twice."""
        for place, subject in enumerate(HOSTILE_SUBJECTS):
            at = self._moment(30, 900)
            sender = (RESIDENTS[place % len(RESIDENTS)], f"stranger{place}@mail.example")
            to = (self._person("clerk"),)
            self._put(Letter(sender=sender, to=to, subject=subject, text="Please see the attachment.", at=at,
                             id=self._id(f"hostile {place}", at)), "clerk", "Inbox")  # fmt: skip
        self._undated()
        self._sealed()
        self._twice()

    def _undated(self) -> None:
        letter = Letter(
            sender=("Old Scanner", "scanner@mail.example"),
            to=(self._person("records"),),
            subject="Scan of the 1987 plat book",
            text="Pages 1 to 4. The scanner has lost its clock.",
            at=None,
            id="undated.1",
            attachments=(pdf("plat-1987.pdf", "Plat book 1987, page 1"),),
        )
        self._put(letter, "records", "Inbox")

    def _sealed(self) -> None:
        """An encrypted message: Exchange can never turn it into MIME (facts A.7)."""
        at = self._moment(200, 600)
        sealed = hashlib.sha512(b"sealed").digest() * 8
        head = (
            f"From: S. Moss <smoss@mossandhale.example>\r\nTo: Kim Lee <{address('attorney')}>\r\n"
            f"Subject: Encrypted: settlement terms\r\nDate: {at.strftime('%a, %d %b %Y %H:%M:%S +0000')}\r\n"
            f"Message-ID: <sealed.1@mossandhale.example>\r\nMIME-Version: 1.0\r\n"
            'Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"\r\n\r\n'
        )
        self.world.add_message(
            address("attorney"),
            "Inbox/Legal",
            head.encode() + sealed,
            received_at=at,
            kind="IPM.Note.SMIME",
            mime_fails=True,
        )

    def _twice(self) -> None:
        """One message to two people: the same bytes in two mailboxes, each a copy of its own."""
        at = self._moment(800, 900)
        letter = Letter(
            sender=self._person("mayor"),
            to=(self._person("chief"), self._person("library")),
            subject="Letter of thanks to the flood volunteers",
            text="Please pass this on to everybody who carried sandbags.\n\nDana Whitfield",
            at=at,
            id=self._id("volunteers", at),
        )
        for office in ("chief", "library"):
            self._put(letter, office, "Inbox")

    def _moment(self, youngest: int, oldest: int) -> datetime:
        return self._office_hours(self.now - timedelta(days=self.chance.randint(youngest, oldest)))

    def _office_hours(self, moment: datetime) -> datetime:
        """Some minute of that day's working hours, and never later than a day before now."""
        minute = self.chance.randint(13 * 60, 22 * 60)
        at = moment.replace(hour=0, minute=0) + timedelta(minutes=minute, seconds=self.chance.randint(0, 59))
        return min(at, self.now - timedelta(days=1))

    def _words(self) -> dict[str, str]:
        """What fills the blanks of a text."""
        self.number += self.chance.randint(1, 5)
        day = self.now - timedelta(days=self.chance.randint(20, 2000))
        return {
            "person": self.chance.choice(RESIDENTS),
            "vendor": self.chance.choice(VENDORS),
            "street": self.chance.choice(STREETS),
            "thing": self.chance.choice(THINGS),
            "topic": self.chance.choice(TOPICS),
            "job": self.chance.choice(JOBS),
            "month": MONTHS[day.month - 1].title(),
            "date": f"{MONTHS[day.month - 1].title()} {day.day}, {day.year}",
            "number": str(self.number),
            "percent": str(self.chance.randint(1, 9)),
        }

    def _writer(self, writer: str, words: dict[str, str], outside: Person) -> Person:
        named = {
            "resident": outside,
            "vendor": (words["vendor"], f"office@{words['vendor'].split()[0].lower()}.example"),
            "newsletter": ("City Managers Weekly", "newsletter@citymanagers.example"),
            "machine": ("Mail Delivery System", f"postmaster@{DOMAIN}"),
        }
        return named[writer] if writer in named else self._person(writer)

    def _person(self, key: str) -> Person:
        return OUTSIDERS[key] if key in OUTSIDERS else (OFFICES[key][0], address(key))

    def _resident(self, name: str) -> Person:
        bare = "".join(each for each in name.lower() if each.isascii() and (each.isalpha() or each == " "))
        return name, f"{bare.replace(' ', '.')}@mail.example"

    def _id(self, text: str, at: datetime) -> str:
        self.number += 1
        return hashlib.sha256(f"{text} {at.isoformat()} {self.number}".encode()).hexdigest()[:24]

    def _files(self, kind: str, subject: str, words: dict[str, str]) -> tuple[Attachment, ...]:
        if kind == "pdf":
            return (pdf(f"document-{words['number']}.pdf", subject),)
        if kind == "csv":
            rows = [("item", "quantity", "price"), (words["thing"], 3, 41.5), ("delivery", 1, 12)]
            return (csv(f"table-{words['number']}.csv", rows),)
        return ()
