"""No cell of a file that a spreadsheet program may open is ever taken for a formula, whatever a mail or a city says."""

from __future__ import annotations

import ast
import csv
import io
from collections.abc import Callable, Iterable
from pathlib import Path

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from retention import sheets
from retention.bagging import tables as bag
from retention.cli import schedule_diff
from retention.core.spreadsheet.sheet import guarded, unguarded
from retention.packet import writing as packet
from retention.page import folder as page
from retention.paper.listing import listing
from tests.test_floors import PACKAGE, modules

BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet program takes for the beginning of a formula, or leaves out before one."""
TEXTS = st.one_of(
    st.text(max_size=20),
    st.builds(
        "".join,
        st.tuples(
            st.sampled_from(["", " ", "'", "''", "\t", "\r\n", "\0", "\u00a0", "\u200b", "\ufeff"]),
            st.sampled_from([*BEGINNINGS, '=HYPERLINK("http://x")', "=cmd|' /C calc'!A0", "@SUM(1)", "-2+3"]),
            st.text(max_size=5),
        ),
    ),
)


def written(rows: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8", "replace")


def of_listing(text: str) -> bytes:
    return listing(("column",), [(text.encode("utf-8", "replace").decode(),)])


def of_packet(text: str) -> bytes:
    plain = packet.plain(text)
    return written([[f"'{plain}" if plain.startswith(packet.FORMULAS) else plain]])


WRITERS: dict[str, Callable[[str], bytes]] = {
    "bagging.tables": lambda text: bag.attachments([(text,)]),
    "cli.schedule_diff": lambda text: written([schedule_diff._cells([text])]),
    "packet.writing": of_packet,
    "page.folder": lambda text: written([[page.safe(text)]]),
    "paper.listing": of_listing,
    "sheets.delimited": lambda text: written([[guarded(text)]]),
}
"""How each module that writes CSV writes one cell."""
CALLERS = {"cli.review", "cli.record.restoring", "cli.schedule_files"}
"""Who hands rows to ``sheets``: each guards every cell, the last by ``core/spreadsheet``."""


@pytest.mark.parametrize("writer", WRITERS)
@given(text=TEXTS)
@example("=1+1")
@example("＝1+1")
@example("\t=1+1")
@example("-")
@settings(max_examples=150, deadline=None)
def test_no_cell_begins_like_a_formula(writer: str, text: str) -> None:
    for row in csv.reader(io.StringIO(WRITERS[writer](text).decode("utf-8-sig"), newline="")):
        assert not [cell for cell in row if cell.startswith(BEGINNINGS)]


@given(text=TEXTS)
@settings(max_examples=150, deadline=None)
def test_what_was_guarded_is_read_back_as_it_was(text: str) -> None:
    assert unguarded(guarded(text)) == text


def test_in_a_workbook_a_text_is_a_text_and_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    sheets.write(path, (("subject",), (guarded("=1+1"),), ("=2+2",)))
    column = openpyxl.load_workbook(path).active["A"]  # type: ignore[index]
    assert [cell.data_type for cell in column] == ["s", "s", "s"]
    assert str(column[1].value).startswith("'=")


def test_every_module_that_writes_csv_is_tried_here() -> None:
    found = {name for name, path in modules() if "csv.writer" in path.read_text("utf-8")}
    assert found == set(WRITERS)


def test_whoever_hands_rows_to_sheets_guards_them() -> None:
    found = {name for name, path in modules() if "sheets.write(" in path.read_text("utf-8")}
    assert found == CALLERS
    for name in CALLERS - {"cli.schedule_files"}:
        tree = ast.parse((PACKAGE / f"{name.replace('.', '/')}.py").read_text("utf-8"))
        assert any(isinstance(node, ast.Name) and node.id == "guarded" for node in ast.walk(tree)), name
