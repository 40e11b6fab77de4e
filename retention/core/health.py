"""Health: what is wrong with a city's retention, and what waits for whom; one finding for each.

How it is found is the jobs' business, and how it is shown or told to anybody that of the floors above.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct


class Kind(StrEnum):
    """What a finding is about. It is said in logs and metrics, so that a word once used must never change."""

    VANISHED = "held mail vanished"
    AT_RISK = "held mail at risk"
    CLOCK = "clock"
    STORE = "record store"
    DISK = "disk nearly full"
    RECORDS = "records not as stored"
    RUN_OVERDUE = "run overdue"
    RUN_FAILED = "run failed"
    CUT_OFF = "job cut off"
    UNFINISHED = "unfinished deeds"
    UNTOLD = "not told"
    UNCOVERED = "mailboxes not covered"
    UNREAD = "no mailbox read"
    UNFILED = "messages not filed"
    NOT_ADOPTED = "schedule not adopted"
    NOT_YET = "schedule not in effect"
    PLAN = "plans awaiting approval"
    PLAN_APPROVED = "approved plans"
    PLAN_STALE = "stale plans"
    STANDING = "standing approvals ending"
    REVIEW = "messages to review"
    CONSENT = "consents expiring"
    ACCESS = "access to grant"
    GRANT = "grants ending"
    QUARANTINE = "quarantine ended"
    CUSTODIANS = "custodians to notice"
    STAFF = "staff to notice"


PHRASES = {
    Kind.VANISHED: "held messages vanished from their mailbox and nobody has answered for it",
    Kind.AT_RISK: "held mailboxes may vanish before their mail is copied",
    Kind.CLOCK: "the clock or the time zone data cannot be believed: nothing is deleted",
    Kind.STORE: "the record store does not answer, or cannot be written to",
    Kind.DISK: "a disk is nearly full",
    Kind.RECORDS: "records are not as they were stored",
    Kind.RUN_OVERDUE: "the last good run is too old",
    Kind.RUN_FAILED: "the last run did not end well",
    Kind.CUT_OFF: "a job was cut off before its end",
    Kind.UNFINISHED: "deeds were begun and not ended",
    Kind.UNTOLD: "somebody could not be told, or a log or a file of metrics could not be written",
}
"""In words that say nothing of any mail, of any matter or of any person: these alone ever leave the city's machines."""


class Finding(Struct, frozen=True, kw_only=True):
    """One thing. ``code`` is the exit code of what is wrong, or 0 where it merely waits for somebody.

    ``whom``: the offices of which one has to see to it, or the operator; empty where nobody has to. ``count`` is of how
    many things it is said.
    """

    kind: Kind
    sentence: str
    whom: str = ""
    count: int = 1
    code: int = 0

    def __str__(self) -> str:
        return f"{self.whom}: {self.sentence}" if self.whom else self.sentence


OPERATOR = "Operator"

GRAVEST = (36, 42, 41, 40, 34, 33, 30, 15, 16, 14, 10, 12, 13, 17, 18, 22, 20, 1, 19)
"""Which of several wrong things gives its exit code: held mail first, then evidence, then what stops all deletion."""


def by_gravity(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """What is wrong, the gravest first; what merely waits is left out."""
    ranks = {code: rank for rank, code in enumerate(GRAVEST)}
    wrong = (one for one in findings if one.code)
    return tuple(sorted(wrong, key=lambda one: ranks.get(one.code, len(ranks))))
