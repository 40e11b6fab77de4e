"""Which files with mail in them lie in a source, and which of its files are not read.

What kind of file one is, is told in ``kinds.py``; no message is read here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from retention.core.files import escaped
from retention.core.mime import plain
from retention.mail.files import opening
from retention.mail.files.kinds import ONE_MESSAGE, Kind, kind_of

SHOWN = 5
"""So many names are said of the files that are not read for one and the same reason."""
INSIDE_MAILDIR = frozenset({"cur", "new", "tmp"})

LINK = "it is a link to a place outside"
NO_FILE = "it is no file"
BESIDE = "it lies in a Maildir, and in none of its folders"


class Found(NamedTuple):
    """One container: where it lies, its path below the source as it is shown (empty: the source itself), its kind."""

    path: str
    shown: str
    kind: Kind

    @property
    def is_one_file(self) -> bool:
        return self.kind in (Kind.MBOX, Kind.PST)


class Unread(NamedTuple):
    """A file or folder below the source in which no mail was looked for, and why."""

    shown: str
    reason: str


class Findings(NamedTuple):
    found: tuple[Found, ...]
    unread: tuple[Unread, ...]


def found_in(source: str) -> Findings:
    """The containers of a source in the order of their paths. Raises ``OSError`` where the source is not there."""
    source = _followed(source)
    if os.path.isdir(source):
        search = _Search(source)
        search.walk(source, "")
        return Findings(tuple(sorted(search.found, key=lambda each: each.shown)), tuple(search.unread))
    os.stat(source)
    kind = kind_of(source)
    if isinstance(kind, Kind):
        return Findings((Found(source, "", kind),), ())
    return Findings((), (Unread(shown_name(os.path.basename(source)), kind),))


class _Search:
    """A walk over a source that never leaves it: no link is followed."""

    def __init__(self, source: str) -> None:
        self._source = source
        self.found: list[Found] = []
        self.unread: list[Unread] = []

    def walk(self, path: str, shown: str) -> None:
        try:
            with os.scandir(path) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            if not shown:
                raise
            self.unread.append(Unread(shown, opening.why(error)))
            return
        in_maildir = is_maildir(entries)
        if in_maildir:
            self.found.append(Found(path, shown, Kind.MAILDIR))
        messages = [self._is_message(entry, _below(shown, entry.name), in_maildir) for entry in entries]
        if any(messages):
            self.found.append(Found(path, shown, Kind.LOOSE))

    def _is_message(self, entry: os.DirEntry[str], shown: str, in_maildir: bool) -> bool:
        """Takes in what the entry is; whether it is one message in a file of its own."""
        if entry.is_symlink():
            if not is_inside(entry.path, self._source):
                self.unread.append(Unread(shown, LINK))
        elif entry.is_dir(follow_symlinks=False):
            if not (in_maildir and (entry.name in INSIDE_MAILDIR or entry.name.startswith("."))):
                self.walk(entry.path, shown)
        elif not entry.is_file(follow_symlinks=False):
            self.unread.append(Unread(shown, NO_FILE))
        else:
            return self._is_loose(entry.path, shown, kind_of(entry.path), in_maildir)
        return False

    def _is_loose(self, path: str, shown: str, kind: Kind | str, in_maildir: bool) -> bool:
        if not isinstance(kind, Kind):
            self.unread.append(Unread(shown, kind))
        elif kind not in ONE_MESSAGE:
            self.found.append(Found(path, shown, kind))
        elif in_maildir:
            self.unread.append(Unread(shown, BESIDE))
        else:
            return True
        return False


def _followed(source: str) -> str:
    """What was added may itself be a link: whoever added it meant what it leads to."""
    return os.path.realpath(source) if os.path.islink(source) else source


def is_inside(path: str, source: str) -> bool:
    """Whether the place that this leads to, through whatever links, is the source or below it."""
    target, root = os.path.realpath(path), os.path.realpath(source)
    return target == root or target.startswith(root.rstrip(os.sep) + os.sep)


def is_maildir(entries: Iterable[os.DirEntry[str]]) -> bool:
    """By the two folders in which a Maildir keeps its messages; ``tmp`` is often lost in an old copy."""
    return {"cur", "new"} <= {entry.name for entry in entries if entry.is_dir(follow_symlinks=False)}


def container_at(source: str, shown: str) -> Found | None:
    """The container that is shown so, without a look at all the others; None where there is none by now."""
    source = _followed(source)
    path = os.path.join(source, name_of(shown)) if shown else source
    if not is_inside(path, source) or (shown and os.path.islink(path)) or not os.path.lexists(path):
        return None
    if os.path.isdir(path):
        with os.scandir(path) as entries:
            return Found(path, shown, Kind.MAILDIR if is_maildir(entries) else Kind.LOOSE)
    kind = kind_of(path)
    return Found(path, shown, kind) if isinstance(kind, Kind) else None


def loose_in(path: str) -> Iterator[tuple[os.DirEntry[str], Kind]]:
    """The files directly in this folder that are one message each. Raises ``OSError``."""
    with os.scandir(path) as listing:
        for entry in listing:
            if entry.is_file(follow_symlinks=False):
                kind = kind_of(entry.path)
                if isinstance(kind, Kind) and kind in ONE_MESSAGE:
                    yield entry, kind


def not_read(unread: Iterable[Unread]) -> tuple[str, ...]:
    """One sentence for each reason."""
    by_reason: dict[str, list[str]] = {}
    for each in unread:
        by_reason.setdefault(each.reason, []).append(each.shown)
    return tuple(
        f"Not read: {', '.join(names[:SHOWN])}{_more(len(names) - SHOWN)} ({reason})."
        for reason, names in by_reason.items()
    )


def _more(count: int) -> str:
    return f" and {count:,} more" if count > 0 else ""


def _below(shown: str, name: str) -> str:
    return f"{shown}/{shown_name(name)}" if shown else shown_name(name)


def shown_name(name: str) -> str:
    """A name that any text may hold: bytes that are no UTF-8, and the signs that ids are made with, as ``%xx``."""
    return escaped(name) if set("%#") & set(name) or plain(name) != name else name


def name_of(shown: str) -> str:
    """The name, or the path below the source, that was shown so."""
    return os.fsdecode(re.sub(rb"%([0-9a-f]{2})", lambda found: bytes([int(found[1], 16)]), shown.encode()))
