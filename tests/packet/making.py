"""Ledgers written entry by entry, and packets made from them without settings, catalog or mail.

Nothing is tested here.
"""

from __future__ import annotations

import subprocess
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from retention.core import statement
from retention.core.audit import (
    GENESIS,
    Approved,
    Body,
    Counted,
    Ended,
    Entry,
    Founded,
    HoldAsked,
    HoldKept,
    HoldPlaced,
    HoldReached,
    Intent,
    Outcome,
    Signed,
    Started,
    Stored,
)
from retention.core.authority import HoldKind
from retention.core.destruction import DestructionEnded, DestructionStarted, Mark, RecordDeed, RecordOutcome, Tombstone
from retention.core.hold import Hold, Scope
from retention.core.proof import Beside, Gathering, Period, offsets
from retention.ledger import Ledger
from retention.packet import Head, Packet, lines
from retention.signing import Signer, by_hand

BEGAN = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
ZONE = ZoneInfo("America/Chicago")
KIM, PAT, ANA, JOE = (f"{name}@town.example" for name in ("kim", "pat", "ana", "joe"))
HOLDS = ("elm-street", "oak-v-city-secret", "ash-fire-inquiry")


class Paper:
    """A ledger and the clock beside it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path, self.at, self.steps = folder / "ledger.jsonl", BEGAN, 0
        self.placed: list[str] = []
        self._ledger = Ledger.found(self.path, "Town", now=lambda: self.at, by=PAT, rehearsal=False)

    def open(self) -> Ledger:
        return Ledger(self.path, now=lambda: self.at, by=PAT)

    def write(self, *bodies: Body | Signed, by: str = PAT) -> int:
        """Append these; returns the number of the first."""
        self._ledger.by = by
        self._ledger.refresh()
        first = self._ledger.head[0]
        self._ledger.append(*bodies)
        return first

    def later(self, **time: float) -> None:
        self.at += timedelta(**time)

    def tear(self, text: str) -> None:
        """A line that a crash cut off."""
        with open(self.path, "ab") as file:
            file.write(text.encode())

    def place(self, name: str = HOLDS[0], mailboxes: tuple[str, ...] = ("box-ana",), **scope: Any) -> int:
        """A hold of Ana's mail, unless another scope is given, and whom it reaches."""
        held = Scope(custodians=(ANA,), **scope) if "any_of" not in scope else Scope(**scope)
        placed = self.write(HoldPlaced(hold=hold(name, self.at, held)), by=KIM)
        self.write(
            HoldReached(name=name, version=1, term=f"custodian {ANA}", addresses=(ANA,), mailboxes=mailboxes), by=KIM
        )
        self.placed.append(name)
        return placed

    def stage(
        self, stage: str, *deeds: tuple[int, str, str, tuple[str, ...]], plan: str = "p" * 64, ended: bool = True
    ) -> None:
        """One stage of a destruction: of each deed its step, its mailboxes, its result and the holds that stopped it.

        Mailboxes are separated by blanks. Where nothing is said of the result, the run was cut off.
        """
        if stage == "quarantine":
            self.write(Approved(plan=plan, steps=len(deeds)), by=KIM)
        asked = (HoldAsked(plan=plan, name=name, versions=(1,)) for name in self.placed)
        self.write(started(plan, stage, len(deeds)), *asked)
        for step, mailboxes, result, holds in deeds:
            self.write(record_deed(plan, stage, step, *mailboxes.split()))
            if result:
                self.write(record_outcome(plan, stage, step, result, holds))
        if ended:
            self.write(DestructionEnded(plan=plan, stage=stage, counts={"destroyed": len(deeds)}))  # type: ignore[arg-type]

    def run(self, *deeds: tuple[str, str, tuple[str, ...]], held: dict[str, int] | None = None) -> str:
        """One run that asks every hold: of each deed its mailbox, its result and the holds that stopped it."""
        self.steps += 1
        plan = sha256(f"plan {self.steps}".encode()).hexdigest()
        self.write(Approved(plan=plan, steps=len(deeds)))
        asked = (HoldAsked(plan=plan, name=name, versions=(1,)) for name in self.placed)
        self.write(Started(plan=plan, holds="f" * 64), *asked)
        for step, (mailbox, result, holds) in enumerate(deeds, 1):
            self.write(intent(plan, step, mailbox))
            if result == "captured":
                self.write(Stored(plan=plan, step=step, digest="d", place=f"p/{step}", sidecar="s"))
            if result:
                self.write(outcome(plan, step, mailbox, result, holds))
        kept = (HoldKept(plan=plan, name=name, messages=messages) for name, messages in (held or {}).items())
        self.write(Counted(plan=plan, counts={ANA: {"seen": len(deeds)}}), *kept, Ended(plan=plan))
        return plan


