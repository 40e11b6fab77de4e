"""The hold's life as its entries tell it: its versions, whom each reached, and what was in force on a day.

Days are texts like ``2026-11-21``, which sort as days do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from retention.packet.verifier.chain import Entry

LIFE = ("hold placed", "hold amended", "hold released", "hold reinstated", "hold reached")
CONDITIONS = {
    "custodians": "custodian",
    "departments": "department",
    "offices": "office",
    "mailboxes": "mailbox",
    "participants": "names",
    "words": "says",
    "first_on": "received or sent from",
    "last_on": "received or sent until",
    "conversations": "conversation",
    "series": "series",
    "ids": "id",
}
WITHIN = {"all_of": "all of", "any_of": "any of", "none_of": "none of"}


class Version:
    """One version of the scope. ``reached`` has every address and mailbox, and the entry that named it first."""

    def __init__(self, n: int, entry: int, scope: dict[str, Any]) -> None:
        self.n, self.entry, self.scope = n, entry, scope
        self.until, self.ended = "", False
        self.anybody = not is_bound(scope)
        self.told: list[Entry] = []
        self.reached: dict[tuple[str, str], int] = {}
        for part in included(scope, False):
            self.reached.update({("address", address): entry for address in part.get("custodians", ())})
            self.reached.update({("mailbox", mailbox): entry for mailbox in part.get("mailboxes", ())})

    def take(self, entry: Entry) -> None:
        self.told.append(entry)
        for _, what, value in reached_in(entry):
            self.reached.setdefault((what, value), entry.n)

    def since(self, mailbox: str, address: str) -> list[int]:
        """The entries from which on this mailbox was reached."""
        if self.anybody:
            return [self.entry]
        return [self.reached[key] for key in (("mailbox", mailbox), ("address", address)) if key in self.reached]


class Life:
    """The hold that entry ``placed`` placed. ``by_key``: where nobody signed, nothing is ended."""

    def __init__(self, name: str, placed: int, by_key: bool) -> None:
        self.name, self.placed, self.by_key = name, placed, by_key
        self.versions: list[Version] = []
        self.entries: list[Entry] = []
        self.release, self.over = "", False

    def is_named(self, name: object) -> bool:
        return name == self.name and bool(self.versions) and not self.over

    def take(self, entry: Entry) -> bool:
        """Take in an entry about holds; return whether it is about this one."""
        body = entry.body
        if entry.kind == "hold placed":
            if entry.n != self.placed:
                self.over = self.over or self.is_named(body["hold"]["name"])
                return False
            self.versions.append(Version(1, entry.n, body["hold"]["scope"]))
        elif not self.is_named(body["name"]):
            return False
        self.entries.append(entry)
        until, counts = str(body.get("until", "")), bool(entry.signature) or not self.by_key
        if entry.kind == "hold amended":
            self.versions[-1].until, self.versions[-1].ended = until, counts
            self.versions.append(Version(len(self.versions) + 1, entry.n, body["scope"]))
        elif entry.kind in ("hold released", "hold reinstated"):
            self.release = until if counts else ""
        elif entry.kind == "hold reached" and 1 <= body["version"] <= len(self.versions):
            self.versions[body["version"] - 1].take(entry)
        return True

    def in_force(self, day: str) -> list[Version]:
        if self.release and day >= self.release:
            # What an amendment promised to keep until a day outlasts a release.
            return [version for version in self.versions if day < version.until]
        return [version for version in self.versions if not version.ended or day < version.until]

    def ends(self, version: Version) -> str:
        """The day from which on it holds no longer, as far as that is decided."""
        if version.ended:
            return version.until
        return max(self.release, version.until) if self.release else ""

    def since(self, day: str, mailbox: str, address: str) -> int | None:
        found = [entry for version in self.in_force(day) for entry in version.since(mailbox, address)]
        return min(found) if found else None

    def first(self, mailbox: str, address: str) -> int | None:
        """The entry from which on a mailbox was reached by any version, in force or not."""
        found = [entry for version in self.versions for entry in version.since(mailbox, address)]
        return min(found) if found else None

    def standing(self, day: str, placed_on: str) -> list[str]:
        """Whether it is in force, by which versions, and in how many mailboxes."""
        versions = self.in_force(day)
        if not versions:
            return ["no", "", ""]
        word = "yes, in its grace period" if self.release else "from its placing" if day == placed_on else "yes"
        boxes = {value for version in versions for what, value in version.reached if what == "mailbox"}
        count = "any" if any(version.anybody for version in versions) else str(len(boxes))
        return [word, "+".join(str(version.n) for version in versions), count]

    def reached(self) -> Iterator[tuple[Version, str, str, str, int]]:
        """Whom each version reached: the term, what it is, its value, and the entry that says so."""
        for version in self.versions:
            told = [(entry.n, *row) for entry in version.told for row in reached_in(entry)]
            by_term = {(what, value) for _, _, what, value in told}
            for key in sorted(key for key, entry in version.reached.items() if key not in by_term):
                yield (version, "", *key, version.entry)
            for n, term, what, value in told:
                yield version, term, what, value, n


def reached_in(entry: Entry) -> Iterator[tuple[str, str, str]]:
    for what, values in (("address", entry.body["addresses"]), ("mailbox", entry.body["mailboxes"])):
        for value in values:
            yield str(entry.body["term"]), what, str(value)


def is_bound(scope: dict[str, Any]) -> bool:
    """Whether it covers only mailboxes of people it names."""
    named = any(scope.get(key) for key in ("custodians", "departments", "offices", "mailboxes"))
    some = scope.get("any_of") or []
    return named or any(map(is_bound, scope.get("all_of") or [])) or (bool(some) and all(map(is_bound, some)))


def included(scope: dict[str, Any], excepted: bool) -> Iterator[dict[str, Any]]:
    """The parts of the scope that do not stand under an exception."""
    if not excepted:
        yield scope
    for key in WITHIN:
        for part in scope.get(key) or []:
            yield from included(part, excepted != (key == "none_of"))


def conditions(scope: dict[str, Any], part: str = "") -> Iterator[tuple[str, str, str]]:
    """Each condition of the scope and of the parts within it."""
    for key, word in CONDITIONS.items():
        values = scope.get(key) or []
        for value in [values] if isinstance(values, str) else values:
            yield part, word, post(value) if isinstance(value, dict) else value
    for key, word in WITHIN.items():
        for n, within in enumerate(scope.get(key) or [], 1):
            name = f"{word} ({n})"
            yield part, name, ""
            yield from conditions(within, f"{part}, {name}" if part else name)


def post(said: dict[str, Any]) -> str:
    """A department or an office, and the period that is meant."""
    first, last = said.get("from_on") or "", said.get("to_on") or ""
    return f"{said['name']} during {first}..{last}" if first or last else str(said["name"])
