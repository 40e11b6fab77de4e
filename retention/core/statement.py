"""What a person signs: the canonical text of one act, read again, and compared with the ledger's entry.

How a text is signed and a signature checked is not known here.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from msgspec import NODEFAULT, Struct

from retention.core.audit import Body, Entry

NAMESPACE = "retention"
"""The namespace of every signature, so that none made for another purpose counts, nor one of ours elsewhere."""
FORM = 1
MAY_LIE_APART = timedelta(minutes=10)
"""How far the instant of a statement and that of its entry may lie apart: a person types a passphrase or touches a key
in between (for which they are given five minutes), and the clocks of two machines may differ by five."""
SHOWN = 5
"""How many of a long list are named to the person who signs."""


class Statement(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One act of one person: ``what`` is the very body of the ledger's entry that the act writes.

    ``entries`` and ``head`` say how long the ledger was and what its last digest was: none of it can be left out later
    without the signature telling. ``at`` must be in whole seconds of UTC. Raises ValueError otherwise.
    """

    format: int = FORM
    city: str
    rehearsal: bool
    act: str
    by: str
    at: datetime
    what: Body
    entries: int = 0
    head: str = ""

    def __post_init__(self) -> None:
        if self.at.utcoffset() != timedelta(0) or self.at.microsecond:
            raise ValueError("the instant of a statement is in whole seconds of UTC")


_decoder = msgspec.json.Decoder(Statement)


def write(statement: Statement) -> str:
    """The one text of this statement: JSON, keys in order, no spaces.

    Fields of the body that stand at their default are left out: a field that a later version adds to an entry must not
    change the text of what was signed before. For the same reason a default must never be changed.
    """
    text = msgspec.structs.asdict(statement) | {"at": statement.at.astimezone(UTC), "what": _told(statement.what)}
    return msgspec.json.encode(text, order="sorted").decode()


def read(text: str) -> Statement:
    """The statement with this text. Raises ValueError with one sentence where it is none, or not its one text.

    Two texts of one statement would be two signatures of one act, and the second could be used to do it again.
    """
    try:
        statement = _decoder.decode(text)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise ValueError(f"The text is not a statement that can be signed: {error}.") from None
    if statement.format != FORM:
        raise ValueError(f"The statement is of form {statement.format}; this version reads form {FORM}.")
    if write(statement) != text:
        raise ValueError("The statement is not written in its one canonical form.")
    return statement


def says(statement: Statement) -> str:
    """What is signed, in one sentence, for the person about to sign it."""
    told = _told(statement.what)
    kind = told.pop(str(type(statement.what).__struct_config__.tag_field))
    details = f" ({_listed(told)})" if told else ""
    return (
        f"{'In a rehearsal, ' if statement.rehearsal else ''}{statement.by} signs for {statement.city} on "
        f"{statement.at:%Y-%m-%d} at {statement.at:%H:%M:%S} UTC, as an act of '{statement.act}': {kind}{details}."
    )


def disagreement(statement: Statement, entry: Entry, city: str, rehearsal: bool) -> str | None:
    """Why this statement is not the one of this ledger's entry, in one sentence; ``None`` where it is.

    Whether the same statement stands in another entry too is not asked here, nor whether its signature is valid.
    """
    apart = abs(entry.at - statement.at)
    questions = (
        (entry.statement == write(statement), f"Entry {entry.n} does not bear this statement."),
        (statement.city == city, f"The statement was made for '{statement.city}', and the ledger is of '{city}'."),
        (
            statement.rehearsal == rehearsal == entry.rehearsal,
            f"The statement was {'' if statement.rehearsal else 'not '}made in a rehearsal, unlike entry {entry.n}.",
        ),
        (statement.by == entry.by, f"The statement is {statement.by}'s, and entry {entry.n} is {entry.by}'s."),
        (statement.what == entry.body, f"Entry {entry.n} says something else than its statement."),
        (
            apart <= MAY_LIE_APART,
            f"The statement is of {statement.at:%Y-%m-%d %H:%M:%S} UTC and entry {entry.n} of "
            f"{entry.at:%Y-%m-%d %H:%M:%S} UTC: more than {MAY_LIE_APART // timedelta(minutes=1)} minutes apart.",
        ),
    )
    return next((sentence for agrees, sentence in questions if not agrees), None)


def _told(struct: Struct) -> dict[str, Any]:
    """A body as it is written: its tag, and every field that does not stand at its default."""
    config = struct.__struct_config__
    tag = {config.tag_field: config.tag} if config.tag_field is not None else {}
    told = {
        field.encode_name: _bare(value)
        for field in msgspec.structs.fields(struct)
        if not _is_default(value := getattr(struct, field.name), field)
    }
    return tag | told


def _bare(value: Any) -> Any:
    if isinstance(value, Struct):
        return _told(value)
    if isinstance(value, tuple | list):
        return [_bare(one) for one in value]
    if isinstance(value, dict):
        return {key: _bare(one) for key, one in value.items()}
    return msgspec.to_builtins(value, order="sorted")


def _is_default(value: Any, field: msgspec.structs.FieldInfo) -> bool:
    default = field.default if field.default_factory is NODEFAULT else field.default_factory()
    return default is not NODEFAULT and type(value) is type(default) and bool(value == default)


def _listed(told: dict[str, Any]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {_shown(value)}" for name, value in told.items())


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return f"({_listed(value)})"
    if isinstance(value, list):
        more = f" and {len(value) - SHOWN} more" if len(value) > SHOWN else ""
        return (" + ".join(map(_shown, value[:SHOWN])) or "none") + more
    if isinstance(value, bool | None):
        return {True: "yes", False: "no", None: "nothing"}[value]
    return f"'{value}'" if isinstance(value, str) else str(value)
