"""What Graph answers when it does not do what was asked: its codes, and what each of them means for us.

Nothing is retried here and nothing is sent; texts of the service are never branched on, only codes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from retention.mail.asking.words import one_line

# Codes are compared in lower case: the documentation itself writes some of them in two ways.
THROTTLED = frozenset({"applicationthrottled", "errortoomanyobjectsopened", "toomanyrequests", "errorserverbusy"})
RETRYABLE = THROTTLED | {
    "mailboxinfostale",
    "serviceunavailable",
    "errortimeoutexpired",
    "errorinternalservertransienterror",
    "errormailboxstoreunavailable",
    "errorconnectionfailed",
    "errorconnectionfailedtransienterror",
    "errormailboxmoveinprogress",
}
RETRYABLE_STATUS = frozenset({408, 429, 502, 503, 504, 509})
FINAL_CONTENT = frozenset(
    {
        "errormimecontentconversionfailed",
        "errorcontentconversionfailed",
        "errorcannotopenfile",
        "erroritemcorrupt",
        "errorcorruptdata",
        "errormessagesizeexceeded",
        "errormimecontentinvalid",
        "errormimecontentinvalidbase64string",
        "errorunsupportedmimeconversion",
    }
)
FINAL = FINAL_CONTENT | {"errormovecopyfailed", "errorcannotdeleteobject", "errorquotaexceeded"}
RESYNC = frozenset({"syncstatenotfound", "resyncrequired", "syncstateinvalid", "errorinvalidsyncstatedata"})
NO_SUCH_ITEM = frozenset({"erroritemnotfound", "itemnotfound", "resourcenotfound"})
NO_MAILBOX = frozenset(
    {
        "mailboxnotenabledforrestapi",
        "mailboxnotsupportedforrestapi",
        "errornonexistentmailbox",
        "errormissingemailaddress",
        "request_resourcenotfound",
        "errorinvaliduser",
        "errornomailboxfound",
    }
)
CHANGED = frozenset({"errorirresolvableconflict", "errorchangekeyrequired", "errorstaleobject", "preconditionfailed"})


class Malformed(Exception):
    """A whole answer that cannot be understood; most often one that was cut off without its length being told."""


class ServiceError(Exception):
    """A final answer of the service: its HTTP status, its codes from the outside in, and its own words in one line."""

    def __init__(self, status: int, codes: tuple[str, ...], words: str) -> None:
        super().__init__(f"{status} {codes[0] if codes else ''}".strip())
        self.status = status
        self.codes = codes
        self.words = words
        self.low = frozenset(code.lower() for code in codes)

    @property
    def code(self) -> str:
        """The outermost code, or the status where the service gave none."""
        return self.codes[0] if self.codes else f"HTTP {self.status}"

    @property
    def told(self) -> str:
        """Status, code and the service's words, for a sentence: ``404 ErrorItemNotFound, "not found"``."""
        words = f', "{self.words}"' if self.words else ""
        return f"{self.status} {self.codes[0]}{words}" if self.codes else f"{self.status}{words}"

    def is_any(self, codes: frozenset[str]) -> bool:
        return bool(self.low & codes)

    @property
    def resync(self) -> bool:
        """The state of a delta reading is lost: read from the beginning (Graph: "Delta query overview")."""
        return self.status == 410 or self.is_any(RESYNC)

    @property
    def is_final(self) -> bool:
        """A code that stays the same however often it is asked for."""
        return self.is_any(FINAL)

    @property
    def retryable(self) -> bool:
        if self.is_any(FINAL | RESYNC):
            return False
        return self.status in RETRYABLE_STATUS or self.is_any(RETRYABLE)


def failure(status: int, body: bytes) -> ServiceError:
    """The answer's error. Anything that is not Graph's error object gives no codes and no words.

    Shape: Graph "Microsoft Graph error responses": ``{"error": {"code", "message", "innerError": {…}}}``, the inner
    error nested to any depth.
    """
    try:
        said = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ServiceError(status, (), "")
    outer = said.get("error") if isinstance(said, dict) else None
    if not isinstance(outer, dict):
        return ServiceError(status, (), "")
    codes = tuple(dict.fromkeys(one_line(code, 80) for code in _codes(outer)))
    return ServiceError(status, codes, one_line(outer.get("message") or ""))


def _codes(error: dict[str, Any] | Any) -> Iterator[str]:
    depth = 0
    while isinstance(error, dict) and depth < 10:
        code = error.get("code")
        if isinstance(code, str) and code:
            yield code
        error = error.get("innerError") or error.get("innererror")
        depth += 1
