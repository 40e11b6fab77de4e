"""How long the command line takes to say what it can do, beside the mere import of its toolkit.

Nothing of a city is opened here.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

from tests.benchmarks.table import Figure, seconds

TIMES = 21


def benchmark() -> Iterator[Figure]:
    ours, toolkit = [], []
    for _ in range(TIMES):
        toolkit.append(_took("-c", "import typer"))
        ours.append(_took("-m", "retention", "--help"))
    times = sorted(ours)[TIMES // 2] / sorted(toolkit)[TIMES // 2]
    yield Figure(
        "`retention --help` beside `import typer`", seconds(ours), seconds(toolkit), f"{times:.2f} x", "1.5 x or less"
    )


def _took(*arguments: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began
