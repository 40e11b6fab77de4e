"""The walkthrough is run as it is printed, and every example city's settings are of use."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from retention.cli import carry_out
from retention.cli.opening import read_city
from retention.cli.schedules import read_schedules
from retention.core.authority import DEFAULT_ACTS
from retention.core.classify import check
from tests.conftest import ROOT

EXAMPLES = ROOT / "examples"
CITIES = sorted(folder.name for folder in EXAMPLES.iterdir() if (folder / "retention.toml").is_file())
PORT = "8443"


def printed() -> list[str]:
    """Every command line of the walkthrough's console blocks, in order."""
    blocks = re.findall(r"```console\n(.*?)```", (EXAMPLES / "walkthrough.md").read_text("utf-8"), re.DOTALL)
    return [line.removeprefix("$ ") for block in blocks for line in block.splitlines() if line.startswith("$ ")]


@dataclass
class Walk:
    """The walkthrough in a folder: what was typed, and what it printed."""

    folder: Path
    printed: dict[str, str] = field(default_factory=dict)
    serving: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def go(self) -> None:
        for line in printed():
            if line.endswith("&"):
                self._serve(line.removesuffix("&"))
            else:
                self._type(line)
            if line.startswith("retention init"):
                self._at_its_port()

    def _command(self, line: str) -> list[str]:
        program, *arguments = shlex.split(line)
        assert program == "retention", line
        return [sys.executable, "-m", "retention", *arguments]

    def _serve(self, line: str) -> None:
        """In the background, on any port that is free: two may walk at once on one machine."""
        assert f"--port {PORT}" in line
        command = self._command(line.replace(f"--port {PORT}", "--port 0"))
        self.serving.append(subprocess.Popen(command, cwd=self.folder, stdout=subprocess.DEVNULL))
        until = time.monotonic() + 30
        while not self._facts.is_file() and time.monotonic() < until:
            assert self.serving[0].poll() is None, "the simulator has ended"
            time.sleep(0.05)

    @property
    def _facts(self) -> Path:
        return self.folder / "simulator" / "simulator.json"

    def _at_its_port(self) -> None:
        settings = self.folder / "retention.toml"
        text = settings.read_text("utf-8")
        assert f"https://localhost:{PORT}" in text
        url = json.loads(self._facts.read_bytes())["graph_url"]
        settings.write_text(text.replace(f"https://localhost:{PORT}", url), "utf-8")

    def _type(self, line: str) -> None:
        ran = subprocess.run(
            self._command(line), cwd=self.folder, capture_output=True, encoding="utf-8", check=False, timeout=60
        )
        assert ran.returncode == 0, (line, ran.returncode, ran.stdout[-500:], ran.stderr)
        assert "Traceback" not in ran.stderr
        self.printed[line] = ran.stdout

    def said(self, part: str) -> str:
        """What the last command with this in it, or with just this, printed."""
        whole = self.printed.get(f"retention {part}")
        return whole or next(out for line, out in reversed(self.printed.items()) if part in line)


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    walk = Walk(tmp_path_factory.mktemp("walk"))
    try:
        walk.go()
        yield walk
    finally:
        for process in walk.serving:
            process.terminate()
            process.wait(20)


def test_the_walkthrough_ends_with_a_whole_ledger_and_records_that_match(walk: Walk) -> None:
    verified = walk.said("audit verify")
    entries, records = re.search(r"([\d,]+) entries", verified), re.search(r"([\d,]+) records read back", verified)
    lines = (walk.folder / "ledger.jsonl").read_bytes().count(b"\n")
    # After the last check: the auditor's folder, a request for access, the proof, the release, and its taking back.
    assert entries and int(entries[1].replace(",", "")) == lines - 5
    files = list((walk.folder / "records").glob("*/*/*/*.eml"))
    assert records and int(records[1].replace(",", "")) == len(files) > 50
    assert f"{entries[1]} entries" in walk.said("audit verify --ledger ledger.jsonl")


def test_the_walkthroughs_plan_is_a_file_and_was_done(walk: Walk) -> None:
    plan = json.loads((walk.folder / "plan.json").read_bytes())
    actions = {step["action"] for step in plan["steps"]}
    assert actions == {"capture", "purge"} and plan["rehearsal"] is True
    assert f"Plan {plan['digest'][:12]} is finished" in walk.said(" apply plan.json")
    assert f"approved plan {plan['digest'][:12]}: {len(plan['steps'])} steps." in walk.said(" approve plan.json")


def test_what_the_walkthroughs_hold_covers_stays(walk: Walk) -> None:
    covered = re.search(r"It covers (\d+) messages in", walk.said("hold show"))
    plan = json.loads((walk.folder / "plan.json").read_bytes())
    assert covered and int(covered[1]) == sum(tally["held"] for tally in plan["counts"].values()) > 0
    assert "in force" in walk.said("hold list")
    assert "is kept until" in walk.said("hold release")


def test_the_walkthroughs_nightly_run_takes_nothing_that_nobody_approved(walk: Walk) -> None:
    run = walk.said("--as it@willowfalls.example run")
    assert run.startswith("Run of ") and len(run.splitlines()) == 1
    assert "0 captured" in run and (walk.folder / "report" / "report.html").stat().st_size > 10_000
    assert (walk.folder / "annual" / "report.html").is_file()


def test_after_the_walkthrough_nothing_was_missed(walk: Walk) -> None:
    gone = re.findall(r"^ ?\S+@willowfalls\.example +\d+ +\d+ +(\d+)", walk.said("sync"), re.MULTILINE)
    assert len(gone) > 10 and set(gone) == {"0"}
    assert re.search(r"captured\s+\d\d", walk.said("status")) and "unclassified 0" in walk.said("status")
    assert "Message 1:" in walk.said("why 1")


