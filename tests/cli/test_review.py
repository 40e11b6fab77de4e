"""Reviews, samples and labels as they are typed: what waits is listed, filled in, read back and carried out."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.cli.desk import ANN, ATTORNEY, BOB, HOSTILE, LONG_AGO, OPERATOR, RECORDS, Desk, letter
from tests.cli.test_screen import steering

Rows = list[dict[str, str]]
FORMULAS = ['=HYPERLINK("http://x.example","click")', "+1+1", "-2+3", "@SUM(A1)", "  =1+1", "\t=1+1", "＝1+1"]


@pytest.fixture
def waiting(desk: Desk) -> Desk:
    """A city in which some mail fits no series: five messages of one sender, one of another."""
    for number in range(5):
        box = ANN if number % 2 else BOB
        content = letter(f"Riddle {number}", 70 + number).replace(b"carla.ruiz@", b"dora.lee@")
        desk.world.add_message(box, "Inbox", content, received_at=LONG_AGO)
    desk.done("sync")
    desk.done("classify")
    return desk


def read(path: Path) -> Rows:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, rows: Rows) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def exported(desk: Desk, name: str = "review.csv") -> tuple[Path, Rows]:
    path = desk.folder / name
    desk.done("review", "export", "-o", str(path))
    return path, read(path)


def fill(desk: Desk, change: Callable[[Rows], None]) -> str:
    path, rows = exported(desk)
    change(rows)
    write(path, rows)
    return str(path)


def as_notices(rows: Rows) -> None:
    for row in rows:
        row |= {"series": "city-notices", "reason": "Read them all"}


def test_what_waits_is_listed_in_groups_the_largest_first(waiting: Desk) -> None:
    told = waiting.done("review", "list")
    assert re.search(r"[a-f]\w{7}\s+fits no series\s+dora.lee\s+2024\s+5\s+-", told.out), told.out
    assert told.out.index("dora.lee") < told.out.index("carla.ruiz")
    assert "6 messages in 2 groups: waiting for review." in told.out
    assert "Next: `retention review export -o review.csv`" in told.out
    assert max(cell_len(line) for line in told.out.splitlines()) <= 90
    assert max(cell_len(line) for line in told.out.splitlines() if "`" not in line) <= 80


def test_only_the_largest_groups_are_shown_where_that_is_asked(waiting: Desk) -> None:
    told = waiting.done("review", "list", "--limit", "1")
    assert "carla.ruiz" not in told.out and "the largest 1 are shown" in told.out


def test_where_nothing_waits_that_is_said(waiting: Desk) -> None:
    waiting.done("review", "import", fill(waiting, as_notices), by=RECORDS)
    assert waiting.done("review", "list").out == "Nothing waits for review.\n"


def test_filing_says_how_many_wait_for_a_person(desk: Desk) -> None:
    (desk.folder / "retention.db").unlink()
    for command in ("init", "sync"):
        desk.done(command)
    assert "Under no series, or under several: 1. A person decides" in desk.done("classify").err
    assert "A person decides" not in desk.done("classify").err


def test_mail_that_is_not_filed_yet_is_told(desk: Desk) -> None:
    desk.world.add_message(ANN, "Inbox", letter("Riddle", 80), received_at=LONG_AGO)
    desk.done("sync")
    assert "1 message not filed yet: run `retention classify` first." in desk.done("review", "list").err


def test_a_group_is_assigned_and_whom_it_waits_for_decides_it(waiting: Desk) -> None:
    path, rows = exported(waiting)
    group = rows[0]["group"]
    told = waiting.done("review", "assign", group, "--to", ATTORNEY, by=RECORDS)
    assert f"Group {group} (5 messages, fits no series) waits for {ATTORNEY} now." in told.out
    found = waiting.done("review", "list", "--assigned-to", ATTORNEY, "--json").json
    assert [(one["id"], one["assigned_to"]) for one in found["shown"]] == [(group, ATTORNEY)]
    as_notices(rows)
    write(path, rows[:1])
    assert "1 group decided: 5 messages" in waiting.done("review", "import", str(path), by=ATTORNEY).out


def test_a_list_is_filled_in_and_read_back(waiting: Desk) -> None:
    path, rows = exported(waiting)
    assert list(rows[0]) == [
        *("group", "question", "sender", "year", "messages", "assigned to", "mailboxes"),
        *("example 1", "example 2", "example 3", "series", "keys", "reason", "members"),
    ]
    assert (rows[0]["messages"], rows[0]["mailboxes"]) == ("5", f"{BOB}; {ANN}")
    assert {rows[0][f"example {n}"] for n in (1, 2, 3)} <= {f"Riddle {n}" for n in range(5)}
    rows[0] |= {"series": "CITY-Notices", "keys": "case 24-117; contract C-1", "reason": "Riddles are notices"}
    write(path, rows)
    told = waiting.done("review", "import", str(path), by=RECORDS)
    assert "1 group decided: 5 messages, written to the ledger and filed." in told.out
    assert "1 row left for later." in told.out
    number = next(n for n in map(str, range(1, 30)) if "Riddle 3" in waiting.done("why", n).out)
    explained = waiting.done("why", number).out
    assert f"{RECORDS} on " in explained and "because: Riddles are notices" in explained
    assert "case 24-117, contract c-1" in explained
    assert waiting.done("review", "list", "--json").json["messages"] == 1


def test_an_excel_file_is_filled_in_and_read_back_too(waiting: Desk) -> None:
    from openpyxl import load_workbook

    path = waiting.folder / "review.xlsx"
    waiting.done("review", "export", "-o", str(path))
    book = load_workbook(path)
    sheet = book.active
    assert sheet is not None
    head = [cell.value for cell in sheet[1]]
    sheet.cell(2, head.index("series") + 1, "city-notices")
    sheet.cell(2, head.index("reason") + 1, "Read them all")
    book.save(path)
    assert "1 group decided: 5 messages" in waiting.done("review", "import", str(path), by=RECORDS).out


def test_a_list_saved_by_another_program_is_read_back(waiting: Desk) -> None:
    path, rows = exported(waiting)
    as_notices(rows)
    with path.open("w", encoding="utf-16", newline="") as file:
        writer = csv.DictWriter(file, rows[0], delimiter=";", lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(rows)
    assert "2 groups decided: 6 messages" in waiting.done("review", "import", str(path), by=RECORDS).out


def test_json_says_what_was_decided(waiting: Desk) -> None:
    path = fill(waiting, as_notices)
    told = waiting.done("review", "import", path, "--json", by=RECORDS).json
    assert (told["groups"], told["messages"], told["filed"], told["problems"]) == (2, 6, 6, [])


def test_rows_without_a_problem_are_taken_where_that_is_asked(waiting: Desk) -> None:
    def one_bad(rows: Rows) -> None:
        as_notices(rows)
        rows[1]["reason"] = ""

    path = fill(waiting, one_bad)
    told = waiting.done("review", "import", path, "--skip-bad-rows", by=RECORDS)
    assert "1 group decided: 5 messages" in told.out
    assert told.err == "Not taken: row 3, reason: is empty; a decision needs its reason\n"


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_nothing_a_stranger_writes_becomes_a_formula(desk: Desk, suffix: str) -> None:
    for number, subject in enumerate((*FORMULAS, HOSTILE)):
        id_ = desk.world.add_message(
            ANN,
            "Inbox",
            letter("x", 200 + number).replace(b"carla.ruiz@", f"+dora{number}@".encode()),
            received_at=LONG_AGO,
        )
        desk.world.edit(ANN, id_, subject=subject.replace("Notice", "Riddle"))
    desk.done("sync")
    desk.done("classify")
    path = desk.folder / f"review.{suffix}"
    for told in (desk.done("review", "export", "-o", str(path)), desk.done("review", "list")):
        assert steering(told.out) == []
    if suffix == "csv":
        cells = [cell for row in read(path) for cell in row.values()]
    else:
        from openpyxl import load_workbook

        book = load_workbook(path)
        assert all(cell.data_type in "sn" for row in book.active.rows for cell in row if cell.value)  # type: ignore[union-attr]
        cells = [str(cell.value or "") for row in book.active.rows for cell in row]  # type: ignore[union-attr]
    assert not [cell for cell in cells if re.match(r"\s*[=+\-@＝＋－＠]", cell)]
    assert not [cell for cell in cells if steering(cell) or "\n" in cell]
    assert [cell for cell in cells if "HYPERLINK" in cell]


# Samples and labels


def test_a_sample_is_drawn_labelled_and_scored(desk: Desk) -> None:
    path = desk.folder / "sample.csv"
    typed = ("review", "sample", "--of", "purge", "--size", "3", "--seed", "autumn")
    told = desk.done(*typed, "-o", str(path))
    assert "Drawn with the seed 'autumn': 3 of 4 that would be purged." in told.out
    assert "at most 63.2 % of all are." in told.out
    rows = read(path)
    assert [row["message"] for row in rows] == [str(one["n"]) for one in desk.done(*typed, "--json").json["messages"]]
    assert list(rows[0]) == [
        *("message", "message id", "mailbox", "received", "sender", "subject", "series", "why", "label")
    ]
    assert {(row["mailbox"], row["series"], row["label"]) for row in rows} == {(BOB, "city-notices", "")}
    for row, label in zip(rows, ("transitory", "city-requisitions", ""), strict=True):
        row["label"] = label
    write(path, rows)
    before = desk.state()
    scored = desk.done("classify", "--evaluate", str(path))
    assert desk.state() == before
    assert "2 labels scored; 0 rows not scored, 1 row without a label." in scored.out
    assert re.search(r"now\s+2\s+1\s+97\.5 %", scored.out), scored.out
    assert re.search(r"city-requisitions\s+city-notices\s+1\s+1\s+1", scored.out), scored.out
    assert "These rates are of the catalog as it is now; a plan may rest on another." in scored.out
    assert "one-sided" in scored.out and "says nothing of the records that stay" in scored.out
    assert max(cell_len(line) for line in scored.out.splitlines()) <= 80
    machine = desk.done("classify", "--evaluate", str(path), "--json").json
    assert machine["scores"]["wrong_now"] == {"k": 1, "n": 2, "upper": pytest.approx(0.97468, abs=1e-5)}


def test_a_sample_is_shown_where_no_file_is_asked_for(desk: Desk) -> None:
    told = desk.done("review", "sample", "--of", "purge", "--size", "9", "--seed", "1")
    assert told.out.count("city-notices") == 4
    assert "would purge 4 messages, and these are all of them." in told.out


def test_a_sample_of_a_plan_names_the_plan(desk: Desk) -> None:
    name = json.loads(Path(desk.plan).read_text("utf-8"))["digest"][:12]
    typed = ("review", "sample", "--of", "purge", "--size", "3", "--seed", "autumn", "--plan", desk.plan)
    told = desk.done(*typed)
    assert f"Drawn with the seed 'autumn': 3 of 4 that plan {name} purges." in told.out
    assert "as it is now" not in told.out
    assert desk.done(*typed, "--json").json["plan"] == name
    now = desk.done(*typed[:-2])
    assert "That is true of the catalog as it is now; for a plan, draw from it with --plan PLAN." in now.out


def test_where_nothing_would_be_purged_nothing_is_drawn(desk: Desk) -> None:
    desk.done("hold", "place", "--matter", "Elm", "--reason", "x", "--words", "lunch", by=ATTORNEY)
    told = desk.done("review", "sample", "--of", "purge", "--size", "9", "--seed", "1")
    assert told.out == "A plan made now would purge nothing, so there is nothing to draw from.\n"


def test_labels_that_cannot_be_scored_are_told_and_the_others_are(desk: Desk) -> None:
    path = desk.folder / "labels.csv"
    path.write_text("message,label\n1,record\n999,record\n2,recrod\n", "utf-8")
    told = desk.done("classify", "--evaluate", str(path))
    assert "1 label scored; 2 rows not scored" in told.out
    assert "Not scored: row 3, message: the catalog knows no message '999'" in told.err
    assert "Not scored: row 4, label: no schedule of the city has a series 'recrod'" in told.err


def test_reading_needs_no_office_and_writes_nothing(waiting: Desk) -> None:
    before = waiting.state()
    for typed in (
        ("list",),
        ("export", "-o", str(waiting.folder / "r.csv")),
        ("sample", "--of", "purge", "--size", "1", "--seed", "1"),
    ):
        waiting.done("review", *typed, by=OPERATOR)
    assert waiting.state() == before
