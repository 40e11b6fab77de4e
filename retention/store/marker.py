"""The marker of a record that waits in quarantine, and how the places of records, copies and markers are told apart.

Where it is written is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

import msgspec
from msgspec import Struct

from retention.core import preserved
from retention.errors import RecordMismatch

FOLDER = "quarantine"
"""Beside all records; no schedule's folder is called so (``core/record.py``)."""
_PLACE = re.compile(r"(?!preserved/|quarantine/)[a-z0-9-]+/[a-z0-9-]+/\d{4,}/[0-9a-f]{64}")


class Marker(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The record at ``place`` is to be destroyed and has waited since then.

    A store without a lock for several calls says by ``state`` what comes next, so that of two who want the opposite one
    gives way: the mark is ``lifted``, or the record is ``destroying``.
    """

    place: str
    since: datetime
    state: str = ""


def is_place(place: str) -> bool:
    """Whether a record can lie there: no copy and no marker ever does, and it leads out of no store."""
    return _PLACE.fullmatch(place) is not None


def written(marker: Marker) -> bytes:
    return msgspec.json.format(msgspec.json.encode({"format": 1} | msgspec.to_builtins(marker)), indent=1) + b"\n"


def read(data: bytes, place: str) -> Marker:
    """The mark of this record. Raises ``RecordMismatch`` where this is not its mark as it was written."""
    try:
        marker = msgspec.json.decode(data, type=Marker)
        if marker.place != place or written(marker) != data:
            raise msgspec.DecodeError("it is not as it was written")
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RecordMismatch(
            f"The mark of the record {place}, which is in quarantine, cannot be read: {error}.",
            "The record is kept; put it in quarantine again, or restore it.",
        ) from error
    return marker


def strange(names: Iterable[str], waits: Callable[[str], bool]) -> Iterator[str]:
    """Of a store's file names, those of one folder in order, the ones that it never wrote or left half written.

    A sidecar without its record is one of them, unless the record ``waits``: then it is being destroyed.
    """
    before = ""
    for name in names:
        place, _, ending = name.rpartition(".")
        if ending == "json" and is_place(place):
            known = before == f"{place}.eml" or waits(place)
        else:
            known = ending in ("eml", "json") and (preserved.is_place(place) or is_place(place))
        if not known and place_of(name) is None:
            yield name
        before = name


def name_of(place: str) -> str:
    """What the marker's file is called. Raises ``RecordMismatch`` for what is no record's place."""
    if not is_place(place):
        raise RecordMismatch(f"'{place}' is no place of a record.", "Nothing was changed.")
    return f"{FOLDER}/{place}.json"


def place_of(name: str) -> str | None:
    """The place of the record whose marker is called so; ``None`` where no marker is."""
    place = name.removeprefix(f"{FOLDER}/").removesuffix(".json")
    return place if is_place(place) and name == f"{FOLDER}/{place}.json" else None
