"""Dropping files of mail: what was added by mistake, or was deleted since, is no longer read.

The files are left alone, and so is what was captured from them; reading them is in ``sync.py``.
"""

from __future__ import annotations

import os
from collections import Counter
from difflib import get_close_matches

from msgspec import Struct

from retention.core.audit import InForce
from retention.core.authority import Act
from retention.core.files import FileSource, source_id
from retention.core.files_added import FilesDropped
from retention.errors import AnotherRun, HoldBlocks, RetentionError, WrongUsage
from retention.jobs.world import World


class Dropped(Struct, frozen=True, kw_only=True):
    """What came of it. ``messages`` are those that were in the files; ``new``: they were not dropped before.

    ``path`` is empty where they were.
    """

    name: str
    path: str
    reason: str
    messages: int
    new: bool


def drop(world: World, name: str, *, reason: str) -> Dropped:
    """Have these files read no longer; they are named by their mailbox's name or by their path.

    What was read of them stays known, with the reason. Killed at any point and run again it ends the same. Raises
    ``NotThisOffice``, ``HoldBlocks`` where a hold covers a message that may be in them, ``WrongUsage`` for what is no
    files, and ``AnotherRun``.
    """
    world.require(Act.KEEP_PEOPLE)
    if not reason.strip():
        raise WrongUsage("Files of mail are dropped for a reason.", "Say it with --reason.")
    with world.alone():
        world.ledger.refresh()
        in_force = world.ledger.in_force
        ids = _ids(name)
        for files in in_force.files.values():
            if files.id in ids or files.name == name.lower():
                return _drop(world, files, reason.strip())
        for said in in_force.files_dropped.values():
            if said.id in ids or said.name == name.lower():
                agree_on_dropped(world)
                return Dropped(name=said.name, path="", reason=said.reason, messages=0, new=False)
        raise _unknown(world, name)


def agree_on_dropped(world: World) -> None:
    """Bring the catalog up to the ledger where a crash came between what it says of files and their mark."""
    dropped = world.ledger.in_force.files_dropped.values()
    why = {said.id: f"its files are no longer read: {said.reason}" for said in dropped}
    world.catalog.covered.drops.agree(why, world.now())


def _drop(world: World, files: FileSource, reason: str) -> Dropped:
    revision = world.ledger.in_force.holds.revision
    messages = _refuse_held(world, files)
    said = FilesDropped(id=files.id, name=files.name, reason=reason)
    world.ledger.append(said, unless=lambda in_force: _refuse_moved(in_force, revision))
    agree_on_dropped(world)
    return Dropped(name=files.name, path=files.path, reason=reason, messages=messages, new=True)


def _refuse_held(world: World, files: FileSource) -> int:
    """How many messages may be in the files; raises ``HoldBlocks`` where a hold covers one of them."""
    mailbox = next((box for box in world.catalog.mailboxes() if box.id == files.id), None)
    if mailbox is None:
        return 0
    holds, there, held = world.holds(), 0, 0
    by_hold: Counter[str] = Counter()
    for known in world.catalog.covered.drops.there(mailbox):
        there += 1
        filing = known.filing if known.filed_under == world.filing_rules else None
        covering = holds.covering(known.message, mailbox, filing)
        held += bool(covering)
        by_hold.update(one.hold.name for one in covering)
    if held:
        verb = "message of {} is held" if held == 1 else "messages of {} are held"
        each = ", ".join(f"{number:,} by '{name}'" for name, number in sorted(by_hold.items()))
        raise HoldBlocks(
            f"{held:,} {verb.format(files.name)}: {each}. The files are still read.",
            "Keep the files; they can be dropped once no hold covers their mail.",
        )
    return there


def _refuse_moved(in_force: InForce, revision: int) -> None:
    """Raise where something was told of a hold since the holds were asked."""
    if in_force.holds.revision != revision:
        raise AnotherRun("Somebody told of a hold just now.", "Run this again; the files are still read.")


def _ids(path: str) -> frozenset[str]:
    """The ids of files at this path, as it is written and as it leads on through links; they may be gone."""
    if not path or "\0" in path:
        return frozenset()
    return frozenset(map(source_id, (os.path.abspath(path), os.path.realpath(path))))


def _unknown(world: World, name: str) -> RetentionError:
    see = "`retention files report` names what was added."
    if any(name.lower() in box.addresses for box in world.directory.mailboxes if not box.in_files):
        return WrongUsage(
            f"{name.lower()} is a mailbox of the mail system, and no files that were added.",
            f"Name files by their mailbox's name or their path; {see}",
        )
    every = [each for files in world.ledger.in_force.files.values() for each in (files.name, files.path)]
    near = get_close_matches(name, every, n=1)
    meant = f"Write {near[0]} if that is meant" if near else "Write their mailbox's name or their path"
    return WrongUsage(f"No files of mail were added as '{name}'.", f"{meant}; {see}")
