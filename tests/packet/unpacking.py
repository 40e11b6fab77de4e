"""A packet in the hands of a stranger: what it says, changes to it, and its verifier run as a stranger runs it.

Nothing is tested here.
"""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from retention.core.proof import TABLES
from retention.packet.verifier.chain import Broken
from retention.packet.verifier.text import Found
from retention.packet.verifier.verify import UNREADABLE, check
from retention.packet.words import HEAD, INTRO, README, TAIL


def frame() -> str:
    """The digest that the verifier must hold of all fixed words."""
    words = [[one.name, one.title, one.text, one.columns, one.given] for one in TABLES]
    return sha256(json.dumps([HEAD, TAIL, INTRO, README, words]).encode("ascii")).hexdigest()


def verified(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The packet's own verifier, run by a Python that knows of nothing but its standard library."""
    asked = [sys.executable, "-I", "-S", str(folder / "verify.py"), *arguments]
    return subprocess.run(asked, capture_output=True, text=True, encoding="utf-8", check=False, cwd="/")


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with open(folder / f"{name}.csv", encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def facts(folder: Path) -> dict[str, str]:
    return {row["what"]: row["value"] for row in rows(folder, "facts")}


def said(folder: Path) -> Any:
    return json.loads((folder / "proof.json").read_text("utf-8"))


def entries(folder: Path) -> list[Any]:
    return [json.loads(line) for line in (folder / "ledger.jsonl").read_bytes().splitlines()]


def copied(folder: Path, to: Path) -> Path:
    shutil.copytree(folder, to)
    return to


def changed(folder: Path, name: str, change: Callable[[bytes], bytes]) -> None:
    """Change one file of the packet as a forger would, who makes the manifest anew."""
    path = folder / name
    data = path.read_bytes()
    assert change(data) != data, "the change changes nothing"
    path.write_bytes(change(data))
    listed(folder)


def listed(folder: Path) -> None:
    """The manifest of what lies in the folder now."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    lines = [f"{sha256((folder / n).read_bytes()).hexdigest()}  {n}\n" for n in names if n != "manifest.sha256"]
    (folder / "manifest.sha256").write_text("".join(lines), "utf-8")


def problems(folder: Path) -> list[str]:
    """What our own copy of the verifier finds wrong with a packet."""
    found = Found()
    try:
        check(str(folder), "", found)
    except Broken as broken:
        found.wrong(str(broken))
    except UNREADABLE as error:
        found.wrong(str(error))
    return found.problems
