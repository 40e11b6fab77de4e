"""Whether a PST is whole: as long as it says that it is, and every block as its checksum says ([MS-PST] 2.2.2).

Needed because libpff does not look: where a block is damaged or missing it may give less, and say nothing, and what
lies behind the end it never sees. Which item a block belongs to is not told here.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO

from msgspec import Struct

PAGE, BLOCK_TABLE = 512, 0x80
PAGES_PER_SIGN = 16


class _Layout(Struct, frozen=True):
    """Where things stand: both kinds of PST have the same, in numbers of eight bytes or of four."""

    word: int
    end_of_file: int
    block_table: int
    entries: int
    page_crc: int
    trailer: int
    block_crc: int


_UNICODE = _Layout(8, 0xB8, 0xF0, 488, 500, 16, 4)
_ANSI = _Layout(4, 0xA8, 0xC4, 496, 508, 12, 8)
_LAYOUTS = {14: _ANSI, 15: _ANSI, 23: _UNICODE}
"""By the file's version. Others, of cached server mailboxes, are laid out in another way and are not judged."""


def unsound(path: str, went_on: Callable[[], None]) -> str:
    """Why the file cannot be trusted to be whole, in words; empty where it can, or where that cannot be judged.

    ``went_on`` is called now and then. Raises ``OSError``.
    """
    with open(path, "rb") as file:
        head = file.read(PAGE)
        layout = _LAYOUTS.get(int.from_bytes(head[10:12], "little"))
        if layout is None:
            return ""
        length, there = _number(head, layout.end_of_file, layout.word), file.seek(0, 2)
        if there < length:
            return f"it has {there:,} of the {length:,} bytes that it says it has"
        if there > length:
            return f"{there - length:,} {'byte lies' if there - length == 1 else 'bytes lie'} behind its end"
        bad = sum(not good for good in _checked(file, layout, _number(head, layout.block_table, layout.word), went_on))
    if bad:
        return f"{bad:,} of its blocks are not as their checksums say"
    return ""


def _checked(file: BinaryIO, layout: _Layout, first: int, went_on: Callable[[], None]) -> Iterator[bool]:
    """For every page of the table of blocks and for every block in it, whether it is as its checksum says."""
    to_read, seen = [first], {first}
    while to_read:
        if len(seen) % PAGES_PER_SIGN == 0:
            went_on()
        page = _at(file, to_read.pop(), PAGE)
        good = len(page) == PAGE and page[PAGE - layout.trailer] == BLOCK_TABLE
        good = good and _is_as_said(page[: PAGE - layout.trailer], _number(page, layout.page_crc, 4))
        yield good
        if not good:
            continue
        count, size, level = page[layout.entries], page[layout.entries + 2], page[layout.entries + 3]
        for start in range(0, min(count * size, layout.entries), size or PAGE):
            if level:
                inner = _number(page, start + 2 * layout.word, layout.word)
                if inner in seen:
                    yield False
                else:
                    to_read.append(inner)
                    seen.add(inner)
            else:
                yield _block(file, layout, page, start)


def _block(file: BinaryIO, layout: _Layout, page: bytes, start: int) -> bool:
    where = _number(page, start + layout.word, layout.word)
    length = _number(page, start + 2 * layout.word, 2)
    whole = -(-(length + layout.trailer) // 64) * 64
    block = _at(file, where, whole)
    crc = _number(block, whole - layout.trailer + layout.block_crc, 4)
    return len(block) == whole and _is_as_said(block[:length], crc)


def _is_as_said(content: bytes, crc: int) -> bool:
    # The usual checksum, but begun at zero and not turned over at the end ([MS-PST] 5.3).
    return crc == zlib.crc32(content, 0xFFFFFFFF) ^ 0xFFFFFFFF


def _number(content: bytes, at: int, length: int) -> int:
    return int.from_bytes(content[at : at + length], "little")


def _at(file: BinaryIO, where: int, length: int) -> bytes:
    try:
        file.seek(where)
        return file.read(length)
    except (OSError, OverflowError):
        return b""
