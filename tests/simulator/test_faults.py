"""Every way to misbehave, seen from the other end of the wire."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import urllib3

from retention.simulator.faults import Faults
from retention.simulator.serve import Simulator
from retention.simulator.world import World
from tests.simulator.client import Client, mail
from tests.simulator.conftest import ANN

USER = f"/users/{ANN}"


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("throttle", 429, "ApplicationThrottled"),
        ("unavailable", 503, "ServiceUnavailable"),
        ("timeout", 504, "GatewayTimeout"),
        ("gone", 410, "syncStateNotFound"),
        ("error", 500, "InternalServerError"),
    ],
)
def test_an_error_comes_as_often_as_asked_and_then_all_is_well(
    client: Client, faults: Faults, kind: str, status: int, code: str
) -> None:
    client.get(USER)
    faults.add(kind, times=2)  # type: ignore[arg-type]
    replies = [client.get(USER) for _ in range(3)]
    assert [reply.status for reply in replies] == [status, status, 200]
    assert replies[0].code == code
    assert set(replies[0].json["error"]["innerError"]) == {"date", "request-id", "client-request-id"}


def test_an_error_says_to_which_request_it_belongs(client: Client, faults: Faults) -> None:
    client.get(USER)
    faults.add("unavailable")
    reply = client.get(USER, client_request_id="mine-1")
    assert reply.json["error"]["innerError"]["client-request-id"] == "mine-1"
    assert reply.headers["client-request-id"] == "mine-1"


@pytest.mark.parametrize(
    ("given", "sent"), [(None, None), (3, "3"), (0, "0"), (1.5, "1.5"), ("Wed, 21 Oct 2026 07:28:00 GMT",) * 2]
)
def test_retry_after_is_sent_where_it_is_given(
    client: Client, faults: Faults, given: float | str | None, sent: str | None
) -> None:
    client.get(USER)
    faults.add("throttle", retry_after=given)
    assert client.get(USER).headers.get("Retry-After") == sent


def test_code_message_and_status_can_be_chosen(client: Client, faults: Faults) -> None:
    client.get(USER)
    faults.add("throttle", code="ErrorTooManyObjectsOpened")
    faults.add("error", status=400, code="resyncRequired", message="Begin again.")
    first, second = client.get(USER), client.get(USER)
    assert (first.status, first.code) == (429, "ErrorTooManyObjectsOpened")
    assert (second.status, second.code, second.json["error"]["message"]) == (400, "resyncRequired", "Begin again.")


def test_a_fault_waits_its_turn_and_looks_at_method_path_and_query(client: Client, faults: Faults) -> None:
    client.get(USER)
    faults.add("unavailable", on=r"^GET .*/mailFolders\?\$top=5$", after=1)
    statuses = [client.get(f"{USER}/mailFolders?$top={top}").status for top in (5, 6, 5, 5)]
    assert statuses == [200, 200, 503, 200]


def test_a_fault_can_last_for_ever(client: Client, faults: Faults) -> None:
    client.get(USER)
    faults.add("timeout", times=-1, on="mailFolders")
    assert {client.get(f"{USER}/mailFolders").status for _ in range(5)} == {504}
    faults.clear()
    assert client.get(f"{USER}/mailFolders").status == 200


def test_the_first_rule_that_fits_wins_and_the_next_one_follows(client: Client, faults: Faults) -> None:
    client.get(USER)
    faults.add("throttle")
    faults.add("unavailable")
    assert [client.get(USER).status for _ in range(3)] == [429, 503, 200]


def test_a_dropped_connection_gives_no_answer_and_the_next_one_works(client: Client, faults: Faults) -> None:
    client.get(USER)
    faults.add("drop")
    with pytest.raises(urllib3.exceptions.ProtocolError):
        client.get(USER)
    assert client.get(USER).status == 200


def test_a_truncated_body_is_shorter_than_it_says(client: Client, world: World, faults: Faults) -> None:
    id_ = world.add_message(ANN, "Inbox", mail(text="x" * 100_000))
    client.get(USER)
    faults.add("truncate", on=r"\$value$")
    with pytest.raises(urllib3.exceptions.ProtocolError, match="IncompleteRead"):
        client.get(f"{USER}/messages/{id_}/$value")
    assert client.get(f"{USER}/messages/{id_}/$value").data == world.mime(ANN, id_)


def test_a_deed_whose_answer_is_cut_off_has_been_done_and_one_that_is_dropped_has_not(
    client: Client, world: World, faults: Faults
) -> None:
    first, second = (world.add_message(ANN, "Inbox", mail(name)) for name in "ab")
    client.get(USER)
    faults.add("truncate", on="/move$")
    faults.add("drop", on="/move$")
    for id_ in (first, second):
        with pytest.raises(urllib3.exceptions.ProtocolError):
            client.post(f"{USER}/messages/{id_}/move", {"destinationId": "deleteditems"})
    assert (world.where(ANN, first), world.where(ANN, second)) == ("Deleted Items", "Inbox")


def test_an_expired_token_opens_nothing_any_more_until_a_new_one_is_fetched(client: Client, faults: Faults) -> None:
    client.get(USER)
    faults.add("expired-token")
    first, second = client.get(USER), client.get(USER)
    assert (first.status, first.code) == (401, "InvalidAuthenticationToken")
    assert second.status == 401
    client.token = ""
    assert client.get(USER).status == 200


def test_the_sign_in_can_be_made_to_fail(client: Client, faults: Faults) -> None:
    faults.add("error", on="POST .*/oauth2/v2.0/token", status=500, code="temporarily_unavailable", message="Wait.")
    faults.add("throttle", on="/token", retry_after=1)
    first, second = client.sign_in(), client.sign_in()
    assert (first.status, first.json["error"]) == (500, "temporarily_unavailable")
    assert (second.status, second.headers["Retry-After"]) == (429, "1")
    assert client.sign_in().status == 200


def test_latency_lets_requests_pile_up_and_the_peaks_are_counted(
    client: Client, simulator: Simulator, faults: Faults, world: World
) -> None:
    world.add_mailbox("bob@city.example")
    client.get(USER)
    simulator.forget_requests()
    faults.latency = 0.5
    paths = [f"{USER}/mailFolders"] * 3 + ["/users/bob@city.example/mailFolders"] * 2
    with ThreadPoolExecutor(5) as pool:
        assert {reply.status for reply in pool.map(client.get, paths)} == {200}
    assert simulator.mailbox_peaks == {ANN: 3, "bob@city.example": 2}
    assert simulator.in_flight_peak == 5


def test_a_fifth_request_at_once_to_one_mailbox_is_throttled_where_that_is_enforced(
    client: Client, simulator: Simulator, faults: Faults
) -> None:
    client.get(USER)
    faults.latency, faults.enforce_concurrency = 0.5, True
    with ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(client.get, [f"{USER}/mailFolders"] * 6))
    assert {reply.status for reply in replies} == {200, 429}
    throttled = next(reply for reply in replies if reply.status == 429)
    assert "MailboxConcurrency" in throttled.json["error"]["message"]


def test_what_is_no_fault_is_refused() -> None:
    faults = Faults()
    with pytest.raises(ValueError, match="imagined"):
        faults.add("imagined")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="regular expression"):
        faults.add("drop", on="(")
    with pytest.raises(ValueError, match="no_switch"):
        faults.switch("no_switch", True)
    with pytest.raises(ValueError, match="partial_rows"):
        faults.switch("partial_rows", 3)
    with pytest.raises(ValueError, match="latency"):
        faults.switch("latency", "long")


def test_faults_say_how_they_stand() -> None:
    faults = Faults()
    faults.add("throttle", on="x", times=2)
    faults.switch("latency", 1)
    faults.switch("no_delta", True)
    state = faults.state()
    assert state["rules"] == [{"kind": "throttle", "on": "x", "times": 2, "after": 0}]
    assert (state["latency"], state["no_delta"]) == (1.0, True)
    faults.clear()
    assert Faults().state() == faults.state()


def test_rules_fire_no_more_often_than_asked_from_many_threads() -> None:
    faults = Faults()
    faults.add("throttle", times=50)
    with ThreadPoolExecutor(8) as pool:
        fired = list(pool.map(lambda _: faults.next("GET /"), range(400)))
    assert sum(fault is not None for fault in fired) == 50