def test_every_command_of_the_walkthrough_was_typed(walk: Walk) -> None:
    assert len(printed()) == len(walk.printed) + len(walk.serving) + _repeated()
    assert all(line.startswith("retention ") for line in printed())


def _repeated() -> int:
    lines = printed()
    return len(lines) - len(set(lines))


@pytest.mark.parametrize("city", CITIES)
def test_an_example_citys_settings_check_and_so_do_its_schedules(city: str) -> None:
    config = EXAMPLES / city / "retention.toml"
    settings = read_city(config)
    schedules = read_schedules(settings, config)
    assert [schedule.name for schedule in schedules] == list(settings.city.schedules) != []
    assert [problem for schedule in schedules for problem in check(schedule)] == []


@pytest.mark.parametrize("city", CITIES)
def test_in_an_example_city_somebody_can_do_every_act_and_approve_what_another_planned(city: str) -> None:
    settings = read_city(EXAMPLES / city / "retention.toml")
    for act, default in DEFAULT_ACTS.items():
        offices = settings.acts.get(act) or default
        if act == "hold-audit":
            continue
        assert [holder for office in offices for holder in settings.offices.get(office, ())], (city, act)
    assert len(settings.people) > len(settings.offices["Records Manager"])


@pytest.mark.parametrize("city", CITIES)
def test_no_example_holds_a_secret_or_the_name_of_a_real_tenant(city: str) -> None:
    text = (EXAMPLES / city / "retention.toml").read_text("utf-8")
    settings = read_city(EXAMPLES / city / "retention.toml")
    assert settings.mail.system == "simulator" or settings.mail.secret.startswith(("env:", "keyring:"))
    assert set(re.findall(r"@([\w.-]+)", text)) <= {f"{name}.example" for name in re.findall(r"@([\w-]+)\.", text)}
    assert set(settings.mail.tenant) <= {"0", "-"}


def begun(folder: Path, city: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What `retention init` prints in this city."""
    capsys.readouterr()
    assert carry_out(["--config", str(folder / city / "retention.toml"), "init", "--city", city]) == 0
    return " ".join(capsys.readouterr().out.split())


def test_init_writes_every_example_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for city in CITIES:
        begun(tmp_path, city, capsys)
        config = tmp_path / city / "retention.toml"
        assert config.read_bytes() == (EXAMPLES / city / "retention.toml").read_bytes()
        assert {path.name for path in config.parent.iterdir()} >= {"retention.db", "ledger.jsonl", "records"}


def test_init_writes_the_texts_that_come_with_an_example_and_never_over_one_that_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = tmp_path / "waterbury" / "notices" / "monitoring-notice.txt"
    ours.parent.mkdir(parents=True)
    ours.write_text("Ours, approved by counsel.", "utf-8")
    assert "monitoring-notice.txt" not in begun(tmp_path, "waterbury", capsys)
    assert ours.read_text("utf-8") == "Ours, approved by counsel."
    assert "it-agreement.txt" in begun(tmp_path, "monroe", capsys)
    assert (tmp_path / "monroe" / "notices" / "it-agreement.txt").is_file()
    assert "department-schedule.toml" in begun(tmp_path, "rosemount", capsys)
    assert not list(tmp_path.rglob("README.md"))


@pytest.mark.parametrize("city", [city for city in CITIES if city != "willow-falls"])
def test_init_lists_what_only_the_city_knows_and_then_who_does_what(
    city: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = begun(tmp_path, city, capsys)
    settings = read_city(EXAMPLES / city / "retention.toml")
    for needed in ("tenant, client", "RETENTION_SECRET", "[people]", "[store] path", "city's own approved schedule"):
        assert needed in said
    for act in ("hold-legal", "adopt-schedule", "approve"):
        assert f"{(settings.acts.get(act) or DEFAULT_ACTS[act])[0]}: " in said
    assert f"retention schedule adopt {settings.city.schedules[0]} " in said
    assert [f"retention notice due {one.name}" in said for one in settings.notices.staff].count(False) == 0


def test_init_asks_a_pretend_city_for_no_app_registration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = begun(tmp_path, "willow-falls", capsys)
    assert "registration" not in said and "Fill in" not in said
    assert "retention simulator serve --port 8443" in said and "retention sync" in said


def test_init_asks_a_city_whose_mail_lies_in_files_for_no_app_registration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    begun(tmp_path, "quincy", capsys)
    config = tmp_path / "quincy" / "retention.toml"
    config.write_text(config.read_text("utf-8").replace('system = "graph"', 'system = "files"'), "utf-8")
    said = begun(tmp_path, "quincy", capsys)
    assert "registration" not in said and "SECRET" not in said and "Fill in" in said


def test_init_asks_no_more_for_what_is_filled_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    begun(tmp_path, "quincy", capsys)
    config = tmp_path / "quincy" / "retention.toml"
    text = config.read_text("utf-8").replace("00000000-", "6f1c0001-").replace("quincy.example", "quincy.test")
    (tmp_path / "share").mkdir()
    config.write_text(text.replace('path = "records"', f'path = "{tmp_path / "share" / "mail"}"'), "utf-8")
    said = begun(tmp_path, "quincy", capsys)
    assert "tenant" not in said and "[people]" not in said and "[store]" not in said and "domains" not in said
    assert "RETENTION_SECRET" in said and "massachusetts-municipal is only a start" in said
