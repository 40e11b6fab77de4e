"""The whole check of an exported ledger, and its report.

What is right or wrong is decided by the parts.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import Any

from retention.packet.verifier.chain import Broken, Chain, Entry
from retention.packet.verifier.heads import CERTIFICATES, FOLDER, Digests, Heads
from retention.packet.verifier.manifest import check_files, files_of
from retention.packet.verifier.signatures import SIGNERS, Signatures, statement
from retention.packet.verifier.text import Found, instant, plain, seconds

EXPORT_KEYS = "city digest entries format identity made_at made_by rehearsal"
EXPORTED = ("README.txt", "export.json", "ledger.jsonl", "verify.py", SIGNERS, CERTIFICATES)
MAY_DIFFER = 300
"""Seconds by which the clocks of the machines that share a ledger may differ."""
NOT_READ = (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError)


class Ledger:
    """The ledger of an export, entry by entry."""

    def __init__(self, folder: str, found: Found) -> None:
        self.found = found
        self.chain = Chain(os.path.join(folder, "ledger.jsonl"))
        self.signatures = Signatures(folder, found)
        self.heads = Heads(folder, found)
        self.digests = Digests()
        self.founded: Entry | None = None
        self.latest, self.signed = 0, 0

    def read(self) -> None:
        for entry in self.chain.read():
            self._take(entry)
            self.digests.add(self.chain.digest)
        if self.chain.left_out or self.chain.said != self.chain.entries:
            raise Broken("ledger.jsonl is broken: entries are left out or left unsaid, and an export has none such.")
        if self.founded is None:
            raise Broken("ledger.jsonl is broken: entry 0, its first, is not there.")

    def _take(self, entry: Entry) -> None:
        if entry.n == 0:
            self.founded = entry
        at = seconds(entry.at)
        if at + MAY_DIFFER < self.latest:
            raise Broken(f"ledger.jsonl is broken: entry {entry.n} says that it is older than those before it.")
        self.latest = max(self.latest, at)
        if self.founded is not None and entry.rehearsal != self.founded.rehearsal:
            raise Broken(f"ledger.jsonl is broken: entry {entry.n} is of a rehearsal, or the first one is.")
        if entry.kind == "head published":
            self.heads.told.append(entry)
        if entry.signature:
            self.signed += 1
            self.signatures.check(entry, self.founded)
            said = statement(entry.statement)
            before = said.get("entries", 0)
            bound = before <= entry.n and self.digests.had(before, said.get("head", ""))
            if before and not bound:
                self.found.wrong(f"The statement of entry {entry.n} was signed over another ledger.")


def check_export(folder: str, digest: str, found: Found) -> dict[str, Any]:
    """Check the export in this folder; what is wrong is said in ``found``. Returns what export.json says."""
    manifest = check_files(folder, found)
    print(f"SHA-256 of the manifest: {manifest}")
    if digest and manifest != digest.strip().lower():
        found.wrong("The manifest has another digest than the one that was given.")
    with open(os.path.join(folder, "export.json"), encoding="utf-8") as file:
        said: dict[str, Any] = json.load(file)
    if sorted(said) != EXPORT_KEYS.split() or said["format"] != 1:
        raise Broken("export.json is of another form than this verifier knows.")
    ledger = Ledger(folder, found)
    ledger.read()
    chain = ledger.chain
    ledger.heads.check(ledger.founded, chain, ledger.digests)
    others = {name for name in files_of(folder) if not name.startswith(f"{FOLDER}/")} - set(EXPORTED)
    ledger.signatures.finish(others)
    if (said["entries"], said["digest"]) != (chain.entries, chain.digest):
        found.wrong(f"export.json tells of {said['entries']} entries, and ledger.jsonl is not the ledger it tells of.")
    told(ledger, said, found)
    return {**said, "heads": ledger.heads.agreed, "stamped": ledger.heads.stamped, "signed": ledger.signed}


def told(ledger: Ledger, said: dict[str, Any], found: Found) -> None:
    """What holds and rests on the city's word, and what a whole export still leaves open."""
    if ledger.signatures.good:
        found.note(f"{ledger.signatures.good} signatures are good, by the keys in {SIGNERS}, which the city gave.")
    if said["identity"] != "ssh":
        found.note("Acts are not signed in this city: who did them is the word of its computers.")
    if not ledger.heads.agreed:
        found.note("No published head is here: that the ledger was not made anew from its first entry, it cannot show.")


def report_export(said: dict[str, Any], found: Found) -> int:
    """The report on the screen; returns the exit code."""
    if said and not found.problems:
        rows = (
            ("City", plain(said["city"])),
            ("Rehearsal", "yes" if said["rehearsal"] else "no"),
            ("Entries", f"{said['entries']:,}"),
            ("Digest of the last entry", plain(said["digest"])),
            ("Published heads", f"{said['heads']:,}"),
            ("Timestamps that hold", f"{said['stamped']:,}"),
            ("Signed entries", f"{said['signed']:,}"),
            ("Made (UTC)", instant(plain(said["made_at"]))),
            ("Made by", plain(said["made_by"])),
        )
        for what, value in rows:
            print(f"{what.ljust(24)}  {value}")
    for note in found.notes:
        print(f"Note: {note}")
    for problem in found.problems:
        print(f"WRONG: {problem}")
    if found.problems:
        print("The ledger is NOT as it was written, or not as it was when its head was published.")
        return 1
    print("The ledger is whole, from its first entry to its last, and agrees with every published head that is here.")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Check an exported ledger.")
    parser.add_argument("folder", nargs="?", default=os.path.dirname(os.path.abspath(__file__)))
    parser.add_argument("--manifest", default="", help="the SHA-256 of manifest.sha256, as it was told apart from it")
    asked = parser.parse_args()
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    found, said = Found(), {}
    try:
        said = check_export(asked.folder, asked.manifest, found)
    except Broken as broken:
        found.wrong(str(broken))
    except NOT_READ as error:
        found.wrong(f"The export cannot be read: {type(error).__name__}: {error}")
    return report_export(said, found)
