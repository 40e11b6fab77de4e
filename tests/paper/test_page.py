"""Documents become pages that say exactly what they were given, whatever somebody wrote into it."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from hashlib import sha256
from html.parser import HTMLParser
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from retention.core.proof import SHOWN, plain
from retention.errors import RecordMismatch, WrongUsage
from retention.paper import Document, Section, html, keep_folder, listing, pdf, with_manifest, write_folder
from retention.paper.letters import Letters

AT = datetime(2026, 11, 21, 15, 4, 5, tzinfo=UTC)
HOSTILE = '<script src="//x"></script><b a=\'1\'>&amp; \x1b[31m\u202eevil</b><font color="[1 for 1]">'


def document(text: str = "San José", rows: tuple[tuple[str, ...], ...] = (("a", "b"),), **more: str) -> Document:
    section = Section(title=text, words=(text,), columns=("one", text), rows=rows, signatures=(text,), **more)
    return Document(title=text, words=(text,), sections=(section,), made_at=AT, foot=text)


def words(data: bytes) -> str:
    """What the PDF says, on one line."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages).split())


class Reading(HTMLParser):
    """What the page says, and every tag in it."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.said: list[str] = []
        self.feed(data.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def test_what_somebody_wrote_is_never_read_as_markup() -> None:
    calm, hostile = Reading(html(document("calm"))), Reading(html(document(HOSTILE)))
    assert hostile.tags == calm.tags
    assert plain(HOSTILE) in hostile.said and "\x1b" not in "".join(hostile.said)
    said = words(pdf(document(HOSTILE, rows=((HOSTILE, HOSTILE),))))
    assert '<script src="//x"></script><b a=' in said and "<font color=" in said


def test_a_page_needs_no_network_and_no_script() -> None:
    page = html(document("calm")).decode()
    assert "default-src 'none'" in page and "<script" not in page
    assert not [tag for tag in Reading(html(document())).tags if tag in ("img", "link", "script", "iframe", "object")]


def test_the_same_document_gives_the_same_bytes_and_its_own_instant_is_the_only_one() -> None:
    first, second = pdf(document()), pdf(document())
    assert first == second and html(document()) == html(document())
    said = PdfReader(BytesIO(first)).metadata
    assert said is not None and said.creation_date == AT.replace(microsecond=0) == said.modification_date


def test_letters_of_san_jose_are_printed_as_they_are() -> None:
    assert words(pdf(document("San José – “Łódź”: 5 €"))).count("San José – “") >= 3


def test_what_the_font_lacks_is_said_and_never_dropped() -> None:
    said = words(pdf(document("Nguyễn 中文 🙂")))
    assert "Nguyen <U+4E2D><U+6587> <U+1F642>" in said
    assert "U+1EC5 as e" in said and "The other files beside this one have every letter." in said
    assert "Nguyễn 中文 🙂" in html(document("Nguyễn 中文 🙂")).decode()


def test_where_nothing_was_replaced_nothing_is_confessed() -> None:
    assert "printed without" not in words(pdf(document("plain")))


@given(st.text(max_size=60))
@settings(max_examples=40, deadline=None)
def test_any_text_at_all_becomes_a_page(text: str) -> None:
    assert pdf(document(text)).startswith(b"%PDF") and html(document(text)).startswith(b"<!DOCTYPE")


@given(st.text())
def test_every_letter_is_printed_or_told(text: str) -> None:
    letters = Letters(frozenset(range(32, 127)))
    shown = letters.printable(text)
    assert all(32 <= ord(c) < 127 for c in shown)
    assert bool(letters.replaced) == bool(letters.confession)


def test_a_cell_longer_than_a_sheet_is_set_on_several() -> None:
    data = pdf(document("x", rows=(("1", "many words " * 3000), ("2", "x" * 5000))))
    assert len(PdfReader(BytesIO(data)).pages) > 2


def test_a_long_table_is_cut_and_says_where_the_rest_is() -> None:
    rows = tuple((str(n), f"row {n}.") for n in range(SHOWN + 5))
    long = document("t", rows=rows, file="all.csv")
    for said in (words(pdf(long)), "".join(Reading(html(long)).said)):
        assert f"row {SHOWN - 1}." in said and f"row {SHOWN}." not in said
        assert "The first 1,000 of 1,005 rows; all are in all.csv." in said


def test_an_empty_table_says_none() -> None:
    assert "None." in words(pdf(document("t", rows=(), file="x.csv")))


def test_a_list_is_read_back_and_no_cell_is_a_formula() -> None:
    data = listing(("a", "b"), [("=HYPERLINK(1)", 'say "x", y\nz'), ("@x", "中文")])
    rows = list(csv.reader(StringIO(data.decode("utf-8-sig"))))
    assert rows == [["a", "b"], ["'=HYPERLINK(1)", 'say "x", y·z'], ["'@x", "中文"]]


def test_a_folder_appears_whole_and_is_never_written_over(tmp_path: Path) -> None:
    files = with_manifest({"a.json": b"1", "b.csv": b"2"})
    assert files["manifest.sha256"].decode().splitlines()[0] == f"{sha256(b'1').hexdigest()}  a.json"
    write_folder(tmp_path / "deep" / "out", files)
    assert sorted(path.name for path in (tmp_path / "deep").rglob("*")) == ["a.json", "b.csv", "manifest.sha256", "out"]
    with pytest.raises(WrongUsage):
        write_folder(tmp_path / "deep" / "out", files)


def test_a_folder_that_is_kept_must_be_as_it_was_written(tmp_path: Path) -> None:
    files = with_manifest({"a.json": b"1", "b.csv": b"2"})
    left = tmp_path / ".out.17.part"
    left.mkdir()
    keep_folder(tmp_path / "out", files, "a.json")
    keep_folder(tmp_path / "out", files, "a.json")
    assert not left.exists()
    keep_folder(tmp_path / "out", {**files, "b.csv": b"styled anew"}, "a.json")
    with pytest.raises(RecordMismatch, match=r"a\.json"):
        keep_folder(tmp_path / "out", {**files, "a.json": b"another"}, "a.json")
    (tmp_path / "out" / "b.csv").write_bytes(b"3")
    with pytest.raises(RecordMismatch, match=r"b\.csv"):
        keep_folder(tmp_path / "out", files, "a.json")
    (tmp_path / "out" / "manifest.sha256").unlink()
    with pytest.raises(RecordMismatch, match="manifest"):
        keep_folder(tmp_path / "out", files, "a.json")
