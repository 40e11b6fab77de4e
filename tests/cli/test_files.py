"""Files of mail at the keyboard: added, read, captured, reported on, and never touched."""

from __future__ import annotations

import csv
import os
from hashlib import sha256
from mailbox import Maildir
from pathlib import Path
from typing import Any

import pytest

from tests.cli.desk import ANN, ATTORNEY, BOB, HOSTILE, OPERATOR, RECORDS, Desk, letter

FROM = b"From carla.ruiz@elsewhere.example Mon Mar  4 15:30:00 2024\n"


@pytest.fixture
def share(tmp_path: Path) -> Path:
    """A share with an mbox of a requisition and a notice, a Maildir with a notice, and a folder with a requisition."""
    share = tmp_path / "share"
    share.mkdir()
    letters = letter("Requisition 70 for toner", 70), letter("Notice 71 about lunch", 71)
    (share / "Old Mail.mbox").write_bytes(b"".join(FROM + one.replace(b"\r\n", b"\n") + b"\n" for one in letters))
    Maildir(share / "maildir").add(letter("Notice 80 about parking", 80))
    (share / "letters").mkdir()
    (share / "letters" / "one.eml").write_bytes(letter("Requisition 90 for chairs", 90))
    return share


def digests(share: Path) -> dict[str, str]:
    return {str(path): sha256(path.read_bytes()).hexdigest() for path in sorted(share.rglob("*")) if path.is_file()}


def add(desk: Desk, path: Path, custodian: str = ANN) -> Any:
    return desk.done("mailbox", "add", "--files", str(path), "--custodian", custodian, by=RECORDS)


def read(desk: Desk) -> None:
    desk.done("sync")
    desk.done("classify")


def applied(desk: Desk) -> dict[str, Any]:
    plan = desk.folder / "files.json"
    plan.unlink(missing_ok=True)
    desk.done("plan", "-o", str(plan), by=OPERATOR)
    desk.done("approve", str(plan), by=RECORDS)
    return dict(desk.done("apply", str(plan), "--json", by=OPERATOR).json)


def reported(desk: Desk) -> dict[str, dict[str, Any]]:
    return {Path(one["path"]).name: one for one in desk.done("files", "report", "--json").json["files"]}


def test_the_whole_way_from_a_share_to_what_may_go_and_nothing_is_captured_twice(desk: Desk, share: Path) -> None:
    before = digests(share)
    told = add(desk, share)
    assert told.out.splitlines()[0] == f"{share} is read as {ANN}/share, owned by {ANN}, from the next sync on."
    read(desk)
    applied(desk)
    read(desk)
    found = reported(desk)
    assert {name: one["may_go"] for name, one in found.items()} == dict.fromkeys(
        ("Old Mail.mbox", "maildir", "letters"), True
    )
    assert [found["Old Mail.mbox"][key] for key in ("messages", "stored", "due", "held")] == [2, 1, 1, 0]
    assert digests(share) == before
    again = add(desk, share)
    records = desk.done("record", "list", "--json").json["records"]
    applied(desk)
    assert desk.done("record", "list", "--json").json["records"] == records
    assert again.out == f"{share} was added before, as {ANN}/share, owned by {ANN}. Nothing was changed.\n"


def test_a_hold_on_the_custodian_keeps_the_files_and_names_none_of_its_words(desk: Desk, share: Path) -> None:
    add(desk, share)
    read(desk)
    desk.done("hold", "place", "--matter", "Elm", "--reason", "a claim", "--custodian", ANN, by=ATTORNEY)
    told = desk.done("files", "report")
    assert "0 may go as a whole" in told.out and "No: 2 messages are held." in told.out and "Elm" not in told.out
    Maildir(share / "maildir").add(letter("Notice 81 about parking", 81))
    desk.done("sync")
    assert reported(desk)["maildir"]["held"] == 2


def test_a_copy_in_a_mailbox_is_told_of_by_report_and_why(desk: Desk, share: Path) -> None:
    (share / "letters" / "two.eml").write_bytes(letter("Notice 1 about lunch", 1))
    add(desk, share / "letters")
    read(desk)
    assert reported(desk)["letters"]["elsewhere"] == 1
    told = desk.done("why", "letter-1@elsewhere.example")
    assert f"also in   {ANN}/letters, " in told.out and f"also in   {BOB}, Inbox: message" in told.out
    assert f"in the file {share / 'letters' / 'two.eml'}, at " in told.out


