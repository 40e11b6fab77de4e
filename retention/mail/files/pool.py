"""The containers that are open: each is used by one reader at a time, and a few are kept for the next one.

What lies in them is not known here.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from retention.mail.files import opening
from retention.mail.files.container import Container
from retention.mail.files.finding import Found
from retention.mail.files.kinds import Kind
from retention.mail.files.loose import Loose
from retention.mail.files.maildir import Maildir
from retention.mail.files.mbox import Mbox
from retention.mail.files.opening import Marks

IDLE = 4
"""So many stay open that nobody reads: to open a large file of Outlook's again for each message would take long."""


def container(found: Found) -> Container:
    """Raises ``FolderUnreadable``."""
    if found.kind is Kind.MBOX:
        return Mbox(found.path)
    if found.kind is Kind.MAILDIR:
        return Maildir(found.path)
    if found.kind is Kind.PST:
        return _pst(found.path)
    if found.kind is Kind.LOOSE:
        return Loose(found.path, _msg)
    folder, name = os.path.split(found.path)
    return Loose(folder, _msg, only=name)


def _pst(path: str) -> Container:
    from retention.mail.files.outlook import Pst

    return Pst(path)


def _msg(path: str) -> Container:
    from retention.mail.files.outlook import Msg

    return Msg(path)


class Pool:
    """Lends containers. One that was given up half-way is closed, and so is what was changed since it was opened."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: OrderedDict[Found, tuple[Marks | None, Container]] = OrderedDict()
        self._lent: list[Container] = []
        self._closed = False

    @contextmanager
    def borrowed(self, found: Found) -> Iterator[Container]:
        """Raises ``FolderUnreadable`` where it cannot be opened."""
        marks = _marks(found)
        lent = self._kept(found, marks) or container(found)
        with self._lock:
            self._lent.append(lent)
        whole = False
        try:
            yield lent
            whole = True
        finally:
            with self._lock:
                self._lent.remove(lent)
                dropped = self._put_back(found, marks, lent) if whole and not self._closed else lent
            if dropped is not None:
                dropped.close()

    def close(self) -> None:
        """Closes what is being read too: whoever reads on is told that it cannot be read."""
        with self._lock:
            self._closed = True
            every = [kept for _, kept in self._idle.values()] + self._lent
            self._idle.clear()
        for each in every:
            each.close()

    def _kept(self, found: Found, marks: Marks | None) -> Container | None:
        with self._lock:
            kept = self._idle.pop(found, None)
        if kept is None or kept[0] == marks:
            return kept and kept[1]
        kept[1].close()
        return None

    def _put_back(self, found: Found, marks: Marks | None, lent: Container) -> Container | None:
        """Keeps it, and gives back the one that has to make room for it."""
        if found in self._idle:
            return lent
        self._idle[found] = marks, lent
        return self._idle.popitem(last=False)[1][1] if len(self._idle) > IDLE else None


def _marks(found: Found) -> Marks | None:
    """None for a folder, whose container looks for itself, and for what cannot be looked at."""
    with suppress(OSError):
        return opening.marks_of(found.path) if found.is_one_file else None
    return None
