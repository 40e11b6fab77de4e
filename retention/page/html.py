"""The page as one HTML file: it asks no network, runs no script, and escapes all it is given.

What it says is in the document; what a picture looks like, in ``retention.charts``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retention import charts
from retention.charts.drawing import NARROW, WIDE
from retention.page.document import Document, Figure, Kind, Picture, Row, Table
from retention.page.writing import pieces, short_size, shown, size, written

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

HERE = Path(__file__).parent
_ON_A_PHONE = 12
"""So many columns fit a telephone: of more, every second or third is named."""


def page(document: Document, files: Mapping[str, str] = {}) -> str:
    """The whole file. ``files`` are the names of the CSV files beside it, by the names of their figures."""
    return (
        _environment()
        .get_template("page.html")
        .render(
            document=document,
            files=files,
            style=(HERE / "page.css").read_text("utf-8") + charts.STYLE + _swatches(),
            wide=WIDE,
        )
    )


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    # Everything is escaped, whatever a template is called; what is not is said to be so here, and is our own.
    environment = Environment(
        autoescape=True,
        loader=FileSystemLoader(HERE),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["written"] = lambda cell, kind=Kind.TEXT: _broken(written(cell, kind))
    environment.filters["shown"] = shown
    environment.filters["said"] = _said
    environment.filters["size"] = size
    environment.filters["is_figure"] = _is_figure
    environment.globals["drawn"] = lambda figure, width: Markup(drawn(figure, width))  # noqa: S704 - our own SVG
    environment.globals["widths"] = (("wide", WIDE), ("narrow", NARROW))
    environment.globals["body"] = body
    return environment


def _broken(text: str) -> Markup:
    """The text, escaped, with places where a browser may break what is too long for a line."""
    from markupsafe import Markup, escape

    marks = (Markup("<wbr>").join(map(escape, pieces(word))) for word in text.split(" "))
    return Markup(" ").join(marks)


def _said(text: str) -> Markup:
    """A sentence, escaped, in which what is to be typed is between backticks."""
    from markupsafe import Markup, escape

    parts = enumerate(shown(text).split("`"))
    return Markup("").join(Markup("<code>{}</code>").format(part) if at % 2 else escape(part) for at, part in parts)


def body(figure: Figure) -> tuple[Row, ...]:
    """The rows of a figure that are on the page."""
    return figure.table.rows[: figure.most]


def drawn(figure: Figure, width: int) -> str:
    """The picture of a figure, so wide. Its words come from pygal escaped, as XML asks."""
    picture = figure.picture
    assert picture is not None
    name = f"{figure.name}-{width}"
    shape = charts.Shape(width, _form(picture.kind))
    kinds = [charts.Bar(shown(one.name), one.values, one.pale) for one in picture.series]
    labels = [shown(label) for label in picture.labels]
    match picture.form:
        case "columns":
            return charts.columns(name, _fewer(labels, width), kinds, shape)
        case "bars":
            return charts.bars(name, labels, kinds, shape, picture.upto)
        case _:
            return charts.spans(name, _spans(labels, picture), _ticks(picture, width), int(picture.upto), shape)


def _spans(labels: list[str], picture: Picture) -> list[charts.Span]:
    before, lasts, after = (one.values for one in picture.series)
    rows = zip(labels, before, lasts, after, strict=True)
    return [charts.Span(label, int(a), int(b), int(c)) for label, a, b, c in rows]


def _ticks(picture: Picture, width: int) -> tuple[tuple[int, str], ...]:
    """The days that are named: on a telephone no more than three."""
    each = 1 if width == WIDE else -(-len(picture.ticks) // 3)
    return picture.ticks[::each]


def _fewer(labels: list[str], width: int) -> list[str]:
    """On a telephone, and where there are very many, only some columns are named."""
    most = 14 if width == WIDE else _ON_A_PHONE
    each = -(-len(labels) // most)
    return [label if at % each == 0 else "" for at, label in enumerate(labels)]


def _form(kind: Kind) -> Any:
    return short_size if kind is Kind.SIZE else lambda number: f"{number:,.0f}"


def _is_figure(kind: Kind) -> bool:
    """Whether the cells of such a column stand to the right."""
    return kind in (Kind.NUMBER, Kind.SIZE, Kind.SHARE)


def _swatches() -> str:
    return f".swatch-pale {{ background: {charts.PALE}; border: 1px solid #6a7480; }}\n" + "".join(
        f".swatch-{n} {{ background: {colour}; }}\n" for n, colour in enumerate(charts.COLOURS)
    )


__all__ = ["Table", "drawn", "page"]
