"""What the ledger says of files of mail: which were added and whose they are, and which are no longer read.

What a source of files is, is in ``files.py``; who owns one stands with the people (``person.py``).
"""

from __future__ import annotations

from msgspec import Struct

from retention.core.files import FileSource


class FilesAdded(Struct, frozen=True, kw_only=True, tag="files added", tag_field="kind"):
    """This file, or folder of files, is read as a mailbox from now on; ``source`` says where it is written whose it is.

    The custodian is the first of its owners: whoever else owns it is recorded with the people.
    """

    files: FileSource
    source: str = ""


class FilesDropped(Struct, frozen=True, kw_only=True, tag="files dropped", tag_field="kind"):
    """What was added under this id is not read any more, until it is added again. ``name`` is what it was called.

    The files themselves are left as they are, and so is all that was read and captured from them.
    """

    id: str
    name: str
    reason: str
