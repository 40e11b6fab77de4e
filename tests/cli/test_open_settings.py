"""Settings, signers, catalog and ledger that others can write are refused before anything is done with them.

What counts as others is tested in ``test_private.py``.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests.cli.desk import ATTORNEY, Desk

pytestmark = pytest.mark.skipif(os.name != "posix", reason="only POSIX tells by modes who can write a file")
Change = Callable[[str, str], None]


@pytest.mark.parametrize("name", ["retention.toml", "retention.db", "ledger.jsonl"])
@pytest.mark.parametrize("command", [("sync",), ("hold", "list"), ("status",)])
def test_what_everybody_can_write_is_refused_whatever_is_asked(desk: Desk, name: str, command: tuple[str, ...]) -> None:
    path = desk.folder / name
    path.chmod(0o666)
    told = desk.refused(*command, code=10)
    assert f"{path} cannot be relied on" in told.error and f"chmod o-w {path}" in told.next_step


def test_a_folder_in_which_everybody_can_put_files_is_refused(desk: Desk) -> None:
    desk.folder.chmod(0o777)
    told = desk.refused("status", code=10)
    assert f"everybody on this machine can write {desk.folder}" in told.error
    desk.folder.chmod(0o755)


def test_signers_that_everybody_can_write_are_refused(desk: Desk, change: Change) -> None:
    signers = desk.folder / "allowed_signers"
    signers.write_text(f'{ATTORNEY} namespaces="retention" ssh-ed25519 AAAA\n', "utf-8")
    change('name = "City"\n', 'name = "City"\nidentity = "ssh"\n')
    signers.chmod(0o666)
    told = desk.refused("hold", "list", code=10)
    assert f"{signers} cannot be relied on" in told.error


def test_a_catalog_that_its_group_shares_is_used(desk: Desk) -> None:
    for name in ("retention.db", "ledger.jsonl"):
        (desk.folder / name).chmod(0o660)
    assert desk.run("hold", "list").code == 0
