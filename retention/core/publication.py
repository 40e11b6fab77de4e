"""The ledger's head as it is made known outside: what is published, and what the ledger says of it.

Where it lies, who is told of it and who stamps its time is not known here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Struct

FORM = 1


class PublishedHead(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many entries a city's ledger had at an instant, and the digest of the last: all that binds it to them.

    It tells a stranger nothing else, so that it can be given to anybody. ``at`` is in whole seconds of UTC.
    """

    format: int = FORM
    city: str
    rehearsal: bool
    entries: int
    digest: str
    at: datetime


class HeadPublished(Struct, frozen=True, kw_only=True, tag="head published", tag_field="kind"):
    """The head of the first ``entries`` entries was made known. ``head`` is the SHA-256 of its file, named ``file``.

    ``where`` says where else it went. Of a timestamp: the digest of its token, the instant it attests, and whose it is.
    """

    entries: int
    digest: str
    file: str
    head: str
    where: tuple[str, ...] = ()
    token: str = ""
    stamped_at: datetime | None = None
    stamped_by: str = ""


class LedgerExported(Struct, frozen=True, kw_only=True, tag="ledger exported", tag_field="kind"):
    """A copy of the first ``entries`` entries was written for an auditor, with all they say.

    ``manifest`` is the SHA-256 of its list of files.
    """

    entries: int
    digest: str
    manifest: str


_decoder = msgspec.json.Decoder(PublishedHead)


def write(head: PublishedHead) -> bytes:
    """The one text of this head: JSON, keys in order, no spaces, one line."""
    told = msgspec.structs.asdict(head) | {"at": head.at.astimezone(UTC).replace(microsecond=0)}
    return msgspec.json.encode(told, order="sorted") + b"\n"


def read(data: bytes) -> PublishedHead:
    """The head with this text. Raises ValueError with one sentence where it is none, or not its one text."""
    try:
        head = _decoder.decode(data)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise ValueError(f"it is no published head: {error}") from None
    if head.format != FORM:
        raise ValueError(f"it is of form {head.format}, and this version reads form {FORM}")
    if head.at.utcoffset() != timedelta(0) or head.entries < 1 or write(head) != data:
        raise ValueError("it is not written in its one form")
    return head


def file_name(head: PublishedHead) -> str:
    """The name of its file: by it heads lie in the order of their ledgers, and two heads never have one name."""
    return f"{head.entries:012}-{head.digest}.json"


def token_name(file: str) -> str:
    """The name of the timestamp beside a head's file."""
    return f"{file.removesuffix('.json')}.tsr"


def disagreement(
    head: PublishedHead, city: str, rehearsal: bool, entries: int, had: Callable[[int, str], bool]
) -> str | None:
    """Why this ledger is not the one whose head was published, in one sentence; ``None`` where it is.

    ``had`` says whether so many first entries of the ledger end with that digest.
    """
    told = f"told on {head.at:%Y-%m-%d} at {head.at:%H:%M:%S} UTC"
    if head.city != city:
        return f"it is of '{head.city}', and the ledger is of '{city}'"
    if head.rehearsal != rehearsal:
        return f"it is {'' if head.rehearsal else 'not '}of a rehearsal, unlike the ledger"
    if head.entries > entries:
        return (
            f"the ledger had {head.entries} entries ({told}), and it has {entries}: entry {entries} and what came "
            "after it were cut off"
        )
    if not had(head.entries, head.digest):
        return (
            f"entry {head.entries - 1} is not the one that was the last ({told}): it, or an entry before it, was "
            "altered, moved or left out"
        )
    return None
