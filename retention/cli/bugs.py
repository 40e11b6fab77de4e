"""Keeping what is known of a bug in a file that only its owner can read, without any secret.

What is said of it on the screen stands with the other errors.
"""

from __future__ import annotations

import re
import sys

SHOWN_TO_A_SERVER = re.compile(r"\b(Bearer|Basic|NTLM|Negotiate)\s+[\w.~+/=-]{8,}")


def saved(bug: BaseException) -> str:
    """The path of the file with the traceback."""
    import tempfile
    import traceback

    # mkstemp's own mode is 0600, whatever the umask says.
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", errors="replace", prefix="retention-bug-", suffix=".txt", delete=False
    ) as file:
        file.write(without_secrets("".join(traceback.format_exception(bug))))
    return file.name


def without_secrets(text: str) -> str:
    """The text without what was looked up as a secret in this run, and without what is shown to a server to sign in.

    Libraries put a header that they refuse into their message (``http.client``: "Invalid header value").
    """
    signin = sys.modules.get("retention.mail.asking.signin")
    looked_up: set[str] = set(signin.LOOKED_UP) if signin is not None else set()
    for secret in sorted(looked_up, key=len, reverse=True):
        for written in (secret, repr(secret)[1:-1], repr(secret.encode())[2:-1]):
            text = text.replace(written, "(a secret)")
    return SHOWN_TO_A_SERVER.sub(r"\1 (a secret)", text)
