"""Export: hand an auditor the ledger, its published heads and all that is needed to check them.

What the folder holds, and how it is checked there, is in ``packet``.
"""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

from msgspec import Struct

from retention.core.publication import LedgerExported
from retention.errors import BadConfiguration
from retention.jobs.world import World
from retention.packet import lines
from retention.packet.exporting import CERTIFICATES, SIGNERS, Export, Exported
from retention.packet.published import Published


class Handed(Struct, frozen=True, kw_only=True):
    """An export that was written: where, the digest of its manifest, how many entries, and how many published heads."""

    folder: str
    manifest: str
    entries: int
    digest: str
    heads: int


def export(world: World, folder: Path, *, signers: Path | None = None, certificates: Path | None = None) -> Handed:
    """Write the ledger as it is now into a folder that is not there yet.

    ``signers`` is the city's allowed-signers file, ``certificates`` those on which its timestamps rest. Raises
    ``WrongUsage``, ``LedgerBroken``, and ``StoreNotAnswering`` where the export cannot be written.
    """
    # The heads first: one that is published meanwhile would look as if this ledger had been cut.
    heads = tuple(Published(world.ledger.path))
    world.ledger.refresh()
    entries, digest = world.ledger.head
    with Export(folder) as writing:
        writing.ledger(lines(world.ledger.path, entries))
        writing.published(heads)
        for name, path in ((SIGNERS, signers), (CERTIFICATES, certificates)):
            if path is not None:
                writing.file(name, _public(path))
        said = Exported(
            city=world.ledger.founded,
            rehearsal=world.rehearsal,
            identity=world.city.city.identity,
            entries=entries,
            digest=digest,
            made_at=f"{world.now().astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            made_by=world.actor.address,
        )
        manifest = writing.seal(said)
        # Written down first: an export that the ledger does not know of would look like somebody else's.
        world.ledger.append(LedgerExported(entries=entries, digest=digest, manifest=manifest))
        writing.publish()
    return Handed(folder=str(writing.folder), manifest=manifest, entries=entries, digest=digest, heads=len(heads))


def _public(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadConfiguration(f"{path} cannot be read: {error.strerror}.", "Correct it in retention.toml.") from error
    if b"PRIVATE KEY" in data:
        raise BadConfiguration(f"There is a private key in {path}.", "Take it out: this file is given to strangers.")
    return data
