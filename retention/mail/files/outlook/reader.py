"""A process that reads one PST, as its container sees it: asked, answering, overdue, dead.

What is asked and what is made of the answers is not known here.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import retention
from retention.mail.files.outlook.frames import Answer, Asked, Astray, Failed, Ready, WentOn, next_answer, write
from retention.mail.interface import FolderUnreadable

MODULE = "retention.mail.files.outlook.reading"


KEPT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "PYTHONUTF8", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""All of the environment that the process is given: it reads what strangers wrote, and the rest may hold secrets."""

START = 60.0
"""Seconds for starting and opening the file, at the least: a busy machine is no damage."""


class Died(Exception):
    """The process ended, or was ended because it took too long. ``str()`` is the reason shown."""


class Reader:
    """One process with one PST open. Used by one thread at a time; ``close`` may be called from any."""

    def __init__(self, path: str, patience: float) -> None:
        """``patience``: seconds without any sign after which the process is ended. Raises ``FolderUnreadable``."""
        self._patience = patience
        self._deadline = math.inf
        self._overdue = False
        self._closed = threading.Event()
        try:
            self._process = subprocess.Popen(
                # -P: a mailbox's folder must not lend it modules.
                [sys.executable, "-P", "-m", MODULE, path],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment(),
            )
        except OSError as error:
            raise FolderUnreadable(f"The process that reads Outlook's files does not start: {error}.") from error
        threading.Thread(target=self._watch, daemon=True).start()
        try:
            first = self._next(max(patience, START))
        except Died as error:
            self.close()
            raise FolderUnreadable(f"The file could not be opened: {error}.") from error
        if isinstance(first, Failed):
            self.close()
            raise FolderUnreadable(first.reason)
        if not isinstance(first, Ready):
            self.close()
            raise FolderUnreadable("The process that reads Outlook's files does not answer as it must.")

    @property
    def is_closed(self) -> bool:
        return self._closed.is_set()

    def ask(self, question: Asked) -> Iterator[Answer]:
        """The answers as they come, for as long as they are taken. Raises ``Died``."""
        try:
            assert self._process.stdin is not None
            write(self._process.stdin, question)
        except (OSError, ValueError) as error:
            raise self._death() from error
        while True:
            answer = self._next(self._patience)
            if not isinstance(answer, WentOn):
                yield answer

    def close(self) -> None:
        """End the process, whatever it is doing."""
        if self._closed.is_set():
            return
        self._closed.set()
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            try:
                if pipe is not None:
                    pipe.close()
            except OSError:
                continue

    def _next(self, patience: float) -> Answer:
        self._deadline = time.monotonic() + patience
        try:
            assert self._process.stdout is not None
            return next_answer(self._process.stdout)
        except (Astray, OSError, ValueError) as error:
            raise self._death() from error
        finally:
            # While the answer is used nothing is waited for.
            self._deadline = math.inf

    def _death(self) -> Died:
        if self._overdue:
            return Died(f"reading it gave no sign within {self._patience:g} s")
        if self._closed.is_set():
            return Died("the reading was given up")
        return Died("the library that reads Outlook's files broke down on it")

    def _watch(self) -> None:
        while not self._closed.wait(min(1.0, self._patience / 4)):
            if time.monotonic() > self._deadline:
                self._overdue = True
                self._process.kill()
                return


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {**kept, "PYTHONPATH": str(Path(retention.__file__).parent.parent)}
