"""Places for requests in flight: so many on one mailbox, so many over all.

Nothing is sent here.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

ON_ONE_MAILBOX = 4
"""Requests at once for one application and one mailbox (Graph "throttling limits", Outlook service limits)."""


class Slots:
    """``total`` places, given out in the order they were asked for."""

    def __init__(self, total: int) -> None:
        self.total = total
        self._free = total
        self._queue: deque[object] = deque()
        self._changed = threading.Condition()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold one place."""
        ticket = object()
        with self._changed:
            self._queue.append(ticket)
            try:
                self._changed.wait_for(lambda: self._queue[0] is ticket and self._free > 0)
            finally:
                self._queue.remove(ticket)
                self._changed.notify_all()
            self._free -= 1
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                self._changed.notify_all()


class Limits:
    """Both limits of Graph: at most four requests on one mailbox, and ``total`` over all mailboxes."""

    def __init__(self, total: int) -> None:
        self._all = Slots(max(total, 1))
        self._mailboxes: dict[str, Slots] = {}
        self._lock = threading.Lock()

    @contextmanager
    def in_flight(self, mailbox: str) -> Iterator[None]:
        """Wait for a place, mailbox first so that a crowded mailbox keeps no place of the others'.

        ``mailbox`` is ``""`` for requests that concern none.
        """
        if not mailbox:
            with self._all.taken():
                yield
            return
        with self._lock:
            slots = self._mailboxes.setdefault(mailbox, Slots(ON_ONE_MAILBOX))
        with slots.taken(), self._all.taken():
            yield
