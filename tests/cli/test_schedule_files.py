"""`schedule import` and `export`, with everything that a city's own file may have wrong."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import tomllib
import zipfile
from datetime import date

import pytest
from openpyxl import Workbook

from retention.cli import run, toml
from retention.cli.schedules import read_schedule, shipped_folder
from retention.core.spreadsheet.purview import COLUMNS
from tests.cli.desk import SCHEDULE, Told, assert_one_sentence
from tests.cli.desk import schedule as city_schedule

HEADINGS = "Code,Title,Retention,Trigger,Disposition,Citation"
GOOD = [HEADINGS, "FIN 1,Requisitions,2 years,Date received,Destroy,Town Code 1", "FIN 2,Minutes,P,,,Town Code 2"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def typed(*arguments):
    """Run it; the state is Nevada, of which no law is shipped, where the test does not say another."""
    if arguments[0] == "import" and "--jurisdiction" not in arguments:
        arguments += ("--jurisdiction", "Nevada")
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(["schedule", *map(str, arguments)])
    assert "Traceback" not in out.getvalue() + err.getvalue() and "bug" not in err.getvalue()
    return Told(code, out.getvalue(), err.getvalue())


def done(*arguments):
    told = typed(*arguments)
    assert told.code == 0, told
    return told


def refused(folder, *arguments, code=20, lines=0):
    """What must fail: one sentence, the problems, the next step, and no file more than there was."""
    before = sorted(path.name for path in folder.iterdir())
    told = typed(*arguments)
    assert told.code == code, told
    assert_one_sentence(told, lines)
    assert sorted(path.name for path in folder.iterdir()) == before
    return told


def saved(folder, *lines, name="town.csv", encoding="utf-8"):
    (folder / name).write_bytes("\r\n".join(lines).encode(encoding))
    return name


def book(folder, *rows, name="town.xlsx", merged=()):
    made = Workbook()
    for row in rows:
        made.active.append(row)
    for one in merged:
        made.active.merge_cells(one)
    made.save(folder / name)
    return name


def series(folder, name="town.toml"):
    return tomllib.loads((folder / name).read_text("utf-8"))["series"]


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
        ((HEADINGS + "\r\n" + "a,b,P,,,\r\n" * 100_000).encode(), "has more than 5,000 rows"),
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
    told = refused(folder, "import", "town.xlsx", lines=4)
    shown = "\n".join(told.problems)
    assert "sheet 'Sheet', cell C4, Retention: is a date for Excel (2026-03-02" in shown
    assert "sheet 'Sheet', cell C5, Retention: holds a formula whose result was never saved" in shown
    assert "row 6: the range B6:B7 is merged" in shown and "row 7: the range B6:B7 is merged" in shown
    assert len(told.problems) == 4
    done("import", "town.xlsx", "--skip-bad-rows")
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


# --- and out again --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_schedule_goes_out_and_comes_back(folder, kind):
    (folder / "city.toml").write_text(city_schedule(), "utf-8")
    told = done("export", "city.toml", "-o", f"out.{kind}")
    assert "2 series of city" in told.out and "Not in it: match rules (2), examples (2)." in told.out
    done("import", f"out.{kind}", "--name", "back")
    kept = ("id", "title", "retain", "then", "citation", "verified")
    ours = tomllib.loads(city_schedule())["series"]
    assert [[one[key] for key in kept] for one in series(folder, "back.toml")] == [
        [one[k] for k in kept] for one in ours
    ]
    assert series(folder, "back.toml")[1]["transitory"] is True


SHIPPED = sorted(path.stem for path in shipped_folder("schedules").glob("*.toml"))


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_schedule_comes_back_with_its_periods_and_stays_unverified_where_it_was(folder, name):
    shipped, _ = read_schedule(shipped_folder("schedules") / f"{name}.toml")
    done("export", name, "-o", "out.csv")
    assert shipped
    done("import", "out.csv", "--name", "back", "--jurisdiction", shipped.jurisdiction)
    back, problems = read_schedule(folder / "back.toml")
    assert back, problems
    for ours, again in zip(shipped.series, back.series, strict=True):
        assert again.key == (ours.key if ours.filed_as else f"{ours.key}-records")
        facts = [(s.title, s.retain, s.citation, s.verified, s.then) for s in (ours, again)]
        assert facts[0] == facts[1]


def test_a_file_plan_for_purview_tells_what_it_leaves_out(folder):
    (folder / "city.toml").write_text(city_schedule(), "utf-8")
    told = done("export", "city.toml", "--purview")
    assert "Wrote city.csv: 1 series of city." in told.out and "city-notices" in told.out
    assert "no retention required" in " ".join(told.out.split())
    data = (folder / "city.csv").read_bytes()
    assert data.startswith(b"LabelName,")
    (row,) = csv.DictReader(io.StringIO(data.decode()))
    assert tuple(row) == COLUMNS and row["RetentionDuration"] == "1100"
    done("import", "city.csv", "--name", "back")
    assert series(folder, "back.toml")[0]["retain"] == "1100 days after received"
    refused(folder, "export", "city.toml", "--purview", "-o", "a.xlsx", code=2)
    refused(folder, "export", "city.toml", "--reviewer", "a@b.example", code=2)


def test_a_formula_in_a_title_is_written_so_that_nothing_runs_it(folder):
    row = '\n[[series]]\nid = "bad-one"\ntitle = "=cmd|calc"\nretain = "permanent"\nthen = "keep"\ncitation = "+1"\n'
    row += 'source = "x"\nverified = true\nexample = [{ folder = "bad-one", belongs = true }]\n'
    (folder / "city.toml").write_text(SCHEDULE + row, "utf-8")
    done("export", "city.toml")
    assert b"'=cmd|calc" in (folder / "city.csv").read_bytes()
    done("import", "city.csv", "--name", "back")
    assert (series(folder, "back.toml")[0]["title"], series(folder, "back.toml")[0]["citation"]) == ("=cmd|calc", "+1")


def test_a_schedule_that_does_not_check_is_not_exported(folder):
    (folder / "city.toml").write_text(SCHEDULE, "utf-8")
    refused(folder, "export", "city.toml", lines=1)
