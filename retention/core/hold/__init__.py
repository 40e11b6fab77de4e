"""Holds: what they cover, since when, and until when.

A hold is a question asked again each time, never a list of messages; who may place one is not decided here.
"""

from retention.core.hold.book import (
    Book,
    HoldAmended,
    HoldPlaced,
    HoldReached,
    HoldReinstated,
    HoldReleased,
    Moment,
    State,
    Told,
    Version,
)
from retention.core.hold.holds import NONE, Covering, Holding, Holds, in_force
from retention.core.hold.judging import Judge, is_encrypted
from retention.core.hold.reach import Directory, Reach, fixed, gaps, reached
from retention.core.hold.scope import Hold, Post, Scope
from retention.core.hold.server import ServerHoldsTold

__all__ = [
    "NONE",
    "Book",
    "Covering",
    "Directory",
    "Hold",
    "HoldAmended",
    "HoldPlaced",
    "HoldReached",
    "HoldReinstated",
    "HoldReleased",
    "Holding",
    "Holds",
    "Judge",
    "Moment",
    "Post",
    "Reach",
    "Scope",
    "ServerHoldsTold",
    "State",
    "Told",
    "Version",
    "fixed",
    "gaps",
    "in_force",
    "is_encrypted",
    "reached",
]
