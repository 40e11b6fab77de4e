"""A packet tells of stored records: what a hold stopped, what was destroyed, when, and what waits in quarantine."""

from __future__ import annotations

from pathlib import Path

import pytest

from retention.core.audit import HoldReleased, Stored
from retention.core.destruction import RecordRestored
from tests.packet.making import HOLDS, Paper, packet, place_of, record_deed, record_outcome
from tests.packet.test_forging import forged
from tests.packet.unpacking import changed, copied, entries, facts, problems, rows, said, verified

ELM, OAK = HOLDS[:2]


def lived(folder: Path) -> Paper:
    """Eight records are set apart; one is destroyed before Elm Street is placed, and one while it is."""
    paper = Paper(folder)
    paper.place(OAK, mailboxes=("box-joe",))
    paper.stage("quarantine", *((step, "box-ana", "quarantined", ()) for step in range(1, 7)))
    paper.stage("destroy", (1, "box-ana", "destroyed", ()), (2, "box-joe", "destroyed", ()))
    paper.write(record_deed("p" * 64, "destroy", 3, "box-ana"))
    paper.later(days=1)
    paper.place(first_on=None)
    paper.write(record_outcome("p" * 64, "destroy", 3, "destroyed"))
    paper.stage(
        "destroy",
        (4, "box-ana", "held", (ELM,)),
        (5, "box-joe box-ana", "held", (ELM, OAK)),
        (6, "box-joe box-ana", "destroyed", ()),
        (7, "box-ana", "skipped", ()),
        (8, "box-ana", "held", (OAK,)),
        (9, "box-joe", "destroyed", ()),
        (10, "box-ana", "", ()),
    )
    paper.later(days=1)
    return paper


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("records")
    return packet(lived(folder / "town"), ELM, folder / "packet")


@pytest.fixture
def folder(sealed: Path, tmp_path: Path) -> Path:
    return copied(sealed, tmp_path / "packet")


def test_the_packet_is_found_good_by_its_own_verifier(sealed: Path) -> None:
    told = verified(sealed)
    assert told.returncode == 0, told.stdout + told.stderr


def test_every_stage_that_had_the_hold_to_ask_is_told_with_what_it_did(sealed: Path) -> None:
    (destroy,) = rows(sealed, "runs")
    assert (destroy["stage"], destroy["asked"], destroy["versions"]) == ("destroy", "from its start", "1")
    assert [destroy[what] for what in ("destroyed", "blocked", "skipped", "captured", "purged")] == list("12100")
    assert destroy["approved by"].startswith("kim@town.example (entry ") and destroy["end"]
    assert rows(sealed, "daily")[1]["left"] == "2" and rows(sealed, "daily")[1]["blocked"] == "2"


def test_a_record_it_stopped_is_told_and_one_that_two_stopped_says_nothing_of_the_other(sealed: Path) -> None:
    alone, both = rows(sealed, "blocked")
    assert (alone["place"], alone["series"], alone["address"]) == (place_of(4), "FIN 1", "ana@town.example")
    assert (alone["because"], alone["shown"]) == (f"Held by '{ELM}'", "yes")
    assert (both["place"], both["because"], both["shown"]) == (place_of(5), "", "no")
    assert both["mailbox"] == "box-ana", "only the mailboxes that it had reached"
    for path in sealed.rglob("*"):
        assert not path.is_file() or OAK.encode() not in path.read_bytes()


def test_records_destroyed_while_it_was_in_force_say_whether_they_were_under_way(sealed: Path) -> None:
    under_way, later = rows(sealed, "deeds")
    assert (under_way["place"], under_way["under way"], under_way["result"]) == (place_of(3), "yes", "destroyed")
    assert (later["place"], later["under way"], later["series"]) == (place_of(6), "no", "FIN 1")
    assert [row["step"] for row in rows(sealed, "unended")] == ["10"]


def test_records_destroyed_before_it_and_those_that_wait_are_told(sealed: Path) -> None:
    assert [(row["state"], row["step"]) for row in rows(sealed, "records")] == [
        ("destroyed before", "1"),
        ("in quarantine", "4"),
        ("in quarantine", "5"),
    ]
    told = facts(sealed)
    assert told["Records destroyed before it reached their mailboxes"] == "1"
    assert told["Records from its mailboxes that wait in quarantine"] == "2"
    assert told["Records destroyed that came from mailboxes it had reached"] == "2"
    assert told["Messages that left mailboxes it had reached"] == "0"
    assert told["Left or destroyed by a deed under way when it reached the mailbox"] == "1"


def test_what_is_none_of_its_business_is_left_unsaid(sealed: Path) -> None:
    shown = [one["said"]["body"] for one in entries(sealed) if "said" in one]
    steps = {one["step"] for one in shown if one["kind"] in ("record deed", "record outcome")}
    assert steps == {1, 3, 4, 5, 6, 7, 10}, "not Joe's, and not what another hold alone stopped"


