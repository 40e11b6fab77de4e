"""Spreadsheets as they really come: every encoding and separator, and every file that is not what it seems."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from retention import sheets
from retention.errors import ScheduleNotValid, WrongUsage
from retention.sheets import delimited, excel
from retention.sheets.limits import LARGEST_FILE, MOST_COLUMNS, MOST_ROWS

ROWS = (("Code", "Title"), ("FIN 1", "Bids; offers, and\nletters"), ("'=1+1", 'The "big" élection'))


def texts(sheet):
    return [line.cells for line in sheet.lines]


def workbook(*rows, merged=(), then=None):
    book = Workbook()
    page = book.active
    page.title = "Rows"
    for row in rows:
        page.append(row)
    for name in merged:
        page.merge_cells(name)
    if then:
        then(page)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def refused(path, **more):
    with pytest.raises(ScheduleNotValid) as told:
        sheets.read(path, **more)
    assert told.value.message.endswith(".") and told.value.next_step.endswith(".")
    return told.value


# --- CSV ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_a_csv_file_is_read_whatever_wrote_it(encoding, separator, end):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator, lineterminator=end).writerows(ROWS)
    assert texts(delimited.read("a.csv", text.getvalue().encode(encoding))) == [*ROWS]


def test_rows_are_numbered_as_a_spreadsheet_shows_them():
    sheet = delimited.read("a.csv", b'a,b\r\n\r\n"one\r\ntwo",c\r\nd,e\r\n')
    assert [line.number for line in sheet.lines] == [1, 3, 4]


def test_a_file_in_windows_1252_is_read_only_when_a_person_says_so():
    data = "Code,Title\r\nA,Procès-verbal – 1\r\n".encode("cp1252")
    with pytest.raises(
        ScheduleNotValid, match=r"is not UTF-8 text: byte 18 \(0xE8\) in line 2 would be 'è' in Windows"
    ):
        delimited.read("a.csv", data)
    assert delimited.read("a.csv", data, "windows-1252").lines[1].cells[1] == "Procès-verbal – 1"


def test_one_cell_in_another_encoding_is_told_with_its_byte_and_line():
    with pytest.raises(ScheduleNotValid, match=r"byte 11 \(0x93\) in line 3"):
        delimited.read("a.csv", b"a,b\r\nc,\xc3\xa9\r\n\x93d\x94,e\r\n")


@pytest.mark.parametrize(
    ("data", "encoding", "said"),
    [
        (b"a,b\nc\0,d\n", "", "NUL byte in line 2"),
        ("a,b\n".encode("utf-16-le"), "", "UTF-16 without its mark"),
        (b"\xff\xfea\0,\0\0\0", "", "NUL character in line 1"),
        (b"\xff\xfea\0,", "", "UTF-16"),
        (b"a\x81,b", "cp1252", "byte 1 .0x81. in line 1"),
        (b'a,b\nc,"d\ne,f\n', "", "from row 2 on: a quotation mark is opened there and never closed"),
        (b'a,b\n"c"x,d\n', "", "from row 2 on: text follows a closing quotation mark"),
    ],
)
def test_text_that_cannot_be_read_is_refused_with_its_place(data, encoding, said):
    with pytest.raises(ScheduleNotValid, match=said):
        delimited.read("a.csv", data, encoding)


def test_an_encoding_nobody_knows_is_wrong_usage():
    with pytest.raises(WrongUsage, match="no encoding 'latin-9'"):
        delimited.read("a.csv", b"a,b", "latin-9")


def test_too_many_rows_columns_or_bytes_are_refused(tmp_path):
    with pytest.raises(ScheduleNotValid, match=f"has more than {MOST_ROWS:,} rows"):
        delimited.read("a.csv", b"a,b\n" * (MOST_ROWS + 1))
    with pytest.raises(ScheduleNotValid, match="has more than 250 columns"):
        delimited.read("a.csv", b"a," * (MOST_COLUMNS + 1))
    large = tmp_path / "large.csv"
    large.write_bytes(b"a,b\n" * (LARGEST_FILE // 4 + 1))
    assert "has 5.0 million bytes; no more than" in refused(large).message


def test_an_empty_file_and_no_file_are_told_apart(tmp_path):
    (tmp_path / "empty.csv").write_bytes(b" \r\n")
    assert refused(tmp_path / "empty.csv").message == "empty.csv is empty."
    with pytest.raises(WrongUsage, match="There is no file"):
        sheets.read(tmp_path / "none.csv")


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.binary(max_size=60), st.text(alphabet="\",;\t\r\n='aé\0", max_size=40).map(str.encode)))
def test_no_bytes_end_in_a_bug(data):
    try:
        delimited.read("a.csv", data)
    except ScheduleNotValid as told:
        assert told.next_step


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(st.text(alphabet="ab,;\"'\n =\t|é", max_size=6), min_size=2, max_size=2), min_size=1))
def test_rows_come_back_from_csv_as_they_were_written(body):
    rows = [["Code", "Title"], *body]
    read = delimited.read("a.csv", delimited.written(rows, mark=True))
    assert texts(read) == [tuple(c.strip() for c in row) for row in rows if any(c.strip() for c in row)]


# --- Excel ----------------------------------------------------------------------------------------------------------


def test_a_workbook_shows_its_cells_as_text():
    def zeros(page):
        page["A2"].number_format = "00000"

    (sheet,) = excel.read("a.xlsx", workbook(("Code", "N", "Yes"), (4300, 2.0, True), (None, 2.5, " x "), then=zeros))
    assert (sheet.name, sheet.lettered) == ("Rows", True)
    assert texts(sheet) == [("Code", "N", "Yes"), ("04300", "2", "TRUE"), ("", "2.5", "x")]


def test_a_date_an_error_and_a_formula_without_a_result_are_marred():
    data = workbook(("Code", "Period"), (date(2026, 3, 2), "=1+1"), ("x", "#REF!"))
    (sheet,) = excel.read("a.xlsx", data)
    assert "is a date for Excel (2026-03-02" in sheet.lines[1].marred[0]
    assert "a formula whose result was never saved" in sheet.lines[1].marred[1]
    assert sheet.lines[2].marred == {1: "holds the error #REF!"}


def test_a_formula_with_a_saved_result_is_that_result():
    data = edited(workbook(("a", "b"), ("=1+1", "x")), "xl/worksheets/sheet1.xml", b"<v></v>", b"<v>2</v>", b"<v />")
    (sheet,) = excel.read("a.xlsx", data)
    assert sheet.lines[1].cells[0] == "2" and not sheet.lines[1].marred


def test_merged_ranges_are_known_even_where_they_are_absurdly_large():
    (sheet,) = excel.read("a.xlsx", workbook(("a", "b"), ("c", "d"), merged=("A1:A2",)))
    assert [(m.name, m.top, m.left, m.bottom, m.right) for m in sheet.merged] == [("A1:A2", 1, 0, 2, 0)]
    data = edited(workbook(("a", "b"), merged=("A1:A2",)), "xl/worksheets/sheet1.xml", b"A1:A2", b"A1:XFD1048576")
    (sheet,) = excel.read("a.xlsx", data)
    assert sheet.merged[0].covers(1_000_000, 16_000)


def edited(data, name, *changes):
    """The workbook with one of its parts changed: the last of ``changes`` replaces each of the others."""
    old, *_ = changes
    whole, out = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as copy:
        for part in whole.namelist():
            content = whole.read(part)
            if part == name:
                new = changes[1]
                for one in (old, *changes[2:]):
                    content = content.replace(one, new)
            copy.writestr(part, content)
    return out.getvalue()


def archive(*names, size=10):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name in names:
            made.writestr(name, b"0" * size)
    return out.getvalue()


OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (OLD, "in the old Excel format"),
        (OLD + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        (archive("content.xml"), "but an OpenDocument file"),
        (archive("xl/workbook.bin"), "a binary workbook"),
        (archive("word/document.xml"), "a Word document"),
        (archive("readme.txt"), "some other archive"),
        (archive("xl/workbook.xml"), "cannot be read as an Excel workbook"),
        (archive("xl/workbook.xml", size=60_000_000), "60.0 million bytes when unpacked; at most 50.0 million"),
        (b"PK\x03\x04 and nothing else", "is damaged"),
        (workbook(("a",))[:-200], "is damaged"),
        (workbook(["x"] * 300), "Row 1 of sheet 'Rows' of a.xlsx has more than 250 columns"),
        (
            edited(
                workbook(("a", "b")),
                "xl/worksheets/sheet1.xml",
                b"<worksheet",
                b'<!DOCTYPE x [<!ENTITY y "z">]><worksheet',
            ),
            "cannot be read as an Excel workbook",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_workbook_that_can_be_read_is_refused_with_the_reason(data, said, tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(data)
    assert said in refused(path).message


def test_a_sheet_with_too_many_rows_is_refused(monkeypatch):
    monkeypatch.setattr(excel, "MOST_ROWS", 3)
    with pytest.raises(ScheduleNotValid, match="Sheet 'Rows' of"):
        excel.read("a.xlsx", workbook(*[["x"]] * 4))


def test_a_text_file_that_is_called_xlsx_is_refused(tmp_path):
    (tmp_path / "a.xlsx").write_text("Code,Title\n")
    assert "is called .xlsx, but it is not an Excel workbook" in refused(tmp_path / "a.xlsx").message


def test_a_workbook_that_is_called_csv_is_read(tmp_path):
    (tmp_path / "a.csv").write_bytes(workbook(("Code", "Title")))
    assert texts(sheets.read(tmp_path / "a.csv").sheets[0]) == [("Code", "Title")]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 5000), st.binary(min_size=1, max_size=8))
def test_a_damaged_workbook_never_ends_in_a_bug(place, junk):
    data = bytearray(WHOLE)
    data[place % len(data) : place % len(data) + len(junk)] = junk
    if excel.is_workbook(bytes(data)):
        try:
            excel.read("a.xlsx", bytes(data))
        except ScheduleNotValid as told:
            assert told.next_step


WHOLE = workbook(("Code", "Title"), ("FIN 1", "Bids"))


# --- writing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["out.csv", "out.xlsx"])
def test_what_is_written_is_read_back_and_never_over_another_file(tmp_path, name):
    path = tmp_path / name
    sheets.write(path, ROWS)
    (sheet,) = sheets.read(path).sheets
    assert texts(sheet) == [*ROWS] and not any(line.marred for line in sheet.lines)
    with pytest.raises(WrongUsage, match="is there already and is not overwritten"):
        sheets.write(path, ROWS)
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_every_cell_of_a_workbook_is_text_so_that_excel_makes_nothing_else_of_it():
    (sheet,) = excel.read("a.xlsx", excel.written([("=1+1", "2-3", "00012", "TRUE")]))
    assert texts(sheet) == [("=1+1", "2-3", "00012", "TRUE")] and not sheet.lines[0].marred


def cells_of(data):
    page = load_workbook(io.BytesIO(data)).active
    return page, [[cell.value for cell in row] for row in page.iter_rows()]


def test_a_count_is_a_number_and_only_in_a_column_of_counts():
    rows = [("group", "messages"), ("12", "2000"), ("3", "007"), ("4", "1" * 16), ("5", "-2"), ("6", "")]
    page, cells = cells_of(excel.written(rows, "Review", counts=("messages",)))
    assert page.title == "Review" and cells[1:3] == [["12", 2000], ["3", "007"]]
    assert [row[1] for row in cells[3:]] == ["1" * 16, "-2", None]
    (sheet,) = excel.read("a.xlsx", excel.written(rows, counts=("messages",)))
    assert sheet.name == "Sheet1" and texts(sheet)[1] == ("12", "2000")


def test_a_column_is_as_wide_as_its_longest_cell_within_reason():
    page, _ = cells_of(excel.written([("a", "b", "c"), ("x", "y" * 30, "z" * 500)]))
    assert [page.column_dimensions[name].width for name in "ABC"] == [8, 32, 60]


def test_nothing_that_is_said_of_a_file_takes_it_for_a_schedule(tmp_path):
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "large.csv").write_bytes(b"a,b\n" * (LARGEST_FILE // 4 + 1))
    (tmp_path / "rows.csv").write_bytes(b"a,b\n" * (MOST_ROWS + 1))
    (tmp_path / "columns.csv").write_bytes(b"a," * (MOST_COLUMNS + 1))
    (tmp_path / "bomb.xlsx").write_bytes(archive("xl/workbook.xml", size=60_000_000))
    for path in (*tmp_path.iterdir(), tmp_path / "none.csv"):
        with pytest.raises((ScheduleNotValid, WrongUsage)) as told:
            sheets.read(path)
        assert "schedule" not in (told.value.message + told.value.next_step).lower()


@pytest.mark.parametrize("text", ["a\x07b", "x" * 40_000])
def test_what_excel_cannot_hold_is_told(text):
    with pytest.raises(ScheduleNotValid, match="Cell B1 would have"):
        excel.written([("a", text)])


def test_only_two_kinds_of_file_are_written(tmp_path):
    with pytest.raises(WrongUsage, match=r"neither \.csv nor \.xlsx"):
        sheets.write(tmp_path / "a.ods", ROWS)
