"""The ledger handed to an auditor: a folder that needs nothing but Python to be checked, and holds nothing new.

Everything in it is in the ledger's own file, was published, or is public: what is sealed there is sealed here.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from retention.core.publication import token_name
from retention.packet.folder import Folder, sync
from retention.packet.lines import Line, cut_off, shown
from retention.packet.one_file import export_verifier
from retention.packet.published import FOLDER, Filed
from retention.packet.words import EXPORT_README

SIGNERS, CERTIFICATES = "allowed_signers", "timestamp_certificates.pem"


class Exported(Struct, frozen=True, kw_only=True):
    """What export.json says: whose ledger it is, how long it was, and who made the export when."""

    format: int = 1
    city: str
    rehearsal: bool
    identity: str
    entries: int
    digest: str
    made_at: str
    made_by: str


class Export(Folder):
    """An export being written."""

    what = "export"

    def ledger(self, lines: Iterable[Line]) -> None:
        """Every line as it stands, also those that a crash cut off; signed entries beside it once more."""
        with self._writing(), open(self._part / "ledger.jsonl", "wb") as file:
            for line in lines:
                for torn in line.torn:
                    file.write(cut_off(torn, whole=True))
                file.write(shown(line))
                if line.link.entry.signature:
                    self.signatures((line.link.entry,))
            sync(file.fileno(), file)

    def published(self, heads: Iterable[Filed]) -> None:
        """The heads that were published, each with its timestamp, under their own names."""
        for one in heads:
            self.file(f"{FOLDER}/{one.path.name}", one.data)
            if one.token:
                self.file(f"{FOLDER}/{token_name(one.path.name)}", one.token)

    def seal(self, said: Exported) -> str:
        """Write what is left, and the manifest; return the manifest's digest."""
        self.file("export.json", msgspec.json.format(msgspec.json.encode(said), indent=1) + b"\n")
        self.file("README.txt", EXPORT_README.encode())
        self.file("verify.py", export_verifier())
        return self.list_files()
