"""`schedule import`, with everything that a city's own file may have wrong."""

from __future__ import annotations

import io
import json
import tomllib
import zipfile
from datetime import date

import pytest

from retention.cli import toml
from tests.cli.spreadsheets import book, done, refused, saved, series, typed

HEADINGS = "Code,Title,Retention,Trigger,Disposition,Citation"
GOOD = [HEADINGS, "FIN 1,Requisitions,2 years,Date received,Destroy,Town Code 1", "FIN 2,Minutes,P,,,Town Code 2"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_city_brings_in_its_own_schedule(folder):
    saved(folder, *GOOD)
    told = done(
        "import", "town.csv", "--title", "Town schedule", "--authority", "Resolution 14", "--edition", "2026",
        "--jurisdiction", "Minnesota",
    )  # fmt: skip
    assert "Wrote town.toml: 2 series from town.csv." in told.out
    text = (folder / "town.toml").read_text("utf-8")
    assert text.startswith("# Imported from town.csv on 20") and "schedule adopt town --authority" in text
    head = tomllib.loads(text)["schedule"]
    assert (head["name"], head["title"], head["jurisdiction"]) == ("town", "Town schedule", "Minnesota")
    first, second = series(folder)
    assert (first["retain"], first["then"], first["verified"]) == ("2 years after received", "destroy", True)
    assert first["source"].startswith("town.csv, row 2 (SHA-256 ")
    assert (second["retain"], second["then"]) == ("permanent", "keep")
    assert "2 series, 2 examples decided as stated" in done("check", "town.toml").out


def test_the_same_is_said_to_machines(folder):
    saved(folder, *GOOD, "FIN 3,Bids,soon,,,")
    told = done("import", "town.csv", "--json", "--skip-bad-rows")
    result = json.loads(told.out)
    assert (result["schedule"], result["series"], result["output"]) == ("town", 2, "town.toml")
    assert [(bad["row"], bad["column"]) for bad in result["skipped"]] == [(4, "Retention")]


def test_every_bad_row_is_told_at_once_and_nothing_is_written(folder):
    saved(folder, *GOOD, "FIN 1,Bids,2 years,,Destroy,", "FIN 4,,2-Mar,received,Perhaps,")
    told = refused(folder, "import", "town.csv", lines=4)
    assert told.error == "town.csv has 4 problems, and nothing was written:"
    assert [problem.partition(":")[0] for problem in told.problems] == [
        "row 4, Retention", "row 5, Disposition", "row 5, Retention", "row 5, Title",
    ]  # fmt: skip
    assert "--skip-bad-rows" in told.next_step


def test_bad_rows_are_left_out_only_when_asked_and_are_listed_in_the_file(folder):
    saved(folder, *GOOD, "FIN 3,Bids,soon,,,")
    told = done("import", "town.csv", "--skip-bad-rows")
    assert "Left out: row 4, Retention: the period 'soon' is not understood" in told.out
    assert "NOT in this schedule:\n#   row 4, Retention" in (folder / "town.toml").read_text("utf-8")
    assert len(series(folder)) == 2


def test_both_rows_of_one_code_are_named_and_the_counts_add_up(folder):
    saved(folder, HEADINGS, "F-8,Bids,P,,,", "F-8,Offers,P,,,", "F-9,Letters,P,,,")
    told = done("import", "town.csv", "--skip-bad-rows")
    text = (folder / "town.toml").read_text("utf-8")
    for sentence in ("row 2, Code: 'F-8' is used by row 3 too", "row 3, Code: 'F-8' is used by row 2 too"):
        assert f"Left out: {sentence}" in told.out and f"#   {sentence}" in text
    assert "\n3 rows read, 1 written, 2 left out.\n" in told.out
    assert "# 3 rows read, 1 written, 2 left out." in text
    result = json.loads(done("import", "town.csv", "--skip-bad-rows", "--json", "-o", "again.toml").out)
    assert (result["rows_read"], result["series"], result["rows_left_out"]) == (3, 1, 2)


@pytest.mark.parametrize("skip", [(), ("--skip-bad-rows",)])
def test_two_rows_of_headings_are_refused_whatever_is_skipped(folder, skip):
    saved(folder, "Series,Series,Retention", "Number,Name,Months", "F-1,Bids,18")
    told = refused(folder, "import", "town.csv", "--start", "received", *skip, lines=2)
    assert "'A: Series', 'B: Series' are called the same" in told.problems[0]
    assert "looks like a second row of headings" in told.problems[1]
    assert "--map" in told.next_step and "--skip-bad-rows" not in told.next_step
    saved(folder, "Series,Series,Retention (months)", "F-1,Bids,18")
    refused(folder, "import", "town.csv", "--start", "received", *skip, lines=1)
    done(
        "import", "town.csv", "--start", "received", "--map", "column A=code", "--map", "Column B=title", *skip
    )  # fmt: skip
    (one,) = series(folder)
    assert (one["code"], one["title"], one["retain"]) == ("F-1", "Bids", "18 months after received")


@pytest.mark.parametrize("output", ["out.xlsx", "out.csv", "out"])
def test_a_schedule_is_written_under_no_other_ending_than_its_own(folder, output):
    saved(folder, *GOOD)
    told = refused(folder, "import", "town.csv", "-o", output, code=2)
    assert "does not end in .toml" in told.error and "--output" in told.next_step


def test_what_was_assumed_of_the_rows_is_told_in_the_result_and_in_the_file(folder):
    saved(folder, HEADINGS, "F-1,Bids,3,,,x", "F-2,Offers,3 years*,closed,,x", "F-3,Letters,2 years after clsoed,,,x")
    told = done("import", "town.csv", "--start", "received", "--skip-bad-rows")
    text = (folder / "town.toml").read_text("utf-8")
    assert "Left out: row 4, Retention: " in told.out and "is 'closed' meant?" in told.out
    for sentence in ("in 1 row a bare number was read as years", "row 3: the period was read without the mark '*'"):
        assert sentence in " ".join(told.err.split()) and sentence in text
    assert series(folder)[0]["note"].endswith("counted from received, as asked at import")


def test_no_file_is_written_over(folder):
    saved(folder, *GOOD)
    done("import", "town.csv")
    before = (folder / "town.toml").read_bytes()
    told = refused(folder, "import", "town.csv", code=2)
    assert "is there already and is not overwritten" in told.error and "--output" in told.next_step
    assert (folder / "town.toml").read_bytes() == before
    refused(folder, "export", "town.toml", "-o", "town.csv", code=2)


def test_what_a_column_means_and_when_a_period_starts_can_be_said(folder):
    saved(folder, "Thing;How long?", "Letters from people;2 yrs")
    told = refused(folder, "import", "town.csv", lines=1)
    assert "no heading is known to mean title; seen here: 'Thing', 'How long?'" in told.problems[0]
    told = refused(folder, "import", "town.csv", "--map", "thing=title", "--map", "how long=retain", lines=1)
    assert "says how long, but not from when" in told.problems[0]
    done(
        "import", "town.csv", "--map", "Thing=title", "--map", "How long?=retain", "--start", "received",
        "--then", "destroy",
    )  # fmt: skip
    (one,) = series(folder)
    assert (one["id"], one["retain"], one["then"]) == ("letters-from-people", "2 years after received", "destroy")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--map", "Thing=titel"), "Perhaps 'Thing=title' is meant."),
        (("--map", "Thing"), "keys are code, id, title"),
        (("--start", "2 years"), "Say --start received."),
        (("--then", "burn"), "Say one of destroy, keep, review."),
        (("--name", "Town Schedule"), "Use small letters"),
        (("--encoding", "klingon"), "Name one of utf-8"),
    ],
)
def test_what_is_said_wrongly_is_wrong_usage(folder, arguments, said):
    saved(folder, *GOOD)
    assert said in refused(folder, "import", "town.csv", *arguments, code=2).next_step


