"""Runs in processes of their own that are killed at their n-th call into the bucket.

The process here forks before it ever uses the library that asks the bucket: that one has threads, of which a fork takes
none along. Nothing is tested here.
"""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from retention.store.objects import ObjectSettings
from retention.store.objects.bucket import Bucket
from tests.conftest import ROOT
from tests.jobs.bucketed import Bucketed


class Order(Struct, frozen=True, kw_only=True):
    """What is to be done in which town, and at which call the process is killed; ``at`` 0 kills none."""

    run: str
    folder: str
    settings: ObjectSettings
    now: datetime
    at: int


class Killing:
    """A process that lets its children do what they are told, and says how they ended."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def killed(self, town: Bucketed, run: str, at: int) -> bool:
        """Whether a process that does this was killed at that call before its end."""
        order = Order(run=run, folder=str(town.folder), settings=town.settings, now=town.at, at=at)
        asked, told = self._process.stdin, self._process.stdout
        assert asked is not None and told is not None
        asked.write(msgspec.json.encode(order) + b"\n")
        asked.flush()
        ended = told.readline().decode().strip()
        assert ended in ("0", str(-signal.SIGKILL)), f"{run} with call {at}: {ended}"
        return ended != "0"


@contextmanager
def killing() -> Iterator[Killing]:
    command = (sys.executable, "-m", "tests.jobs.killing")
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield Killing(process)
        assert process.stdin is not None
        process.stdin.close()


def _serve() -> None:
    # What takes long to import is imported once, here.
    for name in ("opendal", "retention.paper", "reportlab.platypus"):
        import_module(name)
    gc.freeze()  # a child that collects what it did not make would copy every page of it
    for line in sys.stdin.buffer:
        order = msgspec.json.decode(line, type=Order)
        child = os.fork()
        if child == 0:
            _obey(order)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _obey(order: Order) -> None:
    try:
        town = Bucketed(Path(order.folder), order.settings)
        town.at = order.now
        _arm(order.at)
        getattr(town, order.run)()
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)


def _arm(at: int) -> None:
    """The request is done and its answer never comes. Behind it nothing reaches the bucket before the next one."""
    calls, ask, pieces = count(1), Bucket._ask, Bucket.pieces

    def call() -> None:
        if next(calls) == at:
            os.kill(os.getpid(), signal.SIGKILL)

    def asked(bucket: Bucket, request: Callable[[Any], Any]) -> Any:
        answer = ask(bucket, request)
        call()
        return answer

    def in_pieces(bucket: Bucket, name: str) -> Iterator[bytes]:
        for piece in pieces(bucket, name):
            call()
            yield piece

    for name, deadly in (("_ask", asked), ("pieces", in_pieces)):
        setattr(Bucket, name, deadly)


if __name__ == "__main__":
    _serve()
