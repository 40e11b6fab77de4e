"""Measuring in a process of its own, over catalogs that are made once for all that is measured over them.

What is measured is said where it is: this only starts the process, and reads what it printed.
"""

from __future__ import annotations

import atexit
import json
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from tests.benchmarks.filling import multiplied

SIZES = (100_000, 1_000_000)
"""Messages. Others are measured where they are named: ``python -m tests.benchmarks planning 1000000 10000000``."""


@cache
def catalog_of(messages: int) -> Path:
    """A folder with the catalog of so many messages, all filed; it is there until this process ends."""
    folder = Path(tempfile.mkdtemp(prefix="retention-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    multiplied(folder, messages)
    return folder


def measured(module: str, *arguments: object) -> list[float]:
    """The numbers that this module prints as JSON where it is run with these arguments."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    numbers: list[float] = json.loads(done.stdout)
    return numbers


def peak(process: int | str = "self") -> float:
    """The most memory this process has had, in MiB; 0 where it has ended, or the system does not tell.

    Not ``ru_maxrss``, which begins with that of whoever started it.
    """
    try:
        lines = Path(f"/proc/{process}/status").read_text("ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0) / 1024
