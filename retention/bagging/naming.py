"""The names of what lies in a bag: none of them can be steered by a mail, and every file system takes them.

What is under these names is written in ``mailbag.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

_PLAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._()-]{0,98}[A-Za-z0-9()_-])?\Z")
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,8}\Z")
_DEVICES = {"con", "prn", "aux", "nul", *(f"{device}{n}" for device in ("com", "lpt") for n in range(10))}
LISTED = "attachments.csv"


def names(n: int, given: Iterable[str]) -> Iterator[str]:
    """The names of the attachments of message ``n`` in the bag: the given one, or the message's number and a count.

    Specification 4.4.3: a name that some file system would not take is replaced, and ``attachments.csv`` tells both.
    """
    taken = {LISTED}
    for count, name in enumerate(given, start=1):
        plain = name if is_plain(name) and name.lower() not in taken else _replaced(n, count, name)
        taken.add(plain.lower())
        yield plain


def _replaced(n: int, count: int, name: str) -> str:
    ending = _EXTENSION.search(name)
    return f"{n}-{count}{ending.group() if ending else ''}"


def is_plain(name: str) -> bool:
    """Whether every file system takes this name for a file, and none for anything else."""
    # What begins with digits and a hyphen is kept for the names that are given here.
    return bool(_PLAIN.match(name)) and name.lower().split(".")[0] not in _DEVICES and not re.match(r"\d+-\d", name)


def arranged(folder: str, path: str) -> str:
    """The folder of a bag followed by a path in a mailbox, with what could steer it escaped (specification 4.2.2)."""
    escaped = (
        quote(part, safe="", errors="replace").replace(".", "%2E").replace("~", "%7E")
        for part in path.split("/")
        if part
    )
    return "/".join((folder, *escaped))


def one_line(text: str) -> str:
    """The text as one line of a tag file: BagIt's readers end a line at every character that can end one."""
    plain = text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)
    return " ".join(plain.split())
