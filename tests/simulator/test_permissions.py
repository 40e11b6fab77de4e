"""An application does what its roles allow, alone and in a batch, and its token says which they are.

Who may sign in at all is tested with the sign-in.
"""

from __future__ import annotations

import base64

import msgspec
import pytest

from retention.simulator.applications import LIST_USERS, READ, WRITE, Holder
from retention.simulator.serve import Simulator
from retention.simulator.world import World
from tests.simulator.client import Client, mail
from tests.simulator.conftest import ANN


@pytest.fixture
def message(world: World) -> str:
    return world.add_message(ANN, "Inbox", mail())


def signed_in(simulator: Simulator, *roles: str, mailboxes: tuple[str, ...] = ()) -> Client:
    simulator.sign_in.applications["other"] = Holder("other", "its-own", "Another", roles, mailboxes)
    client = Client(simulator)
    client.token = client.sign_in(client_id="other", client_secret="its-own").json["access_token"]
    return client


def test_who_may_only_read_moves_changes_and_removes_nothing(simulator: Simulator, world: World, message: str) -> None:
    client = signed_in(simulator, READ)
    path = f"/users/{ANN}/messages/{message}"
    assert client.get(path).status == 200
    for reply in (
        client.post(f"{path}/move", {"destinationId": "deleteditems"}),
        client.post(f"{path}/permanentDelete"),
        client.send("PATCH", path, {"isRead": True}),
        client.delete(path),
    ):
        assert (reply.status, reply.code) == (403, "ErrorAccessDenied")
    assert world.where(ANN, message) == "Inbox"


def test_a_batch_opens_no_door(simulator: Simulator, world: World, message: str) -> None:
    path = f"/users/{ANN}/messages/{message}"
    move = {"id": "1", "method": "POST", "url": f"{path}/move", "body": {"destinationId": "deleteditems"}}
    move["headers"] = {"Content-Type": "application/json"}
    answers = signed_in(simulator, READ).batch(move, {"id": "2", "method": "GET", "url": path})
    assert (answers["1"]["status"], answers["2"]["status"]) == (403, 200)
    assert world.where(ANN, message) == "Inbox"


def test_who_may_not_list_users_reads_a_mailbox_all_the_same(simulator: Simulator, message: str) -> None:
    client = signed_in(simulator, WRITE)
    assert (client.get("/users").status, client.get("/users").code) == (403, "Authorization_RequestDenied")
    assert client.get(f"/users/{ANN}/messages/{message}").status == 200


def test_who_may_only_list_users_reads_no_mail(simulator: Simulator) -> None:
    client = signed_in(simulator, LIST_USERS)
    assert client.get("/users").status == 200
    assert client.get(f"/users/{ANN}/mailFolders").code == "ErrorAccessDenied"


def test_a_mailbox_out_of_scope_is_refused(simulator: Simulator, world: World) -> None:
    world.add_mailbox("mayor@city.example")
    client = signed_in(simulator, READ, mailboxes=(ANN,))
    assert client.get(f"/users/{ANN}/mailFolders").status == 200
    assert client.get("/users/mayor@city.example/mailFolders").code == "ErrorAccessDenied"


def test_the_secret_of_one_application_is_not_that_of_another(simulator: Simulator) -> None:
    client = signed_in(simulator, READ)
    assert client.sign_in(client_id="other").json["error_codes"] == [7000215]
    assert client.sign_in(client_secret="its-own").json["error_codes"] == [7000215]


def test_a_token_says_who_it_is_for_and_what_it_opens(simulator: Simulator) -> None:
    told = signed_in(simulator, WRITE, LIST_USERS).token.split(".")[1]
    claims = msgspec.json.decode(base64.urlsafe_b64decode(told + "=" * (-len(told) % 4)))
    assert (claims["appid"], claims["app_displayname"], claims["roles"]) == ("other", "Another", [WRITE, LIST_USERS])
    assert claims["tid"] == simulator.tenant and claims["aud"] == simulator.graph_url
