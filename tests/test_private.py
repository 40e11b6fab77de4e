"""Whoever can write the settings is every officer at once: what others can write is refused, what is made is private.

Owners and groups that this machine does not have are pretended.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from retention import private
from retention.errors import BadConfiguration
from retention.private import keep_private, openings, refuse_open, refuse_readable, share

pytestmark = pytest.mark.skipif(os.name != "posix", reason="only POSIX tells by modes who can write a file")

GROUP = "a group of several"


@pytest.fixture
def umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of a city, in a folder of its own."""
    folder = tmp_path / "city"
    folder.mkdir(mode=0o750)
    path = folder / "retention.toml"
    path.touch(mode=0o640)
    path.chmod(0o640)
    return path


def whys(path: Path, *, alone: bool = True) -> list[str]:
    return [each.why for each in openings(path, alone=alone)]


@pytest.mark.parametrize("alone", [True, False])
def test_what_only_its_owner_can_write_is_relied_on(file: Path, alone: bool) -> None:
    assert whys(file, alone=alone) == []
    refuse_open(file, alone=alone)


@pytest.mark.parametrize("alone", [True, False])
def test_a_file_that_is_not_there_is_nobodys_fault(file: Path, alone: bool) -> None:
    assert whys(file.with_name("nothing.db"), alone=alone) == []


@pytest.mark.parametrize("alone", [True, False])
def test_a_file_that_everybody_can_write_is_refused_with_what_to_type(file: Path, alone: bool) -> None:
    file.chmod(0o646)
    with pytest.raises(BadConfiguration) as refusal:
        refuse_open(file, alone=alone)
    assert refusal.value.exit_code == 10 and "everybody on this machine can write" in refusal.value.message
    assert f"chmod o-w {file}" in refusal.value.next_step
    subprocess.run(["chmod", "o-w", str(file)], check=True)
    refuse_open(file, alone=alone)


@pytest.mark.parametrize("mode", [0o757, 0o1757])
def test_a_catalog_beside_which_everybody_can_put_a_file_is_refused(file: Path, mode: int) -> None:
    """SQLite reads a journal that lies beside a catalog, whoever put it there."""
    file.parent.chmod(mode)
    assert whys(file, alone=False) == [f"everybody on this machine can write {file.parent}"]
    file.parent.chmod(0o750)


def test_settings_in_a_folder_where_nobody_takes_anothers_file_away_are_relied_on(file: Path) -> None:
    file.parent.chmod(0o1777)
    assert whys(file) == []


def test_a_folder_further_up_that_everybody_can_rename_in_is_found(file: Path) -> None:
    above = file.parent.parent
    before = above.stat().st_mode
    above.chmod(0o757)
    assert whys(file, alone=False) == [f"everybody on this machine can write {above}"]
    above.chmod(0o1757)
    assert whys(file, alone=False) == []
    above.chmod(before)


def test_what_a_link_leads_to_counts_as_much_as_the_link(file: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    link = elsewhere / "retention.toml"
    link.symlink_to(file)
    file.chmod(0o646)
    assert f"everybody on this machine can write {file}" in whys(link)


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Path]:
    """A folder in which everybody may put another file in the place of any."""
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o777)
    yield folder
    folder.chmod(0o700)


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("relative", [True, False])
def test_a_link_on_the_way_that_everybody_can_replace_is_found(
    file: Path, shared: Path, tmp_path: Path, relative: bool, alone: bool
) -> None:
    def at(path: Path) -> Path:
        return Path("..", path.relative_to(tmp_path)) if relative else path

    (tmp_path / "own").mkdir(mode=0o755)
    for name, leads_to in (("settings.toml", file), ("city", file.parent)):
        (shared / name).symlink_to(at(leads_to))
        (tmp_path / "own" / name).symlink_to(at(shared / name))
    found = [f"everybody on this machine can write {shared}"]
    assert whys(tmp_path / "own" / "settings.toml", alone=alone) == found
    assert whys(tmp_path / "own" / "city" / file.name, alone=alone) == found
    shared.chmod(0o755)
    assert whys(tmp_path / "own" / "settings.toml", alone=alone) == []
    assert whys(tmp_path / "own" / "city" / file.name, alone=alone) == []


