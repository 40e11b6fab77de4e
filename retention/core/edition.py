"""The whole text of an adopted edition of a schedule: written so that the very same schedule is read back from it.

Where it is kept is not known here; what a city writes its schedule in is read in ``core/schedule``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import fields

from retention.core import period
from retention.core.period import Period
from retention.core.schedule import Schedule, Series, fingerprint

FORMAT = 1
_Kind = TypeVar("_Kind", bound=Struct)


class NotAnEdition(ValueError):
    """These bytes are not the edition as it was written."""


def write(schedule: Schedule) -> bytes:
    """The edition's text: the same schedule always gives the same bytes.

    ``enforced`` stands in it beside ``retain``, so that the law's floor under each period is kept with it, whatever
    the law that is shipped comes to say later.
    """
    said: dict[str, Any] = {field.name: getattr(schedule, field.name) for field in fields(Schedule)}
    said["series"] = [_written(one) for one in schedule.series]
    whole = {"format": FORMAT, "fingerprint": fingerprint(schedule), "schedule": msgspec.to_builtins(said)}
    return msgspec.json.format(msgspec.json.encode(whole, order="sorted"), indent=1) + b"\n"


def read(data: bytes) -> Schedule:
    """The schedule of these bytes. Raises ``NotAnEdition`` where they do not hold one whole, or hold anything else."""
    try:
        whole = msgspec.json.decode(data, type=dict[str, Any])
        if whole.get("format") != FORMAT:
            raise NotAnEdition(f"it has format {whole.get('format')}; this version reads format {FORMAT}")
        said = dict(whole["schedule"])
        said["series"] = tuple(_read(one, Series) for one in said["series"])
        return _read(said, Schedule)
    except (msgspec.DecodeError, UnicodeDecodeError, LookupError, TypeError) as error:
        raise NotAnEdition(f"it cannot be read: {error}") from error


def digest(data: bytes) -> str:
    """The SHA-256 of an edition's text, by which the ledger knows it."""
    return hashlib.sha256(data).hexdigest()


def _written(series: Series) -> dict[str, Any]:
    """A period is written in the words in which a schedule has it: they are read back as the same period."""
    values = {field.name: getattr(series, field.name) for field in fields(Series)}
    return {name: str(value) if isinstance(value, Period) else value for name, value in values.items()}


def _read(said: Mapping[str, Any], kind: type[_Kind]) -> _Kind:
    known = {field.name: field.type for field in fields(kind)}
    if unknown := sorted(set(said) - set(known)):
        raise NotAnEdition(f"it says more than this version can read: {', '.join(unknown)}")
    return kind(**{name: _value(value, known[name]) for name, value in said.items()})


def _value(value: Any, kind: Any) -> Any:
    if kind is Period:
        try:
            return period.parse(value)
        except ValueError as error:
            raise NotAnEdition(f"it has a period that cannot be read: {error}") from error
    return value if kind == tuple[Series, ...] else msgspec.convert(value, kind)
