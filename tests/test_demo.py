"""`retention demo` shows what it promises, leaves its folder and nothing else, and is never overwritten."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from retention.cli import carry_out, demo, schedules

HELD, RECORD, REMOVED = (
    "A held message that stayed:",
    "A record, with its file",
    "A transitory message that was removed",
)


@dataclass(frozen=True)
class Shown:
    """One demonstration: where it left what it made, what it printed, how long it took."""

    folder: Path
    code: int
    out: str
    err: str
    seconds: float
    group: int

    def part(self, title: str) -> str:
        """What was printed under this title, up to the next empty line but one (the first is before the command)."""
        begin = self.out.index(title)
        return self.out[begin : self.out.index("\n\n", self.out.index("$ retention", begin))]

    def now(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command in its folder, today, with the pretend mail system gone."""
        return retention("--config", str(self.folder / "retention.toml"), *arguments)


def retention(*arguments: str) -> subprocess.CompletedProcess[str]:
    typed = [sys.executable, "-m", "retention", *arguments]
    return subprocess.run(typed, capture_output=True, encoding="utf-8", check=False, timeout=60)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    folder = tmp_path_factory.mktemp("demo") / "look around"
    began = time.monotonic()
    typed = [sys.executable, "-m", "retention", "demo", "--folder", str(folder)]
    ran = subprocess.Popen(
        typed, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", start_new_session=True,
        env={**os.environ, "COLUMNS": "80"},
    )  # fmt: skip
    out, err = ran.communicate(timeout=110)
    return Shown(folder, ran.returncode, out, err, time.monotonic() - began, ran.pid)


def test_it_ends_well_within_a_minute(shown: Shown) -> None:
    assert shown.code == 0, shown.err
    assert shown.err == "" and shown.seconds < 60
    assert "Nothing is left running." in shown.out


def test_it_shows_every_step_with_its_figures(shown: Shown) -> None:
    steps = re.findall(
        r"^\$ retention .*?(init|sync|adopt|classify|place|plan|approve|apply|verify|why)\b", shown.out, re.M
    )
    assert steps == "init sync adopt classify place plan approve apply sync verify why why why".split()
    counts = re.search(
        r"(\d+) seen = (\d+) kept \+ (\d+) captured \+ (\d+) purged \+ (\d+) held \+ (\d+) skipped", shown.out
    )
    assert counts
    seen, *parts = map(int, counts.groups())
    assert seen == sum(parts) > 300 and all(parts[:4])
    assert "finds 0 messages missing that retention did not remove itself" in shown.out


def test_it_shows_a_held_message_that_stayed(shown: Shown) -> None:
    part = shown.part(HELD)
    assert "It stays where it is:" in part and "Held by 'maple-street-water-main-break'" in part
    assert "It has left" not in part


def test_it_shows_a_record_whose_file_is_there_and_matches_its_hash(shown: Shown) -> None:
    found = re.search(r"Its file: (\S+), SHA-256 ([0-9a-f]{64})", shown.part(RECORD))
    assert found
    content = (shown.folder / "records" / found[1]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == found[2]
    assert "It has left the mailbox: captured" in shown.part(RECORD)


def test_it_shows_a_transitory_message_that_was_removed_and_why(shown: Shown) -> None:
    part = shown.part(REMOVED)
    assert "It has left the mailbox: purged" in part and "by the rule" in part and "  series " in part
    assert "Its file:" not in part


def test_it_shows_a_ledger_that_is_whole_and_every_record_in_it(shown: Shown) -> None:
    entries, records = (
        re.search(r"ledger's (\d+) entries are whole", shown.out),
        re.search(r"All (\d+) records", shown.out),
    )
    assert entries and records
    assert (shown.folder / "ledger.jsonl").read_bytes().count(b"\n") == int(entries[1])
    assert len(list((shown.folder / "records").glob("*/*/*/*.eml"))) == int(records[1])


def test_nothing_it_prints_could_steer_a_terminal(shown: Shown) -> None:
    unsafe = [
        repr(c) for c in shown.out + shown.err if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Co", "Cn")
    ]
    assert unsafe == []


def test_its_tables_fit_eighty_columns(shown: Shown) -> None:
    lines = shown.out.splitlines()
    tables = [number for number, line in enumerate(lines) if "──" in line]
    assert tables
    for number in tables:
        assert max(len(line) for line in lines[number - 1 : number + 30] if line.startswith(" ")) <= 80


@pytest.mark.skipif(os.name == "nt", reason="process groups are otherwise there")
def test_it_leaves_no_process_and_no_open_port(shown: Shown) -> None:
    with pytest.raises(ProcessLookupError):
        os.killpg(shown.group, 0)
    url = re.search(r'graph_url = "(.*)"', (shown.folder / "retention.toml").read_text("utf-8"))
    assert url
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", urlsplit(url[1]).port or 0), 2):
        pass


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("status",), "Willow Falls (pretend) (a rehearsal)"),
        (("why", "1"), "Message 1:"),
        (("hold", "list"), "Maple Street"),
        (("audit", "verify"), "read back and equal to their digests"),
        (("schedule", "list"), "minnesota-cities"),
    ],
)
def test_afterwards_its_folder_answers_for_itself(shown: Shown, typed: tuple[str, ...], said: str) -> None:
    ran = shown.now(*typed)
    assert (ran.returncode, ran.stderr) == (0, "") and said in ran.stdout


