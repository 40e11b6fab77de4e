"""A bag is what the Mailbag specification asks for, whatever the mail in it is like, and it is whole or not there."""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import bagit
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from retention.bagging import Mailbag, check, mailbag, tables
from retention.bagging.naming import arranged, is_plain, names, one_line
from retention.core.record import sidecar
from retention.errors import RecordMismatch, RetentionError, StoreNotAnswering, WrongUsage
from tests.bagging.packing import AT, FACTS, files, info, packed, packed_of, record, rows

PLAIN = b"From: a@x\r\nTo: b@x\r\nSubject: Minutes of May\r\nMessage-ID: <m1@x>\r\n\r\nHello.\r\n"
WITH_FILES = b"""From: =?utf-8?q?J=C3=BCrgen?= <j@x>\r
Subject: =?utf-8?b?w4ViZXI=?=\r
Message-ID: <m2@x>\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary="b"\r
\r
--b\r
Content-Type: text/plain\r
\r
The body.\r
--b\r
Content-Type: application/pdf; name="plan.pdf"\r
Content-Disposition: attachment; filename="plan.pdf"\r
Content-ID: <cid1>\r
Content-Transfer-Encoding: base64\r
\r
JVBERi0=\r
--b\r
Content-Type: text/x-sh\r
Content-Disposition: attachment; filename="../../../etc/cron.d/evil.sh"\r
\r
#!/bin/sh\r
--b\r
Content-Type: message/rfc822\r
\r
Subject: within\r
\r
Inner.\r
--b--\r
"""


def attached(*given: str) -> bytes:
    parts = "".join(
        f'--b\r\nContent-Type: image/x\r\nContent-Disposition: attachment; filename="{name}"\r\n\r\nx\r\n'
        for name in given
    )
    return f'Content-Type: multipart/mixed; boundary="b"\r\n\r\n{parts}--b--\r\n'.encode()


# What a bag is


def test_a_bag_has_the_fields_and_files_that_the_specification_asks_for(tmp_path: Path) -> None:
    sealed = packed(tmp_path / "bag", PLAIN, WITH_FILES)
    said = info(tmp_path / "bag")
    assert said["Bag-Type"] == "Mailbag" and said["Mailbag-Source"] == "eml" and said["Original-Included"] == "True"
    assert said["Mailbag-Specification-Version"] == "1.0" and said["Bagging-Date"] == "2026-11-21"
    assert said["Bagging-Timestamp"] == "2026-11-21T15:00:00+00:00" and said["Mailbag-Agent"] == "retention"
    assert said["External-Identifier"] == FACTS.identifier and said["Payload-Oxum"] == f"{sealed.size}.{sealed.files}"
    assert said["Internal-Sender-Identifier"] == "ledger entry 7"
    top = {path.name for path in (tmp_path / "bag").iterdir()}
    assert top == {
        *("bagit.txt", "bag-info.txt", "data", "mailbag.csv", "premis.xml"),
        *("manifest-sha256.txt", "tagmanifest-sha256.txt"),
    }
    assert bagit.Bag(str(tmp_path / "bag")).validate()
    manifest = hashlib.sha256((tmp_path / "bag" / "tagmanifest-sha256.txt").read_bytes()).hexdigest()
    assert check(tmp_path / "bag").manifest == sealed.manifest == manifest


def test_every_message_is_the_stores_own_bytes_with_its_sidecar_beside_it(tmp_path: Path) -> None:
    packed(tmp_path / "bag", PLAIN, WITH_FILES)
    for content in (PLAIN, WITH_FILES):
        one = record(content)
        assert (tmp_path / "bag/data/eml" / f"{one.place}.eml").read_bytes() == content
        assert (tmp_path / "bag/data/eml" / f"{one.place}.json").read_bytes() == sidecar(one)


def test_a_row_for_each_message_reconciles_with_what_is_in_the_bag(tmp_path: Path) -> None:
    packed(tmp_path / "bag", PLAIN, WITH_FILES)
    first, second = rows(tmp_path / "bag")
    assert tuple(first) == tables.COLUMNS
    assert (first["Error"], first["Mailbag-Message-ID"], first["Message-ID"]) == ("", "1", "<m1@x>")
    assert first["Original-File"] == f"{record(PLAIN).place}.eml" and first["Attachments"] == "0"
    assert first["Message-Path"] == "ana@town.example/Inbox"
    assert first["Derivatives-Path"] == "town/town-minutes/2025/ana%40town%2Eexample/Inbox"
    assert (first["Date"], first["Cc"], first["Bcc"], first["Content-Type"]) == ("", "", "", "")
    assert (second["From"], second["Subject"]) == ("Jürgen <j@x>", "Åber")
    assert (second["Content-Type"], second["Attachments"]) == ("multipart/mixed", "3")
    text = (tmp_path / "bag/mailbag.csv").read_bytes()
    assert text.startswith(b'"Error","Mailbag-Message-ID"') and text.count(b"\r\n") == text.count(b"\n") == 3


