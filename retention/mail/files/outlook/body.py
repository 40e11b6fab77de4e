"""The text of an item in every form that it has: plain, HTML, RTF.

How the forms lie together in a message is not decided here.
"""

from __future__ import annotations

import re
from functools import partial

from msgspec import Struct

from retention.core.mime import PREVIEW_LENGTH, safely, without_markup
from retention.mail.files.outlook import tags
from retention.mail.files.outlook.item import MapiMessage, Unreadable
from retention.mail.files.outlook.properties import Properties, charset_of
from retention.mail.files.outlook.rtf import HTML, RTF, said_in

FIRST_OF_HTML = (1 << 13, 1 << 19)
"""So much is looked at for the first words, and more where a long style sheet comes before them."""


class Form(Struct, frozen=True):
    """One form of the text: its bytes and their character set."""

    content: bytes
    charset: str

    @property
    def text(self) -> str:
        return self.content.decode(self.charset, "replace")


class Body(Struct, frozen=True, kw_only=True):
    """The text of an item. ``rtf`` is there only where neither of the others was made from it, or it from them.

    ``lost`` says in words what of the text could not be read.
    """

    plain: Form | None = None
    html: Form | None = None
    rtf: bytes = b""
    lost: tuple[str, ...] = ()

    @property
    def preview(self) -> str:
        """The first 255 characters of the text, without markup and with single spaces."""
        if self.plain is not None and self.plain.content.strip():
            return _spaced(self.plain.text[: PREVIEW_LENGTH * 8])[:PREVIEW_LENGTH]
        html, words = self.html.text if self.html is not None else "", ""
        for length in FIRST_OF_HTML:
            words = _spaced(safely(partial(without_markup, html[:length]), ""))
            # Where the text is cut in the middle of a tag, its rest is taken for words: they must lie far behind.
            if len(words) >= 2 * PREVIEW_LENGTH or length >= len(html):
                break
        return words[:PREVIEW_LENGTH]


def _spaced(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def body_of(item: MapiMessage) -> Body:
    """The forms of the text that the item has, each as it lies there; RTF is unpacked, and HTML taken out of it."""
    plain, html = _plain(item.properties), _html(item.properties)
    if not item.properties.has(tags.RTF) or html is not None:
        return Body(plain=plain, html=html)
    try:
        rtf = item.rtf()
    except Unreadable as error:
        return Body(plain=plain, lost=(f"the RTF body with its formatting ({error})",))
    if not rtf:
        return Body(plain=plain)
    form, said = said_in(rtf)
    if form == HTML:
        return Body(plain=plain, html=Form(said.encode("utf-8", "replace"), "utf-8"))
    if plain is None:
        plain = Form(said.encode("utf-8", "replace"), "utf-8")
    return Body(plain=plain, rtf=rtf if form == RTF else b"")


def _plain(said: Properties) -> Form | None:
    if not said.is_text(tags.BODY):
        return None
    return Form(said.text(tags.BODY).encode("utf-8", "replace"), "utf-8")


def _html(said: Properties) -> Form | None:
    if said.is_text(tags.HTML):
        return Form(said.text(tags.HTML).encode("utf-8", "replace"), "utf-8")
    content = said.raw(tags.HTML)
    if not content:
        return None
    charset = charset_of(said.number(tags.INTERNET_CODE_PAGE) or said.number(tags.CODE_PAGE))
    if charset == "utf-16-le":
        return Form(content.decode(charset, "replace").encode("utf-8", "replace"), "utf-8")
    return Form(content, charset)
