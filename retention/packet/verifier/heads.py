"""Published heads against the ledger: each must be its own, as must those that its entries tell of.

What an entry is, is not known here; timestamps are OpenSSL's to check, where it is installed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from calendar import timegm
from typing import Any

from retention.packet.verifier.chain import Chain, Entry, unique
from retention.packet.verifier.manifest import digest_of, files_of
from retention.packet.verifier.text import Found, instant

FOLDER = "published"
CERTIFICATES = "timestamp_certificates.pem"
HEAD_KEYS = "at city digest entries format rehearsal"


class Digests:
    """The digest of every entry, in order: what any head must be found among."""

    def __init__(self) -> None:
        self._all = bytearray()

    def add(self, digest: str) -> None:
        self._all += bytes.fromhex(digest)

    def had(self, entries: int, digest: str) -> bool:
        """Whether the first so many entries end with this digest."""
        return entries > 0 and self._all[32 * (entries - 1) : 32 * entries].hex() == digest != ""


class Heads:
    """The heads that lie in a folder, and those that entries tell of."""

    def __init__(self, folder: str, found: Found) -> None:
        self.folder, self.found = folder, found
        self.told: list[Entry] = []
        self.agreed = self.stamped = self.unchecked = 0

    def check(self, founded: Entry | None, chain: Chain, digests: Digests) -> None:
        where = os.path.join(self.folder, FOLDER)
        present = {name: path for name, path in files_of(where).items() if not name.startswith(".")}
        for name in sorted(present):
            if name.endswith(".json"):
                why = self._disagreement(name, present[name], founded, chain, digests)
                if why:
                    self.found.wrong(f"The ledger does not agree with the published head {name}: {why}.")
                self.agreed += not why
            elif not (name.endswith(".tsr") and f"{name[:-4]}.json" in present):
                self.found.wrong(f"{FOLDER}/{name} belongs to no published head.")
        by_digest = {digest_of(path): name for name, path in present.items() if name.endswith(".json")}
        missing = sum(self._of_entry(entry, by_digest, present, digests) for entry in self.told)
        if missing:
            self.found.note(f"{missing} published heads that the ledger tells of are not in a file here.")
        for name in sorted(present):
            if name.endswith(".tsr") and f"{name[:-4]}.json" in present:
                self._token(name, present[name], present[f"{name[:-4]}.json"])
        if self.unchecked:
            self.found.note(f"{self.unchecked} timestamps were not checked: openssl and {CERTIFICATES} are needed.")

    def _disagreement(self, name: str, path: str, founded: Entry | None, chain: Chain, digests: Digests) -> str:
        """Why this ledger is not the one whose head this is; empty where it is."""
        head = head_of(path)
        if not head:
            return "it is no published head"
        entries, digest = head["entries"], head["digest"]
        questions = (
            (name == f"{entries:012}-{digest}.json", "it is not the one that it is named after"),
            (founded is not None and head["city"] == founded.body.get("city"), "it is of another city"),
            (founded is not None and head["rehearsal"] is founded.rehearsal, "it is of a rehearsal, or the ledger is"),
            (entries <= chain.entries, f"the ledger had {entries} entries, and it has {chain.entries}: it was cut"),
            (digests.had(entries, digest), f"entry {entries - 1} is not the one that was the last"),
        )
        return next((why for holds, why in questions if not holds), "")

    def _of_entry(self, entry: Entry, by_digest: dict[str, str], present: dict[str, str], digests: Digests) -> bool:
        """Check what an entry tells of a head; whether the head's file is missing here."""
        body = entry.body
        if body["entries"] > entry.n or not digests.had(body["entries"], body["digest"]):
            self.found.wrong(f"The head that entry {entry.n} tells of was never this ledger's own.")
        name = by_digest.get(body["head"], "")
        token = f"{name[:-5]}.tsr"
        if name and body["token"] and (token not in present or digest_of(present[token]) != body["token"]):
            self.found.wrong(f"The timestamp of {name} is not the one that entry {entry.n} tells of.")
        return not name

    def _token(self, name: str, token: str, head: str) -> None:
        """Ask OpenSSL, as of the instant that the timestamp attests: by now its certificate may have ended."""
        tool, certificates = shutil.which("openssl"), os.path.join(self.folder, CERTIFICATES)
        if tool is None or not os.path.isfile(certificates):
            self.unchecked += 1
            return
        asked = [tool, "ts", "-verify", "-data", head, "-in", token, "-CAfile", certificates]
        text = run([tool, "ts", "-reply", "-in", token, "-text"])[1]
        if run([*asked, "-untrusted", certificates, *as_of(text)])[0] == 0:
            self.stamped += 1
        else:
            self.found.wrong(f"The timestamp {name} does not hold.")


def head_of(path: str) -> dict[str, Any]:
    """What a head says; empty where the file is none, or is not written in its one form."""
    with open(path, "rb") as file:
        data = file.read(1 << 20)
    try:
        head = json.loads(data.decode("utf-8"), object_pairs_hook=unique)
        again = json.dumps(head, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
        good = sorted(head) == HEAD_KEYS.split() and head["format"] == 1 and type(head["entries"]) is int
        right = again.encode("utf-8") == data and len(instant(head["at"])) + 1 == len(head["at"])
        return head if good and right and head["entries"] > 0 and bytes.fromhex(head["digest"]) else {}
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}


def as_of(text: str) -> list[str]:
    match = re.search(r"Time stamp: (\w+ +\d+ \d+:\d+:\d+)(?:\.\d+)? (\d+) GMT", text)
    if not match:
        return []
    return ["-attime", str(timegm(time.strptime(" ".join(match.groups()), "%b %d %H:%M:%S %Y")))]


def run(asked: list[str]) -> tuple[int, str]:
    try:
        done = subprocess.run(asked, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.SubprocessError):
        return 1, ""
    return done.returncode, done.stdout.decode("utf-8", "replace")
