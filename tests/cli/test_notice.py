"""``retention hold notice``, ``hold acknowledge`` and ``retention notice`` as they are typed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from retention import durable
from retention.ledger import Ledger
from tests.cli.desk import ANN, ATTORNEY, BOB, HOSTILE, OPERATOR, RECORDS, Desk

STAFF = """
[[notices.staff]]
name = "monitoring-notice"
title = "Notice of monitoring"
version = "2026-10"
since = 2026-10-01
"""


@pytest.fixture
def name(desk: Desk) -> str:
    """A hold on Ann's and Bob's mail."""
    return hold(desk, "--custodian", ANN, "--custodian", BOB)


def hold(desk: Desk, *scope: str, matter: str = "Elm Street") -> str:
    told = desk.done("hold", "place", "--matter", matter, "--reason", "a claim", *scope, "--json", by=ATTORNEY)
    hold = told.json["hold"]
    return str(hold.get("hold", hold)["name"])


def settings(desk: Desk, more: str) -> None:
    desk.toml.write_text(desk.toml.read_text("utf-8") + more, "utf-8")


def written(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())} if folder.is_dir() else {}


def noticed(desk: Desk, name: str, folder: Path, *more: str) -> list[str]:
    told = desk.done("hold", "notice", name, "-o", str(folder), *more, "--json", by=ATTORNEY).json
    return [one["custodian"]["address"] for one in told["written"]]


def states(desk: Desk, name: str) -> dict[str, str]:
    (due,) = desk.done("hold", "notice", name, "--due", "--json").json
    return {one["custodian"]["address"]: one["answer"] for one in due["custodians"]}


# --- the notices of a hold ------------------------------------------------------------------------------------------


def test_every_custodian_gets_a_text_and_a_draft_and_the_ledger_says_so(desk: Desk, name: str, tmp_path: Path) -> None:
    out = tmp_path / "a" / "notices"
    told = desk.done("hold", "notice", name, "--output", str(out), by=ATTORNEY)
    assert "2 notices in" in told.out and ANN in told.out
    files = written(out)
    assert sorted(path.rpartition(".")[2] for path in files) == ["eml", "eml", "txt", "txt"]
    text = next(data for file, data in files.items() if file.startswith("ann") and file.endswith(".txt"))
    mail = next(data for file, data in files.items() if file.startswith("ann") and file.endswith(".eml"))
    message = message_from_bytes(mail, policy=default)
    assert message["To"].addresses[0].addr_spec == ANN and message["From"].addresses[0].addr_spec == ATTORNEY
    assert message["Subject"] == "Notice to preserve records: Elm Street" and message["X-Unsent"] == "1"
    assert hashlib.sha256(text).hexdigest() in desk.ledger.read_text("utf-8")
    assert states(desk, name) == {ANN: "waiting", BOB: "waiting"}
    desk.done("audit", "verify")


def test_writing_again_writes_nothing_and_a_reminder_never_over_the_first(
    desk: Desk, name: str, tmp_path: Path
) -> None:
    noticed(desk, name, tmp_path / "out")
    before, entries = written(tmp_path / "out"), desk.ledger.read_bytes()
    assert "told already" in desk.done("hold", "notice", name, "-o", str(tmp_path / "out"), by=ATTORNEY).out
    assert noticed(desk, name, tmp_path / "out", "--remind") == []
    assert written(tmp_path / "out") == before and desk.ledger.read_bytes() == entries


def test_killed_between_the_files_and_the_ledger_the_same_is_written_again(
    desk: Desk, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = Ledger.append

    def killed(self: Ledger, *bodies: object, **more: object) -> None:
        if any(type(body).__name__ == "CustodianNoticed" for body in bodies):
            raise KeyboardInterrupt
        append(self, *bodies, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Ledger, "append", killed)
    assert desk.run("hold", "notice", name, "-o", str(tmp_path / "out"), by=ATTORNEY).code == 130
    monkeypatch.undo()
    before = written(tmp_path / "out")
    assert len(before) == 4 and states(desk, name) == {ANN: "never noticed", BOB: "never noticed"}
    assert noticed(desk, name, tmp_path / "out") == [ANN, BOB]
    assert written(tmp_path / "out") == before


def test_killed_between_two_files_nothing_is_recorded_and_the_rest_is_written_later(
    desk: Desk, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, files = durable.write, []

    def killed(path: Path, data: bytes) -> None:
        if len(files) == 2:
            raise KeyboardInterrupt
        files.append(path)
        write(path, data)

    monkeypatch.setattr(durable, "write", killed)
    assert desk.run("hold", "notice", name, "-o", str(tmp_path / "out"), by=ATTORNEY).code == 130
    monkeypatch.undo()
    assert len(written(tmp_path / "out")) == 2 and set(states(desk, name).values()) == {"never noticed"}
    noticed(desk, name, tmp_path / "out")
    assert len(written(tmp_path / "out")) == 4


def test_the_files_are_on_the_disk_before_the_ledger_speaks_of_them(
    desk: Desk, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    synced, append = durable.sync_folder, Ledger.append

    def sync(folder: Path) -> None:
        order.append("synced" if folder == (tmp_path / "out").resolve() else "")
        synced(folder)

    def told(self: Ledger, *bodies: object, **more: object) -> None:
        order.extend("told" for body in bodies if type(body).__name__ == "CustodianNoticed")
        append(self, *bodies, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(durable, "sync_folder", sync)
    monkeypatch.setattr(Ledger, "append", told)
    noticed(desk, name, tmp_path / "out")
    assert [step for step in order if step] == ["synced", "told", "told"]


def test_a_file_that_says_something_else_is_never_overwritten_and_nothing_is_recorded(
    desk: Desk, name: str, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    noticed(desk, hold(desk, "--custodian", ANN, matter="Another"), out)
    before = written(out)
    told = desk.refused("hold", "notice", name, "-o", str(out), code=2, by=ATTORNEY)
    assert "is there already and says something else" in told.error
    assert written(out) == before and set(states(desk, name).values()) == {"never noticed"}


def test_a_folder_that_cannot_be_written_is_told(desk: Desk, name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    told = desk.refused("hold", "notice", name, "-o", str(tmp_path / "file" / "out"), code=14, by=ATTORNEY)
    assert "cannot be written" in told.error


def test_the_citys_own_text_is_used_and_one_that_is_named_goes_before_it(desk: Desk, name: str, tmp_path: Path) -> None:
    settings(desk, '\n[notices]\nhold = "texts/hold.txt"\nanswer_within = "5 days"\n')
    (desk.folder / "texts").mkdir()
    (desk.folder / "texts" / "hold.txt").write_bytes(
        "\ufeffSubject: Keep $matter\r\n\r\nOurs: $name, $city\r\n".encode()
    )
    (tmp_path / "other.txt").write_text("Theirs: $address\n", "utf-8")
    noticed(desk, name, tmp_path / "one", "--to", ANN)
    noticed(desk, name, tmp_path / "two", "--template", str(tmp_path / "other.txt"))
    (one,) = [data for file, data in written(tmp_path / "one").items() if file.endswith(".txt")]
    (two,) = [data for file, data in written(tmp_path / "two").items() if file.endswith(".txt")]
    assert (one, two) == (b"Ours: Ann, City\n", f"Theirs: {BOB}\n".encode())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"Dear $nobody,\n$mater", "hold.txt: line 2: there is no placeholder $mater; perhaps $matter is meant."),
        (b"It costs $5", "hold.txt: line 1: a $ stands before no placeholder"),
        (b"", "hold.txt: it says nothing."),
        (b"caf\xe9", "hold.txt is not UTF-8 text."),
        (b"x" * 1_000_001, "is larger than a notice can be."),
        (None, "hold.txt cannot be read: No such file or directory."),
    ],
)
def test_a_text_that_cannot_be_used_is_told_by_file_and_place(
    desk: Desk, name: str, tmp_path: Path, text: bytes | None, said: str
) -> None:
    settings(desk, '\n[notices]\nhold = "hold.txt"\n')
    if text is not None:
        (desk.folder / "hold.txt").write_bytes(text)
    asked = ("hold", "notice", name, "-o", str(tmp_path / "out"))
    assert said in desk.refused(*asked, code=10, by=ATTORNEY).err
    named = (*asked, "--template", str(desk.folder / "hold.txt"))
    assert said in desk.refused(*named, code=2, by=ATTORNEY).err
    assert written(tmp_path / "out") == {}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ((), "A folder for the notices is needed."),
        (("-o", "out", "--to", ANN, "--all"), "--to and --all cannot both be meant."),
        (("-o", "out", "--to", "anm@city.example"), "Nobody is known to have the address 'anm@city.example'."),
    ],
)
def test_what_cannot_be_meant_is_refused(desk: Desk, name: str, more: tuple[str, ...], said: str) -> None:
    assert said in desk.refused("hold", "notice", name, *more, code=2, by=ATTORNEY).error


def test_only_the_office_writes_notices(desk: Desk, name: str, tmp_path: Path) -> None:
    asked = ("hold", "notice", name, "-o", str(tmp_path / "out"))
    assert "holds of the kind legal" in desk.refused(*asked, code=32, by=RECORDS, said="refused").error
    assert written(tmp_path / "out") == {}


def test_a_hold_about_words_is_told_to_whom_it_is_said(desk: Desk, tmp_path: Path) -> None:
    name = hold(desk, "--words", "lunch")
    assert "names nobody" in desk.refused("hold", "notice", name, "-o", str(tmp_path), code=2, by=ATTORNEY).error
    assert noticed(desk, name, tmp_path / "out", "--to", ANN) == [ANN]
    assert set(noticed(desk, name, tmp_path / "out", "--all")) == {BOB, ATTORNEY, RECORDS, OPERATOR}


def test_of_a_hold_that_names_nobody_who_is_known_it_is_not_said_that_everybody_was_told(
    desk: Desk, tmp_path: Path
) -> None:
    name = hold(desk, "--scope", "mailbox:no-such-mailbox")
    told = desk.done("hold", "notice", name, "-o", str(tmp_path / "out"), by=ATTORNEY)
    assert "Nobody is known whom the hold names" in told.out and written(tmp_path / "out") == {}


def test_a_hostile_matter_steers_neither_the_terminal_nor_the_draft_nor_the_file_names(
    desk: Desk, tmp_path: Path, change: Callable[[str, str], None]
) -> None:
    name = hold(desk, "--custodian", RECORDS, matter=f"../../x\r\nBcc: thief@evil.example {HOSTILE}")
    change("Pat Ortiz", r"Pat\r\nBcc: thief@evil.example\u202e <thief@evil.example>, Ortiz")
    told = desk.done("hold", "notice", name, "-o", str(tmp_path / "out"), by=ATTORNEY)
    assert "\x1b" not in told.out + told.err and "\u202e" not in told.out + told.err
    files = written(tmp_path / "out")
    assert len(files) == 2 and all(set(file) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.") for file in files)
    (mail,) = [data for file, data in files.items() if file.endswith(".eml")]
    message = message_from_bytes(mail, policy=default)
    assert "bcc" not in {key.lower() for key in message}
    assert [one.addr_spec for one in message["To"].addresses] == [RECORDS]
    (text,) = [data.decode() for file, data in files.items() if file.endswith(".txt")]
    assert not [line for line in text.splitlines() if line.startswith(("Bcc", "Plan approved"))]
    assert "\x1b" not in text and "\u202e" not in text


# --- answers --------------------------------------------------------------------------------------------------------


def test_an_acknowledgement_is_recorded_and_shown(desk: Desk, name: str, tmp_path: Path) -> None:
    noticed(desk, name, tmp_path / "out")
    told = desk.done("hold", "acknowledge", name, "--custodian", ANN, "--how", "reply", by=ATTORNEY)
    assert told.out.startswith(f"Recorded: {ANN} acknowledged the notice of '{name}' on ")
    assert states(desk, name) == {ANN: "acknowledged", BOB: "waiting"}
    shown = desk.done("hold", "notice", name, "--due").out
    assert "1 of 2 custodians answered; 0 overdue, 0 due soon, 0 not told." in shown
    assert all(len(line) <= 80 for line in shown.splitlines())


def test_a_list_with_a_byte_order_mark_is_read_and_one_bad_row_records_nothing(
    desk: Desk, name: str, tmp_path: Path
) -> None:
    noticed(desk, name, tmp_path / "out")
    list_ = tmp_path / "answers.csv"
    list_.write_bytes(f"custodian,on,how\r\n{ANN},,reply\r\nnobody@city.example,,\r\n".encode("utf-8-sig"))
    told = desk.refused("hold", "acknowledge", name, "--import", str(list_), code=2, by=ATTORNEY)
    assert [problem.partition(":")[0] for problem in told.problems] == ["row 3, custodian"]
    list_.write_bytes(f"custodian,on,how\r\n{ANN},,reply\r\n{BOB},,\r\n".encode("utf-8-sig"))
    assert (
        "2 acknowledgements recorded."
        in desk.done("hold", "acknowledge", name, "--import", str(list_), by=ATTORNEY).out
    )
    assert states(desk, name) == {ANN: "acknowledged", BOB: "acknowledged"}
    assert (
        "2 acknowledgements had been recorded before."
        in desk.done("hold", "acknowledge", name, "--import", str(list_), by=ATTORNEY).out
    )


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ((), "It is not said who acknowledged it."),
        (("--custodian", ANN, "--import", "x.csv"), "It is not said who acknowledged it."),
        (("--import", "x.csv", "--how", "reply"), "--on and --how are of one custodian."),
        (("--import", "no-such.csv"), "There is no file no-such.csv."),
        (("--custodian", ANN, "--on", "then"), "'then' after --on is not a day."),
        (("--custodian", ANN), f"No notice of the hold 'elm' was written for {ANN}."),
    ],
)
def test_an_acknowledgement_that_cannot_be_meant_is_refused(
    desk: Desk, name: str, more: tuple[str, ...], said: str
) -> None:
    told = desk.refused("hold", "acknowledge", name, *more, code=2, by=ATTORNEY)
    assert said.replace("'elm'", f"'{name}'") in told.error


def test_status_says_who_was_not_told_once_telling_has_begun(desk: Desk, name: str, tmp_path: Path) -> None:
    assert "custodian" not in desk.done("status").out
    noticed(desk, name, tmp_path / "out", "--to", ANN)
    assert f"1 custodian was not told yet; see `retention hold notice {name} --due`." in desk.done("status").out


def test_the_shipped_text_is_printed_to_be_edited_and_used_as_it_is(desk: Desk, name: str, tmp_path: Path) -> None:
    text = desk.done("notice", "template")
    assert "$answer_by" in text.err
    assert desk.done("notice", "template", "--json").json["text"] == text.out
    (tmp_path / "own.txt").write_text(text.out, "utf-8")
    noticed(desk, name, tmp_path / "one", "--to", ANN, "--template", str(tmp_path / "own.txt"))
    noticed(desk, name, tmp_path / "two")
    (one,) = [data for file, data in written(tmp_path / "one").items() if file.endswith(".txt")]
    (two,) = [data for file, data in written(tmp_path / "two").items() if file.endswith(".txt")]
    assert one.replace(b"Ann", b"Bob").replace(b"ann@", b"bob@") == two


# --- staff ----------------------------------------------------------------------------------------------------------


def test_a_staff_notice_is_recorded_listed_and_due(desk: Desk) -> None:
    settings(desk, STAFF)
    asked = ("notice", "record", "monitoring-notice", "--person", ATTORNEY)
    told = desk.done(*asked, "--given", "2024-03-01", "--signed", "2024-03-04", "--reference", "HR 7", by=RECORDS)
    assert f"{ATTORNEY} was given 'monitoring-notice', version 2026-10, on 2024-03-01" in told.out
    assert "signed it on 2024-03-04" in told.out
    due = desk.done("notice", "due", "monitoring-notice", "--json").json
    assert [one["person"]["address"] for one in due[0]["missing"]] == [OPERATOR, RECORDS]
    assert "2 notices to give or to have signed." in desk.done("notice", "due").out
    listed = desk.done("notice", "list", "monitoring-notice").out
    assert ATTORNEY in listed and "HR 7" in listed
    assert desk.done("notice", "list", "--json").json[0]["signed"] == 1
    assert "2 people have not signed 'monitoring-notice'" in desk.done("status").out
    desk.done("audit", "verify")


def test_another_version_than_the_current_one_is_said_to_be_one(desk: Desk) -> None:
    settings(desk, STAFF)
    asked = ("notice", "record", "monitoring-notice", "--person", ATTORNEY, "--version", "2026-1")
    assert "The current version is 2026-10" in desk.done(*asked, by=RECORDS).err


def test_a_list_of_staff_with_a_byte_order_mark_is_taken_as_a_whole(desk: Desk, tmp_path: Path) -> None:
    settings(desk, STAFF)
    list_ = tmp_path / "staff.csv"
    list_.write_bytes(f"person;given;signed\r\n{ATTORNEY};2024-03-01;\r\nann@x;;\r\n".encode("utf-8-sig"))
    asked = ("notice", "import", "monitoring-notice", str(list_))
    told = desk.refused(*asked, code=2, by=RECORDS)
    assert [problem.partition(",")[0] for problem in told.problems] == ["row 3"]
    list_.write_bytes(f"person;given;signed\r\n{ATTORNEY};2024-03-01;\r\n".encode("utf-8-sig"))
    assert "1 row recorded." in desk.done(*asked, by=RECORDS).out
    assert "1 row had been recorded before." in desk.done(*asked, by=RECORDS).out


def test_a_city_that_names_no_notice_is_told_where_to(desk: Desk) -> None:
    for command in ("list", "due"):
        assert "write one under [[notices.staff]]" in desk.done("notice", command).out
        assert json.loads(desk.done("notice", command, "--json").out) == []
    told = desk.refused("notice", "due", "monitoring-notice", code=2)
    assert "There is no notice 'monitoring-notice'." in told.error


def test_only_the_office_records_a_staff_notice(desk: Desk) -> None:
    settings(desk, STAFF)
    asked = ("notice", "record", "monitoring-notice", "--person", ATTORNEY)
    assert "recording who was given" in desk.refused(*asked, code=32, by=ATTORNEY, said="refused").error