def test_afterwards_hostile_subjects_are_still_harmless(shown: Shown, capsys: pytest.CaptureFixture[str]) -> None:
    from retention.catalog import Catalog

    catalog = Catalog(shown.folder / "retention.db")
    hostile = [
        known for known in catalog.present() if re.search(r"[\x1b\u202e\x07]|\[red\]", known.message.subject or "")
    ]
    catalog.close()
    assert len(hostile) >= 3
    for known in hostile:
        assert carry_out(["--config", str(shown.folder / "retention.toml"), "why", str(known.n)]) == 0
        out = capsys.readouterr().out
        assert not re.search(r"[\x1b\u202e\x07]", out)
        assert "[red]" in out or "[red]" not in (known.message.subject or "")


def test_afterwards_sync_says_in_one_sentence_that_the_mail_system_is_gone(shown: Shown, tmp_path: Path) -> None:
    shutil.copytree(shown.folder, tmp_path / "copy")
    ran = retention("--config", str(tmp_path / "copy" / "retention.toml"), "sync")
    assert (ran.returncode, ran.stdout) == (13, "")
    error, next_step = ran.stderr.splitlines()
    assert error.startswith("Error: ") and "Connection refused" in error and next_step.startswith("Next:  ")


def test_a_second_demonstration_leaves_the_first_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Path] = []

    def play(self: demo.Demonstration) -> None:
        made.append(self.folder)
        (self.folder / "retention.toml").write_bytes(b"")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(demo.Demonstration, "play", play)
    assert [carry_out(["demo"]) for _ in range(3)] == [0, 0, 0]
    assert list(map(str, made)) == ["retention-demo", "retention-demo-2", "retention-demo-3"]


@pytest.mark.parametrize("there", ["a file", "a folder with something in it", "a folder below a file"])
def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str], there: str) -> None:
    place = tmp_path / "place"
    if there == "a folder with something in it":
        place.mkdir()
        (place / "something").write_bytes(b"kept")
    else:
        place.write_bytes(b"kept")
    folder = place / "below" if there == "a folder below a file" else place
    assert carry_out(["demo", "--folder", str(folder)]) == 10
    out, err = capsys.readouterr()
    assert out == "" and len(err.splitlines()) == 2 and str(folder) in err and "--folder" in err
    assert [path.read_bytes() for path in (place, place / "something") if path.is_file()] == [b"kept"]


def test_a_step_that_fails_ends_the_demonstration_with_its_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "examples" / "willow-falls"
    broken.mkdir(parents=True)
    (broken / "retention.toml").write_text("[ctiy]\n", "utf-8")
    monkeypatch.setattr(demo, "shipped_folder", lambda name: tmp_path / name)
    assert schedules.shipped_folder("examples") != tmp_path / "examples"
    assert carry_out(["demo", "--folder", str(tmp_path / "demo")]) == 1
    err = capsys.readouterr().err
    assert "ended with 10" in err and "did you mean 'city'?" in err and "Traceback" not in err
