"""Reading ahead: the content of the next messages to be captured is fetched while the present one is being stored.

Only reading happens here, and nothing of it is kept.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

from retention.core.message import MessageRef
from retention.mail.interface import MailSystem

AT_ONCE = 4


class Ahead:
    """Content in the order in which it will be asked for; at most a few messages are in memory."""

    def __init__(self, mail: MailSystem, refs: Iterable[MessageRef]) -> None:
        self._mail = mail
        self._refs = iter(refs)
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="capture")
        self._coming: deque[tuple[MessageRef, Future[bytes]]] = deque()

    def __enter__(self) -> Ahead:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _, future in self._coming:
            future.cancel()
        self._pool.shutdown(wait=True)

    def content(self, ref: MessageRef) -> bytes:
        """The message's MIME. Raises what ``MailSystem.content`` raises."""
        self._reach_out()
        while self._coming:
            coming, future = self._coming.popleft()
            self._reach_out()
            if coming == ref:
                return future.result()
        return self._read(ref)

    def _reach_out(self) -> None:
        while len(self._coming) < AT_ONCE and (ref := next(self._refs, None)) is not None:
            self._coming.append((ref, self._pool.submit(self._read, ref)))

    def _read(self, ref: MessageRef) -> bytes:
        return b"".join(self._mail.content(ref))
