"""Mail that was removed is put back: once, where it lay, by whose office it is, and told in the ledger."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from retention.catalog import Catalog
from retention.catalog.returns import Returns
from retention.core.audit import Intent, Outcome, Reviewed, Stored
from retention.core.message import Removal
from retention.core.restoring import NotPutBack, PutBack, ToBePutBack
from retention.errors import MailNotAnswering, NotThisOffice, WrongUsage
from retention.ledger import Ledger
from tests.jobs import breaking
from tests.jobs.restoring import Desk
from tests.jobs.town import ATTORNEY, CLERK, CRON, RECORDS, mime
from tests.mail.doubles import MemoryMail

POINTS = (
    (Ledger, "_write"),
    (Ledger, "refresh"),
    (Catalog, "find"),
    (MemoryMail, "put_back"),
    (Returns, "mark"),
)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "town")


# -- putting back


@pytest.mark.parametrize("how", [Removal.RECOVERABLE, Removal.DELETED_ITEMS])
@pytest.mark.parametrize("subject", ["Notice of lunch", "Minutes of May"])
def test_a_message_is_put_back_where_it_lay_and_counts_as_present_once(desk: Desk, how: Removal, subject: str) -> None:
    desk.mail.add_folder(CLERK, "Inbox/Lunch")
    ref = desk.mail.add(CLERK, "Inbox/Lunch", mime(subject))
    desk.removed(how=how)
    desk.town.read()
    assert desk.present() == []
    told = desk.restore(desk.number(ref))
    assert (told.back, told.folder, told.subject, told.address) == (True, "Inbox/Lunch", subject, CLERK)
    assert desk.where(ref) == "Inbox/Lunch" and desk.present() == [subject]
    desk.town.read()
    assert desk.present() == [subject]
    with desk.world() as world:
        (known,) = world.catalog.find(ref.id)
        assert (known.left_at, known.gone_at, known.message.path) == (None, None, "Inbox/Lunch")
        assert known.filing is not None and known.message.version == desk.mail.row(ref).version


def test_it_is_not_removed_again_without_a_new_plan_and_its_approval(desk: Desk) -> None:
    (ref,) = desk.removed("Notice of lunch")
    desk.restore(desk.number(ref))
    desk.later(timedelta(hours=1))
    made = desk.town.plan()
    desk.town.approve(made)
    assert desk.town.apply(made).skipped == {1: "Message message-1 is no longer the version that was planned."}
    desk.town.read()
    assert desk.where(ref) == "Inbox"
    desk.later(timedelta(hours=1))
    again = desk.town.approved_plan()
    assert [step.id for step in again.steps] == [ref.id] and again.digest != made.digest
    assert desk.town.apply(again).total("purged") == 1
    assert desk.where(ref) is None
    assert desk.restore(desk.number(ref)).back and desk.where(ref) == "Inbox"


def test_a_captured_record_stays_on_the_store_when_its_message_is_put_back(desk: Desk) -> None:
    (ref,) = desk.removed("Minutes of May")
    (place,) = desk.store.places()
    desk.restore(ref.id)
    desk.town.read()
    assert list(desk.store.places()) == [place] and desk.store.get(place) == mime("Minutes of May")
    with desk.world() as world:
        assert world.catalog.find(ref.id)[0].place == place


def test_what_a_person_decided_of_it_is_not_lost(desk: Desk) -> None:
    ref = desk.add("Nobody knows what this is")
    desk.town.read()
    desk.town.adopt()
    desk.append(
        Reviewed(
            mailbox=ref.mailbox,
            ids=(ref.id,),
            internet_ids=(desk.mail.row(ref).internet_id or "",),
            schedule="town",
            series="town-notices",
            reason="I asked her",
        ),
        by=RECORDS,
    )
    desk.town.apply(desk.town.approved_plan())
    assert desk.where(ref) is None
    desk.restore(desk.number(ref))
    desk.town.read()
    with desk.world() as world:
        filing = world.catalog.find(ref.id)[0].filing
        assert filing is not None and (filing.series_key, filing.by_person) == ("town-notices", True)


def test_where_its_folder_is_gone_it_comes_back_into_the_inbox(desk: Desk) -> None:
    desk.add("Something else")
    ref = desk.mail.add(CLERK, "Lunch", mime("Notice of lunch"))
    desk.town.apply(desk.town.approved_plan())
    desk.mail.remove_folder(CLERK, "Lunch")
    assert desk.restore(ref.id).folder == "Inbox"
    desk.town.read()
    assert desk.present() == ["Notice of lunch", "Something else"]


def test_it_is_found_by_number_id_and_message_id(desk: Desk) -> None:
    refs = desk.removed("Notice 1", "Notice 2", "Notice 3")
    with desk.world() as world:
        message_id = world.catalog.find(refs[2].id)[0].message.internet_id or ""
    for text in (desk.number(refs[0]), refs[1].id, message_id):
        assert desk.restore(text).back
    assert [desk.where(ref) for ref in refs] == ["Inbox"] * 3


def test_one_of_several_with_the_same_message_id_is_named_by_its_number(desk: Desk) -> None:
    refs = [desk.add("Notice 1"), desk.add("Notice 1", box=RECORDS)]
    desk.town.apply(desk.town.approved_plan())
    with desk.world() as world:
        message_id = world.catalog.find(refs[0].id)[0].message.internet_id or ""
    with pytest.raises(WrongUsage, match=r"2 removed messages .*#1, #2"):
        desk.restore(message_id)
    assert desk.restore("#2").address == RECORDS
    assert [desk.where(ref) for ref in refs] == [None, "Inbox"]
    assert desk.restore(message_id).address == CLERK


# -- what cannot be put back


@pytest.mark.parametrize("how", [Removal.RECOVERABLE, Removal.PERMANENT])
def test_what_the_mail_system_no_longer_has_is_said_in_a_plain_sentence(desk: Desk, how: Removal) -> None:
    (ref,) = desk.removed("Notice of lunch", how=how)
    if how is Removal.RECOVERABLE:
        desk.mail.expire(ref)
    told = desk.restore(ref.id)
    assert not told.back and "no longer has this message" in told.answer and "14 days" in told.answer
    assert [type(body) for body in desk.bodies(ToBePutBack | NotPutBack | PutBack)] == [ToBePutBack, NotPutBack]  # type: ignore[arg-type]
    assert desk.present() == []
    assert not desk.restore(ref.id).back


def test_where_the_mail_system_refuses_it_can_be_tried_again(desk: Desk) -> None:
    (ref,) = desk.removed("Notice of lunch")
    desk.mail.refused.add(ref.id)
    assert "refused" in desk.restore(ref.id).answer
    desk.mail.refused.clear()
    assert desk.restore(ref.id).back and desk.where(ref) == "Inbox"


@pytest.mark.parametrize("text", ["#1", "nothing of the kind", "", "#99"])
def test_what_retention_did_not_remove_is_refused(desk: Desk, text: str) -> None:
    desk.add("Nobody knows")
    desk.town.read()
    with pytest.raises(WrongUsage):
        desk.restore(text)
    assert desk.bodies(ToBePutBack) == []


def test_what_its_owner_deleted_is_not_put_back(desk: Desk) -> None:
    ref = desk.add("Nobody knows")
    desk.town.read()
    desk.mail.delete(ref)
    desk.town.read()
    with pytest.raises(WrongUsage, match="did not remove message #1: it was gone"):
        desk.restore("#1")


def test_a_reason_must_be_given(desk: Desk) -> None:
    (ref,) = desk.removed("Notice of lunch")
    with pytest.raises(WrongUsage, match="reason"):
        desk.restore(ref.id, reason=" ")
    assert desk.where(ref) is None


# -- who may


@pytest.mark.parametrize("by", [RECORDS, CLERK, ATTORNEY])
def test_the_records_manager_the_clerk_and_the_attorney_may(desk: Desk, by: str) -> None:
    (ref,) = desk.removed("Notice of lunch")
    assert desk.restore(ref.id, by=by).back
    assert desk.entry(ToBePutBack).by == by


def test_nobody_else_may_and_the_attempt_is_written_down(desk: Desk) -> None:
    (ref,) = desk.removed("Notice of lunch")
    with pytest.raises(NotThisOffice, match="putting mail back is an act of"):
        desk.restore(ref.id, by=CRON)
    assert desk.where(ref) is None and desk.bodies(ToBePutBack) == []


def test_a_hold_does_not_stand_in_the_way(desk: Desk) -> None:
    (ref,) = desk.removed("Notice of lunch")
    desk.hold(words=("lunch",))
    assert desk.restore(ref.id).back
    desk.town.read()
    made = desk.town.plan()
    assert made.steps == () and made.counts[CLERK].held == 1


def test_the_act_is_signed_where_the_city_knows_people_by_their_keys(desk: Desk) -> None:
    (ref,) = desk.removed("Notice of lunch")
    desk.sign()
    assert desk.restore(ref.id).back
    entry = desk.entry(ToBePutBack)
    assert entry.signature and "restore-mail" in entry.statement


# -- cut off


def test_the_ledger_says_so_before_the_mail_system_is_asked(desk: Desk) -> None:
    (ref,) = desk.removed("Notice of lunch")

    def fail(name: str) -> None:
        if name == "put_back":
            raise MailNotAnswering("The mail system is down.")

    desk.mail.before_call = fail
    with pytest.raises(MailNotAnswering):
        desk.restore(ref.id)
    desk.mail.before_call = None
    assert len(desk.bodies(ToBePutBack)) == 1 and desk.bodies(PutBack) == []
    desk.restore(ref.id)
    assert len(desk.bodies(ToBePutBack)) == len(desk.bodies(PutBack)) == 1


@pytest.mark.parametrize("new_ids", [False, True])
def test_cut_off_at_every_nth_call_and_run_again_it_is_in_its_mailbox_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, new_ids: bool
) -> None:
    monkeypatch.setattr(MemoryMail, "new_ids", new_ids)
    for at in count(1):
        desk = Desk(tmp_path / str(at))
        desk.removed("Minutes of May")
        try:
            with breaking.breaking(at, breaking.fail, POINTS):
                desk.restore("#1")
        except breaking.Broken:
            if new_ids:
                # Whether it came back under another id, only the next sync can tell.
                desk.town.read()
            assert desk.restore("#1").back, f"broken at call {at}"
            assert len(desk.bodies(ToBePutBack)) == len(desk.bodies(PutBack)) == 1
        else:
            break
        for _ in range(2):
            desk.town.read()
            assert desk.present() == ["Minutes of May"], f"broken at call {at}"
        with desk.world() as world:
            assert list(world.ledger.links())
        assert len([row for row in desk.mail._rows.values() if row.subject == "Minutes of May"]) == 1
        assert len(list(desk.store.places())) == 1
    assert at >= 9


def test_what_a_run_that_was_cut_off_had_removed_can_be_put_back(desk: Desk) -> None:
    ref = desk.add("Notice of lunch")
    made = desk.town.approved_plan()

    with pytest.raises(breaking.Broken), breaking.breaking(2, breaking.fail, ((MemoryMail, "purge"),)):
        desk.town.apply(made)
    assert desk.where(ref) is None
    assert len(desk.bodies(Intent)) == 1 and desk.bodies(Outcome) == []
    desk.town.at += timedelta(minutes=1)
    with desk.world(CRON) as world:
        assert world.catalog.find(ref.id)[0].left_at is None
    assert desk.restore(ref.id).back and desk.where(ref) == "Inbox"
    # The plan that was cut off goes on, and what was put back is not removed by it once more.
    desk.town.apply(made)
    assert desk.where(ref) == "Inbox" and desk.bodies(Stored) == []
    desk.town.read()
    assert desk.present() == ["Notice of lunch"]
