"""Acts: which office may do what, and the statement that a person signs for one.

Who is sitting at the keyboard is not decided here, and no key is used here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from retention.core.person import Person, Roll


class HoldKind(StrEnum):
    """What a hold is for."""

    LEGAL = "legal"
    EMPLOYEE_RELATIONS = "employee-relations"
    REQUEST = "request"
    AUDIT = "audit"


class Act(StrEnum):
    """Something only an office may do."""

    HOLD_LEGAL = "hold-legal"
    HOLD_EMPLOYEE_RELATIONS = "hold-employee-relations"
    HOLD_REQUEST = "hold-request"
    HOLD_AUDIT = "hold-audit"
    APPROVE = "approve"
    ADOPT_SCHEDULE = "adopt-schedule"
    REVIEW = "review"
    RECORD_EVENT = "record-event"
    KEEP_PEOPLE = "keep-people"
    RECORD_NOTICE = "record-notice"
    GRANT_ACCESS = "grant-access"
    MAKE_PLAN = "make-plan"
    RECORD_CONSENT = "record-consent"
    DESTROY_RECORDS = "destroy-records"
    RESTORE_RECORDS = "restore-records"
    RESTORE_MAIL = "restore-mail"
    TRANSFER_RECORDS = "transfer-records"
    PUBLISH_HEAD = "publish-head"


DEFAULT_ACTS: Mapping[str, tuple[str, ...]] = {
    Act.HOLD_LEGAL: ("City Attorney",),
    Act.HOLD_EMPLOYEE_RELATIONS: ("Employee Relations", "City Attorney"),
    Act.HOLD_REQUEST: ("City Clerk", "Records Manager", "City Attorney"),
    Act.HOLD_AUDIT: ("City Auditor", "City Attorney"),
    Act.APPROVE: ("Records Manager",),
    Act.ADOPT_SCHEDULE: ("Records Manager",),
    Act.REVIEW: ("Records Manager", "City Clerk"),
    Act.RECORD_EVENT: ("Records Manager", "City Clerk"),
    Act.KEEP_PEOPLE: ("Human Resources", "Records Manager", "City Clerk", "City Attorney"),
    Act.RECORD_NOTICE: ("Human Resources", "Records Manager", "City Clerk"),
    Act.RECORD_CONSENT: ("Records Manager", "City Clerk", "City Attorney"),
    Act.DESTROY_RECORDS: ("Records Manager",),
    Act.RESTORE_RECORDS: ("Records Manager", "City Clerk", "City Attorney"),
    Act.RESTORE_MAIL: ("Records Manager", "City Clerk", "City Attorney"),
    Act.TRANSFER_RECORDS: ("Records Manager", "City Clerk"),
    Act.PUBLISH_HEAD: ("Records Manager", "City Clerk", "City Auditor", "City Attorney"),
}
"""Which offices may do each act where ``[acts]`` in ``retention.toml`` does not say otherwise."""

IN_WORDS: Mapping[str, str] = {
    Act.HOLD_LEGAL: "placing and releasing holds of the kind legal",
    Act.HOLD_EMPLOYEE_RELATIONS: "placing and releasing holds of the kind employee-relations",
    Act.HOLD_REQUEST: "placing and releasing holds of the kind request",
    Act.HOLD_AUDIT: "placing and releasing holds of the kind audit",
    Act.APPROVE: "approving plans",
    Act.ADOPT_SCHEDULE: "adopting a schedule",
    Act.REVIEW: "deciding reviews",
    Act.RECORD_EVENT: "recording events",
    Act.KEEP_PEOPLE: "keeping the lists of people and mailboxes",
    Act.RECORD_NOTICE: "recording who was given a notice",
    Act.GRANT_ACCESS: "granting access to content",
    Act.MAKE_PLAN: "making plans",
    Act.RECORD_CONSENT: "recording consents",
    Act.DESTROY_RECORDS: "having records destroyed",
    Act.RESTORE_RECORDS: "restoring records",
    Act.RESTORE_MAIL: "putting mail back",
    Act.TRANSFER_RECORDS: "recording what an archive accepted",
    Act.PUBLISH_HEAD: "publishing the ledger's head",
}
"""Each act as a sentence names it; ``[acts]`` in ``retention.toml`` names it by its own word."""


def hold_act(kind: HoldKind) -> Act:
    """The act of placing or releasing a hold of this kind."""
    return Act(f"hold-{kind}")


def refusal(act: Act, person: Person, roll: Roll, acts: Mapping[str, tuple[str, ...]], today: date) -> str | None:
    """``None`` where an office that this person holds today may do it; otherwise the sentence that says who may."""
    offices = acts.get(act) or DEFAULT_ACTS.get(act, ())
    mine = roll.offices_of(person.address, today)
    if set(offices) & set(mine):
        return None
    held = ", ".join(mine) or "no office"
    return f"{person} holds {held}; {IN_WORDS.get(act, act)} is an act of {' or '.join(offices)}."
