"""``retention schedule diff`` as it is typed: what it says, what it writes, and what it refuses."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from retention.core.spreadsheet.sheet import unguarded
from tests.cli.desk import ANN, ATTORNEY, BOB, HOSTILE, LONG_AGO, SCHEDULE, SERIES, Desk, letter, schedule

LUNCH = {
    "id": "letters",
    "title": "Letters nobody knows",
    "retain": "no retention required",
    "transitory": "true",
    "word": "nobody knows",
}


@pytest.fixture
def new(desk: Desk) -> str:
    """A schedule by which requisitions are kept longer, notices are records, and the one letter may go."""
    text = schedule().replace("3 years", "7 years").replace("no retention required", "2 years after received")
    path = desk.folder / "new.toml"
    path.write_text(text.replace("transitory = true", "transitory = false") + SERIES.format(**LUNCH), "utf-8")
    return str(path)


def words(text: str) -> str:
    return " ".join(text.split())


def test_every_flip_is_told_with_its_counts_and_the_next_step(desk: Desk, new: str) -> None:
    before = desk.state()
    told = desk.done("schedule", "diff", "city", new)
    lines = told.out.splitlines()
    assert all(len(line) <= 80 for line in lines), told.out
    assert lines[0] == "Old: city, 2026" and lines[1].startswith("     fingerprint ")
    for row in ("newly destroyable 1 0", "newly captured 4 0", "kept longer 4 0", "the same 0", "all 9 0"):
        assert any(words(line) == row for line in lines), row
    assert told.out.index("Newly destroyable") < told.out.index("Newly captured") < told.out.index("Kept longer")
    assert words(f"{BOB} newly destroyable 1") in words(told.out)
    assert words("none city-letters newly destroyable 1") in words(told.out)
    assert "1 message could be destroyed that the old schedule keeps." in told.out
    assert "stays, no series → city-letters: purged" in told.out
    assert "`retention schedule adopt city --authority ...`" in lines[-1] and "`retention why 9`" in told.out
    assert desk.state() == before


def test_a_number_it_shows_is_one_that_why_takes(desk: Desk, new: str) -> None:
    (first, *_) = desk.done("schedule", "diff", "city", new, "--json").json["flips"]
    assert "Nobody knows" in desk.done("why", str(first["n"])).out


def test_nothing_flips_between_a_schedule_and_itself(desk: Desk) -> None:
    told = desk.done("schedule", "diff", "city", str(desk.folder / "city.toml"), "--exit-code")
    assert told.out.splitlines()[-1] == "No fate flips: all 9 messages fare the same under both."


def test_json_has_the_same_counts_and_flips(desk: Desk, new: str) -> None:
    found = desk.done("schedule", "diff", "city", new, "--json", "--limit", "2").json
    assert (found["seen"], found["same"]) == (9, 0)
    assert {one["kind"]: one["messages"] for one in found["kinds"] if one["messages"]} == {
        "newly destroyable": 1,
        "newly captured": 4,
        "kept longer": 4,
    }
    assert [one["kind"] for one in found["flips"]] == ["newly destroyable", "newly captured"]
    assert found["flips"][0]["new"]["terms"]["series"] == "city-letters"
    assert {one["mailbox"] for one in found["by_custodian"]} == {ANN, BOB}


def test_five_says_that_something_flips_where_that_is_asked(desk: Desk, new: str) -> None:
    told = desk.run("schedule", "diff", "city", new, "--exit-code")
    assert told.code == 5 and told.out and "9 messages" in told.error
    assert desk.run("schedule", "diff", "city", new).code == 0


def test_what_stays_only_until_its_series_is_confirmed_is_told_and_shown_as_if_it_were(desk: Desk, new: str) -> None:
    path = Path(new)
    text, found = path.read_text("utf-8"), 'id = "city-letters"'
    before, letters = text.split(found)
    path.write_text(before + found + letters.replace("verified = true", "verified = false"), "utf-8")
    told = desk.done("schedule", "diff", "city", new)
    assert any(words(line) == "destroyable once confirmed 1 0" for line in told.out.splitlines()), told.out
    assert told.out.index("Destroyable once confirmed") < told.out.index("Newly captured")
    assert "No message could be destroyed that the old schedule never lets go." in told.out
    assert "1 message would go once their series are confirmed" in words(told.out)
    told = desk.done("schedule", "diff", "city", new, "--confirm", "city-letters")
    assert "1 message could be destroyed that the old schedule keeps." in told.out
    assert "--confirm CODE" not in told.out
    told = desk.run("schedule", "diff", "city", new, "--confirm", "gone")
    assert told.code == 2 and "has no series 'gone' to confirm" in told.error


def test_a_shipped_schedule_is_compared_by_its_name(desk: Desk, new: str) -> None:
    found = desk.done("schedule", "diff", "massachusetts-municipal", "city", "--json").json
    assert (found["old"]["schedule"], found["new"]["schedule"]) == ("massachusetts-municipal", "city")
    assert (found["new"]["used"], found["seen"]) == (True, 9)


def test_what_is_held_is_told_by_its_hold(desk: Desk, new: str) -> None:
    desk.done(*("hold", "place", "--matter", "Elm Street", "--reason", "a claim", "--custodian", BOB), by=ATTORNEY)
    told = desk.done("schedule", "diff", "city", new)
    assert "1 of these only once a hold is released." in told.out
    assert words("city-letters: purged; held by elm-street until released") in words(told.out)
    assert words("elm-street newly destroyable 1") in words(told.out)


def test_all_flips_are_written_where_only_some_are_shown(desk: Desk, new: str, tmp_path: Path) -> None:
    told = desk.done("schedule", "diff", "city", new, "--limit", "1", "-o", str(tmp_path / "flips.csv"))
    assert f"All 9 flips are in {tmp_path / 'flips.csv'}." in told.out
    with open(tmp_path / "flips.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 9
    (letter_,) = [row for row in rows if row["flip"] == "newly destroyable"]
    assert (letter_["mailbox"], letter_["subject"]) == (BOB, "Nobody knows what this is")
    assert (letter_["old stays because"], letter_["new series"], letter_["new action"]) == (
        "no series",
        "city-letters",
        "purge",
    )
    assert sorted(path.name for path in tmp_path.iterdir() if "flips" in path.name) == ["flips.csv"]


@pytest.mark.parametrize("subject", [HOSTILE, '=HYPERLINK("https://x.example")', "@SUM(1)", "-1+1", " \t+1", "＝1"])
def test_what_a_mail_says_is_no_formula_and_steers_no_terminal(desk: Desk, new: str, subject: str) -> None:
    desk.world.add_message(ANN, "Inbox", letter(f"{subject} nobody knows", 7), received_at=LONG_AGO)
    desk.done("sync")
    told = desk.done("schedule", "diff", "city", new, "-o", str(desk.folder / "flips.csv"))
    text = (desk.folder / "flips.csv").read_text("utf-8-sig")
    for said in (told.out, text):
        assert "\x1b" not in said and "\u202e" not in said
    with open(desk.folder / "flips.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 10
    cells = [cell for row in rows for cell in row.values()]
    assert not [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@", "＝"))]
    assert any("nobody knows" in unguarded(row["subject"]) for row in rows)


def test_a_file_that_is_there_is_never_overwritten(desk: Desk, new: str) -> None:
    there = desk.folder / "there.csv"
    there.write_text("mine", "utf-8")
    assert "is there already" in desk.refused("schedule", "diff", "city", new, "-o", str(there), code=2).error
    assert there.read_text("utf-8") == "mine"
    assert "does not end in .csv" in desk.refused("schedule", "diff", "city", new, "-o", "ledger.txt", code=2).error
    nowhere = str(desk.folder / "nowhere" / "x.csv")
    assert "cannot be written" in desk.refused("schedule", "diff", "city", new, "-o", nowhere, code=14).error


def test_where_the_comparison_fails_no_file_is_left(
    desk: Desk, new: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retention.core.diff.Tally.reconciles", False)
    desk.refused("schedule", "diff", "city", new, "-o", str(tmp_path / "flips.csv"), code=42)
    assert not [path for path in tmp_path.iterdir() if "flips" in path.name]


@pytest.mark.parametrize("place", ["old", "new"])
def test_the_problems_of_either_file_are_those_that_check_lists(desk: Desk, new: str, place: str) -> None:
    bad = desk.folder / "bad.toml"
    bad.write_text(SCHEDULE + SERIES.format(**LUNCH | {"retain": "for a while", "word": ""}), "utf-8")
    given = (str(bad), new) if place == "old" else (new, str(bad))
    told = desk.refused("schedule", "diff", *given, code=20)
    assert len(told.problems) > 1
    assert told.problems == desk.refused("schedule", "check", str(bad), code=20).problems


def test_a_schedule_that_is_not_there_is_wrong_usage(desk: Desk, new: str) -> None:
    assert "nowhere" in desk.refused("schedule", "diff", "nowhere", new, code=2).error
    assert "nowhere.toml" in desk.refused("schedule", "diff", new, "nowhere.toml", code=2).error
