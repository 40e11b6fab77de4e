"""Bad input: lists of decisions, samples and labels that are damaged, stale, unfounded or another office's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.desk import ANN, ATTORNEY, BOB, LONG_AGO, OPERATOR, RECORDS, Desk, letter
from tests.cli.test_review import Rows, as_notices, exported, fill, write


def column(name: str, text: str) -> object:
    def changed(rows: Rows) -> None:
        as_notices(rows)
        rows[0][name] = text

    return changed


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("series", "city-notcies", "row 2, series: no schedule of the city has a series 'city-notcies'; is"),
        ("series", "town: city-notices", "row 2, series: no schedule of the city has a series 'town: city-notices'"),
        ("reason", "", "row 2, reason: is empty; a decision needs its reason"),
        ("reason", "  ", "row 2, reason: is empty; a decision needs its reason"),
        ("keys", "C-2211", "row 2, keys: 'C-2211' is no key; write its type and its value"),
        ("group", "abc12345", "row 2, group: no group 'abc12345' waits for review"),
        ("group", "", "row 2, group: is empty; keep it as it was exported"),
        ("members", "", "row 2, members: is empty, so what you were shown is not known; export again"),
        ("members", "1.5E+14", "row 2, members: '1.5e+14' is not what was exported; the group has 1 message now"),
        ("members", "a000000000000000-3", "row 2, members: it had 3 messages and has 1 now (at least 2 went)"),
    ],
)
def test_a_row_that_cannot_be_right_is_told_and_nothing_is_taken(desk: Desk, name: str, text: str, said: str) -> None:
    path = fill(desk, column(name, text))  # type: ignore[arg-type]
    told = desk.refused("review", "import", path, by=RECORDS, code=2)
    assert told.error == "The decisions have 1 problem, and none was taken:"
    assert told.problems[0].startswith(said) and len(told.problems) == 1
    assert "--skip-bad-rows" in told.next_step


def test_every_problem_is_told_at_once(desk: Desk) -> None:
    for number, sender in enumerate((b"dora@", b"emil@")):
        content = letter(f"Riddle {number}", 90 + number).replace(b"carla.ruiz@", sender)
        desk.world.add_message(ANN, "Inbox", content, received_at=LONG_AGO)
    desk.done("sync")
    desk.done("classify")
    path, rows = exported(desk)
    as_notices(rows)
    rows[0]["series"], rows[1]["reason"] = "?", ""
    write(path, [*rows, rows[2]])
    told = desk.refused("review", "import", str(path), by=RECORDS, code=2)
    assert told.error == "The decisions have 4 problems, and none was taken:"
    assert [line.split(",")[0] for line in told.problems] == ["row 2", "row 3", "row 4", "row 5"]


def test_a_group_to_which_mail_came_since_is_exported_again(desk: Desk) -> None:
    path = fill(desk, as_notices)
    desk.world.add_message(BOB, "Inbox", letter("Nobody knows that either", 91), received_at=LONG_AGO)
    desk.done("sync")
    desk.done("classify")
    told = desk.refused("review", "import", path, by=RECORDS, code=2)
    assert "it had 1 message and has 2 now (at least 1 came); export again" in told.problems[0]


def test_the_same_list_is_not_taken_twice(desk: Desk) -> None:
    path = fill(desk, as_notices)
    desk.done("review", "import", path, by=RECORDS)
    told = desk.refused("review", "import", path, by=RECORDS, code=2)
    assert "waits for review: it was decided, or its mail is gone" in told.problems[0]


@pytest.mark.parametrize("by", [OPERATOR, ATTORNEY])
def test_another_office_decides_nothing_and_the_attempt_is_written_down(desk: Desk, by: str) -> None:
    path = fill(desk, as_notices)
    told = desk.refused("review", "import", path, by=by, code=32, said="refused")
    assert by in told.error and "deciding reviews is an act of Records Manager or City Clerk" in told.error
    desk.refused("review", "import", path, "--skip-bad-rows", by=by, code=32, said="refused")


def test_an_account_that_is_nobodys_decides_nothing(desk: Desk) -> None:
    path = fill(desk, as_notices)
    assert "account:" in desk.refused("review", "import", path, code=32, said="refused").error


@pytest.mark.parametrize(
    ("group", "to", "by", "code", "said"),
    [
        ("GROUP", "nobody@city.example", RECORDS, 2, "nobody@city.example is not listed under [people]."),
        ("abc12345", ATTORNEY, RECORDS, 2, "No group 'abc12345' waits for review."),
        ("GROUP", ATTORNEY, ATTORNEY, 32, "deciding reviews is an act of"),
    ],
)
def test_a_group_is_assigned_by_its_office_to_somebody_there_is(
    desk: Desk, group: str, to: str, by: str, code: int, said: str
) -> None:
    group = group.replace("GROUP", exported(desk)[1][0]["group"])
    told = desk.refused("review", "assign", group, "--to", to, by=by, code=code, said="refused")
    assert said in told.error


# Files


LISTED = b"group,series,keys,reason,members\n"
LABELLED = b"message,label\n"


@pytest.mark.parametrize(
    ("command", "content", "said"),
    [
        *(
            (command, content, said)
            for command, head in (("review import", LISTED), ("classify --evaluate", LABELLED))
            for content, said in (
                (b"", "is empty."),
                (b"\n\n", "is empty."),
                (b"GIF89a\x00\x01", "NUL byte"),
                (b"PK\x03\x04 broken", "damaged"),
                (head + b"a,Stra\xdfe\n", "is not UTF-8 text: byte"),
                (head + b'"a,b,,c,d\n', "a quotation mark is opened there and never closed"),
            )
        ),
        ("review import", b"group;series;keys;reason\na1;b;;c\n", "row 1, members: there is no such column"),
        ("review import", b"series," + LISTED, "row 1, series: 2 columns are called so"),
        ("review import", LISTED + b"a,b,,c,d,because\n", "beyond the last heading ('because')"),
        ("classify --evaluate", b"message,lable\n1,record\n", "row 1, label: there is no such column"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(desk: Desk, command: str, content: bytes, said: str) -> None:
    path = desk.folder / "list.csv"
    path.write_bytes(content)
    told = desk.refused(*command.split(), str(path), by=RECORDS, code=2)
    assert said in told.error + "".join(told.problems)


def test_a_file_in_windows_1252_is_read_where_that_is_said(desk: Desk) -> None:
    path = Path(fill(desk, column("reason", "Straße")))  # type: ignore[arg-type]
    path.write_bytes(path.read_text("utf-8-sig").encode("cp1252"))
    desk.refused("review", "import", str(path), by=RECORDS, code=2)
    assert (
        "There is no encoding"
        in desk.refused("review", "import", str(path), "--encoding", "klingon", by=RECORDS, code=2).error
    )
    assert "1 group decided" in desk.done("review", "import", str(path), "--encoding", "cp1252", by=RECORDS).out


@pytest.mark.parametrize(
    "typed", [("review", "import", "nowhere.csv"), ("classify", "--evaluate", "nowhere.csv")], ids=" ".join
)
def test_a_file_that_is_not_there_is_named(desk: Desk, typed: tuple[str, ...]) -> None:
    assert "nowhere.csv" in desk.refused(*typed, by=RECORDS, code=2).error


@pytest.mark.parametrize("command", ["review export", "review sample --of purge --size 2 --seed x"])
@pytest.mark.parametrize("name", ["ledger.jsonl", "city.toml", "there.csv"])
def test_a_list_is_never_written_over_a_file(desk: Desk, command: str, name: str) -> None:
    path = desk.folder / name
    if name == "there.csv":
        path.write_bytes(b"mine")
    before = path.read_bytes()
    assert name in desk.refused(*command.split(), "-o", str(path), code=2).error
    assert path.read_bytes() == before


def test_a_list_that_cannot_be_written_says_so(desk: Desk) -> None:
    desk.refused("review", "export", "-o", str(desk.folder / "nowhere" / "review.csv"), code=14)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--of", "capture", "--size", "2", "--seed", "x"), "No sample can be drawn of 'capture'."),
        (("--of", "purge", "--size", "0", "--seed", "x"), "--size"),
        (("--of", "purge", "--size", "two", "--seed", "x"), "--size"),
        (("--of", "purge", "--size", "2"), "--seed"),
        (("--size", "2", "--seed", "x"), "--of"),
    ],
)
def test_a_sample_that_cannot_be_drawn_says_why(desk: Desk, options: tuple[str, ...], said: str) -> None:
    told = desk.run("review", "sample", *options)
    assert told.code == 2 and said in told.err and told.out == ""


def test_under_a_changed_schedule_nothing_is_scored_or_drawn_before_it_is_filed(desk: Desk) -> None:
    schedule = desk.folder / "city.toml"
    schedule.write_text(schedule.read_text("utf-8").replace("3 years", "4 years"), "utf-8")
    labels = desk.folder / "labels.csv"
    labels.write_text("message,label\n1,record\n", "utf-8")
    for typed in (
        ("classify", "--evaluate", str(labels)),
        ("review", "sample", "--of", "purge", "--size", "1", "--seed", "1"),
    ):
        assert "retention classify" in desk.refused(*typed, code=2).next_step
