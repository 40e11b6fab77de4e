"""Custodian notices: who is told of a hold, what they are told, that it is recorded, and who has answered."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from pathlib import Path

import pyrage
import pytest
from msgspec.structs import replace

from retention.core import letter
from retention.core.hold import Post, Scope
from retention.core.notice import CustodianNoticed
from retention.core.person import Person, Term
from retention.errors import AnotherRun, NoSuchHold, NotThisOffice, WrongUsage
from retention.jobs.hold import notice
from retention.jobs.hold.place import amend
from retention.jobs.hold.release import reinstate, release
from retention.jobs.status import status
from tests.jobs.custodians import (
    ANN,
    BOB,
    acknowledged,
    acting,
    drafted,
    entries,
    hold,
    know,
    later,
    noticed,
    states,
    town_with_mail,
)
from tests.jobs.town import ATTORNEY, CLERK, RECORDS, Town


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return town_with_mail(tmp_path)


# --- writing --------------------------------------------------------------------------------------------------------


def test_one_notice_is_written_for_each_custodian_and_recorded_with_the_digest_of_its_text(town: Town) -> None:
    name = hold(town, ANN, CLERK)
    found = drafted(town, name)
    assert [one.custodian.address for one in found.notices] == [CLERK, ANN]
    assert entries(town, CustodianNoticed) == []
    assert noticed(town, name) == (CLERK, ANN)
    told = entries(town, CustodianNoticed)
    assert [(one.hold, one.to, one.reminder) for one in told] == [(name, CLERK, False), (name, ANN, False)]
    assert told[0].digest == hashlib.sha256(found.notices[0].text.encode()).hexdigest()
    assert told[0].answer_by == date(2026, 12, 5)


def test_the_notice_names_its_custodian_matter_and_day(town: Town) -> None:
    text = drafted(town, hold(town, CLERK)).notices[0].text
    for said in ("Ana Holm <ana.holm@town.example>", "Elm Street", "Kim Lee", "Town", "December 5, 2026"):
        assert said in text


def test_drafting_again_before_it_is_recorded_writes_the_same(town: Town) -> None:
    name = hold(town, ANN, CLERK)
    first = drafted(town, name)
    town.at += timedelta(hours=2)
    assert drafted(town, name).notices == first.notices


def test_who_was_told_already_is_not_told_again(town: Town) -> None:
    name = hold(town, ANN)
    assert noticed(town, name) == (ANN,)
    later(town, 1)
    found = drafted(town, name)
    assert found.notices == () and [one.custodian.address for one in found.passed] == [ANN]


def test_a_custodian_who_joins_a_held_department_later_is_due_and_told(town: Town) -> None:
    everybody = [Person(address=one, departments=(Term(of="Finance"),)) for one in (ANN, BOB, CLERK, RECORDS)]
    know(town, *everybody, Person(address=ANN, departments=(Term(of="Parks"),)))
    name = hold(town, departments=(Post(name="Parks"),))
    assert noticed(town, name) == (ANN,)
    later(town, 1)
    know(town, Person(address=BOB, departments=(Term(of="Parks", from_on=date(2026, 11, 22)),)))
    assert states(town, name) == {ANN: "waiting", BOB: "never noticed"}
    assert noticed(town, name) == (BOB,)


def test_a_hold_about_words_needs_to_be_told_whom_to_tell(town: Town) -> None:
    name = hold(town, words=("lunch",))
    with pytest.raises(WrongUsage, match="names nobody"):
        drafted(town, name)
    assert noticed(town, name, to=(f" {ANN.upper()} ",)) == (ANN,)
    everyone = noticed(town, name, everyone=True)
    assert set(everyone) >= {BOB, CLERK, RECORDS, ATTORNEY} and ANN not in everyone


def test_an_address_of_the_city_that_nobody_has_is_a_slip_and_an_outsiders_is_not(town: Town) -> None:
    name = hold(town, ANN)
    with pytest.raises(WrongUsage) as error:
        drafted(town, name, to=("anm@town.example",))
    assert f"perhaps {ANN} is meant." in error.value.next_step
    assert noticed(town, name, to=("adviser@firm.example",)) == ("adviser@firm.example",)
    assert states(town, name) == {ANN: "never noticed", "adviser@firm.example": "waiting"}


def test_only_the_office_of_the_hold_writes_notices_and_the_attempt_is_written_down(town: Town) -> None:
    name = hold(town, ANN)
    with acting(town, CLERK) as world, pytest.raises(NotThisOffice):
        notice.draft(world, name, letter.shipped())
    found = drafted(town, name)
    with acting(town, CLERK) as world, pytest.raises(NotThisOffice):
        notice.record(world, found)
    assert entries(town, CustodianNoticed) == []


def test_what_was_drafted_before_the_hold_moved_is_not_recorded(town: Town) -> None:
    name = hold(town, ANN)
    found = drafted(town, name)
    assert noticed(town, name) == (ANN,)
    with acting(town) as world, pytest.raises(AnotherRun):
        notice.record(world, found)
    later(town, 1)
    again = drafted(town, name, remind=True)
    with acting(town) as world:
        amend(world, name, scope=Scope(custodians=(BOB,)), reason="x")
        with pytest.raises(NoSuchHold):
            notice.record(world, again)
    assert len(entries(town, CustodianNoticed)) == 1


def test_nobody_is_told_of_a_released_hold_and_everybody_again_once_it_is_reinstated(town: Town) -> None:
    name = hold(town, ANN)
    noticed(town, name)
    with acting(town) as world:
        release(world, name, matter="Elm Street", reason="over")
    with pytest.raises(NoSuchHold, match="was released"):
        drafted(town, name)
    later(town, 20)
    with acting(town) as world:
        assert notice.due(world) == () and notice.waiting(world) == ()
        reinstate(world, name, reason="not over")
    assert states(town, name) == {ANN: "overdue"}


def test_an_amended_hold_is_told_anew_to_those_it_still_names_and_to_nobody_else(town: Town) -> None:
    name = hold(town, ANN, CLERK)
    noticed(town, name)
    acknowledged(town, name, ANN)
    later(town, 1)
    with acting(town) as world:
        amend(world, name, scope=Scope(custodians=(ANN, BOB)), reason="another one")
    assert states(town, name) == {ANN: "told of an earlier scope only", BOB: "never noticed"}
    later(town, 1)
    found = drafted(town, name)
    assert [(one.custodian.address, one.reminder) for one in found.notices] == [(ANN, False), (BOB, False)]
    assert found.notices[0].file.endswith("-2") and not found.notices[1].file.endswith("-2")


# --- reminders ------------------------------------------------------------------------------------------------------


def test_only_who_has_not_answered_is_reminded_and_only_once_a_day(town: Town) -> None:
    name = hold(town, ANN, CLERK, BOB)
    noticed(town, name, to=(ANN, CLERK))
    assert noticed(town, name, remind=True) == ()
    later(town, 20)
    acknowledged(town, name, CLERK)
    assert states(town, name) == {CLERK: "acknowledged", ANN: "overdue", BOB: "never noticed"}
    found = drafted(town, name, remind=True)
    assert [(one.custodian.address, one.reminder) for one in found.notices] == [(ANN, True)]
    assert found.notices[0].text.startswith("REMINDER. This notice was first sent to you on November 21, 2026")
    assert noticed(town, name, remind=True) == (ANN,)
    assert noticed(town, name, remind=True) == ()
    assert states(town, name)[ANN] == "waiting"


def test_status_tells_who_is_overdue_or_was_left_out_but_only_once_telling_has_begun(town: Town) -> None:
    name = hold(town, ANN, BOB)
    with acting(town) as world:
        assert status(world).notices == ()
    noticed(town, name, to=(ANN,))
    later(town, 15)
    with acting(town) as world:
        (sentence,) = status(world).waiting[-1:]
    assert sentence == (
        f"City Attorney: 1 custodian is overdue with an answer and 1 custodian was not told yet; "
        f"see `retention hold notice {name} --due`."
    )
    noticed(town, name)
    acknowledged(town, name, ANN)
    with acting(town) as world:
        assert status(world).notices == ()


# --- sealed holds ---------------------------------------------------------------------------------------------------


def sealed(town: Town, folder: Path) -> tuple[str, Path]:
    key = pyrage.x25519.Identity.generate()
    town.city = replace(town.city, city=replace(town.city.city, seal_to=(str(key.to_public()),)))
    identity = folder / "legal.key"
    identity.write_text(f"{key}\n")
    return hold(town, ANN, matter="The Mayor", sealed=True, words=("kickback",)), identity


def test_the_notice_of_a_sealed_hold_tells_neither_matter_nor_reason_nor_what_it_looks_for(
    town: Town, tmp_path: Path
) -> None:
    name, identity = sealed(town, tmp_path)
    form = letter.read("Subject: $matter\n\n$matter / $reason / $scope / $reference", "own.txt")
    with acting(town) as world:
        (found,) = notice.draft(world, name, form).notices
        (opened,) = notice.draft(world, name, form, identity=identity).notices
    assert found.text == f"a confidential matter / confidential /   everything, whatever it is about / {name}\n"
    assert found.mail is not None and not [w for w in (b"Mayor", b"claim", b"kickback") if w in found.mail]
    assert "The Mayor / a claim /" in opened.text and "kickback" in opened.text


def test_a_key_that_does_not_open_the_matter_writes_nothing(town: Town, tmp_path: Path) -> None:
    name, _ = sealed(town, tmp_path)
    other = tmp_path / "other.key"
    other.write_text(f"{pyrage.x25519.Identity.generate()}\n")
    with pytest.raises(NotThisOffice):
        drafted(town, name, identity=other)
