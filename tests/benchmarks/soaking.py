"""A soak: many real `retention run` processes beside a misbehaving mail system, restless users, and SIGKILL at random.

What must be true after each of them is asserted here; what is printed is how much happened, and whether memory and open
files stayed as they were.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from retention.core.audit import Counted, Entry, Outcome
from retention.ledger import Ledger
from retention.simulator.serve import Simulator
from retention.simulator.world import World
from tests.benchmarks.apart import peak
from tests.benchmarks.table import Figure
from tests.cli.desk import ATTORNEY, LONG_AGO, OPERATOR, RECORDS, Desk, letter

RUNS = 200
SEED = 7
KILLED = 0.25
"""The share of the runs that are killed, some of them after they have ended."""
BOXES = tuple(f"{name}@city.example" for name in ("ann", "bob", "cem", "dot"))
TREES = tuple(
    "alder ash beech birch cedar cherry elm fir hazel holly larch lime maple oak pine poplar rowan yew".split()
)
KINDS = ("Requisition", "Notice", "Notice", "Talk")
"""A record, what is transitory, and what fits no series and stays."""
GONE = "Recoverable Items/Deletions"
OURS = ("captured", "purged")
AFTER_FAULTS = {0, 3, 13}
"""What a run may end with that nobody kills: done, done but for a mailbox, or the mail system stopped answering."""


@dataclass
class Turn:
    """One run: how it ended, what it said, the most memory (MiB) and the most open files it had."""

    code: int
    told: Any
    memory: float
    files: int


class Soak:
    """A city with mail, a mail system that misbehaves, and everybody who has a hand in it."""

    def __init__(self, folder: Path, simulator: Simulator, seed: int) -> None:
        world = World(clock=lambda: LONG_AGO)
        world.stamp = "same"
        for address in BOXES:
            world.add_mailbox(address, address.partition("@")[0].title())
        self.desk, self.world, self.simulator = Desk(folder, simulator, world), world, simulator
        self.chance = random.Random(seed)
        self.happened: Counter[str] = Counter()
        self.held_removed: list[str] = []
        self.lost: list[str] = []
        self.held: dict[str, str] = {}
        self.removed: set[tuple[str, str]] = set()
        self.by_users: set[tuple[str, str]] = set()
        self._seen = self._kill_at = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._note, simulator.app.traffic.note = simulator.app.traffic.note, self._noted  # type: ignore[method-assign]

    def close(self) -> None:
        self.simulator.app.traffic.note = self._note  # type: ignore[method-assign]
        self.simulator.faults.clear()

    def found(self) -> None:
        """The city, its adopted schedule, and a standing approval for notices."""
        self.desk.found()
        self.desk.done("init")
        self.desk.done("schedule", "adopt", "city", "--authority", "Resolution 1", by=RECORDS)
        standing = ("approve", "--standing", "--series", "city-notices", "--largest", "9999", "--until", "in 3 months")
        self.desk.done(*standing, by=RECORDS)
        for _ in range(20):
            self._mail_arrives()

    # What happens between runs

    def unrest(self) -> None:
        """Mail arrives, users move and delete, the attorney holds and releases, the Records Manager approves."""
        for _ in range(self.chance.randrange(5)):
            self._mail_arrives()
        for _ in range(self.chance.randrange(3)):
            self._a_user_acts()
        if self.chance.random() < 0.08 and len(self.held) < len(TREES) // 2:
            self._hold()
        if self.chance.random() < 0.04 and self.held:
            self._release()
        if self.chance.random() < 0.3:
            self._approve()
        self._misbehave()

    def _mail_arrives(self) -> None:
        self.happened["messages that arrived"] += 1
        n, kind = self.happened["messages that arrived"], self.chance.choice(KINDS)
        mail = letter(f"{kind} {n} about the {self.chance.choice(TREES)}", n)
        self.world.add_message(self.chance.choice(BOXES), "Inbox", mail, received_at=LONG_AGO)

    def _a_user_acts(self) -> None:
        there = [key for key, folder in self._places().items() if not folder.startswith("Recoverable Items")]
        if not there:
            return
        address, id_ = key = self.chance.choice(there)
        what = self.chance.choice(("moved", "moved", "deleted", "deleted for good"))
        self.happened[f"messages users {what}"] += 1
        if what == "moved":
            self.world.add_folder(address, "Kept")
            self.world.move(address, id_, self.chance.choice(("Kept", "Inbox")))
        elif what == "deleted":
            self.world.move(address, id_, "Deleted Items")
        else:
            self.by_users.add(key)
            self.world.permanent_delete(address, id_)

    def _hold(self) -> None:
        word = self.chance.choice([tree for tree in TREES if tree not in self.held])
        name = self.desk.done(
            *("hold", "place", "--json", "--matter", word.title(), "--reason", "a claim", "--words", word), by=ATTORNEY
        ).json["hold"]["name"]
        self.held[word] = name
        self.happened["holds placed"] += 1

    def _release(self) -> None:
        """A released hold holds on for its days of grace, longer than any soak: nothing of it may leave yet."""
        word = self.chance.choice(sorted(self.held))
        typed = ("hold", "release", self.held[word], "--matter", word.title(), "--reason", "settled")
        self.happened["holds released"] += self.desk.run(*typed, by=ATTORNEY).code == 0

    def _approve(self) -> None:
        for plan in sorted((self.desk.folder / "plans").glob("*.json")):
            self.happened["plans approved"] += self.desk.run("approve", plan.stem[:12], by=RECORDS).code == 0

    def _misbehave(self) -> None:
        faults, chance = self.simulator.faults, self.chance
        faults.clear()
        faults.repeat_rows, faults.partial_rows, faults.empty_pages = (chance.random() < 0.3 for _ in range(3))
        faults.max_page = chance.choice((0, 0, 3))
        for kind in ("throttle", "unavailable", "drop", "truncate", "expired-token", "gone", "timeout"):
            if chance.random() < 0.12:
                again = 0.05 if kind in ("throttle", "unavailable") else None
                # Not while signing in: there an expired token is a refusal, which is not to be tried again.
                faults.add(kind, on="/v1.0/", after=chance.randrange(30), retry_after=again)  # type: ignore[arg-type]
        if chance.random() < 0.03:
            faults.add("unavailable", on="/v1.0/", after=chance.randrange(20), times=30, retry_after=0.05)

    # A run, and what must be true after it

    def turn(self, *, kill: bool) -> Turn:
        """One real process, killed at a request of its own or left alone; then everything is checked."""
        before = frozenset(self.held)
        self._seen, self._kill_at = 0, self.chance.randrange(1, 45) if kill else -1
        turn = self._ran()
        self._wait_for_the_mail_system()
        self._see_what_left(before)
        if turn.code in (0, 3):
            self._assert_reconciled(turn)
        else:
            assert turn.code == -9 if kill and turn.code < 0 else turn.code in AFTER_FAULTS, turn
        self.happened["runs that were killed"] += turn.code == -9
        self.happened["runs that the mail system stopped"] += turn.code == 13
        return turn

    def _ran(self) -> Turn:
        typed = [sys.executable, "-m", "retention", *self.desk.typed("run", "--json", by=OPERATOR)]
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            self._process = process = subprocess.Popen(typed, stdout=out, stderr=err)
            memory, files = 0.0, 0
            while process.poll() is None:
                memory, files = max(memory, peak(process.pid)), max(files, _open_files(process.pid))
                time.sleep(0.03)
            out.seek(0)
            err.seek(0)
            said = out.read().decode()
            assert process.returncode in (-9, *AFTER_FAULTS), (process.returncode, said, err.read().decode())
        return Turn(process.returncode, json.loads(said) if said else None, memory, files)

    def _noted(self, described: str, headers: dict[str, str], part: str = "") -> None:
        self._note(described, headers, part)
        self._seen += 1
        if self._seen == self._kill_at and self._process is not None:
            self._process.kill()

    def _wait_for_the_mail_system(self) -> None:
        """What was asked of it before a process died is still done."""
        until = time.monotonic() + 20
        while self.simulator.app.traffic.waiting and time.monotonic() < until:
            time.sleep(0.002)

    def _see_what_left(self, held: frozenset[str]) -> None:
        """What left since was to be under no hold, and what was a record lies on the store, the same to the byte."""
        for address, id_ in {key for key, folder in self._places().items() if folder == GONE} - self.removed:
            subject = self.world.message(address, id_).subject
            if held & set(subject.split()):
                self.held_removed.append(subject)
            kind = subject.split()[0]
            assert kind != "Talk", f"{subject} is of no series and was removed"
            if kind == "Requisition" and not self._is_stored(self.world.mime(address, id_)):
                self.lost.append(subject)
            self.removed.add((address, id_))
            self.happened["records captured" if kind == "Requisition" else "notices purged"] += 1

    def _is_stored(self, content: bytes) -> bool:
        files = list((self.desk.folder / "records").glob(f"*/*/*/{hashlib.sha256(content).hexdigest()}.eml"))
        return len(files) == 1 and files[0].read_bytes() == content and files[0].with_suffix(".json").is_file()

    def _assert_reconciled(self, turn: Turn) -> None:
        """What the run says of all mail is what lies in the mailboxes, and every finished plan's counts add up."""
        totals, planned = turn.told["totals"], turn.told["stages"][4]["result"]
        assert totals["seen"] == sum(totals[what] for what in ("kept", "held", "capture", "purge"))
        there = sum(not folder.startswith("Recoverable Items") for folder in self._places().values())
        if turn.code == 0:
            assert there == totals["seen"] - sum(planned.get(result, 0) for result in OURS), (there, turn.told)
        for body in (entry.body for entry in self._entries()):
            for counts in body.counts.values() if isinstance(body, Counted) else ():
                assert counts["seen"] == sum(number for what, number in counts.items() if what != "seen")

    def end(self) -> None:
        """Once nobody disturbs it any more: all that is due and not held has left, and the evidence is whole."""
        self.simulator.faults.clear()
        for _ in range(2):
            assert self.turn(kill=False).code == 0
            self._approve()
        assert self.turn(kill=False).code == 0
        for (address, id_), folder in self._places().items():
            kind, *words = self.world.message(address, id_).subject.split()
            if not folder.startswith("Recoverable Items") and kind != "Talk":
                assert set(words) & set(self.held), f"{kind} {words} is due and is still there"
        outcomes = [entry.body for entry in self._entries() if isinstance(entry.body, Outcome)]
        assert len({(one.plan, one.step) for one in outcomes}) == len(outcomes)
        ours = {one.id for one in outcomes if one.result in OURS}
        assert {id_ for _, id_ in self.removed} <= ours <= {id_ for _, id_ in self.removed | self.by_users}
        assert self.desk.done("audit", "verify", "--json").json["unfinished"] == 0
        self.desk.done("record", "verify")

    def _places(self) -> dict[tuple[str, str], str]:
        with self.world.lock:
            return {
                (box.address, message.immutable_id): message.folder.path
                for box in self.world.mailboxes()
                for message in box.messages.values()
            }

    def _entries(self) -> Iterator[Entry]:
        ledger = Ledger(self.desk.ledger, now=lambda: LONG_AGO, by="", fold=False)
        return (link.entry for link in ledger.links())


