"""The bar that shows on stderr how far a job is, how fast it goes and how long it still takes.

What a job does is not known here.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, Timer
from typing import TYPE_CHECKING

from retention.cli.screen import clean, cut, is_terminal

if TYPE_CHECKING:
    from rich.progress import Progress, Task

SHOWN_AFTER = 1.0
"""Seconds after which a job gets a bar: what is over by then would only flicker."""

TOLD_EVERY = 0.1
"""Seconds between two looks at how far it is; a job may tell of every single message."""


@contextmanager
def watched(what: str) -> Iterator[Callable[[int, int | None, str], None]]:
    """The bar of one job, gone again at its end, also where it is interrupted."""
    if not is_terminal(sys.stderr):
        yield lambda done, total, at: None
        return
    bar = _Bar(what)
    try:
        yield bar.told
    finally:
        bar.end()


class _Bar:
    """One bar; it begins on a thread of its own, so that a job that tells nothing yet is seen to run too."""

    def __init__(self, what: str) -> None:
        self._what, self._lock = what, Lock()
        self._progress: Progress | None = None
        self._said: tuple[int, int | None, str] = (0, None, "")
        self._next = 0.0
        self._ended = False
        self._timer = Timer(SHOWN_AFTER, self._begin)
        self._timer.daemon = True
        self._timer.start()

    def told(self, done: int, total: int | None, at: str) -> None:
        last, self._said = self._said, (done, total, at)
        now = time.monotonic()
        if self._progress is None or (now < self._next and done != total and total == last[1]):
            return
        self._next = now + TOLD_EVERY
        with self._lock:
            self._show(again=done < last[0])

    def end(self) -> None:
        self._timer.cancel()
        with self._lock:
            self._ended = True
            if self._progress is not None:
                self._progress.stop()

    def _begin(self) -> None:
        with self._lock:
            if not self._ended:
                self._progress = _progress()
                self._progress.add_task(self._what, total=None, at="")
                self._show()
                self._progress.start()

    def _show(self, *, again: bool = False) -> None:
        assert self._progress is not None
        (task,) = self._progress.task_ids
        done, total, at = self._said
        if again:
            # The job's next part counts from its own beginning: the speed of the last one says nothing of it.
            self._progress.reset(task)
        self._progress.update(task, completed=done, total=total, at=clean(cut(at, 200)))


def _progress() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, TextColumn
    from rich.table import Column
    from rich.text import Text

    class Pace(ProgressColumn):
        """How many of how many, how fast, and how long it still takes."""

        def render(self, task: Task) -> Text:
            return Text(pace(task.completed, task.total, task.speed, task.time_remaining, task.elapsed), no_wrap=True)

    console = Console(file=sys.stderr, markup=False, highlight=False, emoji=False)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True)),
        BarColumn(bar_width=16),
        Pace(table_column=Column(no_wrap=True)),
        TextColumn("{task.fields[at]}", markup=False, table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis")),
    )
    return Progress(*columns, console=console, transient=True, expand=True)


def pace(done: float, total: float | None, speed: float | None, left: float | None, since: float | None) -> str:
    """``1,200 of 9,000, 340 a second, 23 s left``; where no end is known, how long it has taken."""
    of = f" of {total:,.0f}" if total is not None else ""
    fast = "" if not speed else f", {speed:,.0f} a second" if speed >= 1 else f", {speed * 60:,.0f} a minute"
    if total is not None and left is not None and done < total:
        return f"{done:,.0f}{of}{fast}, {span(left)} left"
    return f"{done:,.0f}{of}{fast}, {span(since or 0)}"


def span(seconds: float) -> str:
    """``23 s``, ``4 min``, ``2 h 5 min``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
