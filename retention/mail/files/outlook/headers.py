"""Header lines: those that came with a message, read apart, and our own, written so that any reader takes them.

What belongs in them is not decided here.
"""

from __future__ import annotations

import re
from email.header import Header
from urllib.parse import quote

Fields = tuple[tuple[str, str], ...]
"""Headers in their order: the name and the value as it stood, its folded lines included."""

_NAME = re.compile(r"[!-9;-~]+\Z")
_UNSEEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]+")
LONGEST = 900
"""A line may have 998 characters (RFC 5322, section 2.1.1); the name needs room as well."""


BANNER = "Microsoft Mail Internet Headers Version 2.0"
"""What Exchange wrote before the headers that it kept: no line of the message."""


def fields_in(text: str) -> tuple[Fields, int]:
    """The headers in the text, and how many of its lines are none.

    Reading ends at the first empty line: what comes behind it are headers of parts that are no longer there.
    """
    found: list[tuple[str, str]] = []
    lost = 0
    for line in re.split(r"\r\n|\r|\n", text.strip("\r\n")):
        if not line:
            break
        if line.isspace() or line == BANNER:
            continue
        name, colon, value = line.partition(":")
        if line[0] in " \t" and found:
            found[-1] = (found[-1][0], f"{found[-1][1]}\r\n{_clean(line)}")
        elif colon and _NAME.match(name.rstrip()):
            found.append((name.rstrip(), _clean(value.strip())))
        else:
            lost += 1
    return tuple(found), lost


def first(fields: Fields, name: str) -> str:
    """The first header of that name on one line; empty where there is none."""
    return next((" ".join(value.split()) for each, value in fields if each.lower() == name), "")


def line(name: str, value: str) -> bytes:
    """A header as it came. What is above ASCII stays, as UTF-8 (RFC 6532)."""
    rows = [row for whole in value.split("\r\n") for row in _cut(whole)]
    return (f"{name}: " + "\r\n".join(rows) + "\r\n").encode("utf-8", "replace")


def _cut(row: str) -> list[str]:
    """One line in pieces that every reader takes, cut where there is a blank."""
    rows = []
    while len(row) > LONGEST:
        at = row.rfind(" ", 1, LONGEST)
        if at < 1 or not row[:at].strip():
            break
        rows.append(row[:at])
        row = row[at:]
    return [*rows, row]


def text_line(name: str, text: str) -> bytes:
    """A header with a text of people's in it: encoded words where it is not plain ASCII (RFC 2047)."""
    bare = " ".join(_UNSEEN.sub(" ", text).split())
    if bare.isascii() and "=?" not in bare:
        return line(name, bare)
    encoded = Header(_whole(bare), "utf-8", header_name=name).encode(linesep="\r\n")
    return f"{name}: {encoded}\r\n".encode("ascii", "replace")


def people_line(name: str, people: tuple[tuple[str, str], ...]) -> bytes:
    """A header with people: names and addresses, one to a line."""
    return (f"{name}: " + ",\r\n ".join(_person(*each) for each in people) + "\r\n").encode("ascii", "replace")


def _person(name: str, address: str) -> str:
    name, address = _whole(_UNSEEN.sub(" ", name)), _whole(_UNSEEN.sub(" ", address))
    shown = _phrase(name)
    if not address:
        return shown or '""'
    # Exchange's own addresses are no addresses of the Internet; in quotes they come through every reader as they are.
    plain = address.isascii() and re.fullmatch(r"[^\s()<>,;:\\\"\[\]]+@[^\s()<>,;:\\\"]+", address)
    place = address if plain else quoted(quote(address, safe="/=@ +-._&'#!:,()", encoding="utf-8"))
    return f"{shown} <{place}>".strip()


def _phrase(name: str) -> str:
    if not name:
        return ""
    if name.isascii() and "=?" not in name:
        return quoted(name)
    return Header(name, "utf-8", header_name="X" * 12).encode(linesep="\r\n")


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def parameter(name: str, value: str) -> str:
    """A parameter of a header, behind its semicolon: plain, or as RFC 2231 writes what is long or not ASCII."""
    value = _whole(_UNSEEN.sub(" ", value))
    if value.isascii() and value.isprintable() and len(value) <= 60:
        return f";\r\n {name}={quoted(value)}"
    coded = quote(value, safe="", encoding="utf-8")
    pieces = re.findall(r"(?:%..|[^%]){1,20}", coded)
    if len(pieces) <= 1:
        return f";\r\n {name}*=utf-8''{coded}"
    start = f";\r\n {name}*0*=utf-8''{pieces[0]}"
    return start + "".join(f";\r\n {name}*{n}*={piece}" for n, piece in enumerate(pieces[1:], 1))


def _clean(text: str) -> str:
    return _UNSEEN.sub(" ", text).rstrip()


def _whole(text: str) -> str:
    """The text without halves of characters, which no encoding can write."""
    return text.encode("utf-8", "replace").decode("utf-8")