def soak(folder: Path, simulator: Simulator, kills: Iterable[bool], seed: int) -> tuple[Soak, list[Turn]]:
    """A run for each of these, killed or not, with unrest before it; and the end."""
    soak = Soak(folder, simulator, seed)
    try:
        soak.found()
        turns = []
        for kill in kills:
            soak.unrest()
            turns.append(soak.turn(kill=kill))
        soak.end()
    finally:
        soak.close()
    return soak, turns


def _open_files(process: int) -> int:
    try:
        return len(os.listdir(f"/proc/{process}/fd"))
    except OSError:
        return 0


def flat(turns: list[Turn], what: str) -> tuple[float, float]:
    """The median of the first and of the last quarter of the runs that came to their end."""
    whole = [getattr(turn, what) for turn in turns if turn.code == 0]
    quarter = max(1, len(whole) // 4)
    return median(whole[:quarter]), median(whole[-quarter:])


def benchmark() -> Iterator[Figure]:
    began, chance = time.perf_counter(), random.Random(SEED)
    kills = [chance.random() < KILLED for _ in range(RUNS)]
    with Simulator(World()) as simulator, tempfile.TemporaryDirectory() as folder:
        done, turns = soak(Path(folder), simulator, kills, SEED)
        entries = sum(1 for _ in done._entries())
    took = time.perf_counter() - began
    yield Figure(f"{RUNS} runs of `retention run`, seed {SEED}", f"{took:.0f} s")
    for what, number in sorted(done.happened.items()):
        yield Figure(what, f"{number:,}")
    yield Figure("entries of the ledger at the end", f"{entries:,}")
    yield Figure("held messages removed", f"{len(done.held_removed):,}", aim="0")
    yield Figure("records lost", f"{len(done.lost):,}", aim="0")
    for words, what, unit in (
        ("most memory", "memory", " MiB"),
        ("most open files", "files", ""),
    ):
        first, last = flat(turns, what)
        told = f"{last:.0f}{unit}", f"{first:.0f}{unit}"
        yield Figure(f"{words} of one run, last quarter beside the first", *told, f"{last / first:.2f}", "flat")
