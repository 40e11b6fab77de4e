"""What vanished is listed and keeps the status red until the office of its holds has answered for it.

What is told in the first place is in ``test_vanished.py``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from retention.core.authority import HoldKind
from retention.core.preserved import HeldVanished, VanishedAcknowledged
from retention.errors import NotThisOffice, WrongUsage
from retention.jobs import status
from retention.jobs.hold import vanished
from tests.jobs.keeping import GRACE, Keeping
from tests.jobs.test_vanished import HOUR, held, listed
from tests.jobs.town import ATTORNEY, CLERK, CRON, RECORDS


@pytest.fixture
def keeping(tmp_path: Path) -> Keeping:
    return Keeping(tmp_path / "town")


def answer(keeping: Keeping, *entries: int, by: str = ATTORNEY, reason: str = "we asked") -> tuple[int, ...]:
    with keeping.world(by) as world:
        return vanished.answer(world, entries or None, reason=reason)


def entries(keeping: Keeping) -> list[int]:
    with keeping.world() as world:
        return [one.entry for one in vanished.vanished(world)]


def waiting(keeping: Keeping) -> list[str]:
    with keeping.world() as world:
        return [sentence for sentence in status.status(world).waiting if "vanished" in sentence]


def deleted(keeping: Keeping, *subjects: str) -> str:
    name, refs = held(keeping, *subjects)
    for ref in refs:
        keeping.mail.delete(ref)
    keeping.sync()
    return name


def test_status_stays_red_until_somebody_answers_for_each(keeping: Keeping) -> None:
    deleted(keeping, "Elm 1", "Elm 2")
    assert waiting(keeping) == ["City Attorney: 2 held messages vanished at the source; see `retention hold vanished`."]
    first, second = entries(keeping)
    assert answer(keeping, first) == (first,)
    assert entries(keeping) == [second]
    assert "1 held message vanished at the source;" in waiting(keeping)[0]
    assert answer(keeping, reason="all of them") == (second,)
    assert waiting(keeping) == [] and listed(keeping) == []
    assert keeping.bodies(VanishedAcknowledged) == [
        VanishedAcknowledged(entries=(first,), reason="we asked"),
        VanishedAcknowledged(entries=(second,), reason="all of them"),
    ]


def test_the_list_names_the_message_where_the_catalog_knows_it(keeping: Keeping) -> None:
    deleted(keeping)
    with keeping.world() as world:
        (one,) = vanished.vanished(world)
        assert (one.subject, one.copy) == ("Elm Street", "kept")
        assert isinstance(world.ledger.in_force.copies.vanished[one.entry], HeldVanished)


def test_a_copy_that_was_discarded_since_is_said_to_be(keeping: Keeping) -> None:
    name = deleted(keeping)
    keeping.release(name)
    keeping.later(GRACE)
    keeping.discard()
    assert [copy for _, copy in listed(keeping)] == ["destroyed since"]


def test_only_the_office_of_the_holds_answers(keeping: Keeping) -> None:
    deleted(keeping)
    for nobody in (CRON, CLERK, RECORDS):
        with pytest.raises(NotThisOffice):
            answer(keeping, by=nobody)
    assert len(entries(keeping)) == 1 and keeping.bodies(VanishedAcknowledged) == []


def test_where_holds_of_two_kinds_cover_it_both_offices_are_asked_for(keeping: Keeping) -> None:
    _, refs = held(keeping, "Elm 1", "Elm 2")
    keeping.hold("Request", kind=HoldKind.REQUEST, by=CLERK, words=("elm 2",))
    keeping.hold("Other request", kind=HoldKind.REQUEST, by=CLERK, custodians=(RECORDS,))
    refs.append(keeping.add("Lunch", RECORDS))
    keeping.sync()
    for ref in refs:
        keeping.mail.delete(ref)
    keeping.later(HOUR)
    keeping.sync()
    assert waiting(keeping) == [
        "City Attorney: 2 held messages vanished at the source; see `retention hold vanished`.",
        "City Clerk or Records Manager or City Attorney: 2 held messages vanished at the source; "
        "see `retention hold vanished`.",
    ]
    first, second, third = entries(keeping)
    with pytest.raises(NotThisOffice):
        answer(keeping, first, second, third, by=CLERK)
    answer(keeping, third, by=CLERK)
    answer(keeping, by=ATTORNEY)
    assert [one.entries for one in keeping.bodies(VanishedAcknowledged)] == [(third,), (first,), (second,)]


def test_an_answer_needs_a_reason_and_an_entry_that_waits(keeping: Keeping) -> None:
    deleted(keeping)
    (entry,) = entries(keeping)
    with pytest.raises(WrongUsage):
        answer(keeping, entry, reason="  ")
    for other in (0, entry + 1, -1):
        with pytest.raises(WrongUsage, match=str(other)):
            answer(keeping, entry, other)
    answer(keeping, entry)
    with pytest.raises(WrongUsage):
        answer(keeping, entry)
    assert len(keeping.bodies(VanishedAcknowledged)) == 1


def test_where_people_are_known_by_their_keys_the_answer_is_signed(keeping: Keeping) -> None:
    deleted(keeping)
    keeping.sign()
    answer(keeping)
    entry = keeping.entry(VanishedAcknowledged)
    assert entry.signature and '"act":"hold-legal"' in entry.statement and "we asked" in entry.statement


def test_all_of_nothing_is_no_act(keeping: Keeping) -> None:
    assert answer(keeping) == ()
    assert keeping.bodies(VanishedAcknowledged) == []