@pytest.mark.parametrize("alone", [True, False])
def test_links_that_lead_round_in_a_circle_come_to_an_end(tmp_path: Path, alone: bool) -> None:
    (tmp_path / "one").symlink_to(tmp_path / "two")
    (tmp_path / "two").symlink_to(tmp_path / "one")
    assert whys(tmp_path / "one" / "retention.toml", alone=alone) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a link to somebody else")
def test_settings_behind_a_link_of_somebody_else_are_refused(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "retention.toml"
    link.symlink_to(file)
    os.chown(link, 54321, 54321, follow_symlinks=False)
    ((why, mend),) = openings(link, alone=True)
    assert why == f"the link {link} belongs to account 54321" and mend == f"sudo chown -h root {link}"
    subprocess.run(mend.removeprefix("sudo ").split(), check=True)
    assert whys(link) == []


def test_settings_that_a_group_can_write_are_refused_and_a_catalog_is_not(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(private, "_is_only_ours", lambda found: False)
    monkeypatch.setattr(private, "_group", lambda number: GROUP)
    file.chmod(0o660)
    assert whys(file, alone=False) == []
    assert whys(file) == [f"the group {GROUP} can write {file}"]
    file.chmod(0o640)
    file.parent.chmod(0o2770)
    assert whys(file, alone=False) == [] and whys(file) == [f"the group {GROUP} can write {file.parent}"]


def test_the_group_that_an_account_has_for_itself_is_nobody_else(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private, "_group", lambda number: "kim")
    monkeypatch.setattr(private, "_user", lambda number: "kim")
    file.chmod(0o660)
    assert whys(file) == []
    # The machine's own service account may have such a group too, into which people are put.
    monkeypatch.setattr(private, "ROOT", -1)
    monkeypatch.setattr(private, "_members", lambda number: {"kim", "lee"})
    assert whys(file) == [f"the group kim can write {file}"]


def test_settings_of_somebody_else_are_refused_unless_it_is_root(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private, "ROOT", -1)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 4242)
    monkeypatch.setattr(private, "_user", lambda number: "kim")
    assert whys(file) == [
        f"{file} belongs to kim, who can write it",
        f"{file.parent} belongs to kim, who can write it",
    ]
    assert whys(file, alone=False) == []
    monkeypatch.setattr(private, "ROOT", os.getuid())
    assert whys(file) == []


def test_under_sudo_ones_own_settings_are_relied_on(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: private.ROOT)
    monkeypatch.setenv("SUDO_UID", str(os.getuid()))
    assert whys(file) == []


def test_a_private_key_that_everybody_can_read_is_refused(file: Path) -> None:
    refuse_readable(file)
    file.chmod(0o644)
    with pytest.raises(BadConfiguration, match="private key"):
        refuse_readable(file)
    refuse_readable(file.with_name("none.pem"))


@pytest.mark.usefixtures("umask")
def test_what_is_made_is_its_owners_alone_and_in_a_shared_folder_its_groups(tmp_path: Path) -> None:
    keep_private()
    (tmp_path / "alone").touch()
    share(tmp_path)
    (tmp_path / "still-alone").mkdir()
    tmp_path.chmod(0o2770)
    share(tmp_path)
    (tmp_path / "shared").touch()
    found = [(tmp_path / name).stat().st_mode & 0o777 for name in ("alone", "still-alone", "shared")]
    assert [f"{mode:o}" for mode in found] == ["600", "700", "660"]


def test_nothing_of_it_costs_the_start_of_a_command() -> None:
    code = "import sys, retention.private; sys.exit(', '.join({'grp', 'pwd', 'msgspec'} & set(sys.modules)) or 0)"
    ran = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert (ran.returncode, ran.stderr) == (0, "")


ROOT = Path(__file__).resolve().parent.parent


def test_a_folder_further_up_that_a_group_or_another_can_rename_is_told(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    above = file.parent.parent
    assert [opening for opening in private.renamable(file) if str(above) in opening.why] == []
    monkeypatch.setattr(private, "_is_only_ours", lambda found: False)
    monkeypatch.setattr(private, "_group", lambda number: GROUP)
    before = above.stat().st_mode
    above.chmod(0o770)
    assert f"the group {GROUP} can write {above}" in [opening.why for opening in private.renamable(file)]
    above.chmod(0o1770)
    assert f"the group {GROUP} can write {above}" not in [opening.why for opening in private.renamable(file)]
    above.chmod(before)
