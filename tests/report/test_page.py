"""The page and the files beside it: everything is escaped, nothing is fetched, and all of them say the same."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retention.errors import StoreNotAnswering, WrongUsage
from retention.jobs.report import Report
from retention.page import Column, Document, Fact, Figure, Kind, Picture, Section, Series, Table, page, sums
from retention.page.folder import FORMULAS, safe, sheet, write
from retention.page.writing import pieces, share, shown, size
from tests.jobs.town import NOW
from tests.report.busy import HOSTILE

TAGS = set(
    "html head meta title style body a header div p h1 h2 h3 strong section dl dt dd span nav ol ul li main table "
    "thead tbody tfoot tr th td bdi wbr code footer svg g rect text path line circle".split()
)
TEXTS = st.text(st.characters(codec=None), max_size=60)
MARKUP = st.sampled_from(
    ("<script>", "</style>", "<!--", "]]>", "{{ 1 }}", "{% raw", "&lt;", "'\"`", "\u202e", "javascript:")
)


class Reader(HTMLParser):
    """What a browser would take the page for: its tags, its attributes, and the text of its cells."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.cells: list[str] = []
        self._in_cell = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag in ("th", "td"):
            self._in_cell = True
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        self._in_cell = self._in_cell and tag not in ("th", "td")

    def handle_data(self, data: str) -> None:
        if self._in_cell:
            self.cells[-1] += data


def document(text: str) -> Document:
    """A document that says this wherever a document can say anything."""
    columns = (Column("name", text), Column("number", text, Kind.NUMBER))
    rows = ((text, 1), (text, 2))
    figure = Figure(
        name="one", title="One", text=text, table=Table(columns, rows, sums(rows)),
        picture=Picture(form="bars", labels=(text, text), series=(Series(text, (1, 2)), Series(text, (2, 0)))),
    )  # fmt: skip
    return Document(
        title=text, city=text, about=text, first_on=date(2026, 1, 1), last_on=date(2026, 12, 31), made_at=NOW,
        made_by=text, zone=text, preface=(text,), facts=(Fact(name=text, value=text, text=text),), closing=(text,),
        sections=(Section(name="first", title="First", text=(text,), looks=(text,), figures=(figure,)),),
    )  # fmt: skip


@settings(max_examples=60)
@given(st.one_of(TEXTS, st.lists(st.one_of(TEXTS, MARKUP)).map("".join)))
def test_no_text_anywhere_becomes_markup(text: str) -> None:
    read = Reader(page(document(text)).encode("utf-8", "replace").decode())
    assert set(read.tags) <= TAGS
    assert not [name for name, _ in read.attributes if name.startswith("on")]
    links = [value for name, value in read.attributes if name in ("href", "src", "xlink:href")]
    assert all(value.startswith("#") for value in links)
    assert read.cells[2].strip() == shown(text).encode("utf-8", "replace").decode().strip()


def test_a_report_full_of_hostile_mail_has_no_script_and_asks_nobody(folder: Path) -> None:
    text = (folder / "report.html").read_text("utf-8")
    read = Reader(text)
    assert set(read.tags) <= TAGS and "onerror" not in dict(read.attributes)
    shown_cells = set(read.cells)
    assert all(shown(subject) in shown_cells for subject in HOSTILE)
    assert "{{ 7*7 }}" in text and "49{%" not in text
    hrefs = {value for name, value in read.attributes if name == "href"}
    assert all(value.startswith("#") or (folder / value).is_file() for value in hrefs)
    assert text.count("http://") == text.count("http://www.w3.org/") + 1  # the subject that shows one
    assert len(text) < 400_000


@given(TEXTS)
def test_no_cell_of_a_sheet_is_ever_a_formula(text: str) -> None:
    figure = Figure(name="one", title="One", table=Table((Column("a", text), Column("b", "b")), ((text, f"={text}"),)))
    cells = [cell for row in csv.reader(io.StringIO(sheet(figure).decode("utf-8-sig"))) for cell in row]
    assert len(cells) == 4 and not [cell for cell in cells if cell.startswith(FORMULAS) and not cell.startswith("'")]


def test_numbers_of_a_sheet_stay_numbers_and_days_stay_days() -> None:
    assert (safe(-3), safe(0.5), safe(date(2026, 3, 1)), safe(None)) == ("-3", "0.5", "2026-03-01", "")


def test_the_page_the_json_and_the_sheets_say_the_same(made: Report, folder: Path) -> None:
    told = json.loads((folder / "report.json").read_text("utf-8"))
    assert set(told["figures"]) == {one.name for one in made.figures}
    for one in made.figures:
        with (folder / f"{one.name}.csv").open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.reader(file))[1:]
        told_rows = told["figures"][one.name]["rows"]
        assert len(lines) == len(told_rows) == len(one.table.rows), one.name
        for line, row in zip(lines, told_rows, strict=True):
            for cell, value in zip(line, row.values(), strict=True):
                if isinstance(value, int | float):
                    assert float(cell) == value
    assert told["preface"] == list(made.preface)


def test_the_same_report_is_the_same_page_to_the_byte(made: Report) -> None:
    assert page(made) == page(made)


def test_a_report_takes_the_place_of_an_earlier_one_and_of_nothing_else(made: Report, tmp_path: Path) -> None:
    write(made, tmp_path / "out")
    write(made, tmp_path / "out")
    (tmp_path / "out" / "budget.xlsx").write_text("ours")
    with pytest.raises(WrongUsage, match="budget"):
        write(made, tmp_path / "out")
    with pytest.raises(WrongUsage):
        (tmp_path / "file").write_text("")
        write(made, tmp_path / "file")


def test_a_folder_that_cannot_be_made_is_said_in_a_sentence(made: Report) -> None:
    with pytest.raises(StoreNotAnswering, match="cannot be written"):
        write(made, Path("/proc/report"))


@given(st.text("abcdefgh.@-_/", max_size=200))
def test_a_long_word_is_broken_into_pieces_and_loses_nothing(word: str) -> None:
    assert "".join(pieces(word)) == word
    assert len(word) <= 16 or all(len(piece) <= 24 for piece in pieces(word))


def test_an_address_is_broken_before_its_sign() -> None:
    assert pieces("ana.holm@town.example") == ["ana.holm", "@town.example"]


def test_numbers_are_written_as_people_read_them() -> None:
    assert (size(0), size(999), size(40_000), size(50_000_000_000)) == ("0 bytes", "999 bytes", "40.0 kB", "50.0 GB")
    assert (share(0), share(0.001), share(0.256), share(3.2)) == ("0 %", "< 1 %", "26 %", "320 %")
