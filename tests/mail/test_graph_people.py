"""Whom Graph's list of users tells of, and what of each of them is taken.

Which mailboxes there are is tested next door.
"""

from __future__ import annotations

import json

import pytest

from retention.core.person import Person, Term
from retention.errors import MailNotAnswering, SignInRefused
from retention.mail.graph import GraphMail
from retention.mail.graph.people import people
from retention.simulator.faults import Faults
from retention.simulator.mailbox import User
from retention.simulator.serve import Simulator
from retention.simulator.world import World
from tests.mail.conftest import ANN, Connect, Waits, canned

KIM = "kim.lee@city.example"


def listed(*users: dict[str, object]) -> list[Person]:
    """The people of a list that says so and no more."""
    body = json.dumps({"value": [{"id": f"user-{number}"} | user for number, user in enumerate(users)]}).encode()
    wire, _ = canned(lambda method, url, said: (200, body))
    return list(people(wire))


def test_a_person_is_told_with_number_department_and_every_address(graph: GraphMail, world: World) -> None:
    kim = world.add_mailbox(
        "Kim.Lee@City.example",
        "Kim Lee",
        aliases=("K.Park@City.example", "attorney@old-city.example"),
        user=User("Legal", "City Attorney", "1009"),
    )
    assert [person for person in graph.people() if person.directory == kim.id] == [
        Person(
            address=KIM,
            name="Kim Lee",
            addresses=("attorney@old-city.example", "k.park@city.example"),
            id="1009",
            directory=kim.id,
            departments=(Term(of="Legal"),),
            enabled=True,
        )
    ]


def test_a_title_is_no_office_and_the_directory_knows_no_first_day(graph: GraphMail, world: World) -> None:
    world.change_user(ANN, User("City Clerk", "Clerk II", "1004"))
    (ann,) = graph.people()
    assert (ann.offices, ann.employed) == ((), ())
    assert [(term.from_on, term.to_on) for term in ann.departments] == [(None, None)]


def test_everybody_comes_page_by_page_whichever_mailboxes_are_read(
    connect: Connect, world: World, faults: Faults, simulator: Simulator
) -> None:
    for number in range(25):
        world.add_mailbox(f"user{number}@city.example")
    faults.max_page = 10
    told = list(connect(mailboxes=(ANN,)).people())
    assert [person.address for person in told] == [ANN, *(f"user{number}@city.example" for number in range(25))]
    asked = [seen.path for seen in simulator.requests if seen.path.startswith("/v1.0/users")]
    assert len(asked) == 3
    assert "jobTitle" not in asked[0] and "employeeLeaveDateTime" not in asked[0]


def test_somebody_who_moved_from_one_page_to_the_next_comes_once() -> None:
    pages = {
        "": {"value": [{"id": "1", "mail": ANN}], "@odata.nextLink": "https://graph.example/v1.0/users?next"},
        "next": {"value": [{"id": "1", "mail": ANN}, {"id": "2", "mail": KIM}]},
    }
    wire, _ = canned(lambda method, url, body: (200, json.dumps(pages["next" if "next" in url else ""]).encode()))
    assert [person.address for person in people(wire)] == [ANN, KIM]


@pytest.mark.parametrize(("said", "kept"), [("Guest", False), ("guest", False), ("Member", True), (None, True)])
def test_guests_are_not_people_of_the_city(said: str | None, kept: bool) -> None:
    assert bool(listed({"mail": ANN, "userType": said})) is kept


def test_a_leaver_and_a_shared_mailbox_are_told_alike_because_the_list_says_no_more(
    graph: GraphMail, world: World
) -> None:
    world.add_mailbox("permits@city.example", "Building Permits", "shared")
    world.change_user(ANN, User(enabled=False))
    assert [(person.address, person.enabled, person.id, person.departments) for person in graph.people()] == [
        (ANN, False, "", ()),
        ("permits@city.example", False, "", ()),
    ]


def test_somebody_without_a_mailbox_is_told_by_the_name_they_sign_in_with(graph: GraphMail, world: World) -> None:
    world.add_mailbox("intern@city.example", rest=False)
    assert [person.address for person in graph.people()] == [ANN, "intern@city.example"]


@pytest.mark.parametrize(
    ("said", "addresses"),
    [
        ({"mail": "Kim@City.example", "userPrincipalName": "KLee@b.example"}, ("kim@city.example", "klee@b.example")),
        ({"mail": None, "userPrincipalName": "KLee@City.example"}, ("klee@city.example",)),
        ({"mail": KIM, "userPrincipalName": "klee"}, (KIM,)),
        ({"mail": KIM, "userPrincipalName": "kim_x.example#EXT#@city.onmicrosoft.example"}, (KIM,)),
        (
            {"mail": KIM, "proxyAddresses": ["SIP:a@b.example", "X500:/o=x/cn=k@y", "smtp:B@b.example", "smtp:", None]},
            (KIM, "b@b.example"),
        ),
        ({"mail": KIM, "proxyAddresses": [f"SMTP:{KIM.upper()}"], "userPrincipalName": KIM}, (KIM,)),
    ],
)
def test_an_address_is_one_that_mail_can_be_sent_to(said: dict[str, object], addresses: tuple[str, ...]) -> None:
    (person,) = listed(said)
    assert person.every_address == addresses


def test_what_has_no_address_at_all_is_nobody() -> None:
    assert (
        listed({"mail": None, "userPrincipalName": "x#EXT#@city.onmicrosoft.example"}, {"mail": "", "department": "IT"})
        == []
    )


@pytest.mark.parametrize("empty", [None, "", "  "])
def test_what_is_empty_is_not_said(empty: str | None) -> None:
    (person,) = listed({"mail": KIM, "department": empty, "employeeId": empty, "accountEnabled": None})
    assert (person.id, person.departments, person.enabled, person.name) == ("", (), None, "")


def test_a_department_is_told_in_one_line() -> None:
    (person,) = listed({"mail": KIM, "department": " Public \n Works "})
    assert person.departments == (Term(of="Public Works"),)


@pytest.mark.parametrize(
    ("status", "error"),
    [(403, SignInRefused), (404, MailNotAnswering), (400, MailNotAnswering), (200, MailNotAnswering)],
)
def test_a_list_that_is_refused_or_makes_no_sense_ends_the_import(
    status: int, error: type[Exception], waits: Waits
) -> None:
    wire, _ = canned(lambda method, url, body: (status, b'{"value": 7}'), waits)
    with pytest.raises(error):
        list(people(wire))
