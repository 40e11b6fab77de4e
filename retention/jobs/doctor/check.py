"""A check: one thing that was looked at, what was found, and what to do next.

What is looked at is next door.
"""

from __future__ import annotations

from msgspec import Struct


class Check(Struct, frozen=True, kw_only=True):
    """One thing looked at. ``code`` is 0 where it is well, otherwise the exit code of what is wrong with it.

    A ``note`` is neither well nor wrong: it has to be known.
    """

    what: str
    found: str
    next_step: str = ""
    code: int = 0
    note: bool = False
