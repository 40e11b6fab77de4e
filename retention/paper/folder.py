"""A folder of files that appears whole or not at all, and is never written over.

What the files say is not known here.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

from retention import durable
from retention.errors import RecordMismatch, StoreNotAnswering, WrongUsage

MANIFEST = "manifest.sha256"


def with_manifest(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """These files and one that names each with its SHA-256, as ``sha256sum -c`` reads it."""
    lines = (f"{sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items()))
    return {**files, MANIFEST: "".join(lines).encode()}


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write these files into a folder that is not there yet; it gets its name once all are on the disk.

    Raises ``WrongUsage`` where something is there, and ``StoreNotAnswering`` where it cannot be written.
    """
    folder = Path(os.path.abspath(folder))
    if os.path.lexists(folder):
        raise WrongUsage(f"There is already something at {folder}.", "Name another folder with --output.")
    part = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    try:
        durable.make_folder(folder.parent)
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(0o750)
        for name, data in files.items():
            durable.write(part / name, data)
        durable.sync_folder(part)
        part.rename(folder)
        durable.sync_folder(folder.parent)
    except OSError as error:
        raise StoreNotAnswering(
            f"The folder {folder} cannot be written: {error.strerror or error}.",
            "Nothing of it was kept; make room, or name another folder with --output.",
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def keep_folder(folder: Path, files: Mapping[str, bytes], bound: str) -> None:
    """Write the folder where it is not there yet; one that is there must be whole, and ``bound`` in it the very same.

    What others that were killed had begun beside it is taken away: nobody else may be writing it meanwhile. Raises
    ``RecordMismatch`` where it says something else by now.
    """
    if not os.path.lexists(folder):
        for left in folder.parent.glob(f".{folder.name}.*.part"):
            shutil.rmtree(left, ignore_errors=True)
        return write_folder(folder, files)
    changed = [*_changed(folder), *([bound] if _read(folder / bound) != files[bound] else [])]
    if changed:
        raise RecordMismatch(
            f"{folder / changed[0]} is not as it was written.",
            "Nothing was written over it; put the folder aside, then run this again.",
        )


def mark(path: Path) -> None:
    """Put an empty file there: a sign that something was begun, on the disk before it is."""
    try:
        durable.make_folder(path.parent)
        durable.write(path, b"")
        durable.sync_folder(path.parent)
    except OSError as error:
        raise StoreNotAnswering(
            f"{path} cannot be written: {error.strerror or error}.", "Make room, then run this again."
        ) from error


def _changed(folder: Path) -> Iterator[str]:
    """The files of a folder that are not as its manifest says; the manifest itself where there is none."""
    manifest = _read(folder / MANIFEST)
    if not manifest:
        yield MANIFEST
    for line in manifest.decode("utf-8", "replace").splitlines():
        digest, _, name = line.partition("  ")
        if sha256(_read(folder / name)).hexdigest() != digest:
            yield name


def _read(file: Path) -> bytes:
    return file.read_bytes() if file.is_file() else b""
