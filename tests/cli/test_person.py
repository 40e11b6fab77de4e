"""``retention person``, ``retention mailbox`` and ``retention hold import`` as they are typed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from tests.cli.desk import ANN, ATTORNEY, BOB, HOSTILE, OPERATOR, RECORDS, Desk, Told

PERMITS = "permits@city.example"
HOLD = "exchange-online-litigation-hold"
EXPORTED = "PrimarySmtpAddress,LitigationHoldEnabled,LitigationHoldDate,LitigationHoldOwner,InPlaceHolds"


def saved(desk: Desk, *lines: str, name: str = "people.csv", encoding: str = "utf-8-sig") -> str:
    path = desk.folder / name
    path.write_bytes("\r\n".join((*lines, "")).encode(encoding))
    return str(path)


def listed(desk: Desk, *more: str) -> dict[str, Any]:
    return {one["person"]["address"]: one for one in desk.done("person", "list", *more, "--json").json}


def people(desk: Desk, *rows: str, by: str = RECORDS) -> Told:
    path = saved(desk, "Employee ID,Name,Email,Department,Hired,Left", *rows)
    return desk.done("person", "import", path, by=by)


def to_purge(desk: Desk) -> set[str]:
    (desk.folder / "other.json").unlink(missing_ok=True)
    desk.done("plan", "-o", str(desk.folder / "other.json"), by=OPERATOR)
    steps = json.loads((desk.folder / "other.json").read_text("utf-8"))["steps"]
    return {step["address"] for step in steps if step["action"] == "purge"}


# --- person


def test_a_person_is_added_listed_and_added_to(desk: Desk) -> None:
    told = desk.done(
        "person", "add", "--address", "Ann@City.example", "--name", "Ann Bo", "--id", "17",
        "--alias", "a.maiden@city.example", "--department", "Police during 2023-01-01..", "--department", "Parks",
        "--office", "Mayor during 2023..2025", "--owns", PERMITS, "--hired", "2020-01-06", "--source", "memo",
        by=RECORDS,
    )  # fmt: skip
    assert "new: Ann Bo <ann@city.example>" in told.out and "1 person new, 0 changed, 0 as they were." in told.out
    one = listed(desk)[ANN]
    assert (one["departments"], one["offices"], one["since"], one["until"]) == (
        ["Police", "Parks"],
        [],
        "2020-01-06",
        None,
    )
    assert one["person"]["mailboxes"] == [PERMITS]
    told = desk.done("person", "add", "--address", ANN, "--left", "2026-01-31", by=RECORDS)
    assert "0 people new, 1 changed" in told.out
    assert (listed(desk, "--left")[ANN]["since"], listed(desk, "--left")[ANN]["until"]) == ("2020-01-06", "2026-01-31")
    shown = desk.done("person", "list", "maiden").out
    assert "Ann Bo" in shown and ANN in shown and all(len(line) <= 80 for line in shown.splitlines())
    assert "0 people." in desk.done("person", "list", "nobody-so-called").out
    desk.done("audit", "verify")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "--address", "ann"), "'ann' is no address"),
        (("add", "--address", ANN, "--alias", "x y@city.example"), "is no address"),
        (("add", "--address", ANN, "--hired", "soon"), "'soon' after --hired"),
        (("add", "--address", ANN, "--hired", "2026-02-01", "--left", "2026-01-01"), "before the first day"),
        (("add", "--address", ANN, "--department", "Police during yesterday"), "What follows --department"),
        (("add", "--address", ANN, "--office", " "), "What follows --office"),
        (("import",), "not said where the people are"),
        (("import", "people.csv", "--directory"), "not said where the people are"),
        (("import", "nowhere.csv"), "There is no file"),
    ],
)
def test_what_says_nobody_is_refused(desk: Desk, arguments: tuple[str, ...], said: str) -> None:
    assert said in desk.refused("person", *arguments, code=2, by=RECORDS).error


def test_no_such_hold_has_custodians(desk: Desk) -> None:
    desk.refused("person", "list", "--custodian-of", "elm", code=31)


@pytest.mark.parametrize(
    "arguments",
    [
        ("person", "add", "--address", ANN),
        ("person", "import", "--directory"),
        ("mailbox", "add", PERMITS, "--custodian", ANN),
    ],
)
def test_only_an_office_that_keeps_people_may(desk: Desk, arguments: tuple[str, ...]) -> None:
    assert "keeping the lists of people" in desk.refused(*arguments, code=32, by=OPERATOR, said="refused").error


def test_a_table_is_imported_once(desk: Desk) -> None:
    rows = (f"17,Ann Bo,{ANN},Police,1/6/2020,", f"31,Bob Ro,{BOB},Parks,2019-03-01,12/31/9999")
    assert "2 people new, 0 changed, 0 as they were." in people(desk, *rows).out
    before = desk.ledger.read_bytes()
    assert "0 people new, 0 changed, 2 as they were." in people(desk, *rows).out
    assert desk.ledger.read_bytes() == before
    assert listed(desk)[BOB]["until"] is None
    told = people(desk, rows[0])
    assert "not named this time: Bob Ro" in told.out and "they stay known, and custodians" in told.out
    entry = next(json.loads(line) for line in before.splitlines() if b"person recorded" in line)
    assert "people.csv (SHA-256 " in json.dumps(entry)


@pytest.mark.parametrize(("encoding", "option"), [("utf-8", ()), ("utf-16", ()), ("cp1252", ("--encoding", "cp1252"))])
def test_a_table_of_any_encoding_apart_by_semicolons_is_read(
    desk: Desk, encoding: str, option: tuple[str, ...]
) -> None:
    path = saved(desk, "ID;Name;E-Mail;Department", f"17;Änne Bö;{ANN};Straßenbau", encoding=encoding)
    desk.done("person", "import", path, *option, by=RECORDS)
    assert listed(desk)[ANN]["departments"] == ["Straßenbau"]


def test_a_workbook_is_read_and_its_days_are_days(desk: Desk, tmp_path: Path) -> None:
    from datetime import date

    book = Workbook()
    assert book.active is not None
    book.active.append(["Employee ID", "Name", "Email", "Hired"])
    book.active.append([17, "Ann Bo", ANN, date(2020, 1, 6)])
    path = tmp_path / "people.xlsx"
    book.save(path)
    desk.done("person", "import", str(path), by=RECORDS)
    assert (listed(desk)[ANN]["since"], listed(desk)[ANN]["person"]["id"]) == ("2020-01-06", "17")
    book.active["D2"] = "=TODAY()"
    book.save(path)
    assert "row 2, Hired" in desk.refused("person", "import", str(path), code=2, by=RECORDS).problems[0]
    book.create_sheet("More").append(["Email"])
    book.save(path)
    assert "2 sheets" in desk.refused("person", "import", str(path), code=2, by=RECORDS).error


def test_every_row_that_cannot_be_read_is_told(desk: Desk) -> None:
    path = saved(desk, "Employee ID,Email,Hired", "17,ann,2020-01-06", f"31,{BOB},someday", "44,cat@city.example,")
    told = desk.refused("person", "import", path, code=2, by=RECORDS)
    assert told.error == "The list has 2 problems, and nothing was recorded:"
    assert [one.partition(":")[0] for one in told.problems] == ["row 2, Email", "row 3, Hired"]


def test_the_directory_is_taken_in(desk: Desk) -> None:
    told = desk.done("person", "import", "--directory", by=RECORDS)
    assert "2 people new" in told.out and set(listed(desk)) >= {ANN, BOB}
    assert "0 people new, 0 changed, 2 as they were." in desk.done("person", "import", "--directory", by=RECORDS).out


def test_what_a_table_says_cannot_steer_the_terminal(desk: Desk) -> None:
    text = HOSTILE.replace("\n", " ").replace("\x1b]0;owned\x07", "").replace('"', "")
    path = saved(desk, "Email,Name,Department", f'{ANN},"{text}","{text}"')
    told = desk.done("person", "import", path, by=RECORDS)
    for said in (told.out, desk.done("person", "list").out):
        assert "\x1b" not in said and "\u202e" not in said


def test_a_hold_reaches_whom_it_reaches_by_a_table_and_its_custodians_are_listed(desk: Desk) -> None:
    desk.done("hold", "place", "--matter", "Elm", "--reason", "claim", "--custodian", ANN, by=ATTORNEY)
    assert to_purge(desk) == {BOB}
    path = saved(desk, "ID,Name,Email,Former email", f"17,Ann Bo,{ANN},{BOB}")
    assert "Holds reach more by it: 1 entry" in desk.done("person", "import", path, by=RECORDS).out
    assert to_purge(desk) == set()
    assert set(listed(desk, "--custodian-of", "elm")) == {ANN}


# --- mailbox


def test_the_owner_of_a_shared_mailbox_is_written_down_and_listed(desk: Desk) -> None:
    people(desk, f"17,Ann Bo,{ANN},Police,,")
    told = desk.done("mailbox", "add", BOB, "--custodian", ANN, by=RECORDS)
    assert f"{BOB} is owned by {ANN}" in told.out and "1 owner recorded, 0 known before." in told.out
    desk.done("hold", "place", "--matter", "Elm", "--reason", "claim", "--custodian", ANN, by=ATTORNEY)
    assert to_purge(desk) == set()
    found = {one["address"]: one for one in desk.done("mailbox", "list", "--held", "--json").json}
    assert {address: (one["holds"], len(one["custodians"])) for address, one in found.items()} == {
        ANN: (["elm"], 1),
        BOB: (["elm"], 1),
    }
    shown = desk.done("mailbox", "list").out
    assert (
        "Ann Bo" in shown
        and BOB in shown
        and "2 mailboxes." in shown
        and all(len(line) <= 80 for line in shown.splitlines())
    )
    assert "0 mailboxes." in desk.done("mailbox", "list", "--unowned").out


def test_a_list_of_owners_is_imported_and_a_misspelt_owner_refused(desk: Desk) -> None:
    people(desk, f"17,Ann Bo,{ANN},Police,,")
    path = saved(desk, "Shared mailbox,Owner", f"{PERMITS},{ANN}", f"{BOB},{ANN}", name="owners.csv")
    told = desk.done("mailbox", "import", path, by=RECORDS)
    assert "2 owners recorded" in told.out and f"held once they are: {PERMITS}." in told.err
    path = saved(desk, "Shared mailbox,Owner", f"{PERMITS},an@city.example", name="owners.csv")
    told = desk.refused("mailbox", "import", path, code=2, by=RECORDS)
    assert "row 2" in told.problems[0] and "is ann@city.example meant?" in told.problems[0]
    assert "is no address" in desk.refused("mailbox", "add", "permits", "--custodian", ANN, code=2, by=RECORDS).error


def test_held_mail_of_somebody_who_leaves_is_told_by_status(desk: Desk) -> None:
    desk.done("hold", "place", "--matter", "Elm", "--reason", "claim", "--custodian", ANN, by=ATTORNEY)
    people(desk, f"17,Ann Bo,{ANN},Police,2020-01-06,2024-01-31")
    told = desk.run("status")
    sentence = (
        f"Operator: {ANN} is held (elm) and Ann Bo left on 2024-01-31; copy it now: `retention hold collect elm`."
    )
    assert sentence in told.out
    assert desk.run("status", "--json").json["at_risk"][0]["mailbox"] == ANN
    assert f"{ANN}: Ann Bo left on 2024-01-31." in desk.done("mailbox", "list").out
    desk.done("hold", "collect", "elm", by=ATTORNEY)
    assert "is held" not in desk.done("status").out


# --- hold import


def exported(desk: Desk, *rows: str, headings: str = EXPORTED) -> str:
    return saved(desk, headings, *rows, name="mailboxes.csv")


def test_a_litigation_hold_of_exchange_is_a_hold_here(desk: Desk) -> None:
    assert to_purge(desk) == {BOB}
    told = desk.done("hold", "import", exported(desk, f"{BOB},True,3/1/2024 4:05:06 PM,jdoe,"), by=ATTORNEY)
    assert f"The hold '{HOLD}' is in force: 1 mailbox, for 'Exchange Online litigation hold'." in told.out
    assert to_purge(desk) == set()
    assert "stale" in desk.run("apply", desk.plan, by=OPERATOR).err
    assert "since 2024-03-01, by jdoe; brought in from mailboxes.csv (SHA-256" in desk.done("hold", "show", HOLD).out
    told = desk.done("hold", "import", exported(desk, f"{BOB},True,3/1/2024 4:05:06 PM,jdoe,"), by=ATTORNEY)
    assert told.out == f"As before: {HOLD}.\n"
    desk.done("audit", "verify")


def test_what_came_and_what_went_is_told(desk: Desk) -> None:
    desk.done("hold", "import", exported(desk, f"{BOB},True,,,"), by=ATTORNEY)
    told = desk.done("hold", "import", exported(desk, f"{BOB},False,,,", f"{ANN},True,,,"), by=ATTORNEY)
    assert f"The hold '{HOLD}' now covers {ANN} too." in told.out
    assert f"'{HOLD}' does not name {BOB} in this file any more; it stays held here." in told.err
    told = desk.done("hold", "import", exported(desk, f"{ANN},False,,,", "new@city.example,False,,,"), by=ATTORNEY)
    assert f"release it with `retention hold release {HOLD}` once it was ended there" in told.err
    assert "The file names no hold that keeps mail." in told.out
    told = desk.done("hold", "import", exported(desk, "new@city.example,True,,,"), "--json", by=ATTORNEY)
    assert told.json["unknown"] == ["new@city.example"] and told.json["widened"][0]["name"] == HOLD


def test_an_export_without_join_is_refused_with_the_line_to_type(desk: Desk) -> None:
    path = exported(desk, f"{BOB},True,,,System.Collections.ArrayList", f"{ANN},True,,,System.Collections.ArrayList")
    told = desk.refused("hold", "import", path, code=2, by=ATTORNEY)
    assert len(told.problems) == 1 and "made without -join" in told.problems[0]
    assert "Get-Mailbox -ResultSize Unlimited" in told.next_step and "-join ';'" in told.next_step


@pytest.mark.parametrize(
    ("row", "option", "by", "code"),
    [
        ("bob,True,,,", (), ATTORNEY, 2),
        (f"{BOB},True,,,", ("--kind", "personal"), ATTORNEY, 2),
        (f"{BOB},True,,,", (), RECORDS, 32),
        (f"{BOB},True,,,", ("--kind", "employee-relations"), RECORDS, 32),
    ],
)
def test_what_cannot_be_brought_in_is_refused(
    desk: Desk, row: str, option: tuple[str, ...], by: str, code: int
) -> None:
    desk.refused("hold", "import", exported(desk, row), *option, code=code, by=by, said="refused")


def test_the_reason_of_whoever_brings_it_in_is_kept(desk: Desk) -> None:
    path = exported(desk, f"{BOB},True,,,")
    desk.done("hold", "import", path, "--kind", "request", "--reason", "as counsel asked", by=RECORDS)
    shown = desk.done("hold", "show", HOLD).out
    assert "(request)" in shown and "as counsel asked (in force in Exchange Online" in shown
