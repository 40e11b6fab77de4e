"""How long commands take to begin and end in a small city, beside the toolkit of the command line.

The toolkit is measured twice: merely imported, and with the smallest command that can be made with it. The city is one
to rehearse on, with nothing in it: what remains is what every command costs. Everything is compiled, as it is where it
was installed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from statistics import median

from tests.benchmarks.table import Figure, seconds

TIMES = 21
SMALLEST = "import typer; app = typer.Typer(add_completion=False); app.command()(lambda: None); app(args=[])"
_ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
SAID = ("--help", "hold list", "status")


def benchmark() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        _took(folder, "-m", "retention", "init", "--city", "willow-falls")
        typed = {said: ("-m", "retention", *said.split()) for said in SAID}
        typed |= {"import": ("-c", "import typer"), "smallest": ("-c", SMALLEST)}
        # Once for each, so that all of it is compiled; then in turns.
        for words in typed.values():
            _took(folder, *words)
        times: dict[str, list[float]] = {what: [] for what in typed}
        for _ in range(TIMES):
            for what, words in typed.items():
                times[what].append(_took(folder, *words))
    for said in SAID:
        aim = "1.5 x or less" if said == "--help" else ""
        for words, beside in (("`import typer`", times["import"]), ("a command that does nothing", times["smallest"])):
            ratio = median(times[said]) / median(beside)
            yield Figure(
                f"`retention {said}` beside {words}", seconds(times[said]), seconds(beside), f"{ratio:.2f} x", aim
            )


def _took(folder: str, *arguments: str) -> float:
    began = time.perf_counter()
    # What waits in a city that was just begun is said by the exit code of its status.
    subprocess.run([sys.executable, *arguments], cwd=folder, env=_ENVIRONMENT, capture_output=True, check=False)
    return time.perf_counter() - began
