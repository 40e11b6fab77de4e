"""Where a record store may not lie, on machines that are only told of."""

from __future__ import annotations

from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

import pytest

from retention.core.city.checking import REFUSABLE
from retention.store import refused
from retention.store.refused import Mount, Surroundings, mac_mounts, surroundings, why_not

CITY = Surroundings(
    homes=(PurePosixPath("/nfs/people/ann"), PurePosixPath("/")),
    mounts=(
        Mount(PurePosixPath("/"), "ext4"),
        Mount(PurePosixPath("/mnt/stick"), "vfat", removable=True),
        Mount(PurePosixPath("/mnt/stick/share"), "nfs4"),
        Mount(PurePosixPath("/mnt/disk"), "xfs"),
        Mount(PurePosixPath("/media/records"), "cifs"),
    ),
)
REFUSED = {
    "/home/ann/records": "home",
    "/home/records": "home",
    "/root/records": "home",
    "/Users/ann/Documents/records": "home",
    "/nfs/people/ann/records": "home",
    "/srv/Desktop/records": "desktop",
    "/srv/desktop": "desktop",
    "/mnt/stick": "removable",
    "/mnt/stick/records": "removable",
    "/media/ann/STICK/records": "removable",
    "/run/media/ann/STICK/records": "removable",
    "/Volumes/STICK/records": "removable",
    "/srv/records.pst": "pst",
    "/srv/Archive.PST/records": "pst",
    "/srv/ann.ost/records": "pst",
}
ALLOWED = (
    "/srv/records",
    "/mnt/disk/records",
    "/mnt/stick/share/records",
    "/media/records/mail",
    "/homes/records",
    "/var/lib/retention/pst/records",
    "/srv/desktops/records",
    "/nfs/people/anna/records",
)


@pytest.mark.parametrize(("path", "kind"), REFUSED.items(), ids=REFUSED)
def test_a_store_never_lies_where_the_policy_forbids_it(path: str, kind: str) -> None:
    found = why_not(PurePosixPath(path), REFUSABLE, CITY)
    assert found is not None and found[0] == kind
    assert found[1].startswith(("it is ", "'")) and not found[1].endswith(".")


@pytest.mark.parametrize("path", ALLOWED)
def test_a_share_of_the_citys_network_is_no_desktop_and_no_home(path: str) -> None:
    assert why_not(PurePosixPath(path), REFUSABLE, CITY) is None


@pytest.mark.parametrize(("path", "kind"), REFUSED.items(), ids=REFUSED)
def test_a_city_whose_policy_allows_it_takes_the_kind_out(path: str, kind: str) -> None:
    left = tuple(one for one in REFUSABLE if one != kind)
    assert why_not(PurePosixPath(path), left, CITY) is None
    assert why_not(PurePosixPath(path), (), CITY) is None


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("C:\\Users\\ann\\records", "home"),
        ("c:\\users\\ann\\records", "home"),
        ("D:\\profiles\\ann\\records", "home"),
        ("E:\\records", "removable"),
        ("D:\\OneDrive\\Desktop\\records", "desktop"),
        ("D:\\mail\\ann.pst", "pst"),
        ("D:\\records", None),
        ("\\\\server\\records\\mail", None),
    ],
)
def test_windows_paths_are_read_as_windows_reads_them(path: str, kind: str | None) -> None:
    around = Surroundings((PureWindowsPath("D:/profiles/ann"),), (Mount(PureWindowsPath("E:/"), removable=True),))
    found = why_not(PureWindowsPath(path), REFUSABLE, around)
    assert (found and found[0]) == kind


def _machine(folder: Path, removable: str = "0", bus: str = "pci0000:00") -> tuple[Path, Path]:
    """A list of mounts and a tree of devices as Linux shows them: one disk with a partition, and a share."""
    disk = folder / "devices" / bus / "block" / "sdb"
    (disk / "sdb1").mkdir(parents=True)
    (disk / "removable").write_text(f"{removable}\n")
    (folder / "block").mkdir()
    (folder / "block" / "8:17").symlink_to(disk / "sdb1")
    listed = folder / "mountinfo"
    listed.write_text(
        "36 35 8:17 / /mnt/my\\040stick rw,noatime shared:1 master:2 - vfat /dev/sdb1 rw\n"
        "37 35 0:45 / /srv/records rw - cifs //server/records rw\n"
    )
    return listed, folder / "block"


@pytest.mark.parametrize(
    ("removable", "bus", "pulled"), [("1", "pci0000:00", True), ("0", "usb2", True), ("0", "pci0000:00", False)]
)
def test_linux_says_which_drive_can_be_pulled_out(tmp_path: Path, removable: str, bus: str, pulled: bool) -> None:
    """A hard disk in a USB case says of itself that it is not removable."""
    mounts = refused._linux_mounts(*_machine(tmp_path, removable, bus))
    assert mounts == (
        Mount(PurePosixPath("/mnt/my stick"), "vfat", pulled),
        Mount(PurePosixPath("/srv/records"), "cifs", False),
    )


def test_a_mac_says_what_is_a_share_and_what_is_plugged_in() -> None:
    said = (
        "/dev/disk3s1s1 on / (apfs, sealed, local, read-only)\n"
        "/dev/disk4s1 on /Volumes/MY STICK (msdos, local, nodev)\n"
        "//ann@server/records on /Volumes/records (smbfs, nodev, nosuid)\n"
    )
    around = Surroundings(mounts=mac_mounts(said))
    assert why_not(PurePosixPath("/Volumes/records/mail"), REFUSABLE, around) is None
    found = why_not(PurePosixPath("/Volumes/MY STICK/mail"), REFUSABLE, around)
    assert found is not None and found[0] == "removable"


def test_this_machine_can_be_asked(tmp_path: Path) -> None:
    around = surroundings(tmp_path)
    assert all(isinstance(home, PurePath) for home in around.homes)
    assert any(tmp_path.is_relative_to(mount.point) for mount in around.mounts)
