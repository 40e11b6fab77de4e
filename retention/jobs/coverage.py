"""Coverage: of every mailbox what was read, what was not and why, a sentence each.

What is asked of a mail system for it is asked in ``sync.py``; no mail system is asked here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from retention.catalog.coverage import Portion
from retention.core.message import FILES, Mailbox
from retention.jobs.hold.server import holds_unread
from retention.jobs.mailbox import listed
from retention.jobs.world import World

NOT_YET = "It was not read yet: run `retention sync`."


class Covered(Struct, frozen=True, kw_only=True):
    """One mailbox, or files that were added. ``messages`` are all that lie in it; ``archived`` those of its archive.

    ``unread`` says in sentences what of it was not read and why, ``never`` what of it this mail system never shows.
    """

    address: str
    name: str
    kind: str
    folders: int = 0
    messages: int = 0
    archive_folders: int = 0
    archived: int = 0
    read_at: datetime | None = None
    read_on: date | None = None
    unread: tuple[str, ...] = ()
    never: tuple[str, ...] = ()

    @property
    def not_covered(self) -> tuple[str, ...]:
        """All that is not covered of it: first what may be mended."""
        return (*self.unread, *self.never)

    @property
    def covered(self) -> str:
        """What of it is covered, as the end of a sentence."""
        if not self.folders:
            return "never read"
        said = [f"{_counted(self.folders, 'folder')} with {_counted(self.messages, 'message')}"]
        if self.archive_folders:
            archive = f"{_counted(self.archive_folders, 'folder')} with {_counted(self.archived, 'message')}"
            said.append(f"of these in its in-place archive {archive}")
        said.append(f"read to its end on {self.read_on}" if self.read_on else "not read to its end")
        return ", ".join(said)


class Coverage(Struct, frozen=True, kw_only=True):
    """Every mailbox that is known. ``holds`` says why the mail system's own holds are not known, where they are not."""

    mailboxes: tuple[Covered, ...]
    holds: str = ""

    @property
    def of_every(self) -> tuple[str, ...]:
        """What is not covered of any mailbox of a mail system: said once, it is not said of each."""
        boxes = [one for one in self.mailboxes if one.kind != FILES]
        counts = Counter(sentence for one in boxes for sentence in one.not_covered)
        return tuple(one for one, number in counts.items() if number == len(boxes) and number > 1)


def coverage(
    world: World,
    new: Mapping[Mailbox, tuple[str, ...]] = {},
    *,
    held: bool = False,
    unowned: bool = False,
) -> Coverage:
    """Everything that is known of what is covered; ``held`` and ``unowned`` are as ``mailbox.listed`` has them.

    ``new`` are mailboxes that the mail system lists by now and that no sync has met, with what of them can never be
    covered.
    """
    wanted = {one.address for one in listed(world, held=held, unowned=unowned)}
    portions = (one for one in world.catalog.covered.portions() if one.mailbox.address in wanted)
    found = [_covered(portion, world.city.zone) for portion in portions]
    known = {mailbox.id for mailbox in world.catalog.mailboxes()}
    if held or unowned:
        return Coverage(mailboxes=tuple(found), holds=holds_unread(world))
    added = {files.mailbox: () for files in world.ledger.in_force.files.values()}
    found += [
        Covered(address=box.address, name=box.name, kind=box.kind, unread=(NOT_YET,), never=never)
        for box, never in {**added, **new}.items()
        if box.id not in known
    ]
    return Coverage(mailboxes=tuple(sorted(found, key=lambda one: one.address)), holds=holds_unread(world))


def named(address: str, sentence: str) -> str:
    """The sentence with the mailbox that it is about, which some name themselves."""
    return sentence if address in sentence else f"{address}: {sentence}"


def _covered(portion: Portion, zone: ZoneInfo) -> Covered:
    box = portion.mailbox
    return Covered(
        address=box.address,
        name=box.name,
        kind=box.kind,
        folders=portion.folders,
        messages=portion.messages,
        archive_folders=portion.archive_folders,
        archived=portion.archived,
        read_at=portion.read_at,
        read_on=portion.read_at.astimezone(zone).date() if portion.read_at else None,
        unread=_unread(portion),
        never=portion.uncovered,
    )


def _unread(portion: Portion) -> tuple[str, ...]:
    """What another sync may read: why the mailbox, or which of its folders, was not read; each reason once."""
    said = [portion.trouble] if portion.trouble else []
    said += folders_unread(portion.unread)
    if portion.read_at is None and not said:
        said.append("It was never read to its end")
    return tuple(f"{one.rstrip('.')}." for one in said)


def folders_unread(unread: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """A sentence for each reason for which a folder was not read to its end, with all of these folders."""
    alike: dict[str, list[tuple[str, str]]] = {}
    for path, why in unread:
        # The reasons of two folders may differ in nothing but the name of the folder.
        alike.setdefault(why.replace(f"'{path}'", "''"), []).append((path, why))
    return tuple(_folders_unread(folders) for folders in alike.values())


def _folders_unread(folders: list[tuple[str, str]]) -> str:
    (first, why), *more = folders
    because = f": {why.rstrip('.')}." if why else "."
    if not more:
        return why if f"'{first}'" in why else f"The folder {first} was not read to its end{because}"
    paths = ", ".join(path for path, _ in folders)
    each = f" Each as the first{because}" if why else ""
    return f"{len(folders):,} folders were not read to their end: {paths}.{each}"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
