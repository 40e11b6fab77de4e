"""SOAP as Exchange speaks it: a request taken apart, and the pieces that an answer is put together from.

Nothing is known of mailboxes here, and no connection is looked at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from retention.simulator.answers import Answer

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

XML_TYPE = "text/xml; charset=utf-8"
MESSAGES = "http://schemas.microsoft.com/exchange/services/2006/messages"
TYPES = "http://schemas.microsoft.com/exchange/services/2006/types"
ERRORS = "http://schemas.microsoft.com/exchange/services/2006/errors"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
M, T, S = f"{{{MESSAGES}}}", f"{{{TYPES}}}", f"{{{SOAP}}}"
VERSIONS = re.compile(r"Exchange20(07(_SP1)?|10(_SP[12])?|13(_SP1)?|15|16)|V201[567]_\d\d_\d\d")
CONNECTING = ("PrincipalName", "SID", "PrimarySmtpAddress", "SmtpAddress")
_OPERATION = re.compile(rb"<(?:\w+:)?Body\b[^>]*>\s*<(?:\w+:)?(\w+)")
_START = (
    '<?xml version="1.0" encoding="utf-8"?>'
    f'<s:Envelope xmlns:s="{SOAP}"><s:Header><h:ServerVersionInfo xmlns:h="{TYPES}" MajorVersion="15" MinorVersion="2"'
    ' MajorBuildNumber="2562" MinorBuildNumber="17" Version="V2017_07_11"/></s:Header><s:Body>'
).encode()
_END = b"</s:Body></s:Envelope>"
_NO_CHARACTERS = dict.fromkeys((*range(0xD800, 0xE000), 0xFFFE, 0xFFFF), "\ufffd")
_CONTROLS = {number: f"&#x{number:X};" for number in (*range(9), 11, 12, 13, *range(14, 32))}
_MARKUP = {ord(sign): instead for sign, instead in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"))}
_ESCAPES = _NO_CHARACTERS | _CONTROLS | _MARKUP
_INSTANT = re.compile(rb">(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)Z<")
_FORBIDDEN = re.compile(rb"&#x(?:[0-8BCEF]|1[0-9A-F]);")


class SoapFault(Exception):
    """An answer that is a SOAP fault: Exchange's code, a message for a person, and milliseconds to wait."""

    def __init__(self, code: str, message: str, back_off: int | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.back_off = back_off

    def answer(self) -> Answer:
        """HTTP 500 with the code in the fault's detail. There is no version in a fault's header."""
        more = ""
        if self.back_off is not None:
            more = f'<t:MessageXml xmlns:t="{TYPES}">{_back_off(self.back_off)}</t:MessageXml>'
        body = (
            f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{SOAP}"><s:Body><s:Fault>'
            f'<faultcode xmlns:a="{TYPES}">a:{self.code}</faultcode>'
            f'<faultstring xml:lang="en-US">{escaped(self.message)}</faultstring><detail>'
            f'<e:ResponseCode xmlns:e="{ERRORS}">{self.code}</e:ResponseCode>'
            f'<e:Message xmlns:e="{ERRORS}">{escaped(self.message)}</e:Message>{more}'
            "</detail></s:Fault></s:Body></s:Envelope>"
        )
        return Answer(500, body.encode(), XML_TYPE)


class ItemError(Exception):
    """An error of one part of a request, told within the answer: its code and a message for a person."""

    def __init__(self, code: str, message: str, back_off: int | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.back_off = back_off


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: its operation, the operation's element, and the mailbox it is to act as (empty for none)."""

    operation: str
    element: Element
    acts_as: str

    def flag(self, name: str) -> bool:
        """Whether an element of the messages' name space says true."""
        return (self.element.findtext(M + name) or "").strip() in ("true", "1")


def glimpsed(body: bytes) -> str:
    """The name of the operation as far as it can be seen without reading the whole; empty where it cannot."""
    found = _OPERATION.search(body)
    return found[1].decode() if found else ""


def read_request(body: bytes) -> Asked:
    """Take a request apart. Raises ``SoapFault`` for what is no request."""
    try:
        envelope = fromstring(body)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise SoapFault("ErrorSchemaValidation", f"The request failed schema validation: {error}") from error
    header, inner = envelope.find(f"{S}Header"), envelope.find(f"{S}Body")
    if envelope.tag != f"{S}Envelope" or inner is None or len(inner) != 1:
        raise SoapFault("ErrorSchemaValidation", "The request failed schema validation: it has no single operation.")
    _check_version(header)
    space, _, operation = inner[0].tag.rpartition("}")
    if space + "}" != M:
        raise SoapFault("ErrorSchemaValidation", f"The request failed schema validation: {inner[0].tag}.")
    return Asked(operation, inner[0], _acts_as(header))


def _check_version(header: Element | None) -> None:
    told = header.find(f"{T}RequestServerVersion") if header is not None else None
    version = told.get("Version", "") if told is not None else "Exchange2007_SP1"
    if not VERSIONS.fullmatch(version):
        raise SoapFault("ErrorInvalidServerVersion", "The request server version specified is not valid.")


def _acts_as(header: Element | None) -> str:
    told = header.find(f"{T}ExchangeImpersonation") if header is not None else None
    if told is None:
        return ""
    for name in CONNECTING:
        address = (told.findtext(f"{T}ConnectingSID/{T}{name}") or "").strip()
        if address:
            return address
    raise SoapFault("ErrorInvalidExchangeImpersonationHeaderData", "The ExchangeImpersonation header is not valid.")


def escaped(text: str) -> str:
    """The text as it stands in an element or an attribute; control characters by their numbers, as Exchange does."""
    return text.translate(_ESCAPES)


def mended(body: bytes) -> bytes:
    """The answer without the control characters that no XML may name (OfficeDev/ews-java-api#233)."""
    return _FORBIDDEN.sub("\ufffd".encode(), body)


def in_local_time(body: bytes) -> bytes:
    """The answer with its instants as a clock six hours to the west shows them; they stay the same instants."""
    return _INSTANT.sub(_to_the_west, body)


def _to_the_west(found: re.Match[bytes]) -> bytes:
    moment = datetime.fromisoformat(found[1].decode()).replace(tzinfo=UTC)
    return f">{moment.astimezone(timezone(timedelta(hours=-6))).isoformat()}<".encode()


def whole(operation: str, inner: bytes, attributes: str = "") -> Answer:
    """The answer to an operation, put together from what stands within its response."""
    name = f"{operation}Response"
    start = f'<m:{name} xmlns:m="{MESSAGES}" xmlns:t="{TYPES}"{attributes}>'.encode()
    return Answer(200, b"".join((_START, start, inner, f"</m:{name}>".encode(), _END)), XML_TYPE)


def messages(operation: str, answers: list[bytes]) -> Answer:
    """The answer of an operation that answers each of its parts with a message."""
    return whole(operation, b"".join((b"<m:ResponseMessages>", *answers, b"</m:ResponseMessages>")))


def good(operation: str, inner: bytes = b"") -> bytes:
    """The message of a part that went well."""
    name = f"m:{operation}ResponseMessage"
    start = f'<{name} ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>'
    return b"".join((start.encode(), inner, f"</{name}>".encode()))


def bad(operation: str, error: ItemError, inner: bytes = b"") -> bytes:
    """The message of a part that failed; ``inner`` is what the schema asks for even then."""
    name = f"m:{operation}ResponseMessage"
    return b"".join((f'<{name} ResponseClass="Error">'.encode(), trouble(error), inner, f"</{name}>".encode()))


def trouble(error: ItemError) -> bytes:
    """What every response message says of an error."""
    more = "" if error.back_off is None else f"<m:MessageXml>{_back_off(error.back_off)}</m:MessageXml>"
    return (
        f"<m:MessageText>{escaped(error.message)}</m:MessageText><m:ResponseCode>{error.code}</m:ResponseCode>"
        f"<m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>{more}"
    ).encode()


def _back_off(milliseconds: int) -> str:
    return f'<t:Value Name="BackOffMilliseconds">{milliseconds}</t:Value>'
