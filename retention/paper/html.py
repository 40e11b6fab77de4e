"""A document as one page of HTML that needs no network and no script.

Every text is escaped: names, titles and reasons are whatever somebody wrote. The style is that of a packet's page.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from retention.core.proof import SHOWN, plain
from retention.packet.words import HEAD, TAIL
from retention.paper.document import Document, Section

_BEFORE, _AFTER = HEAD.split("Proof of a hold")
_SIGNED = """\
.sign { display: grid; grid-template-columns: 3fr 2fr 1fr; gap: 0 1.5rem; max-width: 44rem; margin-top: 3rem; }
.sign span { border-top: 1px solid var(--ink); padding-top: .2rem; font-size: .85rem; }
.foot { margin-top: 3rem; font-size: .85rem; overflow-wrap: anywhere; }
</style>"""


def html(document: Document) -> bytes:
    """The page's bytes: the same document always gives the same."""
    return "".join(_page(document)).encode()


def _page(document: Document) -> Iterator[str]:
    title = escape(plain(document.title))
    yield f"{_BEFORE}{title}{_AFTER.replace('</style>', _SIGNED)}<body>\n<main>\n<h1>{title}</h1>\n"
    yield from map(_paragraph, document.words)
    for n, section in enumerate(document.sections, 1):
        yield from _section(section, f"s{n}")
    yield f'<p class="foot">{escape(plain(document.foot))}</p>\n</main>\n</body>{TAIL}'


def _paragraph(words: str) -> str:
    return f"<p>{escape(plain(words))}</p>\n"


def _section(section: Section, name: str) -> Iterator[str]:
    yield f'<section>\n<h2 id="{name}">{escape(plain(section.title))}</h2>\n'
    yield from map(_paragraph, section.words)
    if section.extent:
        yield _paragraph(section.extent)
    if section.rows:
        # Wide tables are scrolled by themselves, from the keyboard too.
        yield f'<div role="region" tabindex="0" aria-labelledby="{name}">\n<table>\n<thead><tr>'
        yield "".join(f'<th scope="col">{escape(plain(column))}</th>' for column in section.columns)
        yield "</tr></thead>\n<tbody>\n"
        for first, *others in section.rows[:SHOWN]:
            cells = "".join(f"<td>{escape(plain(cell))}</td>" for cell in others)
            yield f'<tr><th scope="row">{escape(plain(first))}</th>{cells}</tr>\n'
        yield "</tbody>\n</table>\n</div>\n"
    for who in section.signatures:
        yield f'<p class="sign"><span>{escape(plain(who))}</span><span>Name</span><span>Date</span></p>\n'
    yield "</section>\n"
