"""Files and folders that lie in one another: none goes that takes with it what may not go, or may not go elsewhere.

Why one may not go by itself is said in ``report.py``.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from retention.core.files import escaped, told_path


class Line(Struct, frozen=True, kw_only=True):
    """One line of the report: a file or folder at ``path``, added as ``name``, and whether it may go by itself.

    Of one that may not, ``files`` are those in which its messages lie, as they were told when it was read; ``None``: it
    is not known.
    """

    name: str
    path: str
    may_go: bool
    files: Collection[str] | None = None


class Staying:
    """The lines that may not go, by where they really lie."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._at: dict[Path, list[Line]] = {}
        self._below: dict[Path, Line] = {}
        for line in sorted((line for line in lines if not line.may_go), key=lambda each: each.path):
            place = _real(line.path)
            self._at.setdefault(place, []).append(line)
            for folder in place.parents:
                self._below.setdefault(folder, line)

    def against(self, line: Line) -> Iterator[str]:
        """Why this line may not go, though it may by itself."""
        place = _real(line.path)
        for other in self._at.get(place, ()):
            yield f"it was added as {other.name} too, and may not go there"
        if below := self._below.get(place):
            yield f"something in it may not go: {told_path(below.path)}"
        for folder in place.parents:
            for other in self._at.get(folder, ()):
                if _has(other, place.relative_to(folder)):
                    yield f"it was added with {told_path(other.path)} too, as {other.name}, which may not go"


def _has(folder: Line, below: Path) -> bool:
    """Whether messages of this folder lie in what is at this path below it, or may lie there.

    A folder that stays for other messages says nothing of a file below it that has a line of its own.
    """
    if folder.files is None:
        return True
    place = str(Path(folder.path, below))
    # A name below it that is no text makes the whole path one that is told with its signs escaped.
    told = (place, escaped(place))
    below_it = tuple(f"{one}/" for one in told)
    return any(file in told or file.startswith(below_it) for file in folder.files)


def _real(path: str) -> Path:
    return Path(os.path.realpath(path))
