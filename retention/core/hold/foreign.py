"""Other people's holds: what Exchange Online calls them, whose mail they keep, and how they stand to ours.

What an export of them says is read in ``exports.py``; nothing is placed here. What the values of ``InPlaceHolds`` mean
is from Microsoft's "How to identify the type of hold placed on an Exchange Online mailbox".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from retention.core.hold.scope import Scope

EVERYTHING = Scope(first_on=date(1600, 1, 1))
"""All mail of all mailboxes, tomorrow's too: nothing in Exchange is older than its clock, which begins in 1601."""

LITIGATION = "LitigationHold"
"""What stands for the one hold of Exchange Online that has no id."""

_MARK = re.compile(
    r"(-?)((?:[a-z]{3,8})??)([0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?::([0-9]))?", re.IGNORECASE
)
KINDS = {
    "unih": "eDiscovery hold",
    "cld": "in-place hold",
    "": "in-place hold",
    "mbx": "retention policy",
    "grp": "retention policy",
    "skp": "Skype retention policy",
}
POLICIES = ("mbx", "grp", "skp")


class Mark(Struct, frozen=True, kw_only=True):
    """One value of ``InPlaceHolds``. ``prefix`` is in small letters; ``action`` is what a retention policy does."""

    text: str
    excluded: bool
    prefix: str
    guid: str
    action: str

    @property
    def keeps(self) -> bool:
        """Whether it keeps mail: what is not known to keep nothing does."""
        return not self.excluded and not (self.prefix in POLICIES and self.action == "1")

    @property
    def what(self) -> str:
        return KINDS.get(self.prefix, f"hold '{self.prefix}'")

    @property
    def key(self) -> str:
        """By what it is known again, whatever its policy does by then."""
        return f"{self.prefix}{self.guid.replace('-', '').lower()}"


class ForeignHold(Struct, frozen=True, kw_only=True):
    """One hold of somebody else's: what it is called there, and whose mail it keeps; ``everywhere``: everybody's."""

    origin: str
    matter: str
    mailboxes: tuple[str, ...] = ()
    everywhere: bool = False
    since: date | None = None
    by: tuple[str, ...] = ()

    @property
    def scope(self) -> Scope:
        return EVERYTHING if self.everywhere else Scope(custodians=self.mailboxes)


def mark(text: str) -> Mark | None:
    """What a value of ``InPlaceHolds`` says; ``None`` where it names no hold."""
    found = _MARK.fullmatch(text.strip())
    if found is None:
        return None
    minus, prefix, guid, action = found.groups()
    return Mark(text=text.strip(), excluded=bool(minus), prefix=prefix.lower(), guid=guid, action=action or "")


def key(origin: str) -> str:
    """By what a hold of somebody else's is known again."""
    found = mark(origin)
    return found.key if found else origin.casefold()


def family(origin: str, scope: Scope) -> str:
    """Which kind of export would list a hold of this origin."""
    found = mark(origin)
    if found is None:
        return "litigation" if origin == LITIGATION else "cases by name"
    if found.prefix == "unih":
        return "cases"
    return "organisation" if scope == EVERYTHING else "mailboxes"


def widened(scope: Scope, more: ForeignHold) -> Scope | None:
    """The scope with all that this hold keeps in it; ``None`` where it has that already. It never gets narrower."""
    if scope == EVERYTHING or not (more.everywhere or lacking(scope, more)):
        return None
    if more.everywhere:
        return EVERYTHING
    if _is_whole(scope):
        return replace(scope, custodians=tuple(dict.fromkeys((*scope.custodians, *more.mailboxes))))
    either = scope.any_of if scope == Scope(any_of=scope.any_of) else (scope,)
    return Scope(any_of=(*either, more.scope))


def lacking(scope: Scope, hold: ForeignHold) -> tuple[str, ...]:
    """The mailboxes of this hold that the scope does not hold as a whole."""
    return tuple(sorted(set(hold.mailboxes) - _whole(scope)))


def left(scope: Scope, hold: ForeignHold) -> tuple[str, ...]:
    """The mailboxes that the scope holds as a whole and that this hold does not name any more."""
    return () if hold.everywhere else tuple(sorted(_whole(scope) - set(hold.mailboxes)))


def _is_whole(scope: Scope) -> bool:
    """Whether it holds the mailboxes of people as a whole, and says nothing else."""
    return bool(scope.custodians) and scope == Scope(custodians=scope.custodians, mailboxes=scope.mailboxes)


def _whole(scope: Scope) -> set[str]:
    """The custodians whose mailboxes are held as a whole, whatever else is held."""
    parts: Iterable[Scope] = scope.any_of if scope == Scope(any_of=scope.any_of) else (scope,)
    return {address for part in parts if _is_whole(part) for address in part.custodians}
