"""A server's own words, made fit to be shown and written down.

What they mean is known to the client of that server.
"""

from __future__ import annotations

import unicodedata


def one_line(text: object, limit: int = 300) -> str:
    """Untrusted text as one printable line: control and format characters out, spaces single, at most ``limit``."""
    kept = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in str(text)[: limit * 4])
    line = " ".join(kept.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