def test_attachments_are_taken_out_under_names_that_no_mail_chose(tmp_path: Path) -> None:
    packed(tmp_path / "bag", PLAIN, WITH_FILES)
    folder = tmp_path / "bag/data/attachments/2"
    assert {path.name for path in folder.iterdir()} == {"attachments.csv", "plan.pdf", "2-2.sh", "2-3"}
    assert (folder / "plan.pdf").read_bytes() == b"%PDF-"
    assert (folder / "2-3").read_bytes() == b"Subject: within\n\nInner."
    listed = rows(folder, "attachments.csv")
    assert tuple(listed[0]) == ("Original-Filename", "Mailbag-Filename", "MimeType", "Content-ID")
    assert listed[0] == {
        **{"Original-Filename": "plan.pdf", "Mailbag-Filename": "plan.pdf"},
        **{"MimeType": "application/pdf", "Content-ID": "cid1"},
    }
    assert (
        listed[1]["Original-Filename"] == "../../../etc/cron.d/evil.sh" and listed[2]["Original-Filename"] == "unknown"
    )
    assert not (tmp_path / "bag/data/attachments/1").exists()


def test_two_attachments_never_share_a_name_and_none_is_called_like_their_list(tmp_path: Path) -> None:
    message = attached("a.txt", "A.TXT", "attachments.csv", "CON.txt", "nul", ".hidden", "trailing.", "9-1.odt")
    packed(tmp_path / "bag", message)
    listed = rows(tmp_path / "bag/data/attachments/1", "attachments.csv")
    assert [one["Mailbag-Filename"] for one in listed] == [
        *("a.txt", "1-2.TXT", "1-3.csv", "1-4.txt", "1-5", "1-6.hidden", "1-7", "1-8.odt")
    ]


@given(st.lists(st.text(max_size=150), max_size=8), st.integers(1, 10**6))
def test_no_name_of_an_attachment_leaves_its_folder_or_meets_another(given_names: list[str], n: int) -> None:
    made = list(names(n, given_names))
    assert len({name.lower() for name in [*made, "attachments.csv"]}) == len(given_names) + 1
    for name in made:
        assert name.isascii() and name.isprintable() and name == os.path.basename(name) and not name.startswith(".")
        assert not set(name) & set('<>:"/\\|?*%') and len(name) <= 100


@given(st.text(max_size=80))
def test_no_path_of_a_mailbox_steers_a_path_of_the_bag(path: str) -> None:
    made = arranged("town/fin-1/2020", path)
    assert made.startswith("town/fin-1/2020") and made.isascii()
    assert not {"..", ".", "~"} & set(made.split("/"))


def test_what_a_mail_says_cannot_become_a_field_or_a_formula(tmp_path: Path) -> None:
    subject = b"Subject: =HYPERLINK(1)\r\nFrom: a@x\r\n\r\n"
    evil = replace(FACTS, purpose="for\u2028Bag-Type: Zip\nand\x85Payload-Oxum: 0.0")
    packed(tmp_path / "bag", subject, facts=evil)
    assert info(tmp_path / "bag")["External-Description"] == "for Bag-Type: Zip and Payload-Oxum: 0.0"
    row = rows(tmp_path / "bag")[0]
    assert row["Subject"] == "'=HYPERLINK(1)" and row["Error"] == tables.DEFUSED
    assert one_line("a\x0b\x1cb\x00c") == "a b c" and not is_plain("a\nb")


def test_the_names_of_what_is_not_in_the_bag_are_in_it(tmp_path: Path) -> None:
    with Mailbag(tmp_path / "bag", FACTS) as bag:
        bag.add(record(PLAIN), PLAIN)
        bag.leave_out("<gone\r\n@x>")
        bag.leave_out("")
        bag.seal(7)
        bag.publish()
    assert (tmp_path / "bag/messages_not_retained.txt").read_bytes() == b"<gone @x>\n"


def test_more_messages_than_one_file_may_list_are_listed_in_several(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "MOST_ROWS", 2)
    packed(tmp_path / "bag", *(b"Subject: %d\r\n\r\n" % n for n in range(21)))
    parts = sorted(path.name for path in (tmp_path / "bag").glob("mailbag*.csv"))
    assert parts == [f"mailbag-{n:02}.csv" for n in range(1, 12)]
    lines = [list(csv.reader((tmp_path / "bag" / name).read_text("utf-8").splitlines())) for name in parts]
    assert lines[0][0] == list(tables.COLUMNS) and [len(one) for one in lines] == [3, *[2] * 9, 1]
    assert [row[1] for part in lines for row in part][1:] == [str(n) for n in range(1, 22)]
    assert check(tmp_path / "bag").messages == 21


def test_a_header_of_any_length_goes_into_the_bag(tmp_path: Path) -> None:
    packed(tmp_path / "bag", b"To: " + b",\r\n ".join(b"p%d@town.example" % n for n in range(20_000)) + b"\r\n\r\n")
    assert check(tmp_path / "bag").messages == 1


# Whole or not there


