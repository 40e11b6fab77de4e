"""What the clock of a server shows, as its answers tell it.

This machine's own clock is not asked: it is the one that is to be compared with this.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from retention.errors import RetentionError

COUNTING = getattr(time, "CLOCK_BOOTTIME", None)
"""Counts on while the machine sleeps, which Linux's monotonic clock does not; the others' do."""


def elapsed() -> float:
    """Seconds that pass evenly whatever anybody sets the clock to."""
    return time.monotonic() if COUNTING is None else time.clock_gettime(COUNTING)


class ServerClock:
    """The instant that the last good answer bore (``Date``, RFC 9110 section 6.6.1), counted on since. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._heard: tuple[datetime, float] | None = None
        self._asked = False

    def hear(self, status: int, date: str | None) -> None:
        """Only an answer that is one counts: an error may come from a gateway with a clock of its own."""
        if not 200 <= status < 300 or not date:
            return
        try:
            told = parsedate_to_datetime(date)
        except (TypeError, ValueError):
            return
        at = told if told.tzinfo else told.replace(tzinfo=UTC)
        with self._lock:
            self._heard = at.astimezone(UTC), elapsed()

    def now(self, ask: Callable[[], object]) -> datetime | None:
        """``ask`` has the server answer anything, where it has not yet; if it cannot, it is not asked again."""
        with self._lock:
            silent, self._asked = self._heard is None and not self._asked, True
        if silent:
            with suppress(RetentionError):
                ask()
        with self._lock:
            heard = self._heard
        return heard[0] + timedelta(seconds=elapsed() - heard[1]) if heard else None
