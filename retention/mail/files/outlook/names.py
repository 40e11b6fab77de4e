"""The list in which a file gives numbers to the properties that have names ([MS-PST] 2.4.7, [MS-OXMSG] 2.2.3).

Both kinds of file write it alike. Only the names are told apart here that are asked for; values are not read.
"""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct

from retention.mail.files.outlook.properties import Properties

NAMED = 0x8000
"""From here on a number means what this list says."""
_PUBLIC_STRINGS = UUID("00020329-0000-0000-c000-000000000046").bytes_le
_INTERNET_HEADERS = UUID("00020386-0000-0000-c000-000000000046").bytes_le
_GUIDS, _ENTRIES, _STRINGS = 0x0002, 0x0003, 0x0004
LONGEST = 512


class Names(Struct, frozen=True):
    """``categories`` is the number of an item's categories, ``headers`` are those that repeat headers one by one."""

    categories: int | None = None
    headers: frozenset[int] = frozenset()


def names_in(said: Properties) -> Names:
    """Read the list; a number that lies outside of it is no name."""
    guids, entries, strings = said.raw(_GUIDS), said.raw(_ENTRIES), said.raw(_STRINGS)
    categories, headers = None, set()
    for start in range(0, len(entries) - 7, 8):
        at, kind, number = (
            int.from_bytes(entries[start + first : start + last], "little") for first, last in ((0, 4), (4, 6), (6, 8))
        )
        named, group = bool(kind & 1), _group(kind >> 1, guids)
        if named and group == _INTERNET_HEADERS:
            headers.add(NAMED + number)
        elif named and group == _PUBLIC_STRINGS and _string(strings, at).lower() == "keywords":
            categories = NAMED + number
    return Names(categories, frozenset(headers))


def _group(which: int, guids: bytes) -> bytes:
    # 0 to 2 are not in the list: no set, MAPI's own, and the public strings.
    if which <= 2:
        return _PUBLIC_STRINGS if which == 2 else b""
    return guids[(which - 3) * 16 : (which - 2) * 16]


def _string(strings: bytes, at: int) -> str:
    length = int.from_bytes(strings[at : at + 4], "little")
    return strings[at + 4 : at + 4 + min(length, LONGEST)].decode("utf-16-le", "replace")
