"""Willow Falls: the pretend city holds what a rehearsal needs, and is the same each time."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta, timezone

import pytest

from retention.simulator.mailbox import SimMessage
from retention.simulator.pretend import address, pretend_city
from retention.simulator.pretend_mail import DOMAIN
from retention.simulator.serve import Simulator
from retention.simulator.world import World
from tests.simulator.client import Client

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def city() -> World:
    return pretend_city(NOW)


def everything(world: World) -> list[SimMessage]:
    return [message for mailbox in world.mailboxes() for message in mailbox.messages.values()]


def told(world: World) -> list[tuple[str, str, str, bytes, object, bool]]:
    return [
        (each.mailbox.address, each.folder.path, each.immutable_id, each.content, each.received_at, each.is_read)
        for each in everything(world)
    ]


def test_the_same_moment_gives_the_same_city_and_another_seed_another(city: World) -> None:
    assert told(pretend_city(NOW)) == told(city)
    assert told(pretend_city(NOW.astimezone(timezone(timedelta(hours=-6))))) == told(city)
    assert told(pretend_city(NOW, seed=1)) != told(city)


def test_it_has_a_dozen_mailboxes_and_a_few_hundred_messages_of_six_years(city: World) -> None:
    messages = everything(city)
    dates = [each.received_at for each in messages if each.received_at]
    assert 12 <= len(city.mailboxes()) <= 15
    assert 300 <= len(messages) <= 400
    assert timedelta(days=5 * 365) < NOW - min(dates) < timedelta(days=6 * 366)
    assert max(dates) <= NOW - timedelta(days=1)
    assert all(each.address.endswith(f"@{DOMAIN}") for each in city.mailboxes())


@pytest.mark.parametrize(
    ("word", "header", "least"),
    [
        ("newsletter", b"\r\nList-Id: ", 10),
        ("Out of office", b"\r\nAuto-Submitted: auto-replied\r\n", 3),
        ("Voice mail", b"\r\nAuto-Submitted: auto-generated\r\n", 3),
    ],
)
def test_it_has_mail_that_no_person_sent_to_one_other(city: World, word: str, header: bytes, least: int) -> None:
    found = [each for each in everything(city) if word.lower() in each.subject.lower()]
    assert len(found) >= least
    assert all(header in each.content.partition(b"\r\n\r\n")[0] for each in found)
    assert not any(b"Auto-Submitted" in each.content for each in everything(city) if "Requisition" in each.subject)


def test_each_of_its_people_has_a_department_and_a_number_of_their_own(city: World) -> None:
    people = [each for each in city.mailboxes() if each.kind == "user"]
    assert all(each.user.department and each.user.job_title for each in people)
    assert len({each.user.employee_id for each in people} - {""}) == len(people)
    assert not any(each.user.department or each.user.employee_id for each in city.mailboxes() if each.kind != "user")


def test_one_of_its_users_has_no_mailbox_and_others_are_shared(city: World) -> None:
    assert [each.address for each in city.mailboxes() if not each.rest] == [address("intern")]
    assert Counter(each.kind for each in city.mailboxes()) >= Counter({"user": 9, "shared": 3, "room": 1})


@pytest.mark.parametrize(
    ("word", "least"),
    [
        ("Requisition", 8),
        ("Complaint", 5),
        ("genda", 5),
        ("inutes", 5),
        ("pplication", 8),
        ("Grievance", 3),
        ("request", 10),
        ("ewsletter", 10),
        ("Voice mail", 3),
        ("Lunch", 1),
        ("Agreement 2021-14", 20),
        ("Maple Street water main break", 30),
        ("Privileged", 10),
    ],
)
def test_it_holds_every_kind_of_mail(city: World, word: str, least: int) -> None:
    assert sum(word in each.subject for each in everything(city)) >= least


def test_its_contract_thread_runs_through_three_mailboxes(city: World) -> None:
    thread = [each for each in everything(city) if "Agreement 2021-14" in each.subject]
    assert {each.mailbox.address for each in thread} >= {
        address("works.director"),
        address("attorney"),
        address("finance"),
    }
    by_mailbox = {(each.mailbox.address, each.facts.conversation) for each in thread}
    assert len(by_mailbox) == len({each.mailbox.address for each in thread})


def test_one_message_can_never_be_made_into_mime(city: World) -> None:
    (sealed,) = (each for each in everything(city) if each.mime_fails)
    assert sealed.kind == "IPM.Note.SMIME"


def test_one_message_lies_in_two_mailboxes_with_the_same_bytes(city: World) -> None:
    copies = [each for each in everything(city) if "flood volunteers" in each.subject]
    assert len({each.mailbox.address for each in copies}) == 2
    assert len({each.content for each in copies}) == 1


def test_one_message_has_no_date(city: World) -> None:
    (undated,) = (each for each in everything(city) if each.received_at is None)
    assert b"\r\nDate:" not in undated.content


@pytest.mark.parametrize("mark", ["\x1b[2J", "[red]", "\N{RIGHT-TO-LEFT OVERRIDE}", "\x07", "=cmd|"])
def test_its_subjects_are_hostile(city: World, mark: str) -> None:
    assert any(mark in each.subject for each in everything(city))
    assert not any(
        mark.encode() in each.content.split(b"\r\n\r\n")[0] for each in everything(city) if mark == "\x1b[2J"
    )


def test_it_has_nested_and_filed_folders_categories_attachments_and_meeting_mail(city: World) -> None:
    paths = {each.folder.path for each in everything(city)}
    assert {"Inbox/Projects/Bridge", "Inbox/Filed/FIN 04300 Requisitions", "Sent Items", "Deleted Items"} <= paths
    assert {"Data request", "Privileged"} <= {name for each in everything(city) for name in each.categories}
    assert sum(each.facts.has_attachments for each in everything(city)) > 50
    assert {each.kind for each in everything(city)} >= {
        "IPM.Schedule.Meeting.Request",
        "IPM.Schedule.Meeting.Resp.Pos",
        "IPM.Note.Rules.OofTemplate.Microsoft",
        "REPORT.IPM.Note.DR",
    }
    assert any(not each.is_read for each in everything(city))


def test_all_of_it_is_served(city: World) -> None:
    with Simulator(city) as simulator:
        client = Client(simulator)
        for mailbox in city.mailboxes():
            if mailbox.rest:
                rows = client.values(f"/users/{mailbox.address}/messages?$top=200")
                assert len(rows) == len(mailbox.messages)
        assert simulator.failures == []
