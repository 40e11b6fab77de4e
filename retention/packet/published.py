"""Published heads as files: in the folder beside the ledger, and wherever else one is kept.

Whether a ledger is the one whose head was published is decided in ``core/publication.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from retention import durable
from retention.core.publication import PublishedHead, file_name, read, token_name, write
from retention.errors import LedgerBroken, StoreNotAnswering, WrongUsage

FOLDER = "published"
"""The folder's name, beside the ledger and in an export."""
LONGEST = 1 << 20
"""Bytes of a file that can be a head, or a timestamp; one is of a few hundred, the other of a few thousand."""


class Filed(Struct, frozen=True, kw_only=True):
    """A head in a file: the file, what it says, its bytes, and the timestamp beside it; empty where there is none."""

    path: Path
    head: PublishedHead
    data: bytes
    token: bytes = b""


class Published:
    """The heads that a ledger's city has published, each in a file of its own that is never written over."""

    def __init__(self, ledger: Path) -> None:
        self.folder = ledger.parent / FOLDER

    def __iter__(self) -> Iterator[Filed]:
        """Every head, from the first to the last. Raises ``LedgerBroken`` at one that is none, or is another's."""
        with _writing(self.folder):
            paths = sorted(self.folder.iterdir()) if self.folder.is_dir() else []
        for path in paths:
            if path.suffix == ".tsr" and not path.with_suffix(".json").exists():
                raise LedgerBroken(f"Of the timestamp {path} the head is missing.", "Restore it from a copy.")
            if path.suffix == ".json":
                yield named(path)

    def at(self, entries: int, digest: str) -> Filed | None:
        """This head, where it was filed already: a command that was cut off has not told the ledger of it."""
        path = self.folder / f"{entries:012}-{digest}.json"
        return named(path) if path.exists() else None

    def put(self, head: PublishedHead) -> Filed:
        """File it; raises ``StoreNotAnswering`` where it cannot be."""
        with _writing(self.folder):
            durable.make_folder(self.folder)
        path = self.folder / file_name(head)
        put(path, write(head))
        return Filed(path=path, head=head, data=write(head))

    def stamp(self, filed: Filed, token: bytes) -> Filed:
        """Put the timestamp beside it."""
        put(filed.path.with_name(token_name(filed.path.name)), token)
        return Filed(path=filed.path, head=filed.head, data=filed.data, token=token)


def named(path: Path) -> Filed:
    """The head in this file, whose name must be its own: two files that changed places would both be true."""
    found = filed(path)
    if path.name != file_name(found.head):
        raise LedgerBroken(
            f"The published head {path} is not the one that it is named after.", "Restore it from a copy."
        )
    return found


def filed(path: Path) -> Filed:
    """The head in this file, whatever its name, and the timestamp beside it. Raises ``LedgerBroken``."""
    beside = path.with_name(token_name(path.name))
    try:
        data, token = _bytes(path), _bytes(beside) if beside != path and beside.exists() else b""
        return Filed(path=path, head=read(data), data=data, token=token)
    except OSError as error:
        raise LedgerBroken(
            f"The published head {path} cannot be read: {error.strerror}.", "Restore it from a copy."
        ) from error
    except ValueError as error:
        raise LedgerBroken(f"The published head {path} does not hold: {error}.", "Restore it from a copy.") from error


def put(path: Path, data: bytes) -> None:
    """A new file that anybody may read. Raises ``WrongUsage`` where something is there already."""
    with _writing(path):
        try:
            with durable.new_file(path) as file:
                file.write(data)
            path.chmod(0o644)
        except FileExistsError:
            raise WrongUsage(f"There is already something at {path}.", "Name another file.") from None


def _bytes(path: Path) -> bytes:
    with open(path, "rb") as file:
        data = file.read(LONGEST + 1)
    if len(data) > LONGEST:
        raise ValueError("it is too large to be one")
    return data


@contextmanager
def _writing(what: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreNotAnswering(
            f"{what} cannot be written or read: {error.strerror or error}.", "Make room, or correct its rights."
        ) from error
