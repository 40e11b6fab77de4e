"""``retention demo``: a small pretend city, from mailbox to ledger, told step by step.

It does nothing of its own: every step is one of the other commands, run as anybody would run it.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from retention.cli import screen
from retention.cli.opening import now
from retention.cli.schedules import shipped_folder
from retention.errors import BadConfiguration, RetentionError

if TYPE_CHECKING:
    from retention.simulator.serve import Simulator

RECORDS, ATTORNEY, OPERATOR = "records@willowfalls.example", "attorney@willowfalls.example", "it@willowfalls.example"


def demo(
    folder: Annotated[Path | None, typer.Option("--folder", help="Where to leave what it made.")] = None,
) -> None:
    """Show the whole way on a small pretend city: from mailbox to proven purge, in under a minute, offline."""
    try:
        from retention.simulator.pretend import pretend_city
        from retention.simulator.serve import Simulator
    except ImportError as missing:
        raise BadConfiguration(
            f"The demonstration needs a package that is not installed ({missing.name}).",
            "Install it with `pip install 'retention[simulator]'`.",
        ) from missing
    began = time.monotonic()
    place = _fresh(folder)
    world = pretend_city(now())
    with Simulator(world) as simulator:
        Demonstration(place, simulator).play()
    screen.say(f"All of it took {time.monotonic() - began:.0f} seconds and is in {place}. Nothing is left running.")
    screen.say(f"Look around: retention {_quoted(['--config', str(place / 'retention.toml'), 'status'])}")


def _fresh(folder: Path | None) -> Path:
    """The folder asked for, or the first free ``retention-demo``; never one that holds something already."""
    names = [folder] if folder else [Path("retention-demo"), *(Path(f"retention-demo-{n}") for n in range(2, 1000))]
    try:
        for name in names:
            if not name.exists() or not any(name.iterdir()):
                name.mkdir(parents=True, exist_ok=True)
                return name
    except OSError as error:
        raise BadConfiguration(
            f"The folder {name} cannot be used: {error.strerror}.", "Name another with --folder."
        ) from error
    raise BadConfiguration(f"The folder {names[0]} is not empty.", "Name another with --folder.")


@dataclass
class Demonstration:
    """One playing of the whole way in one folder."""

    folder: Path
    simulator: Simulator

    def play(self) -> None:
        self._settings()
        self._read()
        self._adopt_and_file()
        self._hold()
        self._plan_and_apply()
        self._look_back()

    def _settings(self) -> None:
        """The settings of the example city, on the address at which its mail system happens to answer."""
        example = (shipped_folder("examples") / "willow-falls" / "retention.toml").read_text("utf-8")
        settings = example.replace("https://localhost:8443", self.simulator.graph_url)
        (self.folder / "retention.toml").write_text(settings, "utf-8")
        (self.folder / "simulator").mkdir()
        (self.folder / "simulator" / "ca.pem").write_bytes(self.simulator.ca_file.read_bytes())
        screen.say("A pretend Exchange Online with the mail of Willow Falls runs on this machine.")
        self._run("init")
        screen.say("The city has its settings, an empty catalog, a ledger with its first entry and a record store.")

    def _read(self) -> None:
        result = self._run("sync", json_result=True)
        boxes = result["mailboxes"]
        messages, unread = sum(box["messages"] for box in boxes), [box for box in boxes if box["trouble"]]
        folders, read = sum(box["folders"] for box in boxes), len(boxes) - len(unread)
        screen.say(f"What {messages} messages say of themselves was read, in {folders} folders of {read} mailboxes.")
        for box in unread:
            screen.say(f"Reported as not covered: {box['trouble']}")

    def _adopt_and_file(self) -> None:
        self._run("schedule", "adopt", "minnesota-cities", "--authority", "Resolution 2026-14 (pretend)", by=RECORDS)
        screen.say("The Records Manager adopted exactly this edition of the schedule; until now nothing could leave.")
        series = self._run("classify", json_result=True)["by_series"]
        filed = sum(n for key, n in series.items() if key)
        screen.say(f"{filed} messages were filed under {len(series.keys() - {''})} series by what their headers say.")
        screen.say(f"{series.get('', 0)} fit no series or more than one: they stay and wait for a person.")

    def _hold(self) -> None:
        result = self._run(
            "hold", "place", "--matter", "Maple Street water main break", "--reason", "Notice of claim received",
            "--words", "Maple Street", by=ATTORNEY, json_result=True,
        )  # fmt: skip
        self.hold = result["hold"]["name"]
        covers = result["covers"]
        screen.say(
            f"The City Attorney's hold covers {covers['messages']} messages in {len(covers['by_mailbox'])} mailboxes."
        )
        screen.say("It is asked three times from here on: in the plan, when apply starts, and right before each deed.")

    def _plan_and_apply(self) -> None:
        plan = str(self.folder / "plan.json")
        made = self._run("plan", "--output", plan, by=OPERATOR, json_result=True)
        counts = _sums(made["counts"])
        screen.say(
            f"Of {counts['seen']} messages {counts['capture']} are records to move to the store and {counts['purge']} "
            f"are transitory and due; {counts['held']} are held and {counts['kept']} are kept, each with a reason."
        )
        screen.table(
            ("stays", "messages", "for example"), [(g["why"], g["count"], g["example"]) for g in made["stays"]]
        )
        self._run("approve", plan, by=RECORDS)
        screen.say(
            "Somebody other than its maker approved exactly this file; one changed byte and it would be refused."
        )
        applied = self._run("apply", plan, by=OPERATOR, json_result=True)
        done = _sums(applied["counts"])
        screen.say(
            f"{done['captured']} records are on the store, each read back and compared before it left its mailbox; "
            f"{done['purged']} transitory messages were removed from the mailbox."
        )
        screen.say(
            f"The counts reconcile: {done['seen']} seen = {done['kept']} kept + {done['captured']} captured + "
            f"{done['purged']} purged + {done['held']} held + {done['skipped']} skipped."
        )
        for step, why in applied["skipped"].items():
            screen.say(f"Skipped: step {step}: {why}")
        gone = sum(box["gone"] for box in self._run("sync", json_result=True)["mailboxes"])
        screen.say(f"A second sync finds {gone} messages missing that retention did not remove itself.")
        self._made = made

    def _look_back(self) -> None:
        verified = self._run("audit", "verify", json_result=True)
        screen.say(f"The ledger's {verified['entries']} entries are whole, from the first to {verified['head'][:16]}…")
        screen.say(
            f"All {verified['records']} records were read back and equal their digests: the same message, captured "
            "from several mailboxes, is one record."
        )
        held, captured, purged = self._examples()
        for title, number in (
            ("A held message that stayed:", held),
            ("A record, with its file and its hash:", captured),
            ("A transitory message that was removed, with its reason:", purged),
        ):
            screen.say()
            screen.say(title)
            self._run("why", number)
        screen.say()

    def _examples(self) -> tuple[str, str, str]:
        """The numbers of a held message, of a captured one, and of a purged one."""
        from retention.catalog import Catalog
        from retention.core.decide import Action

        steps = self._made["steps"]
        catalog = Catalog(self.folder / "retention.db")
        first = {
            action: next(step["id"] for step in steps if step["action"] == action)
            for action in (Action.CAPTURE, Action.PURGE)
        }
        captured, purged = (str(catalog.find(first[action])[0].n) for action in (Action.CAPTURE, Action.PURGE))
        held = next(str(k.n) for k in catalog.present() if "maple street" in (k.message.subject or "").lower())
        catalog.close()
        return held, captured, purged

    def _run(self, *arguments: str, by: str = "", json_result: bool = False) -> Any:
        """Run one command as a person would type it, and show what was typed. Raises where it fails."""
        import json
        import subprocess

        config = str(self.folder / "retention.toml")
        typed = ["--config", config, *(("--as", by) if by else ()), *arguments]
        shown = _quoted(typed)
        screen.say()
        screen.say(f"$ retention {shown}")
        command = [sys.executable, "-m", "retention", *typed, *(["--json"] if json_result else [])]
        # The child is this very program; nothing a mail says is among its arguments.
        with screen.progress(f"retention {arguments[0]}"):
            ran = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
        if ran.returncode:
            raise RetentionError(f"`retention {shown}` ended with {ran.returncode}: {ran.stderr.strip()}")
        if json_result:
            return json.loads(ran.stdout)
        for line in ran.stdout.rstrip().split("\n"):
            screen.say(line)
        return None


def _quoted(words: list[str]) -> str:
    return " ".join(f'"{word}"' if " " in word else word for word in words)


def _sums(counts: dict[str, dict[str, int]]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for row in counts.values():
        for what, number in row.items():
            totals[what] = totals.get(what, 0) + number
    return totals
