"""Many small questions in one request: order, limits, and parts that fail alone.

What is asked in batches is tested in the neighbours.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from retention.mail.asking.patience import ATTEMPTS
from retention.mail.graph import GraphMail
from retention.mail.graph.failures import ServiceError
from retention.mail.graph.wire import BATCH
from retention.simulator.faults import Faults
from retention.simulator.world import World
from tests.mail.conftest import ANN, Waits, box, canned


def batched(answer: Callable[[str], tuple[int, object]]) -> Callable[[str, str, bytes | None], tuple[int, bytes]]:
    """A service that runs the parts of a batch one after the other and answers in another order."""

    def respond(method: str, url: str, sent: bytes | None) -> tuple[int, bytes]:
        responses, failed = [], False
        for part in json.loads(sent or b"")["requests"]:
            status, said = (424, {"error": {"code": "FailedDependency"}}) if failed else answer(part["url"])
            failed = failed or status >= 400
            responses.append({"id": part["id"], "status": status, "headers": {}, "body": said})
        return 200, json.dumps({"responses": responses[::-1]}).encode()

    return respond


def test_more_than_twenty_parts_go_in_several_batches_and_come_back_in_order() -> None:
    wire, transport = canned(batched(lambda url: (200, {"url": url})))
    targets = [f"/users/u/messages/{number}" for number in range(45)]
    answers = wire.batch(targets, mailbox="u")
    assert [json.loads(part)["url"] for part in answers if isinstance(part, bytes)] == targets
    assert len(transport.sent) == 3 and BATCH == 20


def test_a_part_that_fails_costs_only_itself() -> None:
    gone = {"error": {"code": "ErrorItemNotFound"}}
    wire, _ = canned(batched(lambda url: (404, gone) if url.endswith(("3", "7")) else (200, {})))
    answers = wire.batch([f"/m/{number}" for number in range(10)], mailbox="u")
    assert [isinstance(part, bytes) for part in answers] == [at not in (3, 7) for at in range(10)]


def test_throttled_parts_are_asked_for_again_and_the_others_are_not(waits: Waits) -> None:
    asked: list[str] = []

    def answer(url: str) -> tuple[int, object]:
        asked.append(url)
        busy = url == "/m/2" and asked.count(url) < 3
        return (429, {"error": {"code": "ApplicationThrottled"}}) if busy else (200, {})

    wire, _ = canned(batched(answer), waits)
    answers = wire.batch([f"/m/{number}" for number in range(5)], mailbox="u")
    assert all(isinstance(part, bytes) for part in answers)
    assert asked == ["/m/0", "/m/1", "/m/2", "/m/2", "/m/2", "/m/3", "/m/4"]
    assert len(waits.seconds) >= 1


def test_a_part_that_stays_throttled_is_an_error_of_its_own(waits: Waits) -> None:
    busy = {"error": {"code": "ApplicationThrottled"}}
    wire, transport = canned(batched(lambda url: (429, busy)), waits)
    (only,) = wire.batch(["/m/1"], mailbox="u")
    assert isinstance(only, ServiceError) and only.retryable
    assert len(transport.sent) == ATTEMPTS


@pytest.mark.parametrize("said", [b"", b"[]", b'{"responses":[]}', b'{"responses":[{"id":"77","status":200}]}'])
def test_a_batch_that_answers_nothing_of_use_is_no_success(said: bytes, waits: Waits) -> None:
    wire, _ = canned(lambda method, url, b: (200, said), waits)
    answers = wire.batch(["/m/1", "/m/2"], mailbox="u")
    assert all(isinstance(part, ServiceError) for part in answers)


def test_a_batch_counts_as_one_connection(graph: GraphMail, world: World, faults: Faults, waits: Waits) -> None:
    for number in range(30):
        world.add_folder(ANN, f"Projects/{number}")
    faults.enforce_concurrency = True
    assert len(graph.folders(box(graph))) > 30
    assert waits.seconds == []
