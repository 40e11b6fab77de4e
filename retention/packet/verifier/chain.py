"""The ledger's lines as the packet has them, and the chain over all of them.

A line holds an entry's digest, its head, and what it says. The head names the digest of the entry before it and of what
is said, so that an entry can be left unsaid. What the entries mean is not known here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from retention.packet.verifier.text import sha256

LINE = re.compile('{"(torn|digest)":"([0-9a-f]{64})"(?:}\n|,"(entry|head)":)')


class Broken(Exception):
    """The packet cannot be checked any further."""


class Entry:
    """One entry; ``body`` is empty where it is left unsaid."""

    def __init__(self, head: dict[str, Any], said: dict[str, Any]) -> None:
        self.n, self.at, self.rehearsal = int(head["n"]), str(head["at"]), bool(head.get("rehearsal"))
        self.body: dict[str, Any] = said.get("body", {})
        self.by, self.kind = str(said.get("by", "")), str(self.body.get("kind", ""))
        self.statement, self.signature = str(said.get("statement", "")), str(said.get("signature", ""))


class Chain:
    """Reads the lines in order and raises ``Broken`` at the first that does not follow the one before it.

    A line that a crash cut off is followed by an entry with its digest. Entries of the first form have no head:
    those that are left out leave no more than their digest, and what lies before them is not bound to the rest.
    """

    def __init__(self, path: str) -> None:
        self.path, self.digest = path, "0" * 64
        self.entries = self.said = self.left_out = self.checked_from = 0
        self._cut_off, self._has_heads = "", False

    def read(self) -> Iterator[Entry]:
        with open(self.path, "rb") as file:
            for line in file:
                form, digest, head, said = parts(line)
                if form == "torn":
                    self._require(line.endswith(b"\n") and not self._cut_off)
                    self._cut_off = digest
                elif form == "left out":
                    self._require(not self._has_heads and not self._cut_off)
                    self.left_out += 1
                    self.entries, self.digest, self.checked_from = self.entries + 1, digest, self.entries + 1
                else:
                    yield self._entry(form, digest, head, said)
        self._require(not self._cut_off)

    def _entry(self, form: str, digest: str, head: dict[str, Any], said: dict[str, Any]) -> Entry:
        self._require(head.get("n") == self.entries and head.get("previous") == self.digest)
        entry = Entry(head, said)
        self._require(bool(self._cut_off) == (entry.kind == "torn") and self._cut_off == entry.body.get("line", ""))
        self._cut_off = ""
        self._has_heads = self._has_heads or form == "head"
        self.said += bool(said)
        self.entries, self.digest = self.entries + 1, digest
        return entry

    def _require(self, holds: bool) -> None:
        if not holds:
            raise Broken(f"ledger.jsonl is broken at entry {self.entries}: lines were altered, reordered or cut.")


def parts(line: bytes) -> tuple[str, str, dict[str, Any], dict[str, Any]]:
    """The form of a line, its digest, its head and what it says. What is no whole line counts as one cut off."""
    try:
        return whole_parts(line.decode("utf-8"))
    except (ValueError, KeyError, TypeError):
        return "torn", sha256(line.rstrip(b"\n")), {}, {}


def whole_parts(text: str) -> tuple[str, str, dict[str, Any], dict[str, Any]]:
    """Raises ValueError where anything stands in the line that its digests do not cover."""
    match = LINE.match(text)
    if not match or (match.group(3) is None and match.end() != len(text)):
        raise ValueError("no line of a ledger")
    word, digest, form = match.groups()
    if form is None:
        return ("torn" if word == "torn" else "left out"), digest, {}, {}
    decoder = json.JSONDecoder(object_pairs_hook=unique)
    head, end = decoder.raw_decode(text, match.end())
    said: dict[str, Any] = {}
    if sha256(text[match.end() : end].encode("utf-8")) != digest:
        raise ValueError("another digest")
    if form == "entry":
        said = head
    elif text.startswith(',"said":', end):
        begin = end + len(',"said":')
        said, end = decoder.raw_decode(text, begin)
        if sha256(text[begin:end].encode("utf-8")) != head["said"]:
            raise ValueError("another digest of what is said")
    if text[end:] != "}\n":
        raise ValueError("more than an entry")
    return form, digest, head, said


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object whose keys are each there once: of two, readers would take different ones."""
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)
