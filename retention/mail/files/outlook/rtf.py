"""What an RTF body says: the HTML or the text that Outlook wrapped into it, or the words of an RTF of its own.

Nothing is laid out: fonts, pictures and tables of an RTF stay in the RTF itself ([MS-OXRTFEX], RTF 1.9.1).
"""

from __future__ import annotations

import codecs
import re

from msgspec import Struct

from retention.mail.files.outlook.properties import charset_of

HTML, TEXT, RTF = "html", "text", "rtf"

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?[0-9]{1,10})? ?"  # a word and its number; one blank belongs to it
    rb"|\\'([0-9a-fA-F]{2})"
    rb"|\\(.)|([{}])|[\r\n]+|([^\\{}\r\n]+)",
    re.DOTALL,
)
_SKIPPED = {
    *(b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pict", b"object", b"header", b"footer", b"headerl"),
    *(b"headerr", b"headerf", b"footerl", b"footerr", b"footerf", b"listtable", b"listoverridetable", b"pntext"),
    *(b"mhtmltag", b"themedata", b"datastore", b"xmlnstbl", b"rsidtbl", b"generator", b"fldinst", b"footnote"),
}
_WORDS = {
    **{b"par": "\r\n", b"line": "\r\n", b"tab": "\t", b"lquote": "‘", b"rquote": "’", b"ldblquote": "“"},
    **{b"rdblquote": "”", b"bullet": "•", b"endash": "–", b"emdash": "—", b"sect": "\r\n", b"page": "\r\n"},
    **{b"row": "\r\n", b"cell": "\t"},
}
_ENTITIES = {
    **{"‘": "&lsquo;", "’": "&rsquo;", "“": "&ldquo;", "”": "&rdquo;", "•": "&bull;", "–": "&ndash;", "—": "&mdash;"},
    **{"\xa0": "&nbsp;", "\xad": "&shy;"},
}
_FONT_CODE_PAGES = {
    **{128: 932, 129: 949, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258, 177: 1255, 178: 1256, 186: 1257},
    **{204: 1251, 222: 874, 238: 1250},
}
DEEPEST = 2000


class _Group(Struct):
    """What holds until the brace is closed."""

    skipped: bool = False
    hidden: bool = False
    tag: bool = False
    fallback: int = 1
    font: int = 0

    def inner(self) -> _Group:
        return _Group(self.skipped, self.hidden, self.tag, self.fallback, self.font)


class _Reader:
    def __init__(self, rtf: bytes) -> None:
        head = rtf[:2000]
        self.form = HTML if b"\\fromhtml" in head else TEXT if b"\\fromtext" in head else RTF
        page = re.search(rb"\\ansicpg([0-9]{1,5})", head)
        self._charset = charset_of(int(page[1]) if page else None)
        self._fonts: dict[int, str] = {}
        self._in_fonts = False
        self._font_named = 0
        self._group = _Group()
        self._outer: list[_Group] = []
        self._said: list[str] = []
        self._bytes = bytearray()
        self._to_skip = 0
        self._starred = False
        for found in _TOKEN.finditer(rtf):
            self._take(found)
        self._flush()

    @property
    def text(self) -> str:
        return "".join(self._said)

    def _take(self, found: re.Match[bytes]) -> None:
        word, number, code, sign, brace, text = found.groups()
        if code is not None:
            self._byte(int(code, 16))
            return
        if text is not None:
            skipped, self._to_skip = min(self._to_skip, len(text)), max(0, self._to_skip - len(text))
            self._bytes += text[skipped:] if self._is_said() else b""
            return
        if brace is not None:
            self._brace(brace)
        elif word is not None:
            self._word(word, int(number) if number else None)
        elif sign is not None:
            self._sign(sign)
        if brace is not None or (word is not None and word != b"htmltag"):
            self._starred = False

    def _byte(self, value: int) -> None:
        if self._to_skip:
            self._to_skip -= 1
        elif self._is_said():
            self._bytes.append(value)

    def _brace(self, brace: bytes) -> None:
        self._flush()
        self._to_skip = 0
        if brace == b"{":
            # Deeper than any real text: the inner ones then share one state, and nothing grows without end.
            if len(self._outer) < DEEPEST:
                self._outer.append(self._group)
                self._group = self._group.inner()
        elif self._outer:
            self._group = self._outer.pop()
            self._in_fonts = self._in_fonts and self._group.skipped

    def _sign(self, sign: bytes) -> None:
        if sign == b"*":
            self._starred = True
        elif sign in (b"\\", b"{", b"}"):
            self._byte(sign[0])
        else:
            self._say({b"~": "\xa0", b"_": "\xad", b"\r": "\r\n", b"\n": "\r\n"}.get(sign, ""))

    def _word(self, word: bytes, number: int | None) -> None:
        group = self._group
        if word == b"htmlrtf":
            self._flush()
            group.hidden = number != 0
        elif word == b"htmltag" and self._starred:
            group.tag, group.skipped = True, False
        elif word in _SKIPPED or self._starred:
            self._in_fonts = self._in_fonts or word == b"fonttbl"
            group.skipped = True
        elif word == b"uc":
            group.fallback = min(max(number or 0, 0), 16)
        elif word == b"u" and number is not None:
            self._say(chr(number & 0xFFFF))
            self._to_skip = group.fallback
        elif word in (b"f", b"fcharset", b"plain"):
            self._font(word, number or 0)
        elif word in _WORDS:
            self._say(_WORDS[word])

    def _font(self, word: bytes, number: int) -> None:
        if word == b"fcharset" and self._in_fonts:
            if page := _FONT_CODE_PAGES.get(number):
                self._fonts[self._font_named] = charset_of(page)
        elif word == b"f":
            self._flush()
            self._group.font = self._font_named = number

    def _is_said(self) -> bool:
        return not self._group.skipped and not (self._group.hidden and self.form == HTML)

    def _say(self, text: str) -> None:
        if self._is_said():
            self._flush()
            self._said.append(_ENTITIES.get(text, text) if self.form == HTML and not self._group.tag else text)

    def _flush(self) -> None:
        if self._bytes:
            charset = self._fonts.get(self._group.font, self._charset)
            self._said.append(codecs.decode(bytes(self._bytes), charset, "replace"))
            self._bytes.clear()


def said_in(rtf: bytes) -> tuple[str, str]:
    """Of what form the body was before it became RTF (``html``, ``text``, or ``rtf`` itself), and what it says.

    Never raises: of a damaged RTF it gives what can be told.
    """
    reader = _Reader(rtf)
    return reader.form, _paired(reader.text).replace("\0", "")


def _paired(text: str) -> str:
    """Halves of characters, which RTF writes one by one, put together."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