def test_a_changed_byte_is_found_in_every_file_of_the_bag(tmp_path: Path) -> None:
    packed(tmp_path / "bag", PLAIN, WITH_FILES)
    changed = [path for path in files(tmp_path / "bag") if path.name != "tagmanifest-sha256.txt"]
    assert len(changed) == 13
    for path in changed:
        before = path.read_bytes()
        path.write_bytes(bytes([before[0] ^ 1]) + before[1:])
        with pytest.raises((RecordMismatch, WrongUsage)):
            check(tmp_path / "bag")
        path.write_bytes(before)
    assert check(tmp_path / "bag").messages == 2


def test_a_file_that_is_missing_or_was_added_is_found(tmp_path: Path) -> None:
    packed(tmp_path / "bag", PLAIN)
    (tmp_path / "bag/data/eml/more.eml").write_bytes(b"more")
    with pytest.raises(RecordMismatch):
        check(tmp_path / "bag")
    (tmp_path / "bag/data/eml/more.eml").unlink()
    (tmp_path / "bag/data/eml" / f"{record(PLAIN).place}.json").unlink()
    with pytest.raises(RecordMismatch):
        check(tmp_path / "bag")


def test_a_bag_that_is_no_mailbag_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.txt").write_text("a")
    bagit.make_bag(str(tmp_path / "other"), checksums=["sha256"])
    with pytest.raises(RecordMismatch, match="Bag-Type"):
        check(tmp_path / "other")
    with pytest.raises(WrongUsage):
        check(tmp_path)


def test_bytes_that_are_not_the_records_are_refused_and_leave_nothing(tmp_path: Path) -> None:
    with pytest.raises(RecordMismatch, match="does not match its digest"):
        packed_of(tmp_path / "bag", [(record(PLAIN), PLAIN + b"x")])
    assert list(tmp_path.iterdir()) == []


def test_a_byte_lost_on_its_way_to_the_disk_is_found_before_the_bag_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = mailbag._write
    lossy = lambda path, data: real(path, data[:-1] if path.suffix == ".eml" else data)  # noqa: E731
    monkeypatch.setattr(mailbag, "_write", lossy)
    with pytest.raises(RecordMismatch):
        packed(tmp_path / "bag", PLAIN)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["folder", "file", "link"])
def test_nothing_that_is_there_is_written_over(tmp_path: Path, kind: str) -> None:
    bag = tmp_path / "bag"
    {"folder": bag.mkdir, "file": bag.touch, "link": lambda: bag.symlink_to(tmp_path / "nowhere")}[kind]()
    with pytest.raises(WrongUsage, match="already something"):
        packed(bag, PLAIN)
    assert [path.name for path in tmp_path.iterdir()] == ["bag"] and os.path.lexists(bag)


def test_what_comes_to_its_place_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match="by now"), Mailbag(tmp_path / "bag", FACTS) as bag:
        bag.add(record(PLAIN), PLAIN)
        bag.seal(7)
        (tmp_path / "bag").mkdir()
        bag.publish()
    assert [path.name for path in tmp_path.iterdir()] == ["bag"] and not list((tmp_path / "bag").iterdir())


def test_only_its_owner_can_read_a_bag(tmp_path: Path) -> None:
    packed(tmp_path / "bag", PLAIN)
    assert (tmp_path / "bag").stat().st_mode & 0o077 == 0


def full(real: Callable[..., Any], ticks: Iterator[int], at: int) -> Callable[..., Any]:
    """The same call, which meets a full disk where it is the one that is meant."""

    def call(*args: Any, **more: Any) -> Any:
        if next(ticks) == at:
            raise OSError(28, "No space left on device")
        return real(*args, **more)

    return call


def test_a_disk_that_is_full_at_any_point_leaves_no_half_bag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every write, sync and rename fails once; what stays is nothing, or the whole bag that a last sync came after."""
    points = [(mailbag, "_write"), (mailbag, "_digest"), (os, "fsync"), (Path, "mkdir"), (Path, "rename")]
    points += [(tables.Rows, "add"), (mailbag.Premis, "record"), (mailbag.Premis, "finish")]
    whole = 0
    for at in count(1):
        ticks = count(1)
        with monkeypatch.context() as patch:
            for owner, name in points:
                patch.setattr(owner, name, full(getattr(owner, name), ticks, at))
            try:
                packed(tmp_path / f"bag{at}", PLAIN, WITH_FILES)
            except RetentionError as error:
                assert isinstance(error, StoreNotAnswering) and "No space left" in error.message
        left = [path.name for path in tmp_path.iterdir() if path.name not in {f"bag{n}" for n in range(1, at)}]
        if left:
            assert left == [f"bag{at}"] and check(tmp_path / f"bag{at}").messages == 2
            whole += 1
        if next(ticks) <= at:
            break
    assert at > 40 and whole == 2, "the run that met no failure, and the one that failed after the rename"


def test_the_time_of_packing_is_told_in_the_citys_zone(tmp_path: Path) -> None:
    from zoneinfo import ZoneInfo

    packed(tmp_path / "bag", PLAIN, facts=replace(FACTS, made_at=AT.astimezone(ZoneInfo("America/Chicago"))))
    assert info(tmp_path / "bag")["Bagging-Timestamp"] == "2026-11-21T09:00:00-06:00"
