"""Holds for tests of the rule: placed ones, made ready to be asked as they stand.

Nothing is tested here.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from retention.core.hold import Directory, Hold, Holding, Holds, reached
from retention.core.message import Mailbox, Message
from retention.core.person import Roll

ZONE = ZoneInfo("America/Chicago")


def standing(
    *holds: Hold, roll: Roll | None = None, mailboxes: tuple[Mailbox, ...] = (), zone: ZoneInfo = ZONE
) -> Holds:
    """These holds in their first version, with whom they reach by these people and mailboxes."""
    directory = Directory(roll or Roll(), mailboxes)
    return Holds(
        (Holding(hold=hold, version=1, scope=hold.scope, reach=reached(hold.scope, directory)) for hold in holds), zone
    )


def because(hold: Hold, message: Message, mailbox: Mailbox, zone: ZoneInfo = ZONE) -> str | None:
    """Why this hold covers this message, or ``None`` where it certainly does not."""
    found = standing(hold, zone=zone).covering(message, mailbox, None)
    return found[0].because if found else None
