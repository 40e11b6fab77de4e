"""Threads that ask for several things of one folder at once.

How many requests may be in flight is decided in ``wire.py``; nothing is asked for here.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import Generic, TypeVar

from retention.errors import MailNotAnswering

T = TypeVar("T")


class Begun(Generic[T]):
    """Something that is being asked for."""

    def __init__(self, future: Future[T]) -> None:
        self._future = future

    def result(self) -> T:
        """What came of it. Raises what the asking raised, and ``MailNotAnswering`` once closed."""
        try:
            return self._future.result()
        except CancelledError as error:
            raise _closed() from error

    def drop(self) -> None:
        """It is not wanted any more: if it has not been begun, it never is."""
        self._future.cancel()


class Workers:
    """As many threads as requests may be in flight; they come into being when they are needed."""

    def __init__(self, count: int) -> None:
        self._pool = ThreadPoolExecutor(max(count, 1), thread_name_prefix="exchange")

    def begin(self, call: Callable[[], T]) -> Begun[T]:
        """Raises ``MailNotAnswering`` once closed."""
        try:
            return Begun(self._pool.submit(call))
        except RuntimeError as error:
            raise _closed() from error

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


def _closed() -> MailNotAnswering:
    return MailNotAnswering("The mail system was closed while it was being read.", "Run again: what was read is kept.")
