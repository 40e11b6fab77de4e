"""Exchange's answers, taken apart: strictly, to their last tag, or not at all.

Why strictly: exchangelib's own reader takes an answer that was cut off in the middle for a whole one, with a new state
and fewer changes, and mail would be missed without a word. What an item or a folder says is read in ``rows.py`` and
``folders.py``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from retention.mail.asking.words import one_line
from retention.mail.exchange.asked import SOAP, M, T
from retention.mail.exchange.failures import Malformed, ServiceError

TYPES, MESSAGES, ENVELOPE = f"{{{T}}}", f"{{{M}}}", f"{{{SOAP}}}"
_REFERENCE = re.compile(rb"&#(?:x([0-9a-fA-F]{1,8})|([0-9]{1,8}));")
_LONGEST_WAIT = 600.0

Element = Any
"""An element of lxml, which has no types of its own."""


class Response(Struct, frozen=True):
    """The answer to one of the things asked for in a request: a code (``NoError``), words, and what it holds."""

    code: str
    words: str
    element: Element
    wait: float | None = None

    @property
    def is_success(self) -> bool:
        return self.code == "NoError"

    @property
    def error(self) -> ServiceError:
        return ServiceError(200, self.code, self.words, self.wait)


def element_of(body: bytes) -> Element:
    """The root of a whole document. Raises ``Malformed``.

    Exchange writes control characters of a subject as references (``&#x1F;``) that XML 1.0 does not allow: only these
    are mended. No entity is followed and nothing is fetched.
    """
    from lxml import etree

    def parsed(text: bytes) -> Element:
        # A parser each: threads that share one wait for each other.
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, recover=False)
        return etree.fromstring(text, parser)

    if b"<!DOCTYPE" in body:
        raise Malformed("an answer with a document type")
    try:
        try:
            return parsed(body)
        except etree.XMLSyntaxError:
            return parsed(_REFERENCE.sub(_allowed, body))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Malformed(one_line(error, 120)) from error


def body_of(text: bytes) -> Element:
    """What stands in the SOAP body. Raises ``Malformed`` for anything that is no SOAP envelope."""
    body = element_of(text).find(f"{ENVELOPE}Body")
    if body is None or not len(body):
        raise Malformed("no SOAP body")
    return body[0]


def failure(status: int, text: bytes) -> ServiceError:
    """The error in an answer that is none of 200. What is no SOAP fault gives no code and no words."""
    try:
        fault = body_of(text)
    except Malformed:
        return ServiceError(status, "", "")
    return fault_of(status, fault) if fault.tag == f"{ENVELOPE}Fault" else ServiceError(status, "", "")


def fault_of(status: int, fault: Element) -> ServiceError:
    """Exchange puts its code into the fault's detail, and again, with a prefix, into its ``faultcode``."""
    code = next((each.text for each in fault.iter() if _local(each) == "ResponseCode" and each.text), "")
    words = next((each.text for each in fault.iter() if _local(each) == "Message" and each.text), "")
    code = code or (fault.findtext("faultcode") or "").rpartition(":")[2]
    code = code if code.startswith("Error") else ""
    return ServiceError(
        status, one_line(code, 80), one_line(words or fault.findtext("faultstring") or ""), _wait(fault)
    )


def responses(text: bytes) -> list[Response]:
    """One for each thing that was asked for, in that order. Raises ``Malformed``, and ``ServiceError`` for a fault."""
    answer = body_of(text)
    if answer.tag == f"{ENVELOPE}Fault":
        raise fault_of(200, answer)
    inner = answer.find(f"{MESSAGES}ResponseMessages")
    # Some operations answer with one message and no list of them (GetHoldOnMailboxes).
    found = [_response(each) for each in (inner if inner is not None else (answer,)) if isinstance(each.tag, str)]
    if not found:
        raise Malformed("an answer without a response")
    return found


def _response(element: Element) -> Response:
    kind, code = element.get("ResponseClass"), element.findtext(f"{MESSAGES}ResponseCode") or ""
    if kind is None or not code:
        raise Malformed("a response without a class or a code")
    if kind != "Error" and code == "NoError":
        return Response(code, "", element)
    words = one_line(element.findtext(f"{MESSAGES}MessageText") or "")
    # A warning (ErrorBatchProcessingStopped) is no success: what was asked for is not in it.
    return Response(one_line(code if code != "NoError" else "ErrorUnknown", 80), words, element, _wait(element))


def children(response: Response, container: str) -> Iterator[Element]:
    """The elements in a container of the response (``Items``, ``Folders``)."""
    found = response.element.find(f"{MESSAGES}{container}")
    return (each for each in (found if found is not None else ()) if isinstance(each.tag, str))


def only(response: Response, container: str) -> Element:
    """The one element in it. Raises ``Malformed`` where there is another number."""
    found = list(children(response, container))
    if len(found) != 1:
        raise Malformed(f"{len(found)} elements in {container} where one was asked for")
    return found[0]


def item_id(element: Element, name: str = "ItemId") -> tuple[str, str]:
    """Id and change key. Raises ``Malformed`` where there is none."""
    found = element.find(f"{TYPES}{name}")
    if found is None or not found.get("Id"):
        raise Malformed(f"an element without {name}")
    return found.get("Id"), found.get("ChangeKey") or ""


def _wait(element: Element) -> float | None:
    """``BackOffMilliseconds``, as seconds."""
    for value in element.iter(f"{TYPES}Value"):
        if value.get("Name") == "BackOffMilliseconds":
            try:
                seconds = float(value.text or "") / 1000
            except ValueError:
                return None
            return min(max(seconds, 0.0), _LONGEST_WAIT) if math.isfinite(seconds) else None
    return None


def _allowed(found: re.Match[bytes]) -> bytes:
    number = int(found[1], 16) if found[1] else int(found[2])
    fits = number in (9, 10, 13) or 32 <= number < 0xD800 or 0xE000 <= number < 0xFFFE or 0x10000 <= number < 0x110000
    return found[0] if fits else b"&#xFFFD;"


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