def test_a_state_must_be_named_for_its_law_stands_above_every_schedule(folder):
    saved(folder, *GOOD)
    told = refused(folder, "import", "town.csv", "--jurisdiction", "", code=2)
    assert "California" in told.next_step


@pytest.mark.parametrize("state", ["Nevada", "Californa", "State of California"])
def test_a_state_of_which_no_law_is_known_is_told_unless_it_is_said_that_there_is_none(folder, state):
    saved(folder, *GOOD)
    told = refused(folder, "import", "town.csv", "--jurisdiction", state, code=2)
    known = "(there are California, Connecticut, Massachusetts, Michigan, Minnesota)"
    assert f"No law of '{state}' is shipped here {known}" in told.error and "--law none" in told.next_step
    done("import", "town.csv", "--jurisdiction", state, "--law", "none")
    head = tomllib.loads((folder / "town.toml").read_text("utf-8"))["schedule"]
    assert (head["jurisdiction"], head["law"]) == (state, "none")


def test_the_law_of_a_state_holds_whatever_its_capitals_and_is_not_said_away(folder):
    saved(folder, *GOOD)
    refused(folder, "import", "town.csv", "--jurisdiction", "california", "--law", "none", code=2)
    refused(folder, "import", "town.csv", "--jurisdiction", "California", "--law", "nevada", code=2)
    done("import", "town.csv", "--jurisdiction", " CALIFORNIA ")
    head = tomllib.loads((folder / "town.toml").read_text("utf-8"))["schedule"]
    assert head["jurisdiction"] == "California" and "law" not in head


def test_what_the_law_does_not_let_stand_is_written_and_told(folder):
    saved(folder, *GOOD, "FIN 3,Notes,1 year,received,Destroy,")
    told = done("import", "town.csv", "--jurisdiction", "California")
    assert "To mend before it can be adopted: series FIN 3, law: '1 year after received' is shorter" in told.out
    assert typed("check", "town.toml").code == 20


def test_no_such_file_is_wrong_usage(folder):
    refused(folder, "import", "none.csv", code=2)
    refused(folder, "export", "none", code=2)
    refused(folder, "export", "none.toml", code=2)


