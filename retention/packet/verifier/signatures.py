"""Signatures of acts: does the statement say what the entry says, and did its person sign it?

The second question is OpenSSH's to answer; where it is not installed, the packet is checked without it and says so.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from typing import Any

from retention.packet.verifier.chain import Entry
from retention.packet.verifier.text import Found, instant, seconds

SIGNERS = "allowed_signers"
NAMESPACE = "retention"
APART = 600
"""Seconds that may lie between a statement and its entry: a passphrase is typed in between."""


class Signatures:
    """All signatures of a packet, one after the other."""

    def __init__(self, folder: str, found: Found) -> None:
        self.folder, self.found = folder, found
        self.tool = shutil.which("ssh-keygen")
        self.good = self.unchecked = 0
        self.files: set[str] = set()
        self._statements: set[str] = set()

    def check(self, entry: Entry, founded: Entry | None) -> str:
        """The act that was signed."""
        for name, text in (
            (f"signatures/{entry.n}.json", entry.statement),
            (f"signatures/{entry.n}.sig", entry.signature),
        ):
            self.files.add(name)
            if read(os.path.join(self.folder, *name.split("/"))) != text.encode("utf-8"):
                self.found.wrong(f"{name} is not what entry {entry.n} holds.")
        said = statement(entry.statement)
        why = disagreement(said, entry, founded)
        if entry.statement in self._statements:
            why = "the same statement stands in an earlier entry"
        self._statements.add(entry.statement)
        if why:
            self.found.wrong(f"The statement of entry {entry.n} is not that of its entry: {why}.")
        self._verify(entry)
        return str(said.get("act", ""))

    def _verify(self, entry: Entry) -> None:
        signers = os.path.join(self.folder, SIGNERS)
        if self.tool is None or not os.path.isfile(signers):
            self.unchecked += 1
            return
        signature = os.path.join(self.folder, "signatures", f"{entry.n}.sig")
        asked = [self.tool, *question(signers, signature, entry)]
        surroundings = {**os.environ, "TZ": "UTC0", "LC_ALL": "C"}
        try:
            done = subprocess.run(
                asked,
                input=entry.statement.encode("utf-8"),
                env=surroundings,
                capture_output=True,
                timeout=60,
                check=False,
            )
        except (OSError, subprocess.SubprocessError) as error:
            self.found.note(f"ssh-keygen could not be asked about entry {entry.n}: {error}.")
            self.unchecked += 1
            return
        answer = done.stdout.decode("utf-8", "replace")
        if done.returncode == 0 and answer.startswith(f'Good "{NAMESPACE}" signature for {entry.by} with '):
            self.good += 1
        elif b"illegal option" in done.stderr or b"usage:" in done.stderr or b"Invalid option" in done.stderr:
            self.unchecked += 1
        else:
            words = answer or done.stderr.decode("utf-8", "replace")
            self.found.wrong(f"The signature of entry {entry.n} is not {entry.by}'s: {words}")

    def finish(self, present: set[str]) -> None:
        for name in sorted(present - self.files):
            self.found.wrong(f"{name} belongs to no entry that is shown.")
        if self.unchecked:
            self.found.note(
                f"{self.unchecked} signatures were not checked: ssh-keygen 8.8 or later and {SIGNERS} are needed."
            )


def question(signers: str, signature: str, entry: Entry) -> list[str]:
    at = "".join(character for character in entry.at[:19] if character.isdigit())
    asked = ["-Y", "verify", "-f", signers, "-I", entry.by, "-n", NAMESPACE, "-s", signature]
    return [*asked, f"-Overify-time={at}"]


def by_hand(entry: Entry) -> str:
    """The command with which anybody checks this signature in the packet's folder."""
    asked = ["ssh-keygen", *question(SIGNERS, f"signatures/{entry.n}.sig", entry)]
    return f"TZ=UTC0 {' '.join(map(shlex.quote, asked))} < signatures/{entry.n}.json"


def disagreement(said: dict[str, Any], entry: Entry, founded: Entry | None) -> str:
    """Why this statement is not the entry's; empty where it is."""
    if not said:
        return "it cannot be read"
    kind = entry.body.get("hold", {}).get("kind") if entry.kind == "hold placed" else ""
    questions = (
        (said.get("city") == (founded.body["city"] if founded else None), "it was made for another city"),
        (said.get("rehearsal") == entry.rehearsal, "it was made in a rehearsal, or the entry was"),
        (said.get("by") == entry.by, "it is of another person"),
        (agrees(said.get("what"), entry.body), "it says something else"),
        (abs(seconds(str(said.get("at"))) - seconds(entry.at)) <= APART, f"it is not of {instant(entry.at)} UTC"),
        (not kind or said.get("act") == f"hold-{kind}", "it is another act"),
    )
    return next((why for holds, why in questions if not holds), "")


def agrees(said: Any, body: Any) -> bool:
    """Whether an entry says what was signed, from which empty fields are left out."""
    if isinstance(said, dict) and isinstance(body, dict):
        extra = [body[key] for key in body if key not in said]
        return not any(extra) and all(key in body and agrees(value, body[key]) for key, value in said.items())
    if isinstance(said, list) and isinstance(body, list):
        return len(said) == len(body) and all(agrees(one, body[n]) for n, one in enumerate(said))
    return bool(said == body)


def statement(text: str) -> dict[str, Any]:
    try:
        said = json.loads(text)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""
