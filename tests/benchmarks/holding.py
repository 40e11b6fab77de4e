"""Ten thousand holds: placing one more, asking whether a message is held, previews of a million messages, and a plan.

The catalog is filled directly and the ledger is written in one go. What is compared is measured in turns, several
times, and the best of each is taken, so that a busy machine hurts both alike.
"""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from random import Random

import msgspec

from retention.catalog.opening import CACHE
from retention.core.audit import HoldPlaced, Refused
from retention.core.authority import HoldKind
from retention.core.hold import Hold, Post, Scope, fixed, reached
from retention.core.person import Person, PersonRecorded, Term
from retention.jobs import classify
from retention.jobs.hold import place, preview, show
from retention.jobs.hold.reach import told
from retention.jobs.plan import plan
from retention.jobs.world import World
from retention.ledger import Ledger
from tests.benchmarks.filling import filled, schedule
from tests.benchmarks.table import Figure
from tests.jobs.town import ATTORNEY, NOW, RECORDS, Town

HOLDS, CUSTODIANS, DEPARTMENTS = 10_000, 10_000, 100
MESSAGES, FEWER = 1_000_000, 100_000
ROUNDS, PLACINGS = 3, 20
HALF = tuple(f"box{number}@town.example" for number in range(1, CUSTODIANS, 2))
TWO_YEARS = {"first_on": date(2023, 1, 1), "last_on": date(2024, 12, 31)}
PREVIEWS = {
    "custodians, half of all mailboxes": (Scope(custodians=HALF), ""),
    "dates and participants, everybody": (
        Scope(participants=("@elsewhere.example", "person7@town.example"), **TWO_YEARS),
        "sender, to_, cc, bcc, on_behalf, received_at, sent_at, trouble",
    ),
    "words and dates, everybody": (
        Scope(words=("elm street", "budget amendment"), **TWO_YEARS),
        "subject, preview, attachments, has_attachments, kind, earlier, received_at, sent_at, trouble",
    ),
}
"""What is previewed, and the columns beside size and standing in which it can be judged."""
PLACED = {
    "a custodian": Scope(custodians=("box77@town.example",)),
    "a department": Scope(departments=(Post(name="Department 9"),)),
    "words, nobody named": Scope(words=("budget amendment",)),
}


def benchmark() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as name:
        fewer, many = (_city(Path(name) / str(messages), messages) for messages in (FEWER, MESSAGES))
        yield from _opened(many)
        for town, messages in ((fewer, FEWER), (many, MESSAGES)):
            yield from _placed(town, messages)
        yield from _asked(fewer)
        yield from _previewed(many)
        yield from _planned(fewer)


def _city(folder: Path, messages: int) -> Town:
    """A city of so many custodians, one mailbox and one department each, with all the holds in its ledger."""
    town = filled(folder, messages, CUSTODIANS)
    world = town.world(ATTORNEY)
    world.ledger.append(*(PersonRecorded(person=_person(number)) for number in range(CUSTODIANS)))
    directory, entries = world.directory, []
    for number in range(HOLDS):
        scope = fixed(_scope(number), directory)
        hold = Hold(
            name=f"elm-street-{number}" if number else "elm-street",
            matter="Elm Street",
            kind=HoldKind.LEGAL,
            reason="a claim",
            scope=scope,
            placed_at=NOW,
            placed_by=ATTORNEY,
        )
        entries += [HoldPlaced(hold=hold), *told(hold.name, 1, reached(scope, directory))]
    world.ledger.append(*entries)
    world.close()
    return town


def _person(number: int) -> Person:
    department = Term(of=f"Department {number % DEPARTMENTS}")
    return Person(address=f"box{number}@town.example", id=str(number), departments=(department,))


def _scope(number: int) -> Scope:
    """Mostly custodians alone, with dates, and with words; one in fifty of a department, five of nobody by name."""
    custodians = (f"box{number}@town.example",)
    if number % 2000 == 7:
        return Scope(words=(f"elm street flood {number}",), **(TWO_YEARS if number % 4000 == 7 else {}))
    if number % 50 == 3:
        return Scope(departments=(Post(name=f"Department {number // 50 % DEPARTMENTS}"),), first_on=date(2020, 1, 1))
    if number % 3 == 0:
        return Scope(custodians=custodians)
    return Scope(custodians=custodians, **(TWO_YEARS if number % 3 == 1 else {"words": ("elm street",)}))


def _opened(town: Town) -> Iterator[Figure]:
    """Opening the ledger beside decoding and hashing its lines; and what every command does with the holds in it."""
    bare, ours, ready, listed = [], [], [], []
    for _ in range(ROUNDS):
        bare.append(_took(_hashed, town.folder / "ledger.jsonl"))
        ours.append(_took(town.world, ATTORNEY))
        world = town.world(ATTORNEY)
        ready.append(_took(world.holds))
        listed.append(_took(show.shown, world))
        world.close()
    yield _beside(f"open a world with {HOLDS:,} holds, beside decoding and hashing its ledger", ours, bare)
    yield Figure(f"make {HOLDS:,} holds ready to be asked, with the directory", f"{min(ready):.2f} s")
    yield Figure(f"hold list of {HOLDS:,} holds", f"{min(listed):.2f} s")


