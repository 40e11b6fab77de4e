"""``retention report`` from the shell: where it writes, what it says, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.cli.desk import OPERATOR, RECORDS, Desk


@pytest.fixture
def applied(desk: Desk) -> Desk:
    desk.done("apply", desk.plan, by=OPERATOR)
    return desk


def test_a_report_is_a_page_its_figures_and_a_few_sentences(applied: Desk) -> None:
    told = applied.done("report", "-o", str(applied.folder / "out"), by=RECORDS)
    assert "4 messages were captured as records in one series" in told.out
    assert "4 messages of short-term value were removed from the mailboxes" in told.out
    names = {path.name for path in (applied.folder / "out").iterdir()}
    assert {"report.html", "report.json", "done-by-month.csv", "storage-by-mailbox.csv"} <= names
    page = (applied.folder / "out" / "report.html").read_text("utf-8")
    assert "<!DOCTYPE html>" in page and "Pat Ortiz" in page and "A rehearsal." in page


def test_the_same_is_printed_as_json(applied: Desk) -> None:
    told = applied.done("report", "--json")
    assert told.json["figures"]["done-by-month"]["total"]["captured"] == 4
    applied.done("report", "--json", "-o", str(applied.folder / "out"))
    assert (applied.folder / "out" / "report.html").is_file()


def test_an_annual_report_is_of_one_year(applied: Desk, change: Callable[[str, str], None]) -> None:
    change('time_zone = "America/Chicago"', 'time_zone = "America/Chicago"\nfiscal_year_starts = "07-01"')
    told = applied.done("report", "--json", "--annual", "FY2024").json
    assert (told["first_on"], told["last_on"], told["annual"]) == ("2023-07-01", "2024-06-30", True)
    assert told["title"] == "Annual report on e-mail records, fiscal year 2024"
    assert applied.done("report", "--json", "--annual", "2024").json["last_on"] == "2024-12-31"


def test_a_report_changes_nothing_but_its_own_folder(applied: Desk) -> None:
    before = applied.state()
    applied.done("report", "-o", str(applied.folder / "out"))
    assert applied.state() == before


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--json", "--annual", "soon"),
        ("--json", "--annual", "2024", "--from", "2024-01-01"),
        ("--json", "--from", "2024-03-01", "--to", "2024-02-01"),
        ("--json", "--from", "yesterdayish"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_a_sentence(desk: Desk, arguments: tuple[str, ...]) -> None:
    desk.refused("report", *arguments, code=2)


def test_a_folder_with_other_files_is_left_alone(desk: Desk) -> None:
    told = desk.refused("report", "-o", str(desk.folder), code=2)
    assert "holds something that is no report" in told.error


def test_days_can_be_given(applied: Desk) -> None:
    told = applied.done("report", "--json", "--from", "2024-03-01", "--to", "2024-03-31").json
    assert told["figures"]["mail-by-month-received"]["rows"][0] == {
        "received": "Mar 2024", "in_mailbox": 1, "captured": 4, "removed": 4, "gone": 0, "all": 9
    }  # fmt: skip
    assert told["figures"]["done-by-month"]["total"]["captured"] == 0  # that was later
