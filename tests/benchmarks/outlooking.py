"""Reading a PST beside ``readpst -e`` on the same file: the whole import, and the messages alone once it is open.

``readpst`` only writes files: it takes no digests, keeps no list of what is lost, and one damaged item may end it.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from retention.mail.files.outlook import Pst
from tests.benchmarks.table import Figure, seconds, share

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "outlook"
TIMES = 7


def benchmark() -> Iterator[Figure]:
    files = sorted(FOLDER.glob("*.pst")) if FOLDER.is_dir() else []
    if not files:
        yield Figure(f"skipped: it needs the PSTs of {FOLDER.name} in the shared data folder")
        return
    program = shutil.which("readpst")
    for path in files:
        whole, opened, plain, messages = [], [], [], 0
        for _ in range(TIMES):
            took, alone, messages = _imported(path)
            whole.append(took)
            opened.append(alone)
            if program is not None:
                plain.append(_converted(program, path))
        what = f"{path.name}, {messages} messages"
        limit = (seconds(plain), share(whole, plain)) if plain else ("readpst is not installed", "")
        yield Figure(f"{what}: start, open, read", seconds(whole), *limit)
        rate = f"{messages / sorted(opened)[TIMES // 2]:.0f} messages/s"
        limit = (f"{messages / sorted(plain)[TIMES // 2]:.0f} messages/s", share(opened, plain)) if plain else ("", "")
        yield Figure(f"{what}: read, once open", rate, *limit)


def _imported(path: Path) -> tuple[float, float, int]:
    """How long all of it took, how long the messages alone, and how many there are."""
    start = time.perf_counter()
    pst = Pst(path)
    try:
        folders = pst.folders()
        opened = time.perf_counter()
        messages = sum(1 for folder in folders for _ in pst.messages(folder, ""))
        end = time.perf_counter()
    finally:
        pst.close()
    return end - start, end - opened, messages


def _converted(program: str, path: Path) -> float:
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        subprocess.run([program, "-q", "-e", "-o", folder, path], check=True, capture_output=True)
        return time.perf_counter() - start
