"""The whole check, and its report.

What is right or wrong is decided by the parts.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
from typing import Any

from retention.packet.verifier.again import Again
from retention.packet.verifier.chain import Broken, Chain
from retention.packet.verifier.manifest import check_files, files_of
from retention.packet.verifier.page import check_page
from retention.packet.verifier.signatures import SIGNERS, Signatures
from retention.packet.verifier.text import Found, plain

KEYS = "format hold placed made_at made_by identity whole period zone mailboxes tables"
FIXED = ("README.txt", "ledger.jsonl", "proof.html", "proof.json", "verify.py")
UNREADABLE = (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, AssertionError, RecursionError)


def check(folder: str, digest: str, found: Found) -> Again | None:
    """Check the packet in this folder; what is wrong is said in ``found``."""
    manifest = check_files(folder, found)
    print(f"SHA-256 of the manifest: {manifest}")
    if digest and manifest != digest.strip().lower():
        found.wrong("The manifest has another digest than the one that was given.")
    with open(os.path.join(folder, "proof.json"), encoding="utf-8") as file:
        said: dict[str, Any] = json.load(file)
    if set(said) != set(KEYS.split()) or said["format"] != 1:
        raise Broken("proof.json is of another form than this verifier knows.")
    signatures = Signatures(folder, found)
    again, chain = Again(folder, said, found, signatures), Chain(os.path.join(folder, "ledger.jsonl"))
    for entry in chain.read():
        again.take(entry)
    again.finish(chain)
    again.zone.check(found)
    check_page(folder, said, found)
    tables = {f"{one['name']}.csv" for one in said["tables"]}
    others = set(files_of(folder)) - tables - set(FIXED) - {SIGNERS}
    signatures.finish(others)
    if signatures.good:
        found.note(f"{signatures.good} signatures are good, by the keys in {SIGNERS}, which the city gave.")
    note_unproven(again, chain, found)
    return again


def note_unproven(again: Again, chain: Chain, found: Found) -> None:
    """What a whole packet still leaves open."""
    unsaid = chain.entries - chain.said - chain.left_out
    if chain.left_out:
        found.note(
            f"{chain.left_out} entries of the ledger's first form are left out. The chain is checked from entry "
            f"{chain.checked_from} on; what is shown of earlier entries is not bound to it."
        )
    if unsaid:
        found.note(
            f"{unsaid} entries are left unsaid. That none of them belongs to this hold but those told of is the "
            "city's word; the whole ledger can show it, whose last entry has the digest told here."
        )
    if again.told:
        found.note(f"{again.told} of these are told of in the tables, bound to their places in the chain.")
    if again.said["identity"] != "ssh":
        found.note("Acts are not signed in this city: who did them is the word of its computers.")
    found.note("Columns with a star are the city's word, and so is which mailbox has which addresses.")


def report(again: Again | None, found: Found) -> int:
    """The report on the screen; returns the exit code."""
    if again is not None and not found.problems:
        rows = again.said["tables"][0]["rows"]
        width = max(len(what) for what, _ in rows)
        for what, value in rows:
            print(f"{what.ljust(width)}  {plain(value)}")
    for note in found.notes:
        print(f"Note: {note}")
    for problem in found.problems:
        print(f"WRONG: {problem}")
    if found.problems:
        print("The packet is NOT as it was written, or does not follow from the ledger.")
        return 1
    print("The packet is whole, its chain holds, and its tables follow from the entries that are shown.")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Check the proof of a hold.")
    parser.add_argument("folder", nargs="?", default=os.path.dirname(os.path.abspath(__file__)))
    parser.add_argument("--manifest", default="", help="the SHA-256 of manifest.sha256, as it was told apart from it")
    asked = parser.parse_args()
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    csv.field_size_limit(1 << 30)
    found, again = Found(), None
    try:
        again = check(asked.folder, asked.manifest, found)
    except Broken as broken:
        found.wrong(str(broken))
    except UNREADABLE as error:
        found.wrong(f"The packet cannot be read: {type(error).__name__}: {error}")
    return report(again, found)
