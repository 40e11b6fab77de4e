"""The pictures: only shapes, as large as their figures, and the same whenever they are drawn."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retention.charts import COLOURS, Bar, Shape, Span, bars, columns, spans
from retention.charts.drawing import NARROW, WIDE, _short, _steps

PLAIN = Shape(WIDE, lambda number: f"{number:,.0f}")
SVG = "{http://www.w3.org/2000/svg}"


def shapes(drawn: str, kind: str) -> list[ElementTree.Element]:
    return [one for one in ElementTree.fromstring(drawn).iter() if one.get("class") == kind]


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_picture_is_nothing_but_shapes_and_labels(width: int) -> None:
    shape = Shape(width, str)
    kinds = (Bar("<b>", (3, 4)), Bar("two", (1, 0)))
    pictures = (
        columns("a", ("Jan", "<script>"), kinds, shape),
        bars("b", ("x & y", '">'), kinds, shape),
        spans("c", (Span("hold", 1, 2, 3),), ((0, "Jan"),), 10, shape),
    )
    for drawn in pictures:
        tags = {one.tag.removeprefix(SVG) for one in ElementTree.fromstring(drawn).iter()}
        assert tags <= {"svg", "g", "rect", "text", "path", "line"}
        assert "http://" not in drawn.replace("http://www.w3.org/", "") and "<!--" not in drawn


def test_a_column_is_as_tall_as_its_figure() -> None:
    drawn = columns("a", ("Jan", "Feb"), (Bar("one", (10, 20)),), PLAIN)
    heights = [float(rect.get("height") or 0) for rect in ElementTree.fromstring(drawn).iter(f"{SVG}rect")]
    low, high = sorted(height for height in heights if height)[:2]
    assert high / low == pytest.approx(2, rel=0.01)


def test_the_first_row_is_on_top() -> None:
    drawn = bars("a", ("first", "second"), (Bar("one", (1, 2)),), PLAIN)
    places = {one.text: float(one.get("y") or 0) for one in ElementTree.fromstring(drawn).iter(f"{SVG}text")}
    assert places["first"] < places["second"]


@pytest.mark.parametrize(
    ("label", "wide", "narrow"),
    [
        ("Notices", "Notices", "Notices"),
        (
            "FIN 04300 Requisitions - Departmental and Administrative",
            "FIN 04300 Requisitions - Departmental and…",
            "FIN 04300…",
        ),
        (
            "department.of.public.works.and.engineering@town.example",
            "department.of.public.works.and…",
            "department.of…",
        ),
        ("X" * 60, "X" * 41 + "…", "X" * 19 + "…"),
    ],
)
def test_a_long_label_is_cut_behind_a_word(label: str, wide: str, narrow: str) -> None:
    assert (_short(label, WIDE), _short(label, NARROW)) == (wide, narrow)


def test_the_days_before_a_hold_are_not_drawn() -> None:
    drawn = spans("a", (Span("hold", 5, 2, 3),), ((0, "Jan"),), 10, PLAIN)
    assert len(shapes(drawn, "series unseen")) == len(shapes(drawn, "series color-0")) == 2 - 1 + 1
    assert "color-2" not in drawn


def test_a_picture_is_the_same_whenever_it_is_drawn() -> None:
    assert columns("a", ("Jan",), (Bar("one", (1,)),), PLAIN) == columns("a", ("Jan",), (Bar("one", (1,)),), PLAIN)


@settings(max_examples=200)
@given(st.integers(0, 10**14), st.integers(3, 5))
def test_a_scale_has_few_round_steps_and_reaches_the_largest(largest: int, most: int) -> None:
    steps = _steps(largest, most)
    assert steps[0] == 0 and steps[-1] >= largest and 2 <= len(steps) <= most + 1


@pytest.mark.parametrize("colour", COLOURS)
def test_every_colour_is_told_from_white_paper(colour: str) -> None:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    assert 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05) >= 3