def test_the_report_is_written_as_a_csv_file_once(desk: Desk, share: Path) -> None:
    (share / "letters").rename(share / "=cmd \x1b[2J")
    add(desk, share)
    read(desk)
    path = desk.folder / "report.csv"
    told = desk.done("files", "report", "--csv", str(path))
    rows = list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))
    assert [(row["may_go"], row["messages"]) for row in rows] == [("no", "1"), ("no", "2"), ("yes", "1")]
    assert rows[0]["path"].endswith("/=cmd ·[2J")
    assert "\x1b" not in told.out + path.read_text("utf-8-sig")
    desk.refused("files", "report", "--csv", str(path), code=2)


def test_a_file_whose_name_is_no_text_is_in_the_json_and_the_csv_file_too(desk: Desk, share: Path) -> None:
    (share / "Old Mail.mbox").rename(os.fsdecode(os.fsencode(share) + b"/\xff.mbox"))
    add(desk, share)
    read(desk)
    assert "%ff.mbox" in reported(desk)
    path = desk.folder / "report.csv"
    assert f"{share}/%ff.mbox" in desk.done("files", "report", "--csv", str(path)).out
    assert f"{share}/%ff.mbox" in path.read_text("utf-8-sig")


def test_every_line_of_the_report_fits_a_terminal_but_for_paths_and_reasons(desk: Desk, share: Path) -> None:
    add(desk, share)
    read(desk)
    told = desk.done("files", "report")
    assert all(len(line) <= 80 for line in told.out.splitlines() if "/" not in line and "may it go?" not in line)


def test_a_subject_in_a_file_cannot_write_to_the_terminal(desk: Desk, share: Path) -> None:
    (share / "letters" / "evil.eml").write_bytes(letter(HOSTILE, 91))
    add(desk, share / "letters")
    told = desk.done("sync")
    read(desk)
    told = desk.done("why", "letter-91@elsewhere.example")
    assert "\x1b" not in told.out and "\nPlan approved" not in told.out


def test_no_files_is_said_and_what_cannot_be_meant_is_refused(desk: Desk, share: Path) -> None:
    assert desk.done("files", "report").out == "No files were added; see `retention mailbox add --files`.\n"
    add_ = ("mailbox", "add", "--custodian", ANN)
    desk.refused(*add_, code=2, by=RECORDS)
    desk.refused(*add_, BOB, "--files", str(share), code=2, by=RECORDS)
    desk.refused(*add_, "--files", str(share / "nothing"), code=2, by=RECORDS)
    desk.refused(*add_, "--files", str(desk.folder / "records"), code=2, by=RECORDS)
    desk.refused(*add_, "--files", str(desk.folder), code=2, by=RECORDS)
    desk.refused(*add_, "--files", str(share), code=32, by=OPERATOR, said="refused")


def test_a_relative_path_is_written_down_whole(desk: Desk, share: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(share)
    told = desk.done("mailbox", "add", "--files", "letters", "--custodian", ANN, "--json", by=RECORDS)
    assert told.json["files"]["path"] == str(share / "letters")


def test_files_that_were_just_added_are_listed_before_any_sync_and_nothing_is_known_of_them(
    desk: Desk, share: Path
) -> None:
    add(desk, share, BOB)
    (files,) = [one for one in desk.done("mailbox", "list", "--json").json if one["address"] == f"{BOB}/share"]
    assert (files["messages"], files["read_at"], files["trouble"]) == (0, None, "")
    desk.done("sync")
    listed = desk.done("mailbox", "list", "--json").json
    assert [one["messages"] for one in listed if one["address"] == f"{BOB}/share"] == [4]


def test_a_persons_address_names_their_mailbox_and_their_files_to_sync(desk: Desk, share: Path) -> None:
    add(desk, share, BOB)
    read = desk.done("sync", BOB.upper(), "--json").json["mailboxes"]
    assert {one["address"] for one in read} == {BOB, f"{BOB}/share"}
    assert [one["address"] for one in desk.done("sync", f"{BOB}/share", "--json").json["mailboxes"]] == [f"{BOB}/share"]
    told = desk.refused("sync", ANN, "nobody@city.example", code=10)
    assert told.error == "The mail system lists no mailbox nobody@city.example, and no files were added as theirs."
