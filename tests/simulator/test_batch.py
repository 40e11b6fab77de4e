"""Batches: up to twenty requests in one, each answered for itself."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from retention.simulator.faults import Faults
from retention.simulator.serve import Simulator
from retention.simulator.world import World
from tests.simulator.client import IMMUTABLE, Client, mail
from tests.simulator.conftest import ANN

PREFER = {"Prefer": IMMUTABLE}


def part(id_: str, url: str, method: str = "GET", **more: Any) -> dict[str, Any]:
    return {"id": id_, "method": method, "url": url, "headers": PREFER, **more}


def test_every_part_has_its_own_status_headers_and_body(client: Client, world: World) -> None:
    id_ = world.add_message(ANN, "Inbox", mail())
    answers = client.batch(
        part("row", f"/users/{ANN}/messages/{id_}?$select=subject"),
        part("mime", f"users/{ANN}/messages/{id_}/$value"),
        part("gone", f"/users/{ANN}/messages/{id_[:-3]}AAA"),
        part("none", "/users/nobody@city.example"),
    )
    assert {name: each["status"] for name, each in answers.items()} == {
        "row": 200,
        "mime": 200,
        "gone": answers["gone"]["status"],
        "none": 404,
    }
    assert answers["row"]["body"]["subject"] == "Hello"
    assert answers["row"]["body"]["id"] == id_
    assert answers["row"]["headers"]["Content-Type"].startswith("application/json")
    assert base64.b64decode(answers["mime"]["body"]) == mail()
    assert answers["none"]["body"]["error"]["code"] == "Request_ResourceNotFound"


def test_the_answers_come_in_another_order_than_the_requests(client: Client) -> None:
    reply = client.post("/$batch", {"requests": [part(str(n), f"/users/{ANN}") for n in range(3)]})
    assert [each["id"] for each in reply.json["responses"]] != ["0", "1", "2"]


def test_a_part_without_its_own_header_gets_the_other_form_of_id(client: Client, world: World) -> None:
    id_ = world.add_message(ANN, "Inbox", mail())
    url = f"/users/{ANN}/messages/{id_}?$select=id"
    answers = client.batch(part("with", url), part("without", url, headers={}))
    assert answers["with"]["body"]["id"] == id_ != answers["without"]["body"]["id"]


def test_parts_can_move_and_delete(client: Client, world: World) -> None:
    first, second = (world.add_message(ANN, "Inbox", mail(name)) for name in "ab")
    etag = world.message(ANN, second).etag
    answers = client.batch(
        part("1", f"/users/{ANN}/messages/{first}/move", "POST", body={"destinationId": "deleteditems"}),
        part("2", f"/users/{ANN}/messages/{second}", "DELETE", headers={**PREFER, "If-Match": 'W/"other"'}),
        part("3", f"/users/{ANN}/messages/{second}", "DELETE", headers={**PREFER, "If-Match": etag}),
    )
    assert [answers[name]["status"] for name in "123"] == [201, 412, 204]
    assert world.where(ANN, first) == world.where(ANN, second) == "Deleted Items"
    assert "body" not in answers["3"]


def test_a_part_fails_with_what_it_depends_on(client: Client, world: World) -> None:
    id_ = world.add_message(ANN, "Inbox", mail())
    answers = client.batch(
        part("1", f"/users/{ANN}/messages/nonsense"),
        part("2", f"/users/{ANN}/messages/{id_}", "DELETE", dependsOn=["1"]),
        part("3", f"/users/{ANN}", dependsOn=["2"]),
    )
    assert [answers[name]["status"] for name in "123"] == [400, 424, 424]
    assert world.where(ANN, id_) == "Inbox"


@pytest.mark.parametrize(
    "requests",
    [
        [],
        [part(str(number), "/users") for number in range(21)],
        [part("1", "/users"), part("1", "/users")],
        [part("1", "/users", dependsOn=["2"]), part("2", "/users")],
        [part("1", "https://elsewhere.example/users")],
        [part("1", "/$batch", "POST", body={"requests": []})],
        [part("1", "/users"), part("2", "/users", dependsOn=["1"]), part("3", "/users")],
        [{"id": "1"}],
    ],
)
def test_a_batch_that_is_none_is_refused_whole(client: Client, requests: list[dict[str, Any]]) -> None:
    assert client.post("/$batch", {"requests": requests}).status == 400


def test_a_batch_is_posted(client: Client) -> None:
    assert client.get("/$batch").status == 405


def test_parts_are_throttled_one_by_one(client: Client, faults: Faults) -> None:
    faults.add("throttle", on=r"GET /v1\.0/users/ann", times=2, retry_after=7)
    faults.add("drop", on=r"GET /v1\.0/users/ann")
    answers = client.batch(*(part(str(number), f"/users/{ANN}") for number in range(4)))
    assert sorted(each["status"] for each in answers.values()) == [200, 200, 429, 429]
    throttled = [each for each in answers.values() if each["status"] == 429]
    assert all(each["headers"]["Retry-After"] == "7" for each in throttled)
    assert throttled[0]["body"]["error"]["code"] == "ApplicationThrottled"


def test_more_than_four_parallel_parts_on_one_mailbox_are_throttled_where_that_is_enforced(
    client: Client, faults: Faults, world: World, simulator: Simulator
) -> None:
    world.add_mailbox("bob@city.example")
    faults.enforce_concurrency = True
    folders = f"/users/{ANN}/mailFolders"
    answers = client.batch(
        *(part(str(number), folders) for number in range(6)), part("bob", "/users/bob@city.example/mailFolders")
    )
    statuses = [answers[str(number)]["status"] for number in range(6)]
    assert statuses.count(429) == 2
    assert answers["bob"]["status"] == 200
    assert simulator.mailbox_peaks == {ANN: 6, "bob@city.example": 1}
    chain = [part("0", folders), *(part(str(n), folders, dependsOn=[str(n - 1)]) for n in range(1, 6))]
    assert {each["status"] for each in client.batch(*chain).values()} == {200}


def test_the_parts_are_in_the_log_with_their_own_headers(client: Client, simulator: Simulator) -> None:
    client.batch(part("a", f"/users/{ANN}"), part("b", "/users", headers={}))
    seen = simulator.requests[-3:]
    assert [(each.method, each.path) for each in seen] == [
        ("POST", "/v1.0/$batch"),
        ("GET", f"/v1.0/users/{ANN}"),
        ("GET", "/v1.0/users"),
    ]
    assert seen[1].headers["prefer"] == IMMUTABLE
    assert "prefer" not in seen[2].headers
    assert "batch-part" in seen[1].headers
