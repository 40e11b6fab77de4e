"""What the ledger says of records that were exported, and of those that an archive took over.

How a bag is written is not known here; an exported or transferred record stays on the store until it is destroyed.
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct


class ExportOrdered(Struct, frozen=True, kw_only=True, tag="export ordered", tag_field="kind"):
    """Records are to be read and written into a bag for an archive. Written before the first of them is read.

    ``records`` is how many there are, ``digest`` the SHA-256 of their places in order, one a line; ``asked`` says by
    what they were chosen.
    """

    bag: str
    records: int
    digest: str
    asked: str
    purpose: str = ""


class RecordsExported(Struct, frozen=True, kw_only=True, tag="records exported", tag_field="kind"):
    """Records were written into a bag: its identifier, the SHA-256 of its tag manifest, and which records are in it."""

    bag: str
    manifest: str
    records: dict[str, tuple[str, ...]]
    purpose: str = ""

    def has(self, place: str) -> bool:
        """Whether exactly this record is in the bag."""
        folder, _, digest = place.rpartition("/")
        return digest in self.records.get(folder, ())


class TransferAccepted(Struct, frozen=True, kw_only=True, tag="transfer accepted", tag_field="kind"):
    """An archive took over the records of the bag exported in entry ``export``.

    ``reference`` is the accession number, ``document`` the SHA-256 of the scanned receipt and ``file`` its name.
    """

    export: int
    archive: str
    reference: str
    on: date
    document: str = ""
    file: str = ""


Told = ExportOrdered | RecordsExported | TransferAccepted
"""What the ledger says of records that went elsewhere."""
