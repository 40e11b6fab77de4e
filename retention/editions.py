"""The texts of the adopted editions of schedules, kept beside the ledger so that a past day can be replayed.

What stands in such a text is ``core/edition.py``'s business; which edition was adopted when, the ledger's.
"""

from __future__ import annotations

from pathlib import Path

from retention import durable
from retention.core import edition
from retention.core.edition import NotAnEdition
from retention.core.schedule import Schedule, fingerprint
from retention.errors import ScheduleNotValid, StoreNotAnswering

FOLDER = "editions"


class Editions:
    """A folder of editions, each in a file named by its fingerprint and the beginning of its text's digest.

    One fingerprint may have two texts: the law's floors under its periods are no part of it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, schedule: Schedule) -> str:
        """Put the edition's text on the disk, read it back, and give its SHA-256.

        Raises ``StoreNotAnswering``, and ``ScheduleNotValid`` where the same schedule is not read back from it.
        """
        text = edition.write(schedule)
        digest, path = edition.digest(text), self._path(fingerprint(schedule), edition.digest(text))
        try:
            if not path.is_file() or path.read_bytes() != text:
                durable.make_folder(self.folder)
                durable.write(path, text)
                durable.sync_folder(self.folder)
            kept = edition.read(path.read_bytes())
        except OSError as error:
            raise StoreNotAnswering(
                f"The edition's text cannot be kept in {self.folder}: {error.strerror or error}.",
                "Nothing was adopted; make room, or the folder writable.",
            ) from error
        except NotAnEdition as error:
            raise _unkept(schedule, str(error)) from error
        if kept != schedule or fingerprint(kept) != fingerprint(schedule):
            raise _unkept(schedule, "another schedule is read back from it")
        return digest

    def read(self, adopted: str, digest: str) -> Schedule | None:
        """The schedule that was adopted with this fingerprint and whose text has this digest; ``None``: not kept.

        Raises ``NotAnEdition`` where the file is not as it was written when it was adopted.
        """
        try:
            text = self._path(adopted, digest).read_bytes() if digest else b""
        except FileNotFoundError:
            return None
        except OSError as error:
            raise NotAnEdition(f"its file cannot be read: {error.strerror or error}") from error
        if not text:
            return None
        if edition.digest(text) != digest:
            raise NotAnEdition("its text was changed after it was adopted")
        return edition.read(text)

    def _path(self, adopted: str, digest: str) -> Path:
        return self.folder / f"{adopted}.{digest[:16]}.json"


def _unkept(schedule: Schedule, why: str) -> ScheduleNotValid:
    return ScheduleNotValid(
        f"The text of {schedule.name} cannot be kept: {why}.", "Nothing was adopted; this is a bug, please report it."
    )
