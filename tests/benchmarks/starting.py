"""How long commands take to begin and end in a small city, beside the mere import of the command line's toolkit.

The city is one to rehearse on, with nothing in it: what remains is what every command costs.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from tests.benchmarks.table import Figure, seconds

TIMES = 21


def benchmark() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        _took(folder, "-m", "retention", "init", "--city", "willow-falls")
        for said in ("--help", "hold list", "status"):
            ours, toolkit = [], []
            for _ in range(TIMES):
                toolkit.append(_took(folder, "-c", "import typer"))
                ours.append(_took(folder, "-m", "retention", *said.split()))
            times = sorted(ours)[TIMES // 2] / sorted(toolkit)[TIMES // 2]
            aim = "1.5 x or less" if said == "--help" else ""
            what = f"`retention {said}` beside `import typer`"
            yield Figure(what, seconds(ours), seconds(toolkit), f"{times:.2f} x", aim)


def _took(folder: str, *arguments: str) -> float:
    began = time.perf_counter()
    # What waits in a city that was just begun is said by the exit code of its status.
    subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, check=False)
    return time.perf_counter() - began
