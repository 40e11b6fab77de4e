"""How long to wait before asking again, and how often.

Nothing is sent here; the callers decide what may be asked again at all.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

ATTEMPTS = 8
"""How often one request is sent at most. With the waits below that is about three minutes of a service that is down."""

CONNECTING = 4
"""How often a connection is tried that never came about: the network is then the likelier cause, and people wait."""

SHORTEST = 0.5
LONGEST = 60.0
LONGEST_TOLD = 600.0


class Unsure(Exception):
    """Something was asked to be done and the answer was not its outcome: look again before asking again.

    ``maybe_done`` is false where the service is sure to have done nothing, as when it throttles.
    """

    def __init__(self, reason: str, maybe_done: bool, retry_after: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.maybe_done = maybe_done
        self.retry_after = retry_after


class Patience:
    """Waits: as the service says where it says, otherwise doubling, always with a random part added.

    ``pause`` takes seconds; ``jitter`` returns a number from 0 up to 1. Sources: Graph "throttling guidance"
    (``Retry-After`` first); microsoftgraph/msgraph-sdk-javascript#297 (``Retry-After`` that is always 1), which is
    why the random part grows with each attempt even where the service gave a time.
    """

    def __init__(self, pause: Callable[[float], object], jitter: Callable[[], float]) -> None:
        self._pause = pause
        self._jitter = jitter

    def seconds(self, attempt: int, retry_after: str | None) -> float:
        """Seconds before attempt number ``attempt + 1``; ``attempt`` counts from 1."""
        doubling = min(SHORTEST * 2.0 ** (attempt - 1), LONGEST)
        told = told_seconds(retry_after)
        if told is None:
            return doubling / 2 + self._jitter() * doubling / 2
        return min(max(told, SHORTEST), LONGEST_TOLD) + self._jitter() * doubling / 2

    def wait(self, attempt: int, retry_after: str | None = None) -> None:
        self._pause(self.seconds(attempt, retry_after))


def told_seconds(retry_after: str | None) -> float | None:
    """``Retry-After`` as seconds from now: a number, or an HTTP date; ``None`` where it is neither."""
    if not retry_after:
        return None
    try:
        seconds = float(retry_after)
    except ValueError:
        try:
            at = parsedate_to_datetime(retry_after)
        except (TypeError, ValueError):
            return None
        seconds = ((at if at.tzinfo else at.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds()
    return max(seconds, 0.0) if math.isfinite(seconds) else None
