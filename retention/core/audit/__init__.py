"""The ledger's entries: what they say, how they are chained and checked, and what they amount to.

Where the ledger lies and how it reaches the disk is not known here.
"""

from retention.core.audit.chain import GENESIS, Body, Broken, Entry, Link, Signed, chain, read, unsaid, write
from retention.core.audit.entries import (
    Adopted,
    Approved,
    Counted,
    Ended,
    EventRecorded,
    EventRetracted,
    Founded,
    HoldAsked,
    HoldKept,
    Intent,
    Outcome,
    PlanMade,
    Proved,
    Refused,
    ReviewAssigned,
    Reviewed,
    Started,
    Stored,
    SyncEnded,
    Torn,
)
from retention.core.audit.in_force import InForce
from retention.core.hold import HoldAmended, HoldPlaced, HoldReached, HoldReinstated, HoldReleased

__all__ = [
    "GENESIS",
    "Adopted",
    "Approved",
    "Body",
    "Broken",
    "Counted",
    "Ended",
    "Entry",
    "EventRecorded",
    "EventRetracted",
    "Founded",
    "HoldAmended",
    "HoldAsked",
    "HoldKept",
    "HoldPlaced",
    "HoldReached",
    "HoldReinstated",
    "HoldReleased",
    "InForce",
    "Intent",
    "Link",
    "Outcome",
    "PlanMade",
    "Proved",
    "Refused",
    "ReviewAssigned",
    "Reviewed",
    "Signed",
    "Started",
    "Stored",
    "SyncEnded",
    "Torn",
    "chain",
    "read",
    "unsaid",
    "write",
]
