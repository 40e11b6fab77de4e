"""Figures and the plain table they are printed in.

Nothing is measured here.
"""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median
from typing import NamedTuple

HEADINGS = ("what", "ours", "limit", "ratio", "aim")


class Figure(NamedTuple):
    """One line: what was done, how we did, how the bare work did, the one over the other, and what is aimed at."""

    what: str
    ours: str
    limit: str = ""
    ratio: str = ""
    aim: str = ""


def seconds(times: Iterable[float]) -> str:
    return f"{median(times):.2f} s"


def share(ours: Iterable[float], limit: Iterable[float]) -> str:
    """How much of the limit's speed we reach, from the times of both."""
    return f"{median(limit) / median(ours):.0%}"


def printed(name: str, figures: Iterable[Figure]) -> str:
    """The table of one benchmark, as wide as its words."""
    rows = [HEADINGS, *figures]
    widths = [max(len(row[at]) for row in rows) for at in range(len(HEADINGS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([f"{name}:", *(f"  {line}" for line in lines)])
