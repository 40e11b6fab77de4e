"""A document before it is a page: a title and sections, each with words, a table, or lines to be signed.

How it becomes HTML or PDF is next door; what a certificate or a form says is not known here.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from retention.core.proof import SHOWN, Row


class Section(Struct, frozen=True, kw_only=True):
    """One part. ``rows`` are all rows of its table; ``file`` is the name of the file that has all, where one has.

    ``signatures`` are those for whom a line is to be drawn.
    """

    title: str
    words: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    file: str = ""
    signatures: tuple[str, ...] = ()

    @property
    def extent(self) -> str:
        """How much of the table a page shows, in a sentence; empty where nothing needs to be said."""
        if not self.columns or (self.rows and not self.file):
            return ""
        if not self.rows:
            return "None."
        if len(self.rows) > SHOWN:
            return f"The first {SHOWN:,} of {len(self.rows):,} rows; all are in {self.file}."
        return f"All of it is in {self.file} too."


class Document(Struct, frozen=True, kw_only=True):
    """A whole document. ``made_at`` is the only instant that a page bears; ``foot`` stands on every printed sheet."""

    title: str
    words: tuple[str, ...]
    sections: tuple[Section, ...]
    made_at: datetime
    foot: str
