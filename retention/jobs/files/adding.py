"""Adding a file or a folder of files as a mailbox, and whose it is: whoever holds them holds it too.

What is in it is read in ``sync.py``, and how in ``mail/files``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import count
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from retention.core.audit import InForce
from retention.core.authority import Act
from retention.core.files import FileSource, file_source, source_id
from retention.core.files_added import FilesAdded
from retention.errors import AnotherRun, WrongUsage
from retention.jobs.files.dropping import agree_on_dropped
from retention.jobs.mailbox import owner_of, record_owners
from retention.jobs.world import World


class Added(Struct, frozen=True, kw_only=True):
    """What came of it. ``new``: it was not added before; ``owned``: its custodian was not known to own it before.

    ``reached`` counts the terms of holds that reach more than before. ``notes`` say which mail is read twice by it.
    """

    files: FileSource
    custodian: str
    new: bool
    owned: bool
    reached: int
    notes: tuple[str, ...] = ()


def add(
    world: World,
    path: Path,
    *,
    custodian: str,
    source: str = "",
    kept: Iterable[Path] = (),
    why_not: Callable[[str], str] = lambda _: "",
) -> Added:
    """Have this file or folder read as a mailbox of this person from the next sync on; it is never changed.

    Killed at any point and run again it ends the same; the same again changes nothing. ``kept`` is where the city's own
    records lie, which are no mail to be read, and ``why_not`` says of a single file why no mail is read in it, where
    none is. Raises ``NotThisOffice``, and ``WrongUsage`` for a path that is not there or must not be read, and where
    nobody is known to have the custodian's address.
    """
    world.require(Act.KEEP_PEOPLE)
    place = _place(path)
    _refuse_own(place, kept)
    known = world.ledger.in_force.files.get(source_id(str(place)))
    if known is None and place.is_file() and (why := why_not(str(place))):
        raise WrongUsage(f"{place} is not read as mail: {why}.", "Name a file of mail, or a folder of such.")
    try:
        owner = owner_of(world, "", custodian)
    except ValueError as error:
        raise WrongUsage(str(error), "Add whoever owns it with `retention person add`.") from error
    files = known or _source(world, place, owner.address)
    # Whose it is comes first: files that nobody owned for a moment would be reached by no hold on their custodian.
    recorded = record_owners(world, [(files.name, owner)], source.strip())
    if known is None:
        said = FilesAdded(files=files, source=source.strip())
        world.ledger.append(said, unless=lambda in_force: _refuse_taken(in_force, files))
    agree_on_dropped(world)
    return Added(
        files=files,
        custodian=owner.address,
        new=known is None,
        owned=bool(recorded.recorded),
        reached=recorded.reached,
        notes=tuple(_read_twice(world, place)),
    )


def _place(path: Path) -> Path:
    """Where it really lies, so that one file is never added by two names."""
    try:
        place = path.resolve(strict=True)
        str(place).encode()
    except UnicodeEncodeError as error:
        raise WrongUsage(f"The name of {path!r} is not in UTF-8.", "Add the folder it lies in.") from error
    except (OSError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or "it leads round in a circle"
        raise WrongUsage(f"{path} cannot be read: {why}.", "Name a file of mail, or a folder of such.") from error
    if not (place.is_file() or place.is_dir()):
        raise WrongUsage(f"{path} is neither a file nor a folder.", "Name a file of mail, or a folder of such.")
    return place


def _refuse_own(place: Path, kept: Iterable[Path]) -> None:
    """The city's own records read as somebody's mail would be captured again, and again."""
    for own in (each.resolve() for each in kept):
        if place == own or own in place.parents or place in own.parents:
            raise WrongUsage(f"{place} holds what retention itself keeps at {own}.", "Name the files of mail alone.")


def _source(world: World, place: Path, owner: str) -> FileSource:
    """Its name is in small letters, like every address: by it holds reach it and people name it."""
    found = file_source(str(place), owner)
    first = found.name.lower()
    taken = _taken(world.ledger.in_force, found)
    name = next(one for n in count(1) if (one := first if n == 1 else f"{first} {n}") not in taken)
    return replace(found, name=name)


def _taken(in_force: InForce, files: FileSource) -> set[str]:
    """The names of all others, also of those that are no longer read: their mail is still known by it."""
    read = {one.name for one in in_force.files.values() if one.id != files.id}
    return read | {one.name for one in in_force.files_dropped.values() if one.id != files.id}


def _read_twice(world: World, place: Path) -> Iterator[str]:
    for other in world.ledger.in_force.files.values():
        if Path(other.path) in place.parents:
            yield f"it lies inside {other.path}, added as {other.name}: its mail is read twice"
        elif place in Path(other.path).parents:
            yield f"{other.path}, added as {other.name}, lies inside it: its mail is read twice"


def _refuse_taken(in_force: InForce, files: FileSource) -> None:
    """Raise where somebody else added these files, or others of this name, since it was looked."""
    if files.id in in_force.files or files.name in _taken(in_force, files):
        raise AnotherRun("Somebody else added files just now.", "Run this again; what was recorded stays.")