# --- files that are not as they should be ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "town.csv is empty."),
        (HEADINGS.encode(), "there is no row under the headings"),
        (b"\r\n".join(line.encode() for line in GOOD) + b"\r\nFIN 3,Proc\xe8s,P,,,", "byte 154 (0xE8) in line 4"),
        (b"\r\n".join(line.encode() for line in GOOD) + b"\r\nFIN 3,Bi\0ds,P,,,", "NUL byte in line 4"),
        ("\r\n".join(GOOD).encode("utf-16-le"), "UTF-16 without its mark"),
        ("\r\n".join([*GOOD, 'FIN 3,"Bids,P,,,']).encode(), "from row 4 on: a quotation mark is opened"),
        ("\r\n".join([*GOOD, "FIN 3,Bids, late,P,,,"]).encode(), "row 4: has 7 cells where there are 6 headings"),
        ("\r\n".join([*GOOD, "fin 1,Bids,P,,,"]).encode(), "row 4, Code: 'fin 1' is used by row 2 too"),
        ("\r\n".join(["a,b", "c,d"]).encode(), "no heading is known to mean title or retain; seen here: 'a', 'b'"),
        (b"a,b\r\n" * 1_000_001, "5.0 million bytes; no more than 5.0 million bytes are read"),
        ((HEADINGS + "\r\n" + "a,b,P,,,\r\n" * 100_000).encode(), "has more than 50,000 rows"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_csv_file_is_one_clear_list(folder, data, said):
    (folder / "town.csv").write_bytes(data)
    told = refused(folder, "import", "town.csv")
    assert said in told.err


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_csv_file_may_come_from_anywhere(folder, encoding, separator):
    lines = [line.replace(",", separator) for line in GOOD]
    saved(folder, *lines, f'FIN 3{separator}"Élections\r\nand ballots"{separator}P' + separator * 3, encoding=encoding)
    done("import", "town.csv")
    assert [one["title"] for one in series(folder)] == ["Requisitions", "Minutes", "Élections and ballots"]


def test_windows_1252_is_read_when_it_is_said(folder):
    saved(folder, *GOOD, "FIN 3,Élections,P,,,", encoding="cp1252")
    done("import", "town.csv", "--encoding", "cp1252")
    assert series(folder)[2]["title"] == "Élections"


ROWS = [line.split(",") for line in GOOD]


def test_a_workbook_is_read_sheet_by_sheet_and_every_cell_that_spoils_a_row_is_named(folder):
    book(
        folder,
        *ROWS,
        ["FIN 3", "Bids", date(2026, 3, 2), "received", "Destroy", ""],
        ["FIN 4", "Offers", "=1+1", "received", "Destroy", ""],
        ["FIN 5", "Letters", "P", "", "", ""],
        ["FIN 6", "Notes", "P", "", "", ""],
        ["FINANCE ARCHIVE", None, None, None, None, None],
        merged=("B6:B7", "A8:F8"),
    )
    told = refused(folder, "import", "town.xlsx", lines=3)
    shown = "\n".join(told.problems)
    assert "sheet 'Sheet', cell C4, Retention: is a date for Excel (2026-03-02" in shown
    assert "sheet 'Sheet', cell C5, Retention: holds a formula whose result was never saved" in shown
    assert "row 6: the range B6:B7 (rows 6 to 7) is merged" in shown
    assert len(told.problems) == 3
    told = done("import", "town.xlsx", "--skip-bad-rows")
    assert "6 rows read, 2 written, 4 left out." in told.out
    assert [one["code"] for one in series(folder)] == ["FIN 1", "FIN 2"]
    assert "town.xlsx, sheet 'Sheet', row 2 (SHA-256" in series(folder)[0]["source"]


def packed(*names, size=10):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name in names:
            made.writestr(name, b"0" * size)
    return file.getvalue()


OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"Code,Title", "is called .xlsx, but it is not an Excel workbook"),
        (OLD, "in the old Excel format"),
        (OLD + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        (packed("content.xml"), "an OpenDocument file"),
        (packed("xl/workbook.xml", size=60_000_000), "when unpacked"),
        (packed("xl/workbook.xml"), "cannot be read as an Excel workbook"),
        (b"PK\x03\x04", "is damaged"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_workbook_is_one_clear_sentence(folder, data, said):
    (folder / "town.xlsx").write_bytes(data)
    assert said in refused(folder, "import", "town.xlsx").error


def test_a_hostile_title_stays_a_text_in_the_file_and_its_comments(folder):
    bad = 'Bids"""\\n[[series]]\\u0000 = "x" \u202e'
    saved(folder, *GOOD, f'FIN 3,"{bad.replace(chr(34), chr(34) * 2)}",P,,,', "FIN 4,x,\x1b[2Jsoon,,,")
    told = done("import", "town.csv", "--skip-bad-rows")
    assert "\x1b" not in told.out + (folder / "town.toml").read_text("utf-8")
    assert series(folder)[2]["title"] == bad


def test_a_schedule_too_large_to_be_read_again_is_not_written(folder, monkeypatch):
    monkeypatch.setattr(toml, "LARGEST", 500)
    saved(folder, *GOOD)
    told = refused(folder, "import", "town.csv")
    assert "no more than 0.0 million bytes are read" in told.error and "in parts" in told.next_step