def hold(name: str, at: datetime, scope: Scope, **more: Any) -> Hold:
    return Hold(
        name=name,
        matter=f"The matter of {name}",
        kind=HoldKind.LEGAL,
        reason="=a claim <script>alert(1)</script>\u202e",
        scope=scope,
        placed_at=at,
        placed_by=KIM,
        **more,
    )


def intent(plan: str, step: int, mailbox: str) -> Intent:
    return Intent(
        plan=plan,
        step=step,
        action="purge",
        mailbox=mailbox,
        address=f"{mailbox.removeprefix('box-')}@town.example",
        id=f"message-{step}",
        version="1",
        schedule="town",
        series="notices",
        how="recoverable",
    )


def started(plan: str, stage: str, records: int) -> DestructionStarted:
    told: dict[str, Any] = {"stage": stage, "made_by": PAT, "approved_by": (KIM,), "holds": "f" * 64}
    return DestructionStarted(plan=plan, records=records, **told)


def place_of(step: int) -> str:
    return f"town/fin-1/2020/{step:064x}"


def record_deed(plan: str, stage: str, step: int, *mailboxes: str) -> RecordDeed:
    """What is about to be done to a record that was captured from these mailboxes."""
    custody = tuple(
        Mark(mailbox=box, address=f"{box.removeprefix('box-')}@town.example", id=f"=message-{step}", captured_at=BEGAN)
        for box in mailboxes
    )
    digest, told = f"{step:064x}", {"plan": plan, "step": step, "deed": stage, "place": place_of(step)}
    if stage == "quarantine":
        return RecordDeed(digest=digest, series="FIN 1", custody=custody, **told)  # type: ignore[arg-type]
    stone = Tombstone(
        place=place_of(step),
        digest=digest,
        sidecar="s" * 64,
        size=1,
        schedule="town",
        edition="2026",
        fingerprint="f" * 64,
        series="FIN 1",
        title="Bills",
        retain="3 years after received",
        citation="Code 1",
        due_on=date(2023, 5, 1),
        internet_id=f"<{step}@x>",
        received_at=BEGAN,
        sent_at=None,
        custody=custody,
    )
    return RecordDeed(digest=digest, tombstone=stone, **told)  # type: ignore[arg-type]


def record_outcome(plan: str, stage: str, step: int, result: str, holds: tuple[str, ...] = ()) -> RecordOutcome:
    named = " and ".join(f"'{name}'" for name in holds)
    told: dict[str, Any] = {"deed": stage, "result": result, "answer": f"Held by {named}" if holds else "done"}
    return RecordOutcome(plan=plan, step=step, place=place_of(step), holds=holds, **told)


def outcome(plan: str, step: int, mailbox: str, result: str, holds: tuple[str, ...]) -> Outcome:
    named = " and ".join(f"'{name}'" for name in holds)
    return Outcome(
        plan=plan,
        step=step,
        result=result,
        answer=f"Held by {named}" if holds else "<b>done</b>",
        mailbox=mailbox,
        id=f"message-{step}",
        holds=holds,
    )