def _hashed(path: Path) -> None:
    with open(path, "rb") as file:
        for line in file:
            msgspec.json.decode(line)
            hashlib.sha256(line).digest()


def _placed(town: Town, messages: int) -> Iterator[Figure]:
    """One hold more, in force when it returns, beside one small entry that is on the disk when it returns."""
    where = f"{HOLDS:,} holds, {messages:,} messages"
    first, entry = [], []
    for _ in range(ROUNDS):
        world = town.world(ATTORNEY)
        first.append(_took(_place, world, PLACED["a custodian"]))
        world.close()
    world = town.world(ATTORNEY)
    _place(world, PLACED["a custodian"])
    for what, scope in PLACED.items():
        ours = []
        for _ in range(PLACINGS):
            entry.append(_took(world.ledger.append, Refused(act="place hold", why="not the office")))
            ours.append(_took(_place, world, scope))
        yield _beside(f"place one more ({what}) beside one entry; {where}", ours, entry, "20 x or less", 1000)
    yield _beside(f"the first after opening, with the directory; {where}", first, entry, "", 1000)
    world.close()


def _place(world: World, scope: Scope) -> None:
    placed = place.place(world, matter="Elm Street", kind=HoldKind.LEGAL, reason="a claim", scope=scope)
    assert placed.hold.name in world.ledger.in_force.holds.states


def _asked(town: Town) -> Iterator[Figure]:
    """Is this message held? One core, a message of another custodian each time."""
    world = town.world()
    mail = [(known.message, known.mailbox, known.filing) for known in world.catalog.present()]
    Random(3).shuffle(mail)
    holds = world.holds()
    held = {mailbox.id: holds.reaching(mailbox) for _, mailbox, _ in mail}

    def looked_up() -> int:
        return sum(1 for _, mailbox, _ in mail if held.get(mailbox.id))

    def asked() -> int:
        return sum(1 for message, mailbox, filing in mail if holds.covering(message, mailbox, filing))

    share = asked() / len(mail)
    bare, ours = zip(*((_took(looked_up), _took(asked)) for _ in range(ROUNDS)), strict=True)
    world.close()
    rate, limit = len(mail) / min(ours), len(mail) / min(bare)
    what = f"is it held? {HOLDS:,} holds, {len(mail):,} messages, {share:.0%} held, beside one look-up in a dictionary"
    yield Figure(what, f"{rate:,.0f} /s", f"{limit:,.0f} /s", f"{limit / rate:.0f} x")


def _previewed(town: Town) -> Iterator[Figure]:
    world = town.world()
    for what, (scope, columns) in PREVIEWS.items():
        bare, ours = [], []
        for _ in range(ROUNDS):
            bare.append(_took(_scanned, town.folder / "retention.db", columns, scope.custodians))
            ours.append(_took(preview.preview, world, scope))
        yield _beside(f"preview of {MESSAGES:,} messages: {what}; beside a bare scan", ours, bare, "5 x or less")
    world.close()


def _scanned(path: Path, columns: str, addresses: Iterable[str]) -> None:
    """Fetch these columns of the same rows, in the order in which they lie in the file."""
    database = sqlite3.connect(path)
    database.execute(f"PRAGMA cache_size = -{CACHE}")
    asked = ", ".join(filter(None, ("n, mailbox, id, size, gone_at, left_at", columns)))
    which, values = "TRUE", []
    if addresses:
        which = "mailbox IN (SELECT n FROM mailboxes WHERE address IN (SELECT value FROM json_each(?)))"
        values = [msgspec.json.encode(addresses).decode()]
    rows = database.execute(f"SELECT {asked} FROM messages WHERE pending IS NULL AND {which}", values)
    while rows.fetchmany(2000):
        pass
    database.close()


def _planned(town: Town) -> Iterator[Figure]:
    """The same catalog under a ledger with all the holds and under one without any."""
    world = town.world()
    classify.classify(world)
    world.close()
    shutil.copytree(town.folder, town.folder.with_name("without"))
    (town.folder.with_name("without") / "ledger.jsonl").unlink()
    Ledger.found(town.folder.with_name("without") / "ledger.jsonl", "Town", now=town.now, by=RECORDS, rehearsal=True)
    without = Town(town.folder.with_name("without"), schedule=schedule())
    ours, bare = [], []
    for _ in range(ROUNDS):
        for place_, times in ((without, bare), (town, ours)):
            world = place_.world()
            times.append(_took(plan, world))
            world.close()
    yield _beside(f"plan of {FEWER:,} messages with {HOLDS:,} holds, beside the same without any", ours, bare)


def _took(do: Callable[..., object], *what: object) -> float:
    began = time.perf_counter()
    do(*what)
    return time.perf_counter() - began


def _beside(what: str, ours: Iterable[float], bare: Iterable[float], aim: str = "", unit: int = 1) -> Figure:
    """``unit``: 1000 for milliseconds."""
    best, limit = min(ours), min(bare)
    name = "ms" if unit == 1000 else "s"
    return Figure(what, f"{best * unit:.2f} {name}", f"{limit * unit:.2f} {name}", f"{best / limit:.1f} x", aim)
