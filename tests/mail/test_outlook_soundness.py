"""A PST is looked through by its own checksums: tiny files of both kinds, whole, flipped at every byte, and cut."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest

from retention.mail.files.outlook.soundness import unsound

PAGE_AT, BLOCK_AT = 512, 1024
CONTENT = b"a block of data"


def crc(content: bytes) -> int:
    return zlib.crc32(content, 0xFFFFFFFF) ^ 0xFFFFFFFF


def unicode_file() -> bytes:
    """As much of a file of Outlook 2003 or later as is looked at: head, one page of the table, one block."""
    entry = struct.pack("<QQHHI", 4, BLOCK_AT, len(CONTENT), 1, 0)
    page = (entry + bytes(488 - len(entry)) + bytes([1, 20, 24, 0])).ljust(496, b"\0")
    page += struct.pack("<BBHIQ", 0x80, 0x80, 0, crc(page), 1)
    block = CONTENT.ljust(48, b"\0") + struct.pack("<HHIQ", len(CONTENT), 0, crc(CONTENT), 4)
    head = bytearray(b"!BDN".ljust(PAGE_AT, b"\0"))
    head[10:12] = struct.pack("<H", 23)
    head[0xB8:0xC0] = struct.pack("<Q", BLOCK_AT + len(block))
    head[0xE8:0xF8] = struct.pack("<QQ", 1, PAGE_AT)
    return bytes(head) + page + block


def ansi_file() -> bytes:
    """The same of an older one."""
    entry = struct.pack("<IIHH", 4, BLOCK_AT, len(CONTENT), 1)
    page = entry + bytes(496 - len(entry)) + bytes([1, 41, 12, 0])
    page += struct.pack("<BBHII", 0x80, 0x80, 0, 1, crc(page))
    block = CONTENT.ljust(52, b"\0") + struct.pack("<HHII", len(CONTENT), 0, 4, crc(CONTENT))
    head = bytearray(b"!BDN".ljust(PAGE_AT, b"\0"))
    head[10:12] = struct.pack("<H", 15)
    head[0xA8:0xAC] = struct.pack("<I", BLOCK_AT + len(block))
    head[0xC0:0xC8] = struct.pack("<II", 1, PAGE_AT)
    return bytes(head) + page + block


BOTH = pytest.mark.parametrize("whole", [unicode_file(), ansi_file()], ids=["unicode", "ansi"])


def judged(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    return unsound(str(path), lambda: None)


@BOTH
def test_a_whole_file_is_sound(whole: bytes, tmp_path: Path) -> None:
    assert judged(tmp_path / "a.pst", whole) == ""


@BOTH
def test_one_bit_anywhere_in_the_table_or_in_a_block_is_found(whole: bytes, tmp_path: Path) -> None:
    looked_at = [*range(PAGE_AT, PAGE_AT + 496), *range(BLOCK_AT, BLOCK_AT + len(CONTENT))]
    for at in looked_at:
        damaged = bytearray(whole)
        damaged[at] ^= 1
        assert "not as their checksums say" in judged(tmp_path / "a.pst", bytes(damaged)), at


@BOTH
def test_a_file_that_was_cut_off_says_how_much_is_missing(whole: bytes, tmp_path: Path) -> None:
    assert judged(tmp_path / "a.pst", whole[:-1]) == "it has 1,087 of the 1,088 bytes that it says it has"


@BOTH
def test_a_file_with_something_behind_its_end_says_how_much(whole: bytes, tmp_path: Path) -> None:
    assert judged(tmp_path / "a.pst", whole + b"From: a@b\n") == "10 bytes lie behind its end"


def test_a_table_that_goes_in_a_circle_comes_to_an_end(tmp_path: Path) -> None:
    damaged = bytearray(unicode_file())
    page = damaged[PAGE_AT : PAGE_AT + 496]
    page[16:24], page[491] = struct.pack("<Q", PAGE_AT), 1
    page[8:16] = struct.pack("<Q", PAGE_AT)
    damaged[PAGE_AT : PAGE_AT + 512] = page + struct.pack("<BBHIQ", 0x80, 0x80, 0, crc(bytes(page)), 1)
    assert "not as their checksums say" in judged(tmp_path / "a.pst", bytes(damaged))


def test_a_real_pst_is_sound(shared: Path) -> None:
    assert [unsound(str(path), lambda: None) for path in (shared / "data" / "outlook").glob("*.pst")] == ["", ""]


def test_a_file_of_another_layout_is_not_judged(tmp_path: Path) -> None:
    content = bytearray(unicode_file())
    content[10:12] = struct.pack("<H", 36)
    assert judged(tmp_path / "a.ost", bytes(content)) == ""
