"""Breaking a run at its n-th call: by an error, or by a real SIGKILL of the process.

Nothing is tested here; what counts as a call is listed in ``POINTS``.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from retention import durable
from retention.catalog import Catalog
from retention.catalog.records import Records
from retention.catalog.runs import Runs
from retention.ledger import Ledger
from retention.store.disk import DiskStore
from tests.mail.doubles import MemoryMail

POINTS: tuple[tuple[Any, str], ...] = (
    (Ledger, "_write"),
    (Ledger, "refresh"),
    (DiskStore, "put"),
    (DiskStore, "get"),
    (DiskStore, "digest"),
    (DiskStore, "quarantine"),
    (DiskStore, "restore"),
    (DiskStore, "destroy"),
    (Records, "mark"),
    (Records, "tell"),
    (durable, "write"),
    (durable, "sync_folder"),
    (Catalog, "mark"),
    (Catalog, "known"),
    (Runs, "end"),
    (MemoryMail, "content"),
    (MemoryMail, "look"),
    (MemoryMail, "purge"),
)
"""Every call by which apply and destroy reach out of themselves.

Each is a place to break twice: just before it and just after.
"""


class Broken(Exception):
    """The error of the n-th call."""


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fail() -> None:
    raise Broken


@contextmanager
def breaking(at: int, how: Callable[[], None], points: tuple[tuple[Any, str], ...] = ()) -> Iterator[None]:
    """While this lasts, the ``at``-th place breaks (counted from 1)."""
    ticks = count(1)

    def wrapped(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if next(ticks) == at:
                how()
            result = real(*args, **kwargs)
            if next(ticks) == at:
                how()
            return result

        return call

    originals = [(owner, name, getattr(owner, name)) for owner, name in points or POINTS]
    for owner, name, real in originals:
        setattr(owner, name, wrapped(real))
    try:
        yield
    finally:
        for owner, name, real in originals:
            setattr(owner, name, real)


def killed(at: int, run: Callable[[], None], points: tuple[tuple[Any, str], ...] = ()) -> bool:
    """Run in a child process that is killed at the ``at``-th place; whether it was killed before its end."""
    child = os.fork()
    if child == 0:
        code = 99
        try:
            with breaking(at, kill, points):
                run()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.waitstatus_to_exitcode(status) == 0
    return False
