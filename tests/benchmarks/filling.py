"""A catalog filled with a city's mail, without a mail system, for the benchmarks of what is done with a catalog.

Nothing is measured here. The same number of messages is always the same mail.
"""

from __future__ import annotations

import sqlite3
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path
from random import Random

from msgspec.structs import replace

from retention.catalog import Catalog
from retention.core.message import Cursor, Folder, Mailbox, Message, Page
from retention.core.schedule import Schedule, parse
from retention.jobs import adopt, classify
from retention.jobs.world import World
from tests.benchmarks.wording import OPENINGS, PAPERS, SMALL_TALK, TOPICS
from tests.jobs.town import CLERK, CRON, LONG_AGO, NOW, RECORDS, Town

SCHEDULES = Path(__file__).parents[2] / "schedules"
BOXES, PAGE = 20, 1000
SEED = 100_000
"""Messages that are made one by one; what is more are copies of them."""
TOGETHER = 20_000
"""Messages in one transaction, or those of one mailbox where it has more."""
FOLDERS = ("Inbox", "Sent Items", "Archive/2024", "Inbox/Projects", "Inbox/Elm Street", "Finance/Invoices", "Later")
KINDS = ("IPM.Note",) * 30 + ("IPM.Schedule.Meeting.Request", "IPM.Schedule.Meeting.Resp.Pos", "REPORT.IPM.Note.DR")
ORIGINS = ("person",) * 8 + ("list", "automatic")
ORDINARY = (
    "Automatic reply: out of the office", "Accepted: Staff meeting", "Your weekly newsletter", "Lunch on Friday?",
    "Thank you", "Invoice {n}", "Budget amendment for {topic}", "City Council minutes of May {n}", "Agenda packet",
    "Purchase order {n}", "Data practices request {n}", "{topic} permit {n}", "Complaint about {topic}",
    "Timesheet", "Job application: {topic} inspector", "Contract C-{n} with the {topic} vendor", "Claim {n}",
    "Meeting moved to room 4", "Water main break", "Reminder: training on {topic}", "Voice mail from 555-01{n}",
)  # fmt: skip


def schedule(name: str = "minnesota-cities") -> Schedule:
    """A schedule as it is shipped."""
    parsed, problems = parse(tomllib.loads((SCHEDULES / f"{name}.toml").read_text()), name)
    assert parsed is not None, problems[:3]
    return parsed


