"""Users, what their mailboxes are for, and mailboxes that cannot be read."""

from __future__ import annotations

import pytest

from retention.simulator.mailbox import User
from retention.simulator.world import World
from tests.simulator.client import Client
from tests.simulator.conftest import ANN
from tests.simulator.contract import Contract

POST = "id,department,jobTitle,employeeId,accountEnabled,userType"


def test_users_are_listed_page_by_page_by_the_link_alone(client: Client, world: World) -> None:
    for number in range(7):
        world.add_mailbox(f"office{number}@city.example")
    pages = []
    path = "/users?$top=3&$select=id,mail"
    while path:
        pages.append(client.get(path).json)
        path = pages[-1].get("@odata.nextLink", "")
    assert [len(page["value"]) for page in pages] == [3, 3, 2]
    assert [row["mail"] for page in pages for row in page["value"]] == [each.address for each in world.mailboxes()]
    assert all(set(row) == {"id", "mail"} for page in pages for row in page["value"])


@pytest.mark.parametrize("option", ["$skip=3", "$filter=mail eq 'x'", "$search=ann"])
def test_what_users_cannot_be_asked_is_refused(client: Client, option: str) -> None:
    assert client.get(f"/users?{option}").status == 400


def test_mailbox_settings_cannot_be_selected_on_the_collection(client: Client) -> None:
    assert client.get("/users?$select=mailboxSettings").status == 501


def test_all_addresses_of_a_user_come_when_they_are_selected(client: Client, world: World) -> None:
    world.add_mailbox("clerk@city.example", aliases=("r.okafor@city.example",))
    assert client.get("/users/clerk@city.example?$select=proxyAddresses").json["proxyAddresses"] == [
        "SMTP:clerk@city.example",
        "smtp:r.okafor@city.example",
        "SIP:clerk@city.example",
    ]
    assert "proxyAddresses" not in client.get("/users").json["value"][0]


def test_what_the_directory_says_of_somebody_comes_when_it_is_selected(
    client: Client, contract: Contract, world: World
) -> None:
    world.add_mailbox("kim@city.example", user=User("Legal", "City Attorney", "1009"))
    world.add_mailbox("guest@other.example", user=User(user_type="Guest"))
    page = client.get(f"/users?$select={POST}").json
    assert contract.answer("/users", "get", page) == []
    ann, kim, guest = ({name: value for name, value in row.items() if name != "id"} for row in page["value"])
    assert ann == {
        "department": None, "jobTitle": None, "employeeId": None, "accountEnabled": True, "userType": "Member"
    }  # fmt: skip
    assert kim == {
        "department": "Legal", "jobTitle": "City Attorney", "employeeId": "1009", "accountEnabled": True,
        "userType": "Member",
    }  # fmt: skip
    assert guest["userType"] == "Guest"
    assert "employeeId" not in client.get("/users").json["value"][0]


def test_a_leaver_is_still_listed_when_nobody_can_sign_in_any_more(client: Client, world: World) -> None:
    world.change_user(ANN, User("City Clerk", enabled=False))
    (row,) = client.values(f"/users?$select={POST}")
    assert (row["department"], row["accountEnabled"]) == ("City Clerk", False)


@pytest.mark.parametrize(
    ("kind", "said", "enabled"), [("shared", None, False), ("room", None, False), ("shared", True, True)]
)
def test_nobody_signs_in_to_a_shared_mailbox_unless_it_is_said(
    client: Client, world: World, kind: str, said: bool | None, enabled: bool
) -> None:
    world.add_mailbox("desk@city.example", kind=kind, user=User(enabled=said))
    assert client.get("/users/desk@city.example?$select=accountEnabled").json["accountEnabled"] is enabled


def test_a_property_that_users_have_not_is_refused(client: Client) -> None:
    assert client.get("/users?$select=shoeSize").status == 400


def test_a_user_is_found_by_id_and_by_address_in_any_case(client: Client) -> None:
    by_address = client.get(f"/users/{ANN.upper()}").json
    by_id = client.get(f"/users/{by_address['id']}").json
    assert by_id["userPrincipalName"] == by_address["userPrincipalName"] == ANN


def test_an_unknown_user_is_not_found(client: Client) -> None:
    reply = client.get("/users/nobody@city.example")
    assert (reply.status, reply.code) == (404, "Request_ResourceNotFound")


@pytest.mark.parametrize("kind", ["user", "shared", "room"])
def test_what_a_mailbox_is_for_is_said_by_its_settings(client: Client, world: World, kind: str) -> None:
    world.add_mailbox("desk@city.example", kind=kind)
    assert client.get("/users/desk@city.example/mailboxSettings").json["userPurpose"] == kind
    assert client.get("/users/desk@city.example/mailboxSettings/userPurpose").json["value"] == kind


@pytest.mark.parametrize("what", ["mailFolders", "messages", "mailboxSettings", "mailFolders/inbox/messages/delta"])
def test_a_user_without_a_mailbox_and_one_that_is_closed_to_us_are_listed_and_refused(
    client: Client, world: World, what: str
) -> None:
    world.add_mailbox("intern@city.example", rest=False)
    world.add_mailbox("judge@city.example", access=False)
    assert len(client.values("/users")) == 3
    without, closed = client.get(f"/users/intern@city.example/{what}"), client.get(f"/users/judge@city.example/{what}")
    assert (without.status, without.code) == (404, "MailboxNotEnabledForRESTAPI")
    assert (closed.status, closed.code) == (403, "ErrorAccessDenied")
    assert client.get("/users/judge@city.example").status == 200


def test_an_application_has_no_me(client: Client) -> None:
    assert client.get("/me/messages").status == 400


def test_only_beta_tells_of_an_archive_mailbox(client: Client, world: World) -> None:
    world.add_mailbox("clerk@city.example", has_archive=True)
    path = "/users/clerk@city.example/settings/exchange"
    assert "inPlaceArchiveMailboxId" not in client.get(path).json
    beta = f"{client.simulator.graph_url}/beta"
    assert client.get(f"{beta}{path}").json["inPlaceArchiveMailboxId"]
    assert client.get(f"{beta}/users/{ANN}/settings/exchange").json["inPlaceArchiveMailboxId"] is None


@pytest.mark.parametrize("path", ["/groups", "/users/ann@city.example/calendar", "/nonsense"])
def test_a_path_that_is_not_known_is_refused_by_its_segment(client: Client, path: str) -> None:
    assert client.get(path).status == 400


def test_a_method_that_does_not_fit_is_refused(client: Client) -> None:
    assert client.delete("/users").status == 405
    assert client.post(f"/users/{ANN}/mailFolders/inbox/messages/delta").status == 405
