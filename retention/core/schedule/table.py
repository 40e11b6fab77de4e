"""One table of a TOML file while it is read: its values by their types, and every problem with its place.

What the keys mean is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from retention.core.schedule.series import Problem


class Table:
    """One table: gives values of the right type, and notes what is wrong as problems of ``series`` at ``path``."""

    def __init__(self, data: object, known: Iterable[str], series: str, path: str, problems: list[Problem]) -> None:
        self.series, self.path, self.problems = series, path, problems
        self.data: Mapping[str, Any] = data if isinstance(data, Mapping) else {}
        if not isinstance(data, Mapping):
            self.problem("", "must be a table")
        known = tuple(known)
        for key in self.data:
            if key not in known:
                near = get_close_matches(str(key), known, n=1)
                self.problem(str(key), f"is not a known key; is '{near[0]}' meant?" if near else "is not a known key")

    def problem(self, key: str, sentence: str) -> None:
        self.problems.append(Problem(self.series, ".".join(filter(None, (self.path, key))) or "series", sentence))

    def text(self, key: str, default: str = "", *, needed: bool = False) -> str:
        value = self.data.get(key, default)
        if not isinstance(value, str):
            self.problem(key, f"must be text, not {value!r}")
            return default
        if needed and not value.strip():
            self.problem(key, "is missing")
        return value.strip()

    def flag(self, key: str) -> bool | None:
        value = self.data.get(key)
        if value is None or isinstance(value, bool):
            return value
        self.problem(key, f"must be true or false, not {value!r}")
        return None

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.problem(key, f"must be a list of texts, not {value!r}")
            return ()
        if key in self.data and not value:
            self.problem(key, "is an empty list")
        return tuple(item.strip() for item in value)

    def tables(self, key: str, known: Iterable[str]) -> list[Table]:
        value = self.data.get(key, [])
        if not isinstance(value, list):
            self.problem(key, "must be a list of tables")
            return []
        path = f"{self.path}.{key}" if self.path else key
        return [Table(row, known, self.series, f"{path} {n}", self.problems) for n, row in enumerate(value, start=1)]
