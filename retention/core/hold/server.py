"""The mail system's own holds, as it tells them: what the ledger says of them, and how they stand one after another.

A hold that the mail system no longer tells holds on until that is certain; nobody here places or releases one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from retention.core.hold.foreign import ForeignHold, key
from retention.core.record import folder_name


class ServerHoldsTold(Struct, frozen=True, kw_only=True, tag="server holds told", tag_field="kind"):
    """All the holds that the mail system told on this day; nobody signs it, for it only lengthens.

    What it told before and tells no longer is kept until ``until``, and then until it was asked once more.
    """

    holds: tuple[ForeignHold, ...]
    on: date
    until: date


def gathered(holds: Iterable[ForeignHold]) -> tuple[ForeignHold, ...]:
    """Each hold once, however often it was told, in one order and with its mailboxes in one order."""
    found: dict[str, ForeignHold] = {}
    for hold in holds:
        before = found.get(key(hold.origin), hold)
        boxes = {address.strip().lower() for address in (*before.mailboxes, *hold.mailboxes)}
        found[key(hold.origin)] = replace(
            before, mailboxes=tuple(sorted(boxes)), everywhere=before.everywhere or hold.everywhere
        )
    return tuple(one for _, one in sorted(found.items()) if one.everywhere or one.mailboxes)


def called(matter: str, taken: Iterable[str]) -> str:
    """The name of a hold that the mail system told first under this matter.

    Later entries say it: what it is made of must never change.
    """
    stem = f"server-{folder_name(matter.lower().replace(' ', '-'))[:40].rstrip('-')}"
    known = frozenset(taken)
    names = (stem if n == 1 else f"{stem}-{n}" for n in range(1, len(known) + 2))
    return next(name for name in names if name not in known)