@pytest.mark.parametrize("whole", [False, True])
def test_what_is_wanted_again_does_not_wait(tmp_path: Path, whole: bool) -> None:
    paper = Paper(tmp_path / "town")
    paper.stage("quarantine", *((step, "box-ana", "quarantined", ()) for step in (1, 2, 3)))
    paper.place()
    paper.write(RecordRestored(places=(place_of(1),), reason="wanted in Oak v. City"))
    paper.write(Stored(plan="c", step=1, digest="d", place=place_of(2), sidecar="s"))
    made = packet(paper, ELM, tmp_path / "packet", whole=whole)
    assert problems(made) == []
    assert [row["place"] for row in rows(made, "records")] == [place_of(3)]
    assert (b"Oak v. City" in (made / "ledger.jsonl").read_bytes()) is whole


def test_a_stage_that_is_cut_off_has_a_later_hold_to_ask_when_it_goes_on(tmp_path: Path) -> None:
    """It goes on without beginning again, whatever ran over the mail in between."""
    paper = Paper(tmp_path / "town")
    paper.stage("quarantine", (1, "box-ana", "quarantined", ()), ended=False)
    paper.run(("box-joe", "purged", ()))
    placed = paper.place()
    paper.write(record_deed("p" * 64, "quarantine", 2, "box-ana"))
    paper.write(record_outcome("p" * 64, "quarantine", 2, "held", (ELM,)))
    made = packet(paper, ELM, tmp_path / "packet")
    assert problems(made) == []
    (run,) = rows(made, "runs")
    assert (run["stage"], run["blocked"], run["end"]) == ("quarantine", "1", "")
    assert run["asked"] == f"from entry {placed} on, when it was placed"


def test_a_hold_that_was_over_meanwhile_has_no_deeds_of_a_later_stage(tmp_path: Path) -> None:
    paper = Paper(tmp_path / "town")
    paper.place()
    paper.stage("quarantine", (1, "box-ana", "held", (ELM,)), (2, "box-ana", "quarantined", ()))
    paper.write(HoldReleased(name=ELM, reason="settled", until=paper.at.date()))
    paper.placed.remove(ELM)
    paper.later(days=40)
    paper.stage("destroy", (2, "box-ana", "destroyed", ()))
    made = packet(paper, ELM, tmp_path / "packet")
    assert problems(made) == []
    assert [row["stage"] for row in rows(made, "runs")] == ["quarantine"]
    assert rows(made, "deeds") == rows(made, "records") == []


# A forger


@pytest.mark.parametrize(
    ("table", "column", "value", "row"),
    [
        ("runs", "stage", "quarantine", 0),
        ("runs", "destroyed", "0", 0),
        ("runs", "blocked", "3", 0),
        ("blocked", "place", place_of(7), 0),
        ("blocked", "place", place_of(7), 1),
        ("blocked", "series", "FIN 2", 1),
        ("blocked", "mailbox", "box-joe", 1),
        ("blocked", "because", "Held, of course", 0),
        ("deeds", "result", "captured", 0),
        ("deeds", "under way", "no", 0),
        ("deeds", "place", place_of(7), 1),
        ("records", "state", "in quarantine", 0),
        ("records", "at (UTC)", "2026-03-04 15:00:00", 0),
        ("records", "place", place_of(7), 1),
        ("records", "series", "FIN 2", 1),
        ("unended", "place", place_of(7), 0),
    ],
)
def test_a_row_that_was_changed_everywhere_alike_is_found(
    folder: Path, table: str, column: str, value: str, row: int
) -> None:
    forged(folder, table, column, value, row)
    assert any(one.startswith(f"{table}.csv") for one in problems(folder))


def test_a_record_that_is_taken_from_a_table_is_found(folder: Path) -> None:
    changed(folder, "records.csv", lambda data: b"".join(data.splitlines(keepends=True)[:-1]))
    assert any("records.csv lacks a row" in one for one in problems(folder))


@pytest.mark.parametrize("kind", ["destruction started", "destruction ended", "record deed", "record outcome"])
def test_an_entry_that_was_silenced_or_altered_is_found(folder: Path, tmp_path: Path, kind: str) -> None:
    altered = copied(folder, tmp_path / "altered")
    lines = (folder / "ledger.jsonl").read_bytes().splitlines(keepends=True)
    line = next(one for one in reversed(lines) if f'"kind":"{kind}"'.encode() in one)
    silent = line[: line.index(b',"said":{"')] + b"}\n"
    changed(folder, "ledger.jsonl", lambda data: data.replace(line, silent))
    assert problems(folder)
    changed(altered, "ledger.jsonl", lambda data: data.replace(line, line.replace(b'"plan":"p', b'"plan":"q')))
    assert any("is broken at entry" in one for one in problems(altered))


def test_the_page_has_the_table_of_records(sealed: Path) -> None:
    told = next(one for one in said(sealed)["tables"] if one["name"] == "records")
    assert told["count"] == 3 and told["given"] == []
