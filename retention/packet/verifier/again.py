"""Every table made again from the entries that are shown, and compared with the packet's.

Whether the entries are those of the ledger is asked of the chain, not here.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from retention.packet.verifier.chain import Broken, Chain, Entry
from retention.packet.verifier.days import Days, alike, unread
from retention.packet.verifier.deeds import BEFORE, DEEDS, FROM_START, WAITS, Deeds
from retention.packet.verifier.life import LIFE, Life, conditions
from retention.packet.verifier.signatures import Signatures, by_hand
from retention.packet.verifier.tables import Table
from retention.packet.verifier.text import Found, Zone, instant

DONE = {"hold placed": "placed", "hold amended": "amended", "hold released": "released"}


class Again:
    """The proof once more. ``said`` is proof.json, of which only what the ledger cannot say is taken as it is."""

    def __init__(self, folder: str, said: dict[str, Any], found: Found, signatures: Signatures) -> None:
        self.said, self.found, self.signatures = said, found, signatures
        self.tables = {one["name"]: Table(folder, one, found) for one in said["tables"]}
        self.zone = Zone(said["zone"])
        self.life = Life(said["hold"], said["placed"], said["identity"] == "ssh")
        self.days = Days(said["period"]["first"], said["period"]["last"])
        self.deeds = Deeds(self.life, self.days, self.tables)
        self.addresses: dict[str, list[str]] = said["mailboxes"]
        self.noticed: set[str] = set()
        self.acknowledged: set[str] = set()
        self.copies: set[str] = set()
        self.vanished: set[int] = set()
        self.founded: Entry | None = None
        self.told = self.unread_days = 0

    def take(self, entry: Entry) -> None:
        day = self.zone.day(entry.at)
        if entry.kind:
            self._said(entry, day)
        else:
            self._unsaid(entry, day)
        if entry.signature:
            act = self.signatures.check(entry, self.founded)
            self.tables["signatures"].take(entry.n, entry.by, act, by_hand(entry))

    def _said(self, entry: Entry, day: str) -> None:
        body, kind = entry.body, entry.kind
        if kind == "founded":
            self.founded = entry
        elif kind in LIFE:
            if self.life.take(entry) and kind == "hold placed":
                self.deeds.placed(entry)
        elif kind in DEEDS:
            self.deeds.take(entry, day)
        elif kind == "sync ended":
            self._synchronised(entry, day)
        elif kind == "held mail vanished":
            self._vanished(entry, day)
        elif kind == "torn":
            self._row("torn", entry, body["line"])
        elif self.life.versions:
            self._belongs(entry, body, kind)

    def _belongs(self, entry: Entry, body: dict[str, Any], kind: str) -> None:
        """What is said of the hold beside its life and its deeds."""
        mine = self.life.is_named(body.get("hold", body.get("name")))
        if kind == "custodian noticed" and mine:
            self.noticed.add(body["to"])
            how = "reminder" if body["reminder"] else "notice"
            self._row("notices", entry, body["to"], how, body["answer_by"], body["digest"])
        elif kind == "custodian acknowledged" and mine:
            self.acknowledged.add(body["custodian"])
            self._row("acknowledgements", entry, entry.by, body["custodian"], body["on"], body["how"])
        elif kind == "preserved" and mine:
            self.copies.add(body["digest"])
        elif kind == "collected" and mine:
            failed = "; ".join(f"{why}: {count}" for why, count in sorted(body["failed"].items()))
            self._row("collections", entry, body["covered"], body["copied"], body["had"], failed)
        elif kind == "copies to be destroyed" and self.copies.intersection(body["digests"]):
            copies = len(self.copies.intersection(body["digests"]))
            self._row("discarded", entry, entry.by, copies, body["reason"], "yes")
        elif kind == "vanished acknowledged" and self.vanished.intersection(body["entries"]):
            entries = sorted(self.vanished.intersection(body["entries"]))
            self._row("answers", entry, entry.by, "; ".join(map(str, entries)), body["reason"], "yes")
        elif kind == "refused" and body["act"] == f"hold-{self.hold['kind']}":
            self._row("refused", entry, entry.by, body["why"])
        elif kind == "hold proved" and mine:
            self._row("proofs", entry, entry.by, body["manifest"])

    def _row(self, table: str, entry: Entry, *cells: object) -> None:
        self.tables[table].take(entry.n, instant(entry.at), *cells)

    def _synchronised(self, entry: Entry, day: str) -> None:
        told = entry.body["unreadable"]
        found = [address for address in sorted(told) if self._may_reach(address, day)]
        self.days.synchronised(day, entry.body["mailboxes"], found)
        for address in found:
            self._row("unreadable", entry, day, address, told[address])

    def _may_reach(self, address: str, day: str) -> bool:
        for version in self.life.in_force(day):
            boxes = (value for what, value in version.reached if what == "mailbox")
            known = any(address in self.addresses.get(box, ()) for box in boxes)
            if version.anybody or known or ("address", address) in version.reached:
                return True
        return False

    def _vanished(self, entry: Entry, day: str) -> None:
        body = entry.body
        if not any(self.life.is_named(name) for name in body["holds"]):
            return
        self.vanished.add(entry.n)
        self.days.count(day, "vanished")
        copy = body["copy"] + (" (of an earlier version)" if body.get("outdated") else "")
        times = (instant(body["seen_at"]), instant(body["missed_at"]))
        self._row("vanished", entry, day, body["mailbox"], body["address"], body["id"], *times, copy, "yes")

    def _unsaid(self, entry: Entry, day: str) -> None:
        """An entry left unsaid may be one that a row tells of: that is the city's word, bound to this entry."""
        for name in ("blocked", "vanished", "answers", "discarded"):
            table, row = self.tables[name], self.tables[name].next
            if row.get("entry") != str(entry.n) or row.get("shown") != "no":
                continue
            fits = row["at (UTC)"] == instant(entry.at) and row.get("day", day) == day
            if name == "blocked":
                fits = self.deeds.blocked_unsaid(entry, row, day) and fits
            elif name == "vanished":
                self.vanished.add(entry.n)
                self.days.count(day, "vanished")
            table.pass_over()
            self._bound(fits, name, entry)

    def _bound(self, fits: bool, table: str, entry: Entry) -> None:
        self.told += 1
        if not fits:
            self.found.wrong(f"{table}.csv tells of entry {entry.n} what cannot be: it does not fit its place.")

    @property
    def hold(self) -> dict[str, Any]:
        """The hold as it was placed."""
        placed: dict[str, Any] = self.life.entries[0].body["hold"]
        return placed

    def finish(self, chain: Chain) -> None:
        """What only the last entry decides; then every table must be at its end."""
        if not self.life.entries or self.hold["name"] != self.said["hold"]:
            raise Broken(f"Entry {self.said['placed']} is not shown as the one that placed the hold.")
        made_on = self.zone.day(self.said["made_at"])
        for entry in self.life.entries:
            self._act(entry)
        for version in self.life.versions:
            for condition in conditions(version.scope):
                self.tables["scope"].take(version.n, version.entry, *condition)
        self._coverage()
        self.deeds.finish(made_on)
        daily = list(self.days.rows(self.life, self.zone))
        for table, rows in (("daily", iter(daily)), ("standing", alike(daily)), ("unread", unread(daily))):
            for row in rows:
                self.tables[table].take(*row)
        self.unread_days = sum(int(row[2]) for row in unread(daily))
        self._facts(chain, made_on)
        for one in self.tables.values():
            one.end()

    def _act(self, entry: Entry) -> None:
        if entry.kind == "hold reached":
            return
        body = entry.body.get("hold", entry.body)
        reason = "sealed" if body.get("sealed") else body["reason"]
        what, signed = DONE.get(entry.kind, "reinstated"), "yes" if entry.signature else "no"
        if not entry.signature and self.life.by_key:
            self.found.note(f"Entry {entry.n} ({what}) was not signed, though the city asks for signatures.")
        cells = (self.zone.day(entry.at), what, entry.by, "", reason, entry.body.get("until", ""), signed)
        self._row("life", entry, *cells)

    def _coverage(self) -> None:
        began = {entry.n: self.zone.day(entry.at) for entry in self.life.entries}
        for version, term, what, value, n in self.life.reached():
            ends = self.life.ends(version)
            last = date(*map(int, ends.split("-"))).toordinal() - 1 if ends else 0
            until = date.fromordinal(last).isoformat() if last else ""
            self.tables["coverage"].take(version.n, term, what, value, "", n, began[n], until)

    def _facts(self, chain: Chain, made_on: str) -> None:
        hold, placed, tables = self.hold, self.life.entries[0], self.tables
        destroyed = tables["deeds"].tally["result", "destroyed"]
        facts: tuple[tuple[str, object], ...] = (
            ("City", self.founded.body["city"] if self.founded else ""),
            ("Rehearsal", "yes" if self.founded and self.founded.rehearsal else "no"),
            ("Hold", hold["name"]),
            ("Matter", "sealed" if hold.get("sealed") else hold["matter"]),
            ("Kind", hold["kind"]),
            ("Placed (UTC)", instant(placed.at)),
            ("Placed by", placed.by),
            ("Known elsewhere as", hold.get("origin", "")),
            ("Versions of its scope", len(self.life.versions)),
            ("In force on the day this was made", self.life.standing(made_on, self.zone.day(placed.at))[0]),
            ("Period", f"{self.days.first} to {self.days.last}"),
            (
                "Days of the period on which it was in force",
                tables["daily"].taken - tables["daily"].tally["in force", "no"],
            ),
            ("Runs that could have deleted something meanwhile", tables["runs"].taken),
            ("Runs that had it to ask from their start", tables["runs"].tally["asked", FROM_START]),
            ("Deeds that it stopped", tables["blocked"].taken),
            ("Stopped deeds whose entry is shown", tables["blocked"].tally["shown", "yes"]),
            ("Messages that left mailboxes it had reached", tables["deeds"].taken - destroyed),
            ("Records destroyed that came from mailboxes it had reached", destroyed),
            (
                "Left or destroyed by a deed under way when it reached the mailbox",
                tables["deeds"].tally["under way", "yes"],
            ),
            ("Records destroyed before it reached their mailboxes", tables["records"].tally["state", BEFORE]),
            ("Records from its mailboxes that wait in quarantine", tables["records"].tally["state", WAITS]),
            ("Held messages that vanished", tables["vanished"].taken),
            ("Days without a sync", self.unread_days),
            ("Mailboxes that could not be read, each time counted", tables["unreadable"].taken),
            ("Custodians who were given notice", len(self.noticed)),
            ("Custodians who acknowledged", len(self.acknowledged)),
            ("Entries told of and left unsaid", self.told),
            ("Entries of the ledger", chain.entries),
            ("Entries shown here", chain.said),
            ("Entries of the ledger's first form left out", chain.left_out),
            ("The chain is checked from entry", chain.checked_from),
            ("Digest of the last entry", chain.digest),
            ("Made (UTC)", instant(self.said["made_at"])),
            ("Made by", self.said["made_by"]),
        )
        for what, value in facts:
            tables["facts"].take(what, value)
