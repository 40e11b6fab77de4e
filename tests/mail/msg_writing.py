"""Writes tiny .msg files: an OLE compound file with the properties that a test asks for ([MS-CFB], [MS-OXMSG]).

Only as much of both formats as these tests need; nothing of the project is used to write them.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

SECTOR, SMALL, CUTOFF = 512, 64, 4096
FREE, END, FAT, NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
PUBLIC_STRINGS = UUID("00020329-0000-0000-c000-000000000046")
CATEGORIES = 0x8000

Tree = dict[str, Any]
"""A storage: by their names its streams (bytes) and the storages in it."""
Values = Mapping[tuple[int, int], Any]
"""By number and type: texts, numbers, instants, bytes, or for many texts a tuple."""


def compound(root: Tree) -> bytes:
    """An OLE compound file with this content."""
    entries: list[tuple[str, int, Any]] = [("Root Entry", 5, root)]
    links: list[list[int]] = [[NONE, NONE, NONE]]
    _list(root, 0, entries, links)
    small, big, starts = bytearray(), [], []
    for name, kind, content in entries:
        if kind != 2:
            starts.append((END if name != "Root Entry" else 0, 0))
        elif len(content) < CUTOFF:
            starts.append((len(small) // SMALL, len(content)))
            small += content + bytes(-len(content) % SMALL)
        else:
            starts.append((len(big), len(content)))
            big += _sectors(content)
    chains = [count for name, kind, content in entries if kind == 2 and (count := _big(content))]
    first_small = len(big)
    big += _sectors(bytes(small))
    chains.append(len(big) - first_small)
    starts[0] = (first_small if small else END, len(small))
    mini_fat = _chained(
        [
            -(-size // SMALL)
            for (name, kind, _), (_, size) in zip(entries, starts, strict=True)
            if kind == 2 and size < CUTOFF
        ]
    )
    first_mini = len(big)
    big += _sectors(struct.pack(f"<{len(mini_fat)}I", *mini_fat), b"\xff")
    chains.append(len(big) - first_mini)
    rows = b"".join(_entry(*each, *at, *link) for each, at, link in zip(entries, starts, links, strict=True))
    first_row = len(big)
    big += _sectors(rows)
    chains.append(len(big) - first_row)
    table = _chained(chains)
    fats = 1
    while fats * 128 < len(table) + fats:
        fats += 1
    first_fat = len(big)
    table += [FAT] * fats
    big += _sectors(struct.pack(f"<{len(table)}I", *table), b"\xff")
    where = [first_fat + n for n in range(fats)] + [FREE] * (109 - fats)
    head = struct.pack("<8s16xHHHHH6xIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 0, fats,
                       first_row, 0, CUTOFF, first_mini, chains[-2], END, 0)  # fmt: skip
    return head + struct.pack("<109I", *where) + b"".join(big)


def _list(tree: Tree, parent: int, entries: list[Any], links: list[list[int]]) -> None:
    before = None
    for name in sorted(tree, key=lambda name: (len(name), name.upper())):
        here = len(entries)
        entries.append((name, 1 if isinstance(tree[name], dict) else 2, tree[name]))
        links.append([NONE, NONE, NONE])
        # All hang on the right side of the one before: a tree without balance is a tree all the same.
        links[parent if before is None else before][2 if before is None else 1] = here
        before = here
        if isinstance(tree[name], dict):
            _list(tree[name], here, entries, links)


def _entry(name: str, kind: int, _: Any, start: int, size: int, left: int, right: int, child: int) -> bytes:
    wide = name.encode("utf-16-le")
    head = wide + bytes(64 - len(wide)) + struct.pack("<HBBIII", len(wide) + 2, kind, 1, left, right, child)
    return head + bytes(36) + struct.pack("<IQ", start, size)


def _sectors(content: bytes, filler: bytes = b"\0") -> list[bytes]:
    whole = content + filler * (-len(content) % SECTOR)
    return [whole[at : at + SECTOR] for at in range(0, len(whole), SECTOR)]


def _big(content: bytes) -> int:
    return -(-len(content) // SECTOR) if len(content) >= CUTOFF else 0


def _chained(counts: list[int]) -> list[int]:
    table: list[int] = []
    for count in counts:
        table += [len(table) + n + 1 for n in range(count - 1)] + [END] * (count > 0)
    return table


def storage(values: Values, head: bytes) -> Tree:
    """The streams of one message, recipient or attachment."""
    rows, tree = [], {}
    for (tag, type_), value in values.items():
        name = f"__substg1.0_{tag:04X}{type_:04X}"
        if isinstance(value, tuple):
            for number, each in enumerate(value):
                tree[f"{name}-{number:08X}"] = each.encode("utf-16-le") + b"\0\0"
            tree[name] = b"".join(struct.pack("<I", len(each) * 2 + 2) for each in value)
            inline = struct.pack("<Q", len(tree[name]))
        elif isinstance(value, datetime):
            inline = struct.pack("<Q", int((value - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()) * 10**7)
        elif isinstance(value, int):
            inline = struct.pack("<q", value)
        else:
            content = value if isinstance(value, bytes) else value.encode("utf-16-le" if type_ == 0x1F else "cp1252")
            if not isinstance(value, str) or value:
                tree[name] = content
            tree.setdefault(name, b"")
            inline = struct.pack("<Q", len(content))
        rows.append(struct.pack("<HHI", type_, tag, 6) + inline)
    return {**tree, "__properties_version1.0": head + b"".join(rows)}


def message(
    values: Values, recipients: tuple[Values, ...] = (), attachments: tuple[tuple[Values, Tree | None], ...] = (),
    inside: bool = False,
) -> Tree:  # fmt: skip
    """A message; an attachment may bring the storage of a message in it."""
    counts = (len(recipients), len(attachments)) * 2
    tree = storage(values, bytes(8) + struct.pack("<4I", *counts) + (b"" if inside else bytes(8)))
    for number, each in enumerate(recipients):
        tree[f"__recip_version1.0_#{number:08X}"] = storage(each, bytes(8))
    for number, (each, inner) in enumerate(attachments):
        part = storage(each, bytes(8))
        if inner is not None:
            part["__substg1.0_3701000D"] = inner
        tree[f"__attach_version1.0_#{number:08X}"] = part
    return tree


def names() -> Tree:
    """The list of names, with the categories as its only one."""
    keywords = "Keywords".encode("utf-16-le")
    return {
        "__substg1.0_00020102": b"",
        "__substg1.0_00030102": struct.pack("<IHH", 0, 2 << 1 | 1, CATEGORIES - 0x8000),
        "__substg1.0_00040102": struct.pack("<I", len(keywords)) + keywords,
    }


def write(path: Path, tree: Tree) -> Path:
    path.write_bytes(compound({**tree, "__nameid_version1.0": names()}))
    return path
