"""A folder for strangers: written beside its place and under another name until it is whole, then given its name.

What lies in it is decided by its neighbours.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from retention import durable
from retention.core.audit import Entry
from retention.errors import StoreNotAnswering, WrongUsage


class Folder:
    """A folder being written; without ``publish`` nothing of it remains. Only its owner can read it.

    Raises ``WrongUsage`` where something is at its place already, and ``StoreNotAnswering`` where it cannot be written.
    """

    what = "folder"

    def __init__(self, folder: Path) -> None:
        self.folder = Path(os.path.abspath(folder))
        self._part = self.folder.with_name(f".{self.folder.name}.{os.getpid()}.part")

    def __enter__(self) -> Self:
        if os.path.lexists(self.folder):
            raise WrongUsage(f"There is already something at {self.folder}.", "Name another folder with --output.")
        with self._writing():
            durable.make_folder(self.folder.parent)
            self._part.mkdir(0o700)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        shutil.rmtree(self._part, ignore_errors=True)

    def signatures(self, entries: Iterable[Entry]) -> None:
        """Statement and signature of each of these signed entries, as its own tool wants them."""
        for entry in entries:
            self.file(f"signatures/{entry.n}.json", entry.statement.encode())
            self.file(f"signatures/{entry.n}.sig", entry.signature.encode())

    def file(self, name: str, data: bytes) -> None:
        with self._writing():
            (self._part / name).parent.mkdir(exist_ok=True)
            durable.write(self._part / name, data)

    def list_files(self) -> str:
        """Write the manifest of all that is there, and return its digest."""
        with self._writing():
            manifest = "".join(f"{_digest(path)}  {name}\n" for name, path in self._listed()).encode()
            self.file("manifest.sha256", manifest)
            for folder in (*(path for path in self._part.iterdir() if path.is_dir()), self._part):
                durable.sync_folder(folder)
        return sha256(manifest).hexdigest()

    def publish(self) -> None:
        """Give it its name: from now on it is there, whole."""
        with self._writing():
            if os.path.lexists(self.folder):
                raise WrongUsage(f"There is something at {self.folder} by now.", "Name another folder with --output.")
            self._part.rename(self.folder)
            durable.sync_folder(self.folder.parent)

    def _listed(self) -> Iterator[tuple[str, Path]]:
        for path in sorted(self._part.rglob("*")):
            if path.is_file():
                yield path.relative_to(self._part).as_posix(), path

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreNotAnswering(
                f"The {self.what} {self.folder} cannot be written: {error.strerror or error}.",
                "Nothing of it was kept; make room, or name another folder with --output.",
            ) from error


def sync(descriptor: int, file: Any) -> None:
    """Put on the disk what was written to this file."""
    file.flush()
    os.fsync(descriptor)


def _digest(path: Path) -> str:
    with open(path, "rb") as file:
        digest = sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