def filled(folder: Path, messages: int, boxes: int = BOXES) -> Town:
    """A town whose catalog knows so many messages in so many mailboxes, none of them filed."""
    town = Town(folder, schedule=schedule())
    catalog = Catalog(folder / "retention.db")
    run = catalog.runs.begin("sync", NOW)
    random = Random(3)
    people = [f"person{number}@{random.choice(('town', 'town', 'elsewhere', 'x'))}.example" for number in range(3000)]
    together = max(1, TOGETHER * boxes // messages)
    for first in range(0, boxes, together):
        with catalog.together(by_rows=True):
            for number in range(first, min(first + together, boxes)):
                _fill(catalog, run, number, people, messages // boxes, random)
    catalog.runs.end(run, NOW, {})
    catalog.close()
    return town


def _fill(catalog: Catalog, run: int, number: int, people: list[str], count: int, random: Random) -> None:
    mailbox = Mailbox(id=f"box-{number}", address=CLERK if number == 0 else f"box{number}@town.example")
    folders = tuple(Folder(id=f"folder-{place:03}", path=path) for place, path in enumerate(FOLDERS))
    catalog.save_mailbox(mailbox, ())
    catalog.save_folders(mailbox, folders, run)
    rows = made(mailbox, folders, people, count, random)
    while page := tuple(islice(rows, PAGE)):
        catalog.save_page(mailbox, folders[0], Page(messages=page, cursor=Cursor("all")), run, NOW, "")
    catalog.settle_mailbox(mailbox, NOW)


def made(
    mailbox: Mailbox, folders: tuple[Folder, ...], people: list[str], count: int, random: Random
) -> Iterator[Message]:
    """Conversations of one to five messages, each between a few of these people."""
    number = 0
    while number < count:
        first = _opening(mailbox, folders, people, f"{mailbox.id}-{number}", random)
        for answer in range(min(random.choice((1, 1, 2, 3, 5)), count - number)):
            yield _answer(first, answer, random) if answer else first
            number += 1


def _opening(mailbox: Mailbox, folders: tuple[Folder, ...], people: list[str], id_: str, random: Random) -> Message:
    attached = random.random() < 0.15
    at = LONG_AGO - timedelta(minutes=random.randrange(2_000_000))
    return Message(
        mailbox=mailbox.id,
        id=f"AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0AAAAA{id_:>16}",
        version=f"CQAAABYAAAC{id_:>16}",
        folder=random.choice(folders).id,
        internet_id=f"<{id_}@elsewhere.example>",
        conversation=f"AAQkAD{random.getrandbits(96):024x}",
        subject=_subject(random),
        sender=random.choice(people),
        to=(mailbox.address, *random.sample(people, random.choice((0, 0, 0, 1, 3)))),
        cc=tuple(random.sample(people, random.choice((0, 0, 0, 1)))),
        bcc=(),
        received_at=at,
        sent_at=at,
        size=40_000,
        kind=random.choice(KINDS),
        categories=random.choice(((),) * 19 + (("Red category",),)),
        has_attachments=attached,
        is_draft=False,
        is_read=True,
        preview=" ".join(random.choices(SMALL_TALK, k=40)).capitalize()[:255],
        attachments=(f"{random.choice(TOPICS)}_{random.choice(PAPERS)}.pdf",) if attached else (),
        origin=random.choice(ORIGINS),
        on_behalf="",
    )


def _subject(random: Random) -> str:
    if random.random() < 0.3:
        return random.choice(ORDINARY).format(n=random.randrange(100, 999), topic=random.choice(TOPICS))
    middle = f"{random.choice(TOPICS)} {random.choice(PAPERS)} {' '.join(random.choices(SMALL_TALK, k=4))}"
    return random.choice(OPENINGS) + middle.capitalize()


def _answer(first: Message, number: int, random: Random) -> Message:
    assert first.subject is not None and first.received_at is not None
    return replace(
        first,
        id=f"{first.id}-{number}",
        internet_id=f"<{number}-{first.internet_id}",
        subject=f"RE: {first.subject}" if number == 1 else first.subject,
        preview=" ".join(random.choices(SMALL_TALK, k=40)).capitalize()[:255],
        received_at=first.received_at + timedelta(hours=number),
        sent_at=first.received_at + timedelta(hours=number),
    )


def multiplied(folder: Path, messages: int) -> Town:
    """A town whose catalog knows so many messages, all filed under an adopted schedule.

    ``SEED`` of them are made and filed; the others are copies in mailboxes and conversations of their own, written by
    the database itself.
    """
    town = filled(folder, min(SEED, messages))
    for by, job in ((RECORDS, _adopt), (CRON, classify.classify)):
        world = town.world(by)
        job(world)
        world.close()
    with sqlite3.connect(folder / "retention.db") as db:
        _multiply(db, -(-messages // SEED))
    return town


def _adopt(world: World) -> None:
    adopt.adopt(world, world.schedules[0].name, authority="Resolution 1")


def _multiply(db: sqlite3.Connection, times: int) -> None:
    """Indexes and triggers are taken away meanwhile: made again at the end they take a tenth of the time."""
    made = "FROM sqlite_master WHERE tbl_name = 'messages' AND sql IS NOT NULL AND type IN ('index', 'trigger')"
    again = db.execute(f"SELECT type, name, sql {made}").fetchall()
    for kind, name, _ in again:
        db.execute(f"DROP {kind} {name}")
    columns = [row[1] for row in db.execute("PRAGMA table_info(messages)") if row[1] != "n"]
    apart = {"id": "id || ?1", "conversation": "conversation || ?1", "internet_id": "internet_id || ?1"}
    for copy in range(1, times):
        first = copy * BOXES
        values = ", ".join({**apart, "mailbox": "mailbox + ?2"}.get(column, column) for column in columns)
        db.execute(
            """INSERT INTO mailboxes (n, id, address, name, kind, read_at)
            SELECT n + ?2, id || ?1, ?1 || address, name, kind, read_at FROM mailboxes WHERE n <= ?3""",
            [f"copy{copy}.", first, BOXES],
        )
        said = [f"-{copy}", first, BOXES]
        db.execute(
            f"INSERT INTO messages ({', '.join(columns)}) SELECT {values} FROM messages WHERE mailbox <= ?3", said
        )
        db.execute(
            "INSERT INTO tallies SELECT mailbox + ?, state, kind, messages FROM tallies WHERE mailbox <= ?", said[1:]
        )
        db.execute(
            """INSERT INTO record_threads SELECT conversation || ?1 FROM record_threads
            WHERE conversation NOT LIKE '%-%' ORDER BY conversation""",
            said[:1],
        )
        db.commit()
    db.execute("UPDATE ages SET messages = messages * ?", [times])
    for _, _, sql in again:
        db.execute(sql)
    db.commit()
