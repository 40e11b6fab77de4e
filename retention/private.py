"""Who else can write or read what a city rests on: its settings, its signers, its keys, catalog and ledger.

Only POSIX tells it by modes and owners, and only these are looked at here: not access lists, and on Windows nothing (a
folder's own permissions are what protects there).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from retention.errors import BadConfiguration

ALONE, FOR_ITS_GROUP = 0o077, 0o007
EVERYBODY_WRITES, GROUP_WRITES, EVERYBODY_READS = stat.S_IWOTH, stat.S_IWGRP, stat.S_IROTH
ROOT = 0
MOST_LINKS = 40
"""Behind more of them Linux finds no file (path_resolution(7))."""


class Opening(NamedTuple):
    """Why somebody else can get at it, as a sentence without its full stop, and the command that ends it."""

    why: str
    mend: str


def keep_private() -> None:
    """From now on nobody but its owner can read what this process makes."""
    os.umask(ALONE)


def share(folder: Path) -> None:
    """Where a folder hands on its group (``chmod g+s``), several accounts work: what one makes, all of them may use."""
    if os.name == "posix" and folder.is_dir() and folder.stat().st_mode & stat.S_ISGID:
        os.umask(FOR_ITS_GROUP)


def refuse_open(path: Path, *, alone: bool = False) -> None:
    """Raise ``BadConfiguration`` where somebody else can change this file, or put another in its place."""
    for opening in openings(path, alone=alone):
        raise BadConfiguration(
            f"{path} cannot be relied on: {opening.why}.",
            f"Look whether it is as it should be, then `{opening.mend}`, and run this again.",
        )


def refuse_readable(path: Path) -> None:
    """Raise ``BadConfiguration`` for the file of a private key that everybody on this machine can read."""
    found = _status(path) if os.name == "posix" else None
    if found is not None and found.st_mode & EVERYBODY_READS:
        raise BadConfiguration(
            f"The private key in {path} can be read by everybody on this machine.",
            f"`chmod o-rwx {_quoted(path)}`; where others work on this machine, get a new key as well.",
        )


def openings(path: Path, *, alone: bool = False) -> Iterator[Opening]:
    """Every way in which somebody else can change this file; none for one that is not there.

    Without ``alone`` the group that shares it may write, as where several accounts work on one catalog. With it nobody
    may but root and whoever runs this: who writes the settings says who holds which office.
    """
    if os.name == "posix":
        yield from dict.fromkeys(_openings(path, alone))


def renamable(path: Path) -> Iterator[Opening]:
    """The folders further up that somebody else can rename, and so put another city in this one's place.

    They are told and not refused: whose they are is often not in the hands of those who run this.
    """
    for each in path.absolute().parent.parents if os.name == "posix" else ():
        if (found := _status(each)) is not None:
            yield from _of_entry(each, found, True, 0 if found.st_mode & stat.S_ISVTX else found.st_mode)


def _openings(path: Path, alone: bool) -> Iterator[Opening]:
    for each in _ways(path.absolute()):
        found = _status(each)
        if found is None:
            continue
        yield from _of_entry(each, found, alone, found.st_mode)
        if (folder := _status(each.parent)) is not None:
            # Where it is sticky nobody takes another's file away; beside a catalog not even a new one may be put.
            sticky = alone and folder.st_mode & stat.S_ISVTX
            yield from _of_entry(each.parent, folder, alone, 0 if sticky else folder.st_mode)
        yield from _above(each.parent)
        if alone:
            yield from _of_links(each)


def _ways(path: Path) -> Iterator[Path]:
    """The file as it is named, and as it is named anew behind every link on the way there, to where it lies."""
    yield path
    links, place, rest = 0, Path(path.anchor), list(path.parts[1:])
    while rest and links < MOST_LINKS:
        name = rest.pop(0)
        if name == "..":
            place = place.parent
        elif (target := _target(place / name)) is None:
            place /= name
        else:
            links += 1
            if target.is_absolute():
                place = Path(target.anchor)
            rest = [*target.relative_to(target.anchor).parts, *rest]
            while rest and rest[0] == "..":
                place = place.parent
                rest.pop(0)
            yield place.joinpath(*rest)


def _target(path: Path) -> Path | None:
    """Where this link points to; ``None`` where it is none."""
    try:
        return path.readlink()
    except OSError:
        return None


def _of_links(path: Path) -> Iterator[Opening]:
    """Whoever owns a link makes it lead elsewhere, even where nobody takes another's file away."""
    for each in (path, *path.parents):
        found = _status(each, follow=False)
        if found is not None and stat.S_ISLNK(found.st_mode) and found.st_uid not in _ourselves():
            owner = _user(found.st_uid)
            yield Opening(f"the link {each} belongs to {owner}", f"sudo chown -h root {_quoted(each)}")


def _of_entry(path: Path, found: os.stat_result, alone: bool, mode: int) -> Iterator[Opening]:
    named = _quoted(path)
    if mode & EVERYBODY_WRITES:
        yield Opening(f"everybody on this machine can write {path}", f"chmod o-w {named}")
    if alone and found.st_uid not in _ourselves():
        yield Opening(f"{path} belongs to {_user(found.st_uid)}, who can write it", f"sudo chown root {named}")
    if alone and mode & GROUP_WRITES and not _is_only_ours(found):
        yield Opening(f"the group {_group(found.st_gid)} can write {path}", f"chmod g-w {named}")


def _above(folder: Path) -> Iterator[Opening]:
    """A folder further up in which everybody may rename what is not theirs."""
    for each in folder.parents:
        found = _status(each)
        if found is not None and found.st_mode & EVERYBODY_WRITES and not found.st_mode & stat.S_ISVTX:
            yield Opening(f"everybody on this machine can write {each}", f"chmod o-w {_quoted(each)}")


def _status(path: Path, *, follow: bool = True) -> os.stat_result | None:
    try:
        return path.stat(follow_symlinks=follow)
    except OSError:
        return None


def _ourselves() -> frozenset[int]:
    """Root, whoever runs this, and under ``sudo`` the one who called it."""
    user = os.geteuid()
    caller = os.environ.get("SUDO_UID", "") if user == ROOT else ""
    return frozenset({ROOT, user} | ({int(caller)} if caller.isdecimal() else set()))


def _is_only_ours(found: os.stat_result) -> bool:
    """Root's group, or a group of one that bears its owner's name, as most of Linux makes one for each account."""
    own = _group(found.st_gid) == _user(found.st_uid)
    return found.st_gid == ROOT or (own and not _members(found.st_gid) - {_user(found.st_uid)})


def _members(number: int) -> set[str]:
    import grp

    try:
        return set(grp.getgrgid(number).gr_mem)
    except (KeyError, OverflowError):
        return set()


def _quoted(path: Path) -> str:
    from shlex import quote

    return quote(str(path))


def _user(number: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(number).pw_name
    except (KeyError, OverflowError):
        return f"account {number}"


def _group(number: int) -> str:
    import grp

    try:
        return grp.getgrgid(number).gr_name
    except (KeyError, OverflowError):
        return f"number {number}"
