"""A schedule destroys nothing until an office adopts exactly that edition, posted for as long as the city asks."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from retention.core.audit import Adopted, Intent
from retention.core.record import read_sidecar
from retention.errors import NotThisOffice, WrongUsage
from retention.jobs.adopt import adopt
from tests.jobs.town import ATTORNEY, NOW, RECORDS, Town, with_limits

TODAY = NOW.date()


@pytest.fixture
def town(tmp_path: Path) -> Town:
    town = Town(tmp_path)
    town.add("Notice 1")
    town.add("Rumour 1")
    town.read()
    return town


def planned(town: Town) -> list[str]:
    return sorted(step.subject for step in town.plan().steps)


def test_before_an_adoption_nothing_leaves(town: Town) -> None:
    assert planned(town) == []
    adopt(town.world(RECORDS), "town", authority="Resolution 1")
    assert planned(town) == ["Notice 1"]


def test_a_changed_schedule_is_a_new_edition_to_be_adopted(town: Town) -> None:
    adopt(town.world(RECORDS), "town", authority="Resolution 1")
    town.schedule = replace(town.schedule, edition="2027")
    town.read()
    assert planned(town) == []


def test_an_adoption_says_which_edition_it_is_of(town: Town) -> None:
    adopted = adopt(town.world(RECORDS), "town", authority="  Resolution 1 ")
    assert (adopted.authority, adopted.edition, adopted.effective_on) == ("Resolution 1", "2026", TODAY)


def test_a_schedule_is_not_in_effect_before_its_day(town: Town) -> None:
    adopt(town.world(RECORDS), "town", authority="Resolution 1", effective_on=TODAY + timedelta(days=1))
    assert planned(town) == []
    town.at += timedelta(days=1)
    assert planned(town) == ["Notice 1"]


def test_a_series_nobody_verified_is_inert_until_the_office_confirms_it_by_its_code(town: Town) -> None:
    adopt(town.world(RECORDS), "town", authority="Resolution 1", confirmed=("TOWN-RUMOURS",))
    assert planned(town) == ["Notice 1", "Rumour 1"]
    # A later adoption stands for itself.
    adopt(town.world(RECORDS), "town", authority="Resolution 2")
    assert planned(town) == ["Notice 1"]


def test_a_series_that_is_not_there_cannot_be_confirmed(town: Town) -> None:
    with pytest.raises(WrongUsage, match="no series 'FIN 9'"):
        adopt(town.world(RECORDS), "town", authority="Resolution 1", confirmed=("FIN 9",))
    assert planned(town) == []


@pytest.mark.parametrize(
    ("posted", "effective", "expected"),
    [
        (TODAY, None, TODAY + timedelta(days=30)),
        (TODAY, TODAY + timedelta(days=30), TODAY + timedelta(days=30)),
        (TODAY, TODAY + timedelta(days=90), TODAY + timedelta(days=90)),
        (TODAY - timedelta(days=29), None, TODAY + timedelta(days=1)),
        (TODAY - timedelta(days=30), None, TODAY),
        (TODAY - timedelta(days=300), None, TODAY),
        (TODAY, TODAY + timedelta(days=29), "cannot take effect before"),
        (None, None, "is posted for 30 days"),
        (TODAY + timedelta(days=1), None, "has not come yet"),
    ],
)
def test_a_city_that_posts_waits_thirty_days_between(town: Town, posted, effective, expected) -> None:  # type: ignore[no-untyped-def]
    with_limits(town, posting="30 days")
    if isinstance(expected, date):
        got = adopt(town.world(RECORDS), "town", authority="R 1", posted_on=posted, effective_on=effective)
        assert (got.effective_on, got.posted_on) == (expected, posted)
    else:
        with pytest.raises(WrongUsage, match=expected):
            adopt(town.world(RECORDS), "town", authority="R 1", posted_on=posted, effective_on=effective)
        assert planned(town) == []


def test_every_deed_in_the_ledger_cites_the_edition_that_was_adopted(town: Town) -> None:
    town.add("Requisition 1")
    made = town.approved_plan()
    town.apply(made)
    bodies = [link.entry.body for link in town.world().ledger.links()]
    (adopted,) = [body for body in bodies if isinstance(body, Adopted)]
    intents = [body for body in bodies if isinstance(body, Intent)]
    assert len(intents) == 2 and {body.fingerprint for body in intents} == {adopted.fingerprint}
    (sidecar,) = (town.folder / "records").glob("*/*/*/*.json")
    record = read_sidecar(sidecar.read_bytes())
    assert (record.edition, record.fingerprint) == (adopted.edition, adopted.fingerprint)


def test_only_the_office_adopts(town: Town) -> None:
    with pytest.raises(NotThisOffice):
        adopt(town.world(ATTORNEY), "town", authority="Resolution 1")
    with pytest.raises(WrongUsage, match="needs its authority"):
        adopt(town.world(RECORDS), "town", authority=" ")
    assert planned(town) == []
