"""The nouns: a hold, and the scope that says what it covers.

Whether a scope covers a message is judged next door; nobody is looked up here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from msgspec import Struct

from retention.core.authority import HoldKind


class Post(Struct, frozen=True, kw_only=True):
    """A department or an office over a period, both days included; ``None`` leaves that side open."""

    name: str
    from_on: date | None = None
    to_on: date | None = None

    def __str__(self) -> str:
        if self.from_on is None and self.to_on is None:
            return self.name
        return f"{self.name} during {self.from_on or ''}..{self.to_on or ''}"


class Scope(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a hold covers: every condition that is given must be met, by any one of its values.

    ``custodians`` are addresses of people, each standing for all addresses and mailboxes of whoever has or had it, then
    and since; ``departments`` and ``offices`` stand for whoever was in them during a period. ``mailboxes`` are the ids
    of those that were reached when the scope was written, so that a renamed mailbox stays held. ``participants`` are
    addresses, or ``@domain`` with all below it. ``words`` are looked for, as whole words in this order, in subject,
    preview and attachment names, as these are and as they were. Dates are the city's, both ends included, and are
    compared with the day received and the day sent. ``conversations``, ``series`` (``CODE`` or ``schedule/CODE``) and
    ``ids`` (the system's own, or Message-IDs) name what they say.

    Scopes are put together: ``all_of`` must all be met, one of ``any_of``, and none of ``none_of``. What is excepted by
    ``none_of`` is fixed when the scope is written: there only ``mailboxes`` count, and the people beside them are for
    reading.
    """

    custodians: tuple[str, ...] = ()
    departments: tuple[Post, ...] = ()
    offices: tuple[Post, ...] = ()
    mailboxes: tuple[str, ...] = ()
    participants: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    first_on: date | None = None
    last_on: date | None = None
    conversations: tuple[str, ...] = ()
    series: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    all_of: tuple[Scope, ...] = ()
    any_of: tuple[Scope, ...] = ()
    none_of: tuple[Scope, ...] = ()

    @property
    def is_empty(self) -> bool:
        return self == Scope()

    @property
    def names_people(self) -> bool:
        return bool(self.custodians or self.departments or self.offices or self.mailboxes)

    def parts(self, excepted: bool = False) -> Iterator[tuple[Scope, bool]]:
        """This scope and every one within it, and whether it stands under an odd number of exceptions."""
        yield self, excepted
        for part in (*self.all_of, *self.any_of):
            yield from part.parts(excepted)
        for part in self.none_of:
            yield from part.parts(not excepted)


class Hold(Struct, frozen=True, kw_only=True):
    """The suspension of every deletion within ``scope``. ``name`` is short and unique; ``matter`` says what for.

    Of a sealed hold ``matter`` and ``reason`` are empty, and ``sealed`` is what only the Legal office can open.
    ``origin`` is what somebody else's hold is called where it was placed, such as ``UniH…`` in Exchange Online.
    """

    name: str
    matter: str
    kind: HoldKind
    reason: str
    scope: Scope
    placed_at: datetime
    placed_by: str
    sealed: str = ""
    origin: str = ""

    @property
    def title(self) -> str:
        """The matter as everybody may read it."""
        return "sealed" if self.sealed else self.matter
