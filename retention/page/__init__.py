"""A page of figures for people: one HTML file with pictures and tables, which opens from anywhere and prints well.

Which figures it shows, and where they come from, is not known here.
"""

from retention.page.document import (
    Column,
    Document,
    Fact,
    Figure,
    Kind,
    Picture,
    Row,
    Section,
    Series,
    Table,
    Tone,
    sums,
)
from retention.page.html import page

__all__ = [
    "Column", "Document", "Fact", "Figure", "Kind", "Picture", "Row", "Section", "Series", "Table",
    "Tone", "page", "sums",
]  # fmt: skip
