"""A document as a PDF, set with reportlab in a font that every such file bears itself.

What cannot be printed in that font is decided in ``letters.py``. Nothing here reads a clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from retention.core.proof import SHOWN, Row
from retention.paper.document import Document, Section
from retention.paper.letters import Letters

FONT, BOLD = "Vera", "VeraBd"
MARGIN = 54.0
"""Points of white around each sheet: three quarters of an inch."""
WIDTH = 612 - 2 * MARGIN - 12
"""Points that a table may have: the sheet's, without the white around it and around what is set."""
LETTER = 4.9
"""Points that a letter takes in a table's head, on the whole."""


def pdf(document: Document) -> bytes:
    """The file's bytes: the same document always gives the same."""
    from reportlab.platypus import SimpleDocTemplate

    setting = _Setting(document)
    out = BytesIO()
    template = SimpleDocTemplate(
        out,
        pagesize=(612, 792),  # Letter, the paper of every city this is for
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=setting.letters.printable(document.title),
        author="retention",
        lang="en-US",
        # Without it the file would bear the time at which it was made, and a number drawn from it.
        invariant=1,
        initialFontName=FONT,
    )
    template.build(list(setting.story()), onFirstPage=setting.sheet, onLaterPages=setting.sheet)
    return out.getvalue()


class _Setting:
    """One document being set. Texts are escaped before reportlab, which reads markup in them, is given any."""

    def __init__(self, document: Document) -> None:
        from reportlab.lib.styles import ParagraphStyle
        from reportlab.pdfbase import pdfmetrics
        from reportlab.pdfbase.ttfonts import TTFont

        for name in (FONT, BOLD):
            if name not in pdfmetrics.getRegisteredFontNames():
                pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))
        self._document = document
        self.letters = Letters(pdfmetrics.getFont(FONT).face.charToGlyph)
        self._words = ParagraphStyle("words", fontName=FONT, fontSize=9, leading=12.5, spaceAfter=5)
        self._title = ParagraphStyle("title", self._words, fontName=BOLD, fontSize=15, leading=19, spaceAfter=8)
        self._heading = ParagraphStyle(
            "heading", self._words, fontName=BOLD, fontSize=11, leading=14, spaceBefore=12, keepWithNext=1
        )
        self._cell = ParagraphStyle("cell", self._words, fontSize=7, leading=8.8, spaceAfter=0)
        self._head = ParagraphStyle("head", self._cell, fontName=BOLD)

    def story(self) -> Iterator[Any]:
        yield self._paragraph(self._document.title, self._title)
        for words in self._document.words:
            yield self._paragraph(words, self._words)
        for section in self._document.sections:
            yield from self._section(section)
        self.letters.printable(self._document.foot)
        if self.letters.confession:
            yield self._paragraph(self.letters.confession, self._words)

    def sheet(self, canvas: Any, template: Any) -> None:
        """What stands on every sheet: its number, and what the document is of, so that none can be put elsewhere."""
        stamp = canvas._doc._timeStamp
        at = self._document.made_at.astimezone(UTC)
        stamp.t, stamp.lt, stamp.YMDhms = at.timestamp(), at.timetuple(), at.timetuple()[:6]
        canvas.saveState()
        canvas.setFont(FONT, 7)
        canvas.drawString(MARGIN, MARGIN - 18, self.letters.printable(self._document.foot))
        canvas.drawRightString(612 - MARGIN, MARGIN - 18, f"{canvas.getPageNumber()}")
        canvas.restoreState()

    def _section(self, section: Section) -> Iterator[Any]:
        from reportlab.platypus import KeepTogether

        yield self._paragraph(section.title, self._heading)
        for words in section.words:
            yield self._paragraph(words, self._words)
        if section.extent:
            yield self._paragraph(section.extent, self._words)
        if section.rows:
            yield self._table(section)
        for who in section.signatures:
            yield KeepTogether([self._signature(who)])

    def _table(self, section: Section) -> Any:
        from reportlab.lib import colors
        from reportlab.platypus import LongTable, TableStyle

        shown = section.rows[:SHOWN]
        rows = [[self._paragraph(cell, self._head) for cell in section.columns]]
        rows += [[self._paragraph(cell, self._cell) for cell in row] for row in shown]
        style = [
            ("GRID", (0, 0), (-1, -1), 0.4, colors.grey),
            ("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 3),
            ("RIGHTPADDING", (0, 0), (-1, -1), 3),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
        ]
        table = LongTable(rows, colWidths=_widths(section.columns, shown), repeatRows=1, splitInRow=1, spaceAfter=6)
        table.setStyle(TableStyle(style))
        return table

    def _signature(self, who: str) -> Any:
        from reportlab.lib import colors
        from reportlab.platypus import Table, TableStyle

        cells = [[self._paragraph(text, self._cell) for text in (who, "", "Name", "", "Date")]]
        line = Table(cells, colWidths=(196, 14, 164, 14, 104), spaceBefore=34)
        rules = [("LINEABOVE", (column, 0), (column, 0), 0.6, colors.black) for column in (0, 2, 4)]
        line.setStyle(TableStyle([*rules, ("LEFTPADDING", (0, 0), (-1, -1), 0), ("VALIGN", (0, 0), (-1, -1), "TOP")]))
        return line

    def _paragraph(self, text: str, style: Any) -> Any:
        from reportlab.platypus import Paragraph

        return Paragraph(escape(self.letters.printable(text)), style)


def _widths(columns: tuple[str, ...], rows: tuple[Row, ...]) -> list[float]:
    """What each column gets of the sheet: room for its longest word, and of the rest by its longest text.

    Both within bounds, so that none starves another.
    """
    texts = [(column, *(row[n] for row in rows[:100])) for n, column in enumerate(columns)]
    words = [min(max(len(word) for text in some for word in text.split() or [""]), 16) for some in texts]
    wanted = [min(max(map(len, some)), 60) for some in texts]
    least = [LETTER * one + 8 for one in words]
    over = max(WIDTH - sum(least), 0.0)
    more = [max(want - word, 0) + 0.01 for want, word in zip(wanted, words, strict=True)]
    given = [one + over * each / sum(more) for one, each in zip(least, more, strict=True)]
    return [one * WIDTH / sum(given) for one in given]
