"""Every error a user can meet: what happened, the exit code, what to do next.

Nothing here knows how an error came about; the floors above raise these and the command line prints them.
"""

from __future__ import annotations

from typing import ClassVar


class RetentionError(Exception):
    """Something a person has to know. Subclasses say who is called (the tens digit of ``exit_code``).

    ``message`` is one sentence that names the thing; ``next_step`` is one sentence that says what to do.
    """

    exit_code: ClassVar[int] = 1
    meaning: ClassVar[str] = "a bug; the message says where the traceback was saved"

    def __init__(self, message: str, next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}".strip()


class Done(RetentionError):
    """Never raised: it carries the words for exit code 0."""

    exit_code = 0
    meaning = "done"


class WrongUsage(RetentionError):
    exit_code = 2
    meaning = "wrong usage"


class PartlyDone(RetentionError):
    exit_code = 3
    meaning = "partly done; running again is safe"


class NotConfirmed(RetentionError):
    exit_code = 4
    meaning = "not confirmed"


class SomethingToDo(RetentionError):
    exit_code = 5
    meaning = "there is something to do (`--exit-code` of `plan` and `schedule diff`)"


class BadConfiguration(RetentionError):
    exit_code = 10
    meaning = "configuration: `retention.toml`, the catalog file, the time zone"


class AnotherRun(RetentionError):
    exit_code = 11
    meaning = "another run holds the lock"


class SignInRefused(RetentionError):
    exit_code = 12
    meaning = "sign-in refused"


class MailNotAnswering(RetentionError):
    exit_code = 13
    meaning = "mail system not answering"


class StoreNotAnswering(RetentionError):
    exit_code = 14
    meaning = "record store not answering (missing, full, read-only)"


class ClockWrong(RetentionError):
    exit_code = 15
    meaning = "the clock is wrong: it jumped, or disagrees with the mail system's"


class TimeZoneMissing(RetentionError):
    exit_code = 16
    meaning = "time zone data missing, or changed since the last deed"


class PersonUnknown(RetentionError):
    exit_code = 17
    meaning = "who acts is not known"


class TimestampMissing(RetentionError):
    exit_code = 18
    meaning = "the timestamp service does not answer, or not with a timestamp that holds"


class RunOverdue(RetentionError):
    exit_code = 19
    meaning = "the last good run is too old, or there was none (`status`)"


class ScheduleNotValid(RetentionError):
    exit_code = 20
    meaning = "schedule not valid"


class PlanStale(RetentionError):
    exit_code = 21
    meaning = "plan stale: something it rests on has moved"


class PlanTooLarge(RetentionError):
    exit_code = 22
    meaning = "plan larger than its ceiling"


class PlanAltered(RetentionError):
    exit_code = 23
    meaning = "plan finished or altered"


class NotApproved(RetentionError):
    exit_code = 24
    meaning = "not approved by a second person"


class ConsentMissing(RetentionError):
    exit_code = 25
    meaning = "consent missing"


class StillLocked(RetentionError):
    exit_code = 26
    meaning = "the record store does not let a record go yet"


class HoldBlocks(RetentionError):
    exit_code = 30
    meaning = "a hold blocks this, or the holds cannot be read"


class NoSuchHold(RetentionError):
    exit_code = 31
    meaning = "no such hold, or already released"


class NotThisOffice(RetentionError):
    exit_code = 32
    meaning = "not this office's act"


class SignersMissing(RetentionError):
    exit_code = 33
    meaning = "the allowed-signers file is missing or cannot be read"


class SignatureInvalid(RetentionError):
    exit_code = 34
    meaning = "a signature is missing or not valid"


class AccessDenied(RetentionError):
    exit_code = 35
    meaning = "no live grant to read this content"


class HeldMailAtRisk(RetentionError):
    exit_code = 36
    meaning = "held mail vanished or may vanish, and nobody has answered for it (`status`)"


class LedgerBroken(RetentionError):
    exit_code = 40
    meaning = "ledger broken at the entry named"


class RecordMismatch(RetentionError):
    exit_code = 41
    meaning = "a record does not match its digest"


class NotOneRecord(RecordMismatch):
    """What was to be kept is not one message with a series of its own; nothing was written."""


class Disagreement(RetentionError):
    exit_code = 42
    meaning = "ledger and catalog disagree"


class Interrupted(RetentionError):
    exit_code = 130
    meaning = "interrupted; running again is safe"


def exit_codes() -> list[tuple[int, str]]:
    """Every exit code and its meaning, in order: the README's table is printed from this."""
    classes: list[type[RetentionError]] = [RetentionError, *RetentionError.__subclasses__()]
    return sorted((cls.exit_code, cls.meaning) for cls in classes)
