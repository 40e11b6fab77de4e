"""A packet is written whole or not at all, read by anybody, and says of other matters only that there is something."""

from __future__ import annotations

import csv
import os
import shutil
import stat
import subprocess
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest

from retention.core.audit import (
    Approved,
    Counted,
    Ended,
    HoldAsked,
    HoldKept,
    HoldPlaced,
    HoldReached,
    HoldReleased,
    Started,
    SyncEnded,
)
from retention.core.hold import Scope
from retention.core.person import Person, PersonRecorded
from retention.core.proof import TABLES
from retention.errors import LedgerBroken, StoreNotAnswering, WrongUsage
from retention.packet.writing import Packet
from tests.packet.making import ANA, BEGAN, HOLDS, JOE, Paper, hold, intent, old_ledger, outcome, packet
from tests.packet.unpacking import entries, facts, problems, rows, said, verified


class Outline(HTMLParser):
    """What a reader of a page needs: its headings, what heads its tables, and what it would load."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.headings: list[tuple[str, str]] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._open = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open = tag

    def handle_data(self, data: str) -> None:
        if self._open in ("h1", "h2", "h3") and data.strip():
            self.headings.append((self._open, data))
            self._open = ""


# Whole or not at all


def test_a_packet_is_never_written_over_anything(paper: Paper, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("mine", "utf-8")
    os.symlink(tmp_path / "nowhere", tmp_path / "link")
    for name in ("empty", "file", "link"):
        with pytest.raises(WrongUsage, match="already something"):
            packet(paper, HOLDS[0], tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "file", "link"]


def test_what_appeared_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    with Packet(tmp_path / "packet") as writing:
        (tmp_path / "packet").mkdir()
        with pytest.raises(WrongUsage, match="by now"):
            writing.publish()
    assert list(tmp_path.iterdir()) == [tmp_path / "packet"]


def test_a_failure_leaves_nothing_behind(paper: Paper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StoreNotAnswering, match="No space left"):
        packet(paper, HOLDS[0], tmp_path / "packet")
    assert list(tmp_path.iterdir()) == []


def test_a_broken_ledger_gives_no_packet(paper: Paper, tmp_path: Path) -> None:
    (tmp_path / "town").mkdir()
    broken = Paper(tmp_path / "town")
    broken.place()
    ledger = broken.open()
    data = broken.path.read_bytes()
    broken.path.write_bytes(data.replace(b"claim", b"cloim"))
    broken.open = lambda: ledger  # type: ignore[method-assign]
    with pytest.raises(LedgerBroken):
        packet(broken, HOLDS[0], tmp_path / "packet")
    assert not (tmp_path / "packet").exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_only_its_owner_can_read_it(sealed: Path) -> None:
    assert stat.S_IMODE(sealed.stat().st_mode) == 0o700


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="needs sha256sum")
def test_the_manifest_is_what_sha256sum_checks(sealed: Path) -> None:
    done = subprocess.run(
        ["sha256sum", "-c", "--strict", "manifest.sha256"], cwd=sealed, capture_output=True, check=False
    )
    assert done.returncode == 0
    listed = (sealed / "manifest.sha256").read_text("utf-8").splitlines()
    assert len(listed) == sum(1 for path in sealed.rglob("*") if path.is_file()) - 1


# What it says


def test_the_hold_its_days_and_what_it_stopped_are_told(sealed: Path) -> None:
    told = facts(sealed)
    assert told["City"] == "Town" and told["Hold"] == "elm-street"
    assert told["Runs that had it to ask from their start"] == "2"
    assert told["Deeds that it stopped"] == "2" and told["Stopped deeds whose entry is shown"] == "1"
    assert told["Messages that left mailboxes it had reached"] == "2"
    assert told["In force on the day this was made"] == "no"
    assert [row["what"] for row in rows(sealed, "life")] == ["placed", "amended", "released"]
    assert [row["signed"] for row in rows(sealed, "life")] == ["no", "yes", "yes"]
    days = {row["day"]: row for row in rows(sealed, "daily")}
    assert days["2026-03-02"]["in force"] == "no", "it was placed on the day after"
    assert days["2026-03-03"]["in force"] == "from its placing"
    assert days["2026-03-06"]["versions"] == "2", "until the end of the grace period, which is that day"
    assert days["2026-03-16"]["in force"] == "no"


def test_every_gap_is_told(sealed: Path) -> None:
    assert [row["trouble"] for row in rows(sealed, "unreadable")] == ["the mailbox is locked"]
    assert [row["id"] for row in rows(sealed, "vanished")] == ["v"]
    assert len(rows(sealed, "torn")) == 1
    assert [(row["from"], row["to"]) for row in rows(sealed, "unread")] == [
        ("2026-03-03", "2026-03-04"),
        ("2026-03-06", "2026-03-15"),
    ]


def test_a_run_counts_what_it_did_in_the_mailboxes_of_the_hold(sealed: Path) -> None:
    first, second = rows(sealed, "runs")
    assert (first["purged"], first["blocked"], first["kept"]) == ("1", "2", "4")
    assert (second["captured"], second["purged"], second["kept"]) == ("1", "0", "5")
    assert first["end"] and second["end"], "an end names no hold and is always shown"
    assert (first["asked"], first["versions"]) == ("from its start", "1")
    assert first["approved by"].startswith("pat@town.example (entry ")


def test_a_run_that_does_not_name_the_hold_is_told_as_such(tmp_path: Path) -> None:
    paper = Paper(tmp_path / "town")
    paper.place()
    paper.write(Started(plan="p", holds="f"), HoldAsked(plan="p", name=HOLDS[1], versions=(1,)), Ended(plan="p"))
    made = packet(paper, HOLDS[0], tmp_path / "packet")
    assert problems(made) == []
    assert [(row["asked"], row["versions"]) for row in rows(made, "runs")] == [("in force, and not named", "")]
    assert facts(made)["Runs that had it to ask from their start"] == "0" and rows(made, "daily")[0]["asked"] == "0"


def test_what_it_kept_is_counted_once_where_a_crash_came_before_the_runs_end(tmp_path: Path) -> None:
    paper = Paper(tmp_path / "town")
    paper.place()
    asked = HoldAsked(plan="p", name=HOLDS[0], versions=(1,))
    kept = HoldKept(plan="p", name=HOLDS[0], messages=4)
    paper.write(Started(plan="p", holds="f"), asked, kept)
    paper.write(Started(plan="p", holds="f"), asked, kept, kept, Ended(plan="p"))
    made = packet(paper, HOLDS[0], tmp_path / "packet")
    assert problems(made) == []
    assert [(row["kept"], bool(row["end"])) for row in rows(made, "runs")] == [("", False), ("4", True)]


@pytest.mark.parametrize("whole", [False, True])
def test_an_end_that_says_whose_mail_is_held_is_never_shown_for_one_matter(tmp_path: Path, whole: bool) -> None:
    """Older ledgers say it there; now an entry of its own does, which belongs to no hold."""
    paper = Paper(tmp_path / "town")
    paper.place()
    counts = {JOE: {"seen": 7, "held": 7}}
    paper.write(Started(plan="p", holds="f"), Ended(plan="p", counts=counts))
    paper.write(Started(plan="q", holds="f"), Counted(plan="q", counts=counts), Ended(plan="q"))
    made = packet(paper, HOLDS[0], tmp_path / "packet", whole=whole)
    assert problems(made) == []
    assert [bool(row["end"]) for row in rows(made, "runs")] == [False, True]
    assert (JOE.encode() in (made / "ledger.jsonl").read_bytes()) is whole


def test_a_deed_under_way_when_the_hold_was_placed_is_told_as_such(tmp_path: Path) -> None:
    paper = Paper(tmp_path / "town")
    paper.write(Started(plan="p", holds="f"), intent("p", 1, "box-ana"))
    placed = paper.place()
    paper.write(
        outcome("p", 1, "box-ana", "purged", ()), intent("p", 2, "box-ana"), outcome("p", 2, "box-ana", "purged", ())
    )
    paper.write(intent("p", 3, "box-ana"))
    made = packet(paper, HOLDS[0], tmp_path / "packet")
    assert problems(made) == []
    assert [row["under way"] for row in rows(made, "deeds")] == ["yes", "no"]
    assert [row["asked"] for row in rows(made, "runs")] == [f"from entry {placed} on, when it was placed"]
    assert [row["step"] for row in rows(made, "unended")] == ["3"]


def test_a_deed_elsewhere_is_none_of_its_business(tmp_path: Path) -> None:
    paper = Paper(tmp_path / "town")
    paper.place()
    paper.run(("box-joe", "purged", ()), ("box-joe", "skipped", ()))
    made = packet(paper, HOLDS[0], tmp_path / "packet")
    assert rows(made, "deeds") == []
    assert not [
        one for one in entries(made) if one.get("said", {}).get("body", {}).get("kind") in ("intent", "outcome")
    ]


def test_a_scope_that_names_nobody_has_every_deed_to_answer_for(tmp_path: Path) -> None:
    paper = Paper(tmp_path / "town")
    paper.place(any_of=(Scope(words=("elm",)), Scope(custodians=(ANA,))))
    paper.run(("box-joe", "purged", ()))
    made = packet(paper, HOLDS[0], tmp_path / "packet")
    assert len(rows(made, "deeds")) == 1
    assert rows(made, "daily")[0]["mailboxes"] == "any"
    assert ["any of (1)", "says", "elm"] in [list(row.values())[2:] for row in rows(made, "scope")]


def test_where_the_city_asks_for_keys_an_unsigned_release_ends_nothing(tmp_path: Path) -> None:
    paper = Paper(tmp_path / "town")
    paper.place()
    paper.write(HoldReleased(name=HOLDS[0], reason="settled", until=BEGAN.date()))
    paper.later(days=3)
    for identity, standing in (("account", "no"), ("ssh", "yes")):
        made = packet(paper, HOLDS[0], tmp_path / identity, identity=identity)
        assert problems(made) == []
        assert rows(made, "daily")[-1]["in force"] == standing
    assert "was not signed" in verified(made).stdout


def test_the_period_limits_the_days_and_nothing_else(paper: Paper, tmp_path: Path) -> None:
    made = packet(paper, HOLDS[0], tmp_path / "packet", first=date(2026, 3, 4), last=date(2026, 3, 5))
    assert [row["day"] for row in rows(made, "daily")] == ["2026-03-04", "2026-03-05"]
    assert len(rows(made, "runs")) == 2 and int(facts(made)["Entries of the ledger"]) == paper.open().head[0]
    assert problems(made) == []


# What it does not say


def test_the_people_it_reaches_are_shown_and_nobody_else(tmp_path: Path) -> None:
    paper = Paper(tmp_path / "town")
    paper.write(PersonRecorded(person=Person(address=ANA)), PersonRecorded(person=Person(address=JOE)))
    paper.place()
    made = packet(paper, HOLDS[0], tmp_path / "packet")
    shown = [one["said"]["body"] for one in entries(made) if "said" in one]
    assert [one["person"]["address"] for one in shown if one["kind"] == "person recorded"] == [ANA]


def test_whoever_asks_for_the_whole_ledger_gets_every_byte_of_it(paper: Paper, tmp_path: Path) -> None:
    made = packet(paper, HOLDS[0], tmp_path / "packet", whole=True)
    assert (made / "ledger.jsonl").read_bytes() == paper.path.read_bytes()
    assert {row["shown"] for row in rows(made, "blocked")} == {"yes"}
    assert problems(made) == []
    assert "left unsaid. That none" not in verified(made).stdout


def test_a_line_that_was_cut_off_is_not_shown_in_a_packet_of_one_matter(sealed: Path, paper: Paper) -> None:
    assert b'{"digest":"000000\n' in paper.path.read_bytes()
    assert b'{"digest":"000000\n' not in (sealed / "ledger.jsonl").read_bytes()
    assert b'{"torn":"' in (sealed / "ledger.jsonl").read_bytes()


def test_entries_of_the_first_form_are_left_out_unless_the_whole_is_asked_for(tmp_path: Path) -> None:
    reached = HoldReached(name=HOLDS[0], version=1, term=f"custodian {ANA}", addresses=(ANA,), mailboxes=("box-ana",))
    held = HoldPlaced(hold=hold(HOLDS[0], BEGAN, Scope(custodians=(ANA,))))
    other = HoldPlaced(hold=hold(HOLDS[1], BEGAN, Scope(custodians=(JOE,))))
    paper = old_ledger(tmp_path / "town", other, held, other, reached)
    paper.write(Approved(plan="p", steps=1))
    made = packet(paper, HOLDS[0], tmp_path / "packet")
    told = verified(made)
    assert told.returncode == 0, told.stdout
    assert "2 entries of the ledger's first form are left out. The chain is checked from entry 4 on" in told.stdout
    assert HOLDS[1].encode() not in (made / "ledger.jsonl").read_bytes()
    assert facts(made)["Entries of the ledger's first form left out"] == "2"
    whole = packet(paper, HOLDS[0], tmp_path / "whole", whole=True)
    assert problems(whole) == [] and facts(whole)["The chain is checked from entry"] == "0"


def test_nothing_can_be_left_out_after_the_first_entry_of_the_new_form(tmp_path: Path) -> None:
    paper = old_ledger(tmp_path / "town", SyncEnded(mailboxes=1, gone=0))
    paper.place()
    paper.write(Approved(plan="p", steps=1))
    made = packet(paper, HOLDS[0], tmp_path / "packet")
    lines = (made / "ledger.jsonl").read_bytes().splitlines(keepends=True)
    lines[3] = lines[3][:75] + b"}\n"
    (made / "ledger.jsonl").write_bytes(b"".join(lines))
    assert any("ledger.jsonl is broken at entry 3" in one for one in problems(made))


def test_of_a_name_that_was_given_twice_each_hold_has_its_own_proof(tmp_path: Path) -> None:
    paper = Paper(tmp_path / "town")
    first, second = paper.place(), paper.place(mailboxes=("box-new",))
    paper.run(("box-ana", "held", HOLDS[:1]))
    for name, placed, blocked in ((f"{HOLDS[0]} (entry {first})", first, 0), (HOLDS[0], second, 1)):
        made = packet(paper, name, tmp_path / str(placed))
        assert problems(made) == []
        assert [row["entry"] for row in rows(made, "life")] == [str(placed)] and len(rows(made, "blocked")) == blocked


# The page and the tables


def test_the_page_can_be_read_by_everybody(sealed: Path) -> None:
    page = (sealed / "proof.html").read_text("utf-8")
    outline = Outline(page)
    assert outline.headings[0] == ("h1", "Proof of the hold elm-street")
    assert [text for level, text in outline.headings[1:] if level == "h2"] == [table.title for table in TABLES]
    tags = dict.fromkeys(tag for tag, _ in outline.tags)
    assert dict(outline.tags)["html"] == {"lang": "en"} and "main" in tags and "nav" in tags
    assert all(attrs.get("scope") in ("col", "row") for tag, attrs in outline.tags if tag == "th")
    ids = {attrs["id"] for _, attrs in outline.tags if "id" in attrs}
    assert {attrs["aria-labelledby"] for _, attrs in outline.tags if "aria-labelledby" in attrs} <= ids
    assert {f"#{one}" for one in ids} >= {attrs["href"] for _, attrs in outline.tags if "href" in attrs}
    assert "prefers-color-scheme: dark" in page and "@media print" in page


def test_the_page_loads_nothing_and_runs_nothing(sealed: Path) -> None:
    page = (sealed / "proof.html").read_text("utf-8")
    outline = Outline(page)
    assert not {"script", "link", "img", "iframe", "object", "base", "form"} & {tag for tag, _ in outline.tags}
    assert not [name for _, attrs in outline.tags for name in attrs if name.startswith("on") or name == "src"]
    assert "http:" not in page and "https:" not in page and "url(" not in page and "@import" not in page


def test_what_somebody_wrote_is_text_and_nothing_else(sealed: Path) -> None:
    page = (sealed / "proof.html").read_text("utf-8")
    assert "<script" not in page and "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "\u202e" not in page and "\u202e" not in (sealed / "life.csv").read_text("utf-8-sig")
    assert "<b>done" not in page


def test_no_cell_is_a_formula(sealed: Path) -> None:
    assert rows(sealed, "life")[0]["reason"].startswith("'=a claim")
    for table in TABLES:
        with open(sealed / f"{table.name}.csv", encoding="utf-8-sig", newline="") as file:
            assert not [cell for row in csv.reader(file) for cell in row if cell[:1] in ("=", "+", "-", "@")]


def test_of_a_long_table_the_page_shows_the_beginning_and_the_file_all(tmp_path: Path) -> None:
    paper = Paper(tmp_path / "town")
    paper.place()
    paper.later(days=1500)
    made = packet(paper, HOLDS[0], tmp_path / "packet")
    assert len(rows(made, "daily")) == 1501
    daily = next(one for one in said(made)["tables"] if one["name"] == "daily")
    assert daily["count"] == 1501 and len(daily["rows"]) == 1000
    assert "The first 1,000 of 1,501 rows; all are in daily.csv." in (made / "proof.html").read_text("utf-8")
    assert problems(made) == []


def test_the_days_are_those_of_the_city_in_summer_and_in_winter(tmp_path: Path) -> None:
    paper = Paper(tmp_path / "town")
    paper.at = BEGAN.replace(day=8, hour=5, minute=59)  # a minute before midnight in Chicago, in winter
    paper.write(SyncEnded(mailboxes=1, gone=0))
    paper.place()
    paper.at = BEGAN.replace(day=10, hour=4, minute=59)  # a minute before midnight there, in summer
    paper.write(SyncEnded(mailboxes=7, gone=0))
    made = packet(paper, HOLDS[0], tmp_path / "packet")
    assert problems(made) == []
    assert [(row["day"], row["syncs"]) for row in rows(made, "daily") if row["syncs"] == "1"] == [
        ("2026-03-07", "1"),
        ("2026-03-09", "1"),
    ]
    assert "time zone" not in verified(made).stdout
