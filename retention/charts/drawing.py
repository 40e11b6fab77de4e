"""Columns over time, bars, and spans of days, drawn by pygal and stripped to their shapes.

Which figures are drawn, and how a number is written, is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from math import ceil
from typing import Any, NamedTuple

from retention.charts.colours import COLOURS, INK, LETTERS

WIDE, NARROW = 920, 340
"""Pixels: of a page on a desk or on paper, and of a telephone."""
_ROW = 30
_LONGEST = {WIDE: 42, NARROW: 20}
_WORD = re.compile(r"[\w'’]+")
_UNSEEN = {"script", "style", "desc", "title", "defs"}


class Bar(NamedTuple):
    """One kind of thing and how much of it there is at each label. ``pale``: only what is left beside the others."""

    name: str
    values: tuple[float, ...]
    pale: bool = False


class Span(NamedTuple):
    """One row of days, counted from the first day of the picture: in force, and then for a time after its end."""

    name: str
    begins: int
    lasts: int
    after: int


class Shape(NamedTuple):
    """How wide a picture is to be, and how its numbers are written."""

    width: int
    form: Callable[[float], str]


def columns(name: str, labels: Sequence[str], kinds: Sequence[Bar], shape: Shape) -> str:
    """Columns beside each other, each of all kinds on top of each other. ``name`` must be the only one of its page."""
    import pygal

    wide = shape.width == WIDE
    chart = pygal.StackedBar(**_settings(shape, 300 if wide else 260), x_label_rotation=0 if wide else 60)
    chart.x_labels = labels
    chart.y_labels = _steps(max((sum(column) for column in zip(*(k.values for k in kinds), strict=True)), default=0))
    return _drawn(chart, name, kinds)


def bars(name: str, labels: Sequence[str], kinds: Sequence[Bar], shape: Shape, upto: float = 0) -> str:
    """Bars below each other, the first on top, on a scale that reaches ``upto`` at least."""
    import pygal

    chart = pygal.HorizontalStackedBar(**_settings(shape, 50 + _ROW * len(labels)))
    # pygal begins at the bottom, and people at the top.
    chart.x_labels = [_short(label, shape.width) for label in reversed(labels)]
    longest = max((sum(row) for row in zip(*(kind.values for kind in kinds), strict=True)), default=0)
    chart.y_labels = _steps(max(longest, upto), 5 if shape.width == WIDE else 3)
    return _drawn(chart, name, [kind._replace(values=kind.values[::-1]) for kind in kinds])


def spans(name: str, rows: Sequence[Span], ticks: Sequence[tuple[int, str]], days: int, shape: Shape) -> str:
    """Rows of days below each other, the first on top, between the first day of the picture and ``days`` later."""
    import pygal

    chart = pygal.HorizontalStackedBar(**_settings(shape, 50 + _ROW * len(rows)), range=(0, days))
    chart.x_labels = [_short(row.name, shape.width) for row in reversed(rows)]
    chart.y_labels = [{"label": label, "value": day} for day, label in ticks]
    ordered = rows[::-1]
    before = Bar("", tuple(row.begins for row in ordered))
    kinds = [Bar("", tuple(row.lasts for row in ordered)), Bar("", tuple(row.after for row in ordered))]
    return _drawn(chart, name, [before, *kinds], unseen=1)


def _settings(shape: Shape, height: int) -> dict[str, Any]:
    from pygal.style import Style

    # What decides where things stand is said here; how they look is said once by the page.
    style = Style(label_font_size=LETTERS, major_label_font_size=LETTERS, colors=COLOURS, font_family="sans-serif")
    return {
        "style": style,
        "width": shape.width,
        "height": height,
        "js": (),
        "explicit_size": False,
        "disable_xml_declaration": True,
        "show_legend": False,
        "print_values": False,
        "margin": 4,
        "margin_right": 28,
        "spacing": 8,
        "truncate_label": -1,
        "value_formatter": shape.form,
        "no_data_text": "",
    }


def _drawn(chart: Any, name: str, kinds: Sequence[Bar], unseen: int = 0) -> str:
    chart.uuid = name
    for kind in kinds:
        chart.add(kind.name, list(kind.values))
    chart.add_xml_filter(lambda root: _bare(root, unseen, [kind.pale for kind in kinds]))
    return str(chart.render(is_unicode=True))


def _bare(root: Any, unseen: int, pale: Sequence[bool]) -> Any:
    """Only the shapes: no script, no style of its own, no words that only a pointer would show, no day of making."""
    for parent in list(root.iter()):
        for child in list(parent):
            if _is_extra(child):
                parent.remove(child)
    for group in root.iter():
        kind = str(group.get("class") or "")
        if "series serie-" in kind:
            number = int(kind.split("serie-")[1].split(maxsplit=1)[0])
            colour = "unseen" if number < unseen else "color-pale" if pale[number] else f"color-{number - unseen}"
            group.set("class", f"series {colour}")
    root.set("aria-hidden", "true")
    root.set("focusable", "false")
    return root


def _is_extra(child: Any) -> bool:
    if not isinstance(child.tag, str):
        return True
    kind = str(child.get("class") or "").split()
    return child.tag.rpartition("}")[2] in _UNSEEN or "tooltip" in kind or "text-overlay" in kind or "titles" in kind


def _steps(largest: float, most: int = 5) -> list[int]:
    """Round whole numbers from nothing to the largest or a little more: all that is drawn is counted."""
    reach = max(1, ceil(largest))
    size = 10 ** (len(str(reach)) - 1)
    choices = [max(1, size * factor // 100) for factor in (1, 2, 5, 10, 20, 50, 100, 200, 500)]
    step = next(step for step in choices if reach <= step * most)
    return [step * n for n in range(-(-reach // step) + 1)]


def _short(label: str, width: int) -> str:
    """The label, cut behind a word where it is too long; only one that begins with an endless word is cut within it."""
    most = _LONGEST[width]
    if len(label) <= most:
        return label
    ends = [word.end() for word in _WORD.finditer(label) if most // 3 <= word.end() < most]
    return f"{label[: ends[-1] if ends else most - 1]}…"


__all__ = ["COLOURS", "INK", "NARROW", "WIDE", "Bar", "Shape", "Span", "bars", "columns", "spans"]
