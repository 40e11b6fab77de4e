"""How the values are read that Outlook keeps of a message, a recipient or an attachment ([MS-OXCDATA] 2.11).

Where they come from is not known here: a PST and a .msg hold the same ones.
"""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from retention.core.dates import believed

TEXT8, TEXT, INSTANT, SHORT, LONG, TRUTH, MANY = 0x001E, 0x001F, 0x0040, 0x0002, 0x0003, 0x000B, 0x1000
"""The types of values that are told apart; ``MANY`` is the bit for several values in one."""

Value = bytes | tuple[bytes, ...]
"""One value as it lies in the file, or several where the type has the bit ``MANY``."""

FIRST_INSTANT = datetime(1601, 1, 1, tzinfo=UTC)
"""From here Outlook counts (MS-DTYP 2.3.3)."""

LATIN = "windows-1252"
_CHARSETS = {
    **{932: "shift_jis", 936: "gbk", 949: "ks_c_5601-1987", 950: "big5", 1200: "utf-16-le", 20127: "us-ascii"},
    **{20866: "koi8-r", 21866: "koi8-u", 50220: "iso-2022-jp", 50221: "iso-2022-jp", 50225: "iso-2022-kr"},
    **{51932: "euc-jp", 51949: "euc-kr", 52936: "hz-gb-2312", 54936: "gb18030", 65000: "utf-7", 65001: "utf-8"},
    **{1250 + n: f"windows-{1250 + n}" for n in range(9)},
    **{28590 + n: f"iso-8859-{n}" for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 15)},
}


def charset_of(code_page: int | None) -> str:
    """The name that MIME has for a code page; Western Windows where it has none, or none that can be read here."""
    name = _CHARSETS.get(code_page or 0, LATIN)
    try:
        codecs.lookup(name)
    except LookupError:
        return LATIN
    return name


class Properties(Struct, frozen=True):
    """What is said of one thing: by each number the type of the value and the value as it lies in the file.

    ``charset`` is that of texts that are not Unicode. Nothing here raises: a value that cannot be read is not said.
    """

    values: Mapping[int, tuple[int, Value]]
    charset: str = LATIN

    def raw(self, tag: int) -> bytes:
        """The value as it lies there; empty where there is none."""
        value = self.values.get(tag, (0, b""))[1]
        return value if isinstance(value, bytes) else b""

    def has(self, tag: int) -> bool:
        return tag in self.values

    def is_text(self, tag: int) -> bool:
        return self.values.get(tag, (0, b""))[0] in (TEXT, TEXT8)

    def text(self, tag: int) -> str:
        """A text without the zeros at its end; empty where there is none."""
        type_, value = self.values.get(tag, (0, b""))
        return self._decoded(type_, value) if isinstance(value, bytes) else ""

    def texts(self, tag: int) -> tuple[str, ...]:
        """Several texts in one value."""
        type_, value = self.values.get(tag, (0, b""))
        return () if isinstance(value, bytes) else tuple(self._decoded(type_ & ~MANY, each) for each in value)

    def number(self, tag: int) -> int | None:
        type_, value = self.values.get(tag, (0, b""))
        if type_ not in (SHORT, LONG, TRUTH) or not isinstance(value, bytes) or not value:
            return None
        return int.from_bytes(value[:4], "little", signed=type_ != TRUTH)

    def instant(self, tag: int) -> datetime | None:
        """An instant in UTC, as Outlook keeps all of them, in whole seconds; ``None`` for one nobody believes."""
        type_, value = self.values.get(tag, (0, b""))
        if type_ != INSTANT or not isinstance(value, bytes) or len(value) != 8:
            return None
        try:
            moment = FIRST_INSTANT + timedelta(microseconds=int.from_bytes(value, "little") // 10)
        except OverflowError:
            return None
        return believed(moment.replace(microsecond=0))

    def _decoded(self, type_: int, value: bytes) -> str:
        if type_ == TEXT:
            return value.decode("utf-16-le", "replace").rstrip("\0")
        if type_ == TEXT8:
            return value.decode(self.charset, "replace").rstrip("\0")
        return ""
