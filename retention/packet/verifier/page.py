"""The page and the fixed words of a packet: the page must say what proof.json says, and nothing else.

What is true of that is not asked here.
"""

from __future__ import annotations

import json
import os
import re
from html.parser import HTMLParser
from typing import Any

from retention.packet.verifier.text import SHOWN, Found, plain, sha256

FRAME = "edfc5f6ab3992b34da71fc0384ab07500d5188ba808d76a508e5e6bd5ed8d0d9"
"""The SHA-256 of all fixed words of a packet: of the page, its style, the tables' titles, columns and README.txt."""
BODY, END = "<body>", "</body>"
TAGS = set("main header h1 h2 p nav ul li a section div table thead tbody tr th td".split())
CELLS = ("th", "td")
TAG = re.compile('</?[a-z0-9]+(?: [a-z-]+="[^"<>]*")*>')
"""Everything that may begin with an angle bracket: readers of pages take anything else for different things."""


class Page(HTMLParser):
    """Everything that a page shows, in order: a text, the cells of a table, and a mark for each row."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.shown: list[str] = []
        self.strange: set[str] = set()
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._flush(False)
        if tag == "tr":
            self.shown.append("\n")
        names = {name for name, value in attrs if name != "href" or not (value or "").startswith("#")}
        if tag not in TAGS or names - {"id", "scope", "role", "tabindex", "aria-labelledby", "aria-label"}:
            self.strange.add(tag)

    def handle_endtag(self, tag: str) -> None:
        self._flush(tag in CELLS)

    def handle_data(self, data: str) -> None:
        self._text += data

    def _flush(self, is_cell: bool) -> None:
        """An empty cell is shown too: else what stands in one could be moved into another."""
        text, self._text = self._text.strip(), ""
        if text or is_cell:
            self.shown.append(text)


def check_page(folder: str, said: dict[str, Any], found: Found) -> None:
    with open(os.path.join(folder, "proof.html"), encoding="utf-8", newline="") as file:
        whole = file.read()
    head, _, rest = whole.partition(BODY)
    body, _, tail = rest.partition(END)
    page = Page()
    page.feed(body)
    page.close()
    if "<" in (bare := TAG.sub("", body)) or ">" in bare:
        page.strange.add("something that is neither a text nor a tag")
    if page.strange:
        found.wrong(f"proof.html has what no such page has: {', '.join(sorted(page.strange))}.")
    intro, *shown = page.shown[1:] or [""]
    if [page.shown[0] if page.shown else "", *shown] != expected(said):
        found.wrong("proof.html does not say what proof.json says.")
    with open(os.path.join(folder, "README.txt"), encoding="utf-8", newline="") as file:
        readme = file.read()
    words = [[one[key] for key in ("name", "title", "text", "columns", "given")] for one in said["tables"]]
    if sha256(json.dumps([head, tail, intro, readme, words]).encode("ascii")) != FRAME:
        found.wrong("The fixed words of proof.html, proof.json or README.txt are not those of this verifier's version.")


def expected(said: dict[str, Any]) -> list[str]:
    """All that the page must show after its introduction."""
    shown = [f"Proof of the hold {plain(said['hold'])}"]
    shown += [contents(one) for one in said["tables"]]
    for one in said["tables"]:
        shown += [one["title"], one["text"], extent(one)]
        if one["rows"]:
            shown += ["\n", *(column + (" *" if column in one["given"] else "") for column in one["columns"])]
        for row in one["rows"]:
            shown += ["\n", *(text.strip() for text in row)]
    return shown


def contents(one: dict[str, Any]) -> str:
    return f"{one['title']} ({one['count']:,})"


def extent(one: dict[str, Any]) -> str:
    """How much of a table the page has."""
    if not one["count"]:
        return "None."
    if one["count"] > SHOWN:
        return f"The first {SHOWN:,} of {one['count']:,} rows; all are in {one['name']}.csv."
    return f"All of it is in {one['name']}.csv too."
