"""How a message was sent, by what its headers say: by a person, through a list or to many, by a machine.

Where the headers come from is not known here, and nothing else is read of them.
"""

from __future__ import annotations

import re

_SIGNS = ("\nlist-", "\nprecedence", "\nauto-submitted", "\nx-autoreply")
"""Looked for first: most mail has none of them, and to find no text is a hundred times faster than to find no line."""
_LINE = re.compile(
    r"\n(list-id|list-unsubscribe|list-post|precedence|auto-submitted|x-autoreply)[ \t]*:"
    r"(?:[ \t]|\r?\n[ \t])*([^\s;(]*)"
)
LISTED = frozenset({"bulk", "list", "junk"})
REPLIED = "auto_reply"


def origin_of(headers: str) -> str | None:
    """``automatic``, ``list`` or ``person``; ``None`` where neither is said and the headers are not whole.

    ``automatic``: an Auto-Submitted other than ``no`` (RFC 3834, section 5), or one of the habits older than it, an
    X-Autoreply or ``Precedence: auto_reply``. X-Auto-Response-Suppress only asks for no answer, which people's mail
    does too. ``list``: a List-Id (RFC 2919), a List-Unsubscribe or a List-Post (RFC 2369), or a Precedence of
    ``bulk``, ``list`` or ``junk`` (named in RFC 3834, section 3.1.8). A list that answers by itself is ``automatic``.

    ``person`` rests on what is *not* there. Headers without From and Date, which every message has (RFC 5322, section
    3.6), were cut or made up, and are no ground for it.
    """
    lines = "\n" + headers.lower()
    if any(sign in lines for sign in _SIGNS):
        said = set(_LINE.findall(lines))
        names = {name for name, _ in said}
        told = {word for name, word in said if name == "auto-submitted"} - {"", "no"}
        ranks = {word for name, word in said if name == "precedence"}
        if told or REPLIED in ranks or "x-autoreply" in names:
            return "automatic"
        if ranks & LISTED or names & {"list-id", "list-unsubscribe", "list-post"}:
            return "list"
    return "person" if "\nfrom:" in lines and "\ndate:" in lines else None
