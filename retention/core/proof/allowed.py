"""Why a hold does not cover a message in a mailbox that it has reached: the conditions of its scope that are not met.

Whether a condition is met is decided in ``core/hold``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from retention.core.classify import Classification
from retention.core.hold import Judge, Reach, Scope
from retention.core.hold.judging import Asked
from retention.core.message import Mailbox, Message

_CONDITIONS = (
    ("people", ("custodians", "departments", "offices", "mailboxes")),
    ("dates", ("first_on", "last_on")),
    ("participants", ("participants",)),
    ("words", ("words",)),
    ("conversations", ("conversations",)),
    ("series", ("series",)),
    ("ids", ("ids",)),
    ("all of", ("all_of",)),
    ("any of", ("any_of",)),
    ("none of", ("none_of",)),
)


def unmet(
    scope: Scope,
    reach: Mapping[str, Reach],
    message: Message,
    mailbox: Mailbox,
    filing: Classification | None,
    zone: ZoneInfo,
) -> tuple[str, ...]:
    """The conditions of the scope that this message certainly does not meet; empty where it is covered."""
    asked = Asked(message, mailbox, filing, zone)
    return tuple(name for name, part in _apart(scope) if Judge(part, reach).judge(asked)[0] is False)


def _apart(scope: Scope) -> Iterator[tuple[str, Scope]]:
    """Each condition of the scope alone."""
    for name, fields in _CONDITIONS:
        part = Scope(**{field: getattr(scope, field) for field in fields})
        if not part.is_empty:
            yield name, part