def old_line(n: int, previous: str, body: Body) -> tuple[bytes, str]:
    """An entry of the ledger's first form, and its digest."""
    entry = msgspec.json.encode(Entry(n=n, at=BEGAN, by=PAT, body=body, previous=previous), order="sorted")
    digest = sha256(entry).hexdigest()
    return b'{"digest":"' + digest.encode() + b'","entry":' + entry + b"}\n", digest


def old_ledger(folder: Path, *bodies: Body) -> Paper:
    """A ledger that was begun in the first form."""
    paper = Paper(folder)
    data, previous = b"", GENESIS
    for n, body in enumerate((Founded(city="Town"), *bodies)):
        line, previous = old_line(n, previous, body)
        data += line
    paper.path.write_bytes(data)
    paper._ledger = paper.open()
    return paper


def packet(paper: Paper, name: str, folder: Path, *, whole: bool = False, **asked: Any) -> Path:
    """A packet as the job writes it, from nothing but the ledger."""
    ledger = paper.open()
    entries, _ = ledger.head
    first, last = asked.get("first", BEGAN.date()), asked.get("last", day_of(paper.at))
    state = ledger.in_force.holds.states[name]
    by_key = asked.get("identity") == "ssh"

    def trusted(n: int) -> bool:
        return not by_key or bool(ledger.in_force.acts[n].signature)

    gathering = Gathering(
        state,
        zone=ZONE,
        period=Period(first=first, last=last),
        made_on=day_of(paper.at),
        trusted=trusted,
        beside=Beside(
            office=lambda by, day: "City Attorney",
            known_as=lambda value: "",
            allowed=lambda mailbox, id_, covers: "its date is outside",
            command=command,
            addresses={"box-old": ("old@town.example",)},
        ),
        whole=whole,
    )
    with Packet(folder) as writing:
        for line in lines(paper.path, entries):
            for table, row in gathering.add(line.link.entry):
                writing.row(table, row)
        for table, row in gathering.finish():
            writing.row(table, row)
        facts = [*gathering.facts(), *writing.ledger(lines(paper.path, entries), gathering.marks, whole)]
        made_at = f"{paper.at:%Y-%m-%dT%H:%M:%SZ}"
        for fact in (*facts, ("Made (UTC)", made_at[:19].replace("T", " ")), ("Made by", PAT)):
            writing.row("facts", fact)
        writing.signatures(gathering.signed)
        for given, data in asked.get("files", {}).items():
            writing.file(given, data)
        writing.seal(
            Head(
                hold=state.hold.name,
                placed=state.history[0].entry,
                made_at=made_at,
                made_by=PAT,
                identity=asked.get("identity", "account"),
                whole=whole,
                period={
                    "first": str(asked.get("first", BEGAN.date())),
                    "last": str(asked.get("last", day_of(paper.at))),
                },
                zone={"name": "America/Chicago", "offsets": offsets(ZONE, BEGAN, paper.at)},
                mailboxes={"box-old": ("old@town.example",)},
            )
        )
        writing.publish()
    return folder


def command(entry: Entry) -> str:
    where = f"signatures/{entry.n}"
    return by_hand(Path("allowed_signers"), entry.by, entry.at, f"{where}.json", f"{where}.sig")


def day_of(at: datetime) -> date:
    return at.astimezone(ZONE).date()


def key(folder: Path) -> Signer:
    """Kim's key, and the file that allows it."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "kim"], check=True)
    public = (folder / "kim.pub").read_text("ascii")
    (folder / "allowed_signers").write_text(f'{KIM} namespaces="retention" {public}', "ascii")
    return Signer(folder / "allowed_signers", folder / "kim")


def signed(paper: Paper, signer: Signer, body: Body) -> Signed:
    said = statement.Statement(city="Town", rehearsal=False, act="hold-legal", by=KIM, at=paper.at, what=body)
    text = statement.write(said)
    return Signed(body, text, signer.sign(text))
