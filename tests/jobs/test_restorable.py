"""The list of removed mail that can be put back: what is in it, since when, and until when."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from retention.catalog import Catalog
from retention.core.audit import Outcome
from retention.core.message import MessageRef, Removal
from tests.jobs.restoring import Desk
from tests.jobs.town import CLERK, RECORDS


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "town")


def test_the_list_tells_what_can_be_put_back_since_when_and_until_when(desk: Desk) -> None:
    refs = desk.removed("Notice of lunch", "Minutes of May")
    desk.add("Nobody knows")
    listed = desk.listed()
    assert listed.unread == {} and listed.kept_for == "14 days"
    assert [(one.n, one.subject, one.result, one.address) for one in listed.messages] == [
        (1, "Notice of lunch", "purged", CLERK),
        (2, "Minutes of May", "captured", CLERK),
    ]
    (plan,) = {one.plan for one in listed.messages}
    assert plan == desk.bodies(Outcome)[0].plan
    assert {one.left_at for one in listed.messages} == {desk.town.at}
    assert {one.until for one in listed.messages} == {date(2026, 12, 5)}
    assert {one.lies_in for one in listed.messages} == {"Recoverable Items"}
    desk.restore(refs[0].id)
    assert [one.subject for one in desk.listed().messages] == ["Minutes of May"]
    desk.mail.expire(refs[1])
    assert desk.listed().messages == ()


def test_what_lies_in_deleted_items_stays_until_somebody_empties_it(desk: Desk) -> None:
    desk.removed("Notice of lunch", how=Removal.DELETED_ITEMS)
    (one,) = desk.listed().messages
    assert (one.lies_in, one.until) == ("Deleted Items", None)


def test_the_city_says_how_long_its_mail_system_keeps_what_was_removed(desk: Desk) -> None:
    desk.removed("Notice of lunch")
    desk.town.city = replace(desk.town.city, mail=replace(desk.town.city.mail, recoverable_for="30 days"))
    assert desk.listed().messages[0].until == date(2026, 12, 21)
    # The mail system still has it, longer than anybody said: until when is not known.
    desk.later(timedelta(days=40))
    assert desk.listed().messages[0].until is None


def test_what_others_removed_or_fetched_back_themselves_is_not_in_the_list(desk: Desk) -> None:
    mine, fetched = desk.removed("Notice 1", "Notice 2")
    other = desk.add("Nobody knows")
    desk.mail.put_back(fetched, "")
    desk.town.read()
    assert desk.present() == ["Nobody knows", "Notice 2"]
    desk.mail.purge(other, desk.mail.row(other).version or "", Removal.RECOVERABLE, lambda: None)
    desk.mail.purge(fetched, desk.mail.row(fetched).version or "", Removal.RECOVERABLE, lambda: None)
    desk.town.read()
    assert [one.id for one in desk.listed().messages] == [mine.id]


def test_mailboxes_can_be_chosen_and_one_that_cannot_be_read_says_so(desk: Desk) -> None:
    desk.add("Notice 1", box=RECORDS)
    desk.removed("Notice 2")
    assert [one.address for one in desk.listed(RECORDS).messages] == [RECORDS]
    desk.mail.unreadable[RECORDS] = "access is denied"
    listed = desk.listed()
    assert [one.address for one in listed.messages] == [CLERK]
    assert listed.unread == {RECORDS: "access is denied"}


def test_what_left_before_the_catalog_was_begun_anew_can_still_be_put_back(desk: Desk) -> None:
    refs = desk.removed("Notice 1", "Notice 2")
    path = desk.town.folder / "retention.db"
    for file in desk.town.folder.glob("retention.db*"):
        file.unlink()
    Catalog(path, create=True).close()
    desk.town.read()
    listed = desk.listed().messages
    assert [one.subject for one in listed] == ["Notice 1", "Notice 2"]
    assert desk.restore(refs[0].id).back
    assert desk.restore(listed[1].internet_id).back
    desk.town.read()
    assert desk.present() == ["Notice 1", "Notice 2"]


def test_what_has_another_id_since_it_was_removed_is_found_by_its_message_id(desk: Desk) -> None:
    (ref,) = desk.removed("Notice of lunch")
    row, content = desk.mail._dumpster.pop(ref)
    desk.mail._dumpster[MessageRef(ref.mailbox, "other")] = replace(row, id="other"), content
    (one,) = desk.listed().messages
    assert (one.n, one.id, one.left_as) == (1, "other", ref.id)
    assert desk.restore("#1").back
    desk.town.read()
    assert desk.present() == ["Notice of lunch"]
