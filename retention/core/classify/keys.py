"""Which keys a message bears by a schedule's rules: the contract, case or project it is about.

What has happened to a key is in ``core/event.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

import re2

from retention.core import event
from retention.core.message import Message
from retention.core.schedule import KeyRule
from retention.core.words import Field, Finder, Undecided, options

_INVISIBLE = dict.fromkeys((173, 6158, 65279, *range(8203, 8208), *range(8288, 8293)))
"""Signs nobody sees, which would cut a key short."""
_JOINING = "-_/."


class Keys:
    """The key rules of all schedules in use, compiled once."""

    def __init__(self, rules: Iterable[KeyRule]) -> None:
        self._rules: dict[Field, list[tuple[str, re2._Regexp]]] = {}
        self._finders: dict[Field, Finder] = {}
        for rule in dict.fromkeys(rules):
            compiled = re2.compile(rule.pattern, options(case_sensitive=False))
            finder = self._finders.setdefault(rule.field, Finder(case_sensitive=False))
            finder.add(rule.pattern, len(self._rules.setdefault(rule.field, [])))
            self._rules[rule.field].append((rule.type, compiled))
        for finder in self._finders.values():
            finder.compile()
        self._subject = Field.SUBJECT if Field.SUBJECT in self._rules else None
        self._in_path = lru_cache(maxsize=16384)(self._in_folders)
        self._in_categories = lru_cache(maxsize=4096)(self._in_names)

    def __call__(self, message: Message) -> tuple[str, ...]:
        """The keys in their one form, each once, in the order in which they are found."""
        if not self._rules:
            return ()
        subject = self._in_text(self._subject, message.subject) if self._subject and message.subject else ()
        folder = self._in_path(message.path) if message.path else ()
        category = self._in_categories(Field.CATEGORY, message.categories) if message.categories else ()
        if not (subject or folder or category):
            return ()
        return tuple(dict.fromkeys((*subject, *folder, *category)))

    def _in_folders(self, path: str) -> tuple[str, ...]:
        return self._in_names(Field.FOLDER, tuple(path.split("/")))

    def _in_names(self, field: Field, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(key for name in names for key in self._in_text(field, name)) if field in self._rules else ()

    def _in_text(self, field: Field, text: str) -> tuple[str, ...]:
        """One pass tells which rules are worth asking: most mail bears no key at all."""
        text = text if text.isascii() else text.translate(_INVISIBLE)
        try:
            fitting = self._finders[field](text)
        except Undecided:
            fitting = tuple(range(len(self._rules[field])))
        if not fitting:
            return ()
        plain = text.encode(errors="replace").decode()
        return tuple(key for number in fitting for key in self._found(*self._rules[field][number], plain))

    def _found(self, type_: str, pattern: re2._Regexp, text: str) -> Iterator[str]:
        for match in pattern.finditer(text):
            try:
                yield event.key(f"{type_} {_whole(text, *match.span(1))}")
            except ValueError:
                continue  # the group took nothing, or far too much: no key


def _whole(text: str, begin: int, end: int) -> str:
    """The key as it stands, to the end of its word: ``C-1-2024`` is not the contract ``C-1``, whose clock may run."""
    if end <= begin:
        return ""
    while end < len(text) and (text[end].isalnum() or (text[end] in _JOINING and text[end + 1 : end + 2].isalnum())):
        end += 1
    return text[begin:end]
