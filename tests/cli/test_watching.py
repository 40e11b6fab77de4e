"""The bar that says how far a job is: only where a person looks, never in the way, and gone when it is over."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from retention.cli import screen, watching

PLAYED = """
import signal
from retention.cli import screen, watching
watching.SHOWN_AFTER = watching.TOLD_EVERY = 0
with screen.progress("Reading mailboxes") as progress:
    progress(1200, 9000, "ann@city.example \\x1b[2J\\u202e")
    print("begun", flush=True)
    signal.pause()
"""


def test_nothing_is_shown_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with screen.progress("Reading") as progress:
        progress(1, 2, "x")
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("done", "total", "speed", "left", "since", "said"),
    [
        (1200, 9000, 340.2, 22.9, 4, "1,200 of 9,000, 340 a second, 23 s left"),
        (1200, None, 340.2, None, 4, "1,200, 340 a second, 4 s"),
        (3, 9, 0.05, 120, 60, "3 of 9, 3 a minute, 2 min left"),
        (3, 900_000, 0.5, 1_800_000, 60, "3 of 900,000, 30 a minute, 500 h 0 min left"),
        (0, None, None, None, 2, "0, 2 s"),
        (9000, 9000, 100, 0, 91, "9,000 of 9,000, 100 a second, 2 min"),
    ],
)
def test_a_bar_says_how_many_how_fast_and_how_long_still(
    done: float, total: float | None, speed: float | None, left: float | None, since: float, said: str
) -> None:
    assert watching.pace(done, total, speed, left, since) == said


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
def test_a_bar_is_seen_on_a_terminal_and_an_interrupt_leaves_the_terminal_as_it_was() -> None:
    import pty

    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    ran = subprocess.Popen([sys.executable, "-c", PLAYED], stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    seen = ""
    for chunk in _chunks(ours):
        seen += chunk
        if "1,200 of 9,000" in seen and ran.poll() is None:
            ran.send_signal(signal.SIGINT)
    ran.wait(30)
    assert "Reading mailboxes" in seen and "ann@city.example ·[2J·" in seen and "\u202e" not in seen
    assert re.search("1,200 of 9,000.*KeyboardInterrupt", seen, re.DOTALL)
    # The cursor that the bar hides is shown again.
    assert seen.rfind("\x1b[?25h") > seen.rfind("\x1b[?25l") >= 0


def _chunks(descriptor: int) -> Iterator[str]:
    with open(descriptor, "rb", buffering=0) as file:
        while True:
            try:
                chunk = file.read(4096)
            except OSError:  # what a pseudo-terminal says at its end
                return
            if not chunk:
                return
            yield chunk.decode("utf-8", "replace")
