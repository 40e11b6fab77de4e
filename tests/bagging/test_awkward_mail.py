"""Bags of the most awkward mail there is: every one is whole, and every message in it is as it came."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from retention.bagging import check
from retention.bagging.reading import read
from tests.bagging.packing import files, packed, record, rows
from tests.bagging.test_premis import account


@pytest.mark.parametrize(("name", "most"), [("mime", 375), ("raw-mail", 448)])
def test_every_awkward_message_goes_into_a_bag_as_it_came(shared: Path, tmp_path: Path, name: str, most: int) -> None:
    folder = shared / "data" / name
    if not folder.is_dir():
        pytest.skip(f"needs the mail at {folder}, which is not there")
    contents = list(dict.fromkeys(path.read_bytes() for path in sorted(folder.iterdir())))
    assert most - 60 < len(contents) <= most
    packed(tmp_path / "bag", *contents)
    assert check(tmp_path / "bag").messages == len(contents)
    listed = rows(tmp_path / "bag")
    for n, (content, row) in enumerate(zip(contents, listed, strict=True), start=1):
        assert (tmp_path / "bag/data/eml" / row["Original-File"]).read_bytes() == content
        assert row["Original-File"] == f"{record(content).place}.eml" and row["Mailbag-Message-ID"] == str(n)
        apart = tmp_path / "bag/data/attachments" / str(n)
        assert int(row["Attachments"]) == len(files(apart)[1:] if apart.is_dir() else [])
        if apart.is_dir():
            names = {one["Mailbag-Filename"] for one in rows(apart, "attachments.csv")}
            assert {path.name for path in files(apart)} == names | {"attachments.csv"}
    said = [bool(re.search(rb"(?im)^subject:[ \t]*\S", _head(content))) for content in contents]
    unread = [row["Message-ID"] for row, is_said in zip(listed, said, strict=True) if bool(row["Subject"]) != is_said]
    assert sum(said) > len(contents) * 0.6 and len(unread) <= 2, (
        "two messages have a line before it that ends the headers"
    )
    account(tmp_path / "bag/premis.xml")


def _head(content: bytes) -> bytes:
    return re.split(rb"\r?\n\r?\n", content, maxsplit=1)[0]


def test_a_message_of_messages_of_messages_does_not_break_a_bag(tmp_path: Path) -> None:
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3000))
    nested = b"Content-Type: message/rfc822\r\n\r\n" * 3000
    packed(tmp_path / "bag", b"Subject: deep\r\n" + deep, b"Subject: nested\r\n" + nested)
    assert [row["Subject"] for row in rows(tmp_path / "bag")] == ["deep", "nested"]
    assert all(row["Error"] for row in rows(tmp_path / "bag"))


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"\x00" * 100, b"\xff\xfe" * 50, b"no header at all", b"Subject: =?utf-8?b?!!!?=\r\n\r\n"),
        *(b"Subject: =?klingon?q?x?=\r\n\r\n", b"Content-Type: multipart/mixed\r\n\r\n", b": \r\n\r\n"),
        b"Content-Type: text/plain; name*0*=utf-8''%FF%FE; name*1=x\r\n\r\nx",
        b"Content-Transfer-Encoding: base64\r\nContent-Type: image/gif\r\n\r\n!!!not base64!!!",
        b"Subject: a\r\n b\r\n\tc\r\nFrom: \xe4\xf6@x\r\nFrom: second@x\r\n\r\n",
    ],
)
def test_nothing_that_calls_itself_mail_stops_a_bag(tmp_path: Path, content: bytes) -> None:
    packed(tmp_path / "bag", content)
    row = rows(tmp_path / "bag")[0]
    assert all(cell.isprintable() for cell in row.values())
    assert (tmp_path / "bag/data/eml" / row["Original-File"]).read_bytes() == content


def test_of_two_headers_of_one_name_the_first_is_told() -> None:
    told = read(b"Subject: a\r\n b\r\n\tc\r\nFrom: first@x\r\nFrom: second@x\r\n\r\n")
    assert told.headers[1] == "first@x" and told.headers[5] == "a b c"


def test_the_list_can_be_read_by_whoever_reads_it_strictly(tmp_path: Path) -> None:
    packed(tmp_path / "bag", b'Subject: a "quoted", thing\r\nTo: "O\'Hara, Bo" <b@x>\r\n\r\n')
    with open(tmp_path / "bag/mailbag.csv", encoding="utf-8", newline="") as file:
        listed = list(csv.reader(file, strict=True))
    assert listed[1][12] == 'a "quoted", thing' and listed[1][9] == '"O\'Hara, Bo" <b@x>'
