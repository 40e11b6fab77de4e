"""What came over the wire: the log of requests, and how many were under way at once.

Nothing is answered here.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

LOGGED_HEADERS = ("prefer", "if-match", "client-request-id", "content-type", "consistencylevel", "user-agent")
LONGEST_LOG = 200_000
AT_ONCE = 4


class Seen(NamedTuple):
    """One request. A part of a batch is logged after its batch, with its number under ``batch-part``."""

    method: str
    path: str
    headers: dict[str, str]


class Traffic:
    """Written by the server's own thread only; read from anywhere.

    ``peak`` is the largest number of requests under way at once, ``mailbox_peaks`` the same for each mailbox, by its
    address in lower case; ``waiting`` is how many are under way now.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._log: deque[Seen] = deque(maxlen=LONGEST_LOG)
        self.peak = 0
        self.mailbox_peaks: Counter[str] = Counter()
        self.under_way: Counter[str] = Counter()
        self.waiting = 0

    def note(self, described: str, headers: dict[str, str], part: str = "") -> None:
        """Put a request into the log, as ``METHOD /path?query`` describes it."""
        method, _, path = described.partition(" ")
        kept = {name: headers[name] for name in LOGGED_HEADERS if name in headers}
        with self._lock:
            self._log.append(Seen(method, path, {**kept, "batch-part": part} if part else kept))

    @property
    def log(self) -> list[Seen]:
        """Every request so far, the latest 200,000 at most."""
        with self._lock:
            return list(self._log)

    @contextmanager
    def counted(self, mailbox: str) -> Iterator[None]:
        """Count a request as under way; ``mailbox`` is empty where it is for none."""
        self.waiting += 1
        self.peak = max(self.peak, self.waiting)
        if mailbox:
            self.under_way[mailbox] += 1
            self.mailbox_peaks[mailbox] = max(self.mailbox_peaks[mailbox], self.under_way[mailbox])
        try:
            yield
        finally:
            self.waiting -= 1
            if mailbox:
                self.under_way[mailbox] -= 1

    def note_parts(self, mailbox: str, parts: int) -> None:
        """Count parts of a batch that run in parallel as under way, beside what else is."""
        if mailbox:
            self.mailbox_peaks[mailbox] = max(self.mailbox_peaks[mailbox], self.under_way[mailbox] + parts)

    def forget(self) -> None:
        """Empty the log and begin the peaks anew."""
        with self._lock:
            self._log.clear()
        self.peak = self.waiting
        self.mailbox_peaks.clear()
