"""One entry of every kind that a ledger can have, as it might be written.

Nothing is tested here.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from retention.core import (
    access,
    accession,
    clock,
    consent,
    destruction,
    elsewhere,
    notice,
    preserved,
    restoring,
    standing,
)
from retention.core.audit import (
    Adopted,
    Approved,
    Body,
    Counted,
    Ended,
    EventRecorded,
    EventRetracted,
    Founded,
    HoldAmended,
    HoldAsked,
    HoldKept,
    HoldPlaced,
    HoldReached,
    HoldReinstated,
    HoldReleased,
    Intent,
    Outcome,
    PlanMade,
    Proved,
    Refused,
    ReviewAssigned,
    Reviewed,
    ServerHoldsTold,
    Started,
    Stored,
    SyncEnded,
    Torn,
)
from retention.core.authority import HoldKind
from retention.core.event import Event
from retention.core.files import FileSource
from retention.core.files_added import FilesAdded, FilesDropped
from retention.core.hold import Hold, Post, Scope
from retention.core.hold.foreign import ForeignHold
from retention.core.person import Person, PersonRecorded, Term
from retention.core.publication import HeadPublished, LedgerExported

AT = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
TODAY = date(2026, 11, 21)
KIM, PAT = "kim.lee@town.example", "pat.ortiz@town.example"


def hold(name: str = "elm", **scope: Any) -> Hold:
    return Hold(
        name=name,
        matter="Elm Street",
        kind=HoldKind.LEGAL,
        reason="a claim",
        scope=Scope(**scope) if scope else Scope(words=("elm",), first_on=TODAY),
        placed_at=AT,
        placed_by=KIM,
    )


def intent(step: int = 1, plan: str = "p") -> Intent:
    return Intent(
        plan=plan,
        step=step,
        action="capture",
        mailbox="box-1",
        address=PAT,
        id=f"m{step}",
        version="v1",
        schedule="town",
        series="FIN 1",
        how="recoverable",
    )


def outcome(step: int = 1, plan: str = "p", result: str = "captured") -> Outcome:
    return Outcome(plan=plan, step=step, result=result, answer="moved", mailbox="box-1", id=f"m{step}")


TOMBSTONE = destruction.Tombstone(
    place="town/fin-1/2020/" + "d" * 64, digest="d" * 64, sidecar="s" * 64, size=7, schedule="town", edition="2026",
    fingerprint="f" * 64, series="FIN 1", title="Bills", retain="3 years", citation="Code 1", due_on=TODAY,
    internet_id="<1@x>", received_at=AT, sent_at=None,
    custody=(destruction.Mark(mailbox="box-1", address=PAT, id="m1", captured_at=AT),),
)  # fmt: skip
BODIES: tuple[Body, ...] = (
    Founded(city="San José"),
    Adopted(schedule="town", fingerprint="f" * 64, authority="Resolution 1", effective_on=TODAY),
    EventRecorded(event=Event(kind="closed", key="contract c-1", on=TODAY), source="minutes"),
    EventRetracted(entry=2, reason="another contract"),
    Reviewed(mailbox="box", ids=("m1", "m2"), schedule="town", series="FIN 1", keys=("case 4",), reason="it is a bill"),
    ReviewAssigned(group="0a1b2c3d", to=PAT),
    HoldPlaced(hold=hold()),
    HoldReached(name="elm", version=1, term=f"custodian {PAT}", addresses=(PAT,), mailboxes=("box-1",)),
    ServerHoldsTold(
        holds=(ForeignHold(origin="UniH1", matter="Elm", mailboxes=(PAT,), since=TODAY),), on=TODAY, until=TODAY
    ),
    HoldAmended(name="elm", scope=Scope(offices=(Post(name="Mayor", from_on=TODAY),)), reason="wider", until=TODAY),
    HoldReleased(name="elm", reason="settled", until=TODAY),
    HoldReinstated(name="elm", reason="", sealed="-----BEGIN AGE ENCRYPTED FILE-----"),
    PersonRecorded(person=Person(address=PAT, id="17", departments=(Term(of="Clerk"),)), source="hr.csv"),
    FilesAdded(files=FileSource(id="files:0a", path="/share/old.pst", name=f"{PAT}/old.pst", custodian=PAT)),
    FilesDropped(id="files:0a", name=f"{PAT}/old.pst", reason="added by mistake"),
    notice.CustodianNoticed(hold="elm", to=PAT, digest="d" * 64, answer_by=TODAY),
    notice.CustodianAcknowledged(hold="elm", custodian=PAT, on=TODAY, how="by letter"),
    notice.StaffNoticed(notice="monitoring", version="2026-10", person=PAT, given_on=TODAY),
    access.AccessRequested(custodian=PAT, reader=KIM, purpose="a request for records"),
    access.AccessGranted(request=1, custodian=PAT, reader=KIM, reference="memo 4", since=AT, until=AT),
    access.AccessRevoked(grant=2, reason="done"),
    access.AccessUsed(grant=2, mailbox="box-1", id="m1", what="read"),
    preserved.Preserved(
        hold="elm", mailbox="box-1", address=PAT, id="m1", version="v1", digest="d" * 64, place="p", sidecar="s" * 64
    ),
    preserved.Collected(hold="elm", covered=2, copied=1, had=0, failed={"gone": 1}),
    preserved.CopyToGo(digests=("d" * 64,), reason="settled"),
    preserved.CopyGone(digests=("d" * 64,)),
    preserved.HeldVanished(
        mailbox="box-1", address=PAT, id="m1", internet_id="<1@x>", holds=("elm",), seen_at=AT, missed_at=AT
    ),
    preserved.VanishedAcknowledged(entries=(1,), reason="we asked"),
    consent.ConsentRecorded(
        gate="council-resolution",
        schedule="town",
        reference="Res. 4",
        given_by="City Council",
        given_on=TODAY,
        until=TODAY,
        records={"town/fin-1/2020": ("d" * 64,)},
        document="e" * 64,
        file="scan.pdf",
    ),
    consent.ConsentWithdrawn(entry=4, reason="rescinded"),
    destruction.DestructionStarted(
        plan="p", stage="quarantine", made_by=PAT, approved_by=(KIM,), holds="h", records=1, reviewed={"FIN 1": "seen"}
    ),
    destruction.RecordDeed(
        plan="p",
        step=1,
        deed="destroy",
        place="town/fin-1/2020/" + "d" * 64,
        digest="d" * 64,
        consents=(3,),
        tombstone=TOMBSTONE,
    ),
    destruction.RecordOutcome(
        plan="p", step=1, deed="destroy", place="town/fin-1/2020/" + "d" * 64, result="destroyed", answer="gone"
    ),
    destruction.RecordRestored(places=("town/fin-1/2020/" + "d" * 64,), reason="asked for"),
    destruction.DestructionEnded(plan="p", stage="destroy", counts={"destroyed": 1}),
    destruction.Certified(plan="p", run=3, records=1, digest="c" * 64),
    elsewhere.ElsewhereTold(
        plan="p",
        copies=elsewhere.Elsewhere(
            records={"town/fin-1/2020": ("d" * 64,)},
            mailboxes={PAT: (0,)},
            recipients={"x.example": (0,)},
            store="disk",
        ),
    ),
    accession.ExportOrdered(bag="b", records=1, digest="d" * 64, asked="permanent", purpose="archives"),
    accession.RecordsExported(bag="b", manifest="m" * 64, records={"town/fin-1/2020": ("d" * 64,)}, purpose="archives"),
    accession.TransferAccepted(export=4, archive="State Archives", reference="2026-17", on=TODAY),
    restoring.ToBePutBack(mailbox="box-1", address=PAT, id="m1", plan="p", step=1, reason="asked for"),
    restoring.PutBack(mailbox="box-1", id="m1", plan="p", step=1, now="m9", folder="f1", answer="201, moved back"),
    restoring.NotPutBack(mailbox="box-1", id="m2", plan="p", step=2, answer="it is gone"),
    HeadPublished(
        entries=7, digest="d" * 64, file="7.json", head="h" * 64, where=("a.eml",), token="t" * 64, stamped_at=AT
    ),
    LedgerExported(entries=7, digest="d" * 64, manifest="m" * 64),
    Proved(name="elm", manifest="m" * 64),
    PlanMade(plan="p", steps=3),
    Approved(plan="p", steps=3),
    standing.StandingApproved(
        series=(("town", "fin-1"),), editions={"town": "f" * 64}, largest=5, until=TODAY, reason="every night"
    ),
    standing.StandingWithdrawn(entry=4, reason="a doubt"),
    standing.ApprovedInAdvance(plan="p", entry=4, by=PAT, steps=3),
    clock.ClockRead(boot="b", up=7, zone="z" * 64),
    clock.ClockConfirmed(boot="b", up=7, zone="z" * 64, reason="the battery was replaced"),
    Started(plan="p", holds="h"),
    HoldAsked(plan="p", name="elm", versions=(1, 2)),
    intent(),
    Stored(plan="p", step=1, digest="d" * 64, place="town/fin-1/2025/d", sidecar="s" * 64),
    outcome(),
    Counted(plan="p", counts={PAT: {"seen": 1, "captured": 1}}),
    HoldKept(plan="p", name="elm", messages=4),
    Ended(plan="p"),
    SyncEnded(mailboxes=2, gone=1, unreadable={PAT: "access denied"}),
    Refused(act="approve", why="“no”\n\x1b[31m\u202e"),
    Torn(line="0" * 64),
)
