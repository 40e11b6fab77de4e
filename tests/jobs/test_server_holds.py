"""A sync and a run ask the mail system for its own holds; what it tells holds like any, and nobody here can end it.

How long one holds that is told no longer is in ``tests/core/test_server_holds.py``.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from retention.core.audit import Started
from retention.core.authority import HoldKind
from retention.core.hold import HoldReached, Scope, ServerHoldsTold
from retention.core.hold.foreign import ForeignHold
from retention.core.preserved import HeldVanished
from retention.errors import MailNotAnswering, NoSuchHold, PlanStale, WrongUsage
from retention.jobs import plan, status
from retention.jobs.classify import classify
from retention.jobs.hold import place, prove, release, show
from retention.jobs.hold.bring_in import bring_in
from retention.jobs.hold.server import holds_unread
from retention.jobs.why import why
from retention.sheets import delimited
from tests.jobs.keeping import GRACE, Keeping
from tests.jobs.town import ATTORNEY, CLERK, RECORDS
from tests.packet.unpacking import verified

DAY = timedelta(days=1)
NAME = "server-elm-street"
ELM = ForeignHold(origin="UniH1", matter="Elm Street", mailboxes=(CLERK,))


@pytest.fixture
def keeping(tmp_path: Path) -> Keeping:
    keeping = Keeping(tmp_path / "town")
    keeping.add("notice 1")
    keeping.add("notice 2", RECORDS)
    keeping.town.read()
    keeping.town.adopt()
    return keeping


def told(keeping: Keeping, *holds: ForeignHold) -> None:
    keeping.mail.holds_ = holds
    keeping.sync()


def planned(keeping: Keeping) -> set[str]:
    """Whose mail would go."""
    with keeping.world() as world:
        classify(world)
        return {step.address for step in plan.plan(world).steps}


@pytest.mark.parametrize("signed", [False, True])
def test_what_the_mail_system_holds_is_in_no_plan_and_needs_no_signature(keeping: Keeping, signed: bool) -> None:
    if signed:
        keeping.sign()
    told(keeping, ELM)
    with keeping.world() as world:
        assert [hold.name for hold in world.holds().reaching(world.catalog.mailboxes()[0])] == [NAME]
    entry = keeping.entry(ServerHoldsTold)
    assert entry.body.holds == (ELM,) and entry.signature == ""


def test_a_plan_names_it_as_a_reason_and_so_does_why(keeping: Keeping) -> None:
    assert planned(keeping) == {CLERK, RECORDS}
    told(keeping, ELM)
    assert planned(keeping) == {RECORDS}
    with keeping.world() as world:
        known = next(world.catalog.messages_in(world.catalog.mailboxes()[0]))
        (answer,) = why(world, known.message.id)
        assert any(reason.hold == NAME and "Elm Street" in reason.sentence for reason in answer.decision.reasons)


def test_an_approved_plan_is_stopped_by_what_the_mail_system_tells_after_it(keeping: Keeping) -> None:
    made = keeping.town.plan()
    keeping.town.approve(made)
    told(keeping, ELM)
    with pytest.raises(PlanStale):
        keeping.town.apply(made)
    assert keeping.mail.purged == []


def test_what_the_mail_system_holds_since_it_was_last_read_stops_an_approved_plan(keeping: Keeping) -> None:
    made = keeping.town.approved_plan()
    keeping.mail.holds_ = (ELM,)
    with pytest.raises(PlanStale):
        keeping.town.apply(made)
    assert keeping.mail.purged == [] and keeping.entry(ServerHoldsTold).body.holds == (ELM,)
    assert [one.mailboxes for one in keeping.bodies(HoldReached)] == [("mailbox-1",)]


def test_a_run_asks_for_holds_and_goes_on_with_those_told_last_where_there_is_no_answer_to_that(
    keeping: Keeping,
) -> None:
    told(keeping, ELM)
    made = keeping.town.approved_plan()
    keeping.mail.holds_ = "The service account may not see holds."
    assert keeping.town.apply(made).total("purged") == 1
    assert {ref.mailbox for ref, _ in keeping.mail.purged} == {"mailbox-2"}
    with keeping.world() as world:
        assert holds_unread(world) == "The service account may not see holds."


def test_a_run_ends_before_its_first_deed_where_the_mail_system_does_not_answer_for_its_holds(
    keeping: Keeping,
) -> None:
    made = keeping.town.approved_plan()

    def silent(name: str) -> None:
        if name == "holds":
            raise MailNotAnswering("The mail system does not answer.", "Run again later.")

    keeping.mail.before_call = silent
    with pytest.raises(MailNotAnswering):
        keeping.town.apply(made)
    assert keeping.mail.purged == [] and keeping.bodies(Started) == []
    keeping.mail.before_call = None
    assert keeping.town.apply(made).total("purged") == 2


def test_it_is_written_once_and_whom_it_reaches_is_written_too(keeping: Keeping) -> None:
    for _ in range(3):
        told(keeping, ELM)
        keeping.later(DAY)
    assert len(keeping.bodies(ServerHoldsTold)) == 1
    assert [one.mailboxes for one in keeping.bodies(HoldReached)] == [("mailbox-1",)]


def test_where_the_mail_system_cannot_be_asked_what_it_told_last_goes_on(keeping: Keeping) -> None:
    told(keeping, ELM)
    told(keeping)
    keeping.mail.holds_ = "The service account may not see holds."
    for _ in range(3):
        keeping.later(GRACE)
        keeping.sync()
        assert planned(keeping) == {RECORDS}
    with keeping.world() as world:
        assert holds_unread(world) == "The service account may not see holds."
        assert show.show(world, NAME).standing == "ended in the mail system, holds until that is certain"
    told(keeping)
    assert planned(keeping) == {CLERK, RECORDS}
    with keeping.world() as world:
        assert holds_unread(world) == "" and not show.show(world, NAME).in_force


@pytest.mark.parametrize("signed", [False, True])
def test_what_it_tells_no_longer_holds_through_the_grace_period(keeping: Keeping, signed: bool) -> None:
    if signed:
        keeping.sign()
    told(keeping, ELM)
    keeping.later(DAY)
    told(keeping)
    keeping.later(GRACE - DAY)
    told(keeping)
    with keeping.world() as world:
        assert show.show(world, NAME).in_force and world.holds().named(NAME).holdings
    keeping.later(DAY)
    told(keeping)
    with keeping.world() as world:
        assert not show.show(world, NAME).in_force and not world.holds().named(NAME).holdings
        assert show.show(world, NAME).standing.startswith("ended in the mail system, over since ")
    assert len(keeping.bodies(ServerHoldsTold)) == 3


def test_mail_that_vanishes_while_the_mail_system_holds_it_is_told(keeping: Keeping) -> None:
    told(keeping, ELM)
    with keeping.world() as world:
        ref = next(world.catalog.messages_in(world.catalog.mailboxes()[0])).message.ref
    keeping.mail.delete(ref)
    keeping.sync()
    assert [one.holds for one in keeping.bodies(HeldVanished)] == [(NAME,)]


def test_what_it_holds_from_now_on_covers_what_is_found_gone_in_the_same_sync(keeping: Keeping) -> None:
    with keeping.world() as world:
        ref = next(world.catalog.messages_in(world.catalog.mailboxes()[0])).message.ref
    keeping.mail.delete(ref)
    told(keeping, ELM)
    assert [one.holds for one in keeping.bodies(HeldVanished)] == [(NAME,)]


def test_nobody_here_releases_amends_reinstates_or_proves_it(keeping: Keeping, tmp_path: Path) -> None:
    told(keeping, ELM)
    with keeping.world(ATTORNEY) as world:
        with pytest.raises(NoSuchHold, match="one of the mail system"):
            release.release(world, NAME, matter="Elm Street", reason="settled")
        with pytest.raises(NoSuchHold, match="one of the mail system"):
            place.amend(world, NAME, scope=Scope(custodians=(RECORDS,)), reason="other")
        with pytest.raises(NoSuchHold, match="one of the mail system"):
            release.reinstate(world, NAME, reason="again")
        with pytest.raises(WrongUsage, match="its proof lies there"):
            prove.prove(world, NAME, tmp_path / "packet")


@pytest.mark.parametrize("whole", [False, True])
def test_a_proof_of_the_city_s_own_hold_is_good_beside_it(keeping: Keeping, tmp_path: Path, whole: bool) -> None:
    told(keeping, ELM)
    name = keeping.hold(custodians=(CLERK,))
    told(keeping)
    with keeping.world(ATTORNEY) as world:
        made = prove.prove(world, name, tmp_path / "packet", whole=whole)
    checked = verified(Path(made.folder), "--manifest", made.manifest)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_it_stands_in_status_and_in_the_list_of_a_custodian(keeping: Keeping) -> None:
    told(keeping, ELM)
    with keeping.world() as world:
        (one,) = status.status(world).holds
        assert (one.state.hold.name, one.standing) == (NAME, "in force in the mail system")
        assert [found.state.hold.name for found in show.shown(world, CLERK)] == [NAME]
        assert show.shown(world, RECORDS) == ()


def test_the_same_hold_of_an_export_is_a_hold_of_its_own(keeping: Keeping) -> None:
    """What an office has placed ends only by that office, whatever the mail system tells."""
    guid = "0c37f3e2a8ef4b1c9d8c7d2f9e6a1b42"
    told(keeping, ForeignHold(origin=f"UniH{guid}", matter="Elm Street", mailboxes=(CLERK,)))
    rows = f"Mailbox,InPlaceHolds\n{CLERK},UniH{guid}\n".encode()
    with keeping.world(ATTORNEY) as world:
        brought = bring_in(world, delimited.read("holds.csv", rows), kind=HoldKind.LEGAL, source="holds.csv")
    assert len(brought.placed) == 1 and brought.widened == ()


def test_a_city_with_holds_of_its_own_keeps_them_beside_it(keeping: Keeping) -> None:
    keeping.hold(custodians=(RECORDS,))
    told(keeping, ELM)
    assert planned(keeping) == set()
    keeping.release("elm-street")
    keeping.later(GRACE)
    keeping.sync()
    assert planned(keeping) == {RECORDS}
