"""Where a record store must not lie: somebody's home or desktop, a drive that can be pulled out, an Outlook file.

A city's policy says so (San José 1.7.1, 3.B: no records on desktop or laptop drives or in ``.pst`` files; 3.E: nothing
in bulk to local drives). Which of these a city refuses is its own setting, read elsewhere.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path, PurePath, PurePosixPath
from typing import NamedTuple

NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afpfs", "webdav", "ceph", "glusterfs", "lustre", "fuse.sshfs", "9p"}
)
"""File systems that another machine keeps, wherever they are mounted."""
_HOMES = ("/home", "/Users", "/export/home", "/root", "/var/root", "C:/Users")
_DRIVES = ("/media", "/run/media", "/Volumes")
"""Where desktops mount what is plugged in."""
_PEOPLE = range(1000, 60000)
"""The account numbers of people; those below are of services, whose homes are places of work (login.defs, 5)."""


class Mount(NamedTuple):
    """One mounted file system: where, of which kind, and whether its drive can be pulled out."""

    point: PurePath
    kind: str = ""
    removable: bool = False


class Surroundings(NamedTuple):
    """What is known of the machine: the homes of its people, and what is mounted."""

    homes: tuple[PurePath, ...] = ()
    mounts: tuple[Mount, ...] = ()


def why_not(path: PurePath, refused: Iterable[str], around: Surroundings) -> tuple[str, str] | None:
    """Which of the refused kinds of place this is, and the reason in words; ``None`` where a store may lie there."""
    asked = {"pst": _outlook, "desktop": _desktop, "home": _home, "removable": _removable}
    for kind in refused:
        reason = asked[kind](path, around)
        if reason:
            return kind, reason
    return None


def _outlook(path: PurePath, around: Surroundings) -> str:
    inside = [part for part in path.parts if part.lower().endswith((".pst", ".ost"))]
    return f"'{inside[0]}' is an Outlook data file" if inside else ""


def _desktop(path: PurePath, around: Surroundings) -> str:
    return "it is on a desktop" if "desktop" in (part.lower() for part in path.parts) else ""


def _home(path: PurePath, around: Surroundings) -> str:
    homes = [home for home in around.homes if path.is_relative_to(home) and len(home.parts) > 1]
    homes += [type(path)(home) for home in _HOMES if path.is_relative_to(home)]
    return f"it is in a home directory ({homes[0]})" if homes else ""


def _removable(path: PurePath, around: Surroundings) -> str:
    under = [mount for mount in around.mounts if path.is_relative_to(mount.point)]
    mount = max(under, key=lambda mount: len(mount.point.parts), default=Mount(type(path)("/")))
    if mount.kind in NETWORK:
        return ""
    plugged = [drive for drive in _DRIVES if path.is_relative_to(drive)]
    if mount.removable or plugged:
        return f"it is on a removable drive ({mount.point if mount.removable else plugged[0]})"
    return ""


def surroundings(path: Path) -> Surroundings:
    """What this machine says of itself; what it does not say is left out."""
    if os.name == "nt":
        return Surroundings((Path.home(),), _windows_drive(path))
    import pwd

    homes = tuple(PurePosixPath(account.pw_dir) for account in pwd.getpwall() if account.pw_uid in _PEOPLE)
    return Surroundings(homes, _mac_mounts() if sys.platform == "darwin" else _linux_mounts())


def _linux_mounts(
    listed: Path = Path("/proc/self/mountinfo"), devices: Path = Path("/sys/dev/block")
) -> tuple[Mount, ...]:
    """Every mount (proc(5)): a drive that says it is removable, or that hangs on USB, can be pulled out."""
    mounts = []
    for line in listed.read_text("utf-8", "surrogateescape").splitlines() if listed.is_file() else ():
        before, _, after = line.partition(" - ")
        _, _, number, _, point, *_ = before.split(" ")
        mounts.append(Mount(PurePosixPath(_plain(point)), after.split(" ")[0], _can_be_pulled(devices / number)))
    return tuple(mounts)


def _plain(point: str) -> str:
    """A mount point with its blanks, which the system writes as octal numbers."""
    for code, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        point = point.replace(code, character)
    return point


def _can_be_pulled(device: Path) -> bool:
    if not device.exists():
        return False
    there = device.resolve()
    # A partition's own folder says nothing of this; its disk's, one above, does.
    said = [file.read_text().strip() for file in (there / "removable", there.parent / "removable") if file.is_file()]
    return "1" in said or any(part.startswith("usb") for part in there.parts)


def _mac_mounts() -> tuple[Mount, ...]:
    """Every mount by ``mount``, whose lines read ``//user@server/share on /Volumes/share (smbfs, nodev)``."""
    import subprocess

    said = subprocess.run(["/sbin/mount"], capture_output=True, text=True, check=False).stdout
    return mac_mounts(said)


def mac_mounts(said: str) -> tuple[Mount, ...]:
    mounts = []
    for line in said.splitlines():
        point, _, kind = line.partition(" on ")[2].rpartition(" (")
        mounts.append(Mount(PurePosixPath(point), kind.partition(",")[0].rstrip(")")))
    return tuple(mounts)


def _windows_drive(path: Path) -> tuple[Mount, ...]:
    """The drive of this path. A hard disk on USB says that it is fixed: that one is not found."""
    import ctypes

    kinds = {2: Mount(Path(path.anchor), removable=True), 4: Mount(Path(path.anchor), "cifs")}
    windows = getattr(ctypes, "windll", None)
    kind = windows.kernel32.GetDriveTypeW(path.anchor) if windows else 0
    return (kinds[kind],) if kind in kinds else ()
