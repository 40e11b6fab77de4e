"""`schedule export`: what goes out as a spreadsheet or a file plan, and comes in again as it was."""

from __future__ import annotations

import csv
import io
import tomllib

import pytest

from retention.cli.schedules import read_schedule, shipped_folder
from retention.core.spreadsheet.purview import COLUMNS
from tests.cli.desk import SCHEDULE
from tests.cli.desk import schedule as city_schedule
from tests.cli.spreadsheets import done, refused, series


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


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
    assert series(folder, "back.toml")[0]["retain"] == "3 years after received"
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
