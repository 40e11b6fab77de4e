"""Sizes as mail systems tell them.

What is too large for a city is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable

_DIGITS = 18
"""So many are more bytes than anybody has; a number with more of them is no size."""


def size_of(told: str | int | None) -> int | None:
    """Bytes; ``None`` where none are told that can be."""
    text = str("" if told is None else told).strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS else None


def largest(told: Iterable[str | int | None]) -> int | None:
    """The largest of these sizes, 0 of none; ``None`` where one of them is not told."""
    sizes = [size_of(one) for one in told]
    return None if None in sizes else max((size for size in sizes if size is not None), default=0)
