"""Files keep the contract of every mail system that is only read: folders of messages, Maildirs and mboxes.

What is peculiar to a format is tested in the neighbours; Outlook's files have tests of their own.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mail.contract_read_only import ReadOnlyContract
from tests.mail.filing import FilesBench, LooseBench, MaildirBench, MboxBench


class FilesContract(ReadOnlyContract):
    ids_survive_moves = False
    tells_changes_only = False
    marks_make_versions = False
    many = 300


class TestFoldersOfMessages(FilesContract):
    @pytest.fixture
    def bench(self, tmp_path: Path) -> FilesBench:
        return LooseBench(tmp_path)


class TestMaildirs(FilesContract):
    @pytest.fixture
    def bench(self, tmp_path: Path) -> FilesBench:
        return MaildirBench(tmp_path)


class TestMboxes(FilesContract):
    ids_survive_neighbours = False

    @pytest.fixture
    def bench(self, tmp_path: Path) -> FilesBench:
        return MboxBench(tmp_path)
