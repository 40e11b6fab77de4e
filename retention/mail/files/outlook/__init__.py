"""Outlook's own files: PST and .msg, whose items have no MIME and are rebuilt of their properties.

Nothing is imported before it is asked for: the process that reads a PST lies in this folder, and must start quickly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retention.mail.files.outlook.msg import Msg as Msg
    from retention.mail.files.outlook.pst import Pst as Pst


def __getattr__(name: str) -> object:
    if name == "Pst":
        from retention.mail.files.outlook.pst import Pst

        return Pst
    if name == "Msg":
        from retention.mail.files.outlook.msg import Msg

        return Msg
    raise AttributeError(name)
