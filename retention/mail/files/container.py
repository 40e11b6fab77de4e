"""What every kind of file with messages in it can do: mbox, Maildir, a folder of messages, PST, MSG.

No format is read here, and nothing here knows of mailboxes: ``system.py`` makes a mail system of containers. Those of
Outlook are ``Pst(path)`` and ``Msg(path)`` in ``retention.mail.files.outlook``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from retention.core.message import Message


class Container(Protocol):
    """One file, or one folder of files, in which messages lie. It is only ever read.

    A container is used by one thread at a time, and several may be open on the same file. What cannot be opened or
    read raises ``FolderUnreadable`` with the reason in one sentence, from any method. An iterator that is given up
    half-way (``GeneratorExit``) must free whatever it holds, and ``close`` may be called at any time, also twice.
    """

    kind: str
    """In the field's own words: ``mbox``, ``Maildir``, ``PST``."""

    def folders(self) -> tuple[str, ...]:
        """The paths of the folders inside, each once, joined by ``/``; ``("",)`` where it has none."""
        ...

    def messages(self, folder: str, after: str) -> Iterator[Message]:
        """The messages of that folder in a fixed order, from behind the one at ``after`` (empty: from the first).

        Each has ``mailbox`` and ``folder`` empty, ``id`` and ``source.at`` say where it is found (``at``, unique in
        the container), ``source.folder`` is the folder inside, and ``version`` is the SHA-256 (hex) of its content.
        ``source.file`` and ``source.sha256`` are left empty unless the message is a file of its own. A message that
        cannot be read comes too, with its ``trouble`` and whatever could be told of it.
        """
        ...

    def content(self, at: str) -> Iterator[bytes]:
        """The same bytes every time. Raises ``ContentUnavailable`` or ``MessageGone``."""
        ...

    def close(self) -> None:
        """Let go of whatever is open."""
        ...
