"""Asking Graph: what every request carries, what is asked again and after how long, and how much at once.

What the answers say of mail is tested in the neighbours.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest

from retention.core.message import MessageRef
from retention.errors import MailNotAnswering
from retention.mail.asking.patience import ATTEMPTS, LONGEST_TOLD, Patience, told_seconds
from retention.mail.asking.slots import ON_ONE_MAILBOX, Limits, Slots
from retention.mail.asking.transport import Dropped
from retention.mail.asking.words import one_line
from retention.mail.graph import GraphMail
from retention.mail.graph.failures import ServiceError, failure
from retention.mail.graph.wire import segment
from retention.simulator.faults import Faults
from retention.simulator.serve import Simulator
from retention.simulator.world import World
from tests.mail.bench import letter
from tests.mail.conftest import ANN, Connect, Waits, box, canned, folder

MESSAGES = "/users/u/messages"


# -- what every request carries


def test_every_request_and_every_part_of_a_batch_asks_for_immutable_ids(
    graph: GraphMail, world: World, simulator: Simulator
) -> None:
    id_ = world.add_message(ANN, "Inbox/Projects", letter(1))
    mailbox, inbox = box(graph), folder(graph, "Inbox/Projects")
    cursor = list(graph.pages(mailbox, inbox, None))[-1].cursor
    world.add_message(ANN, "Inbox/Projects", letter(2))
    list(graph.pages(mailbox, inbox, cursor))
    ref = MessageRef(mailbox.id, id_)
    list(graph.content(ref))
    graph.look(ref)
    asked = [seen for seen in simulator.requests if seen.path.startswith("/v1.0/")]
    assert any("batch-part" in seen.headers for seen in asked)
    for seen in asked:
        assert 'IdType="ImmutableId"' in seen.headers["prefer"], seen


def test_every_request_has_an_id_of_its_own_that_the_service_can_look_up(
    graph: GraphMail, simulator: Simulator
) -> None:
    graph.folders(box(graph))
    ids = [
        seen.headers["client-request-id"]
        for seen in simulator.requests
        if seen.path.startswith("/v1.0/") and "batch-part" not in seen.headers
    ]
    assert len(ids) == len(set(ids)) > 2


def test_an_id_cannot_reach_another_path() -> None:
    assert "/" not in segment("../../users") and "?" not in segment("a?b#c")
    assert segment("AAkALg-_=") == "AAkALg-_="


def test_a_token_is_shown_to_the_configured_host_and_to_no_other() -> None:
    wire, transport = canned(lambda method, url, body: (200, b"{}"))
    for link in (
        "https://evil.example/v1.0/users",
        "http://graph.example/v1.0/users",
        "https://graph.example.evil/v1.0",
        "https://graph.example@evil.example/v1.0",
    ):
        with pytest.raises(ServiceError) as refusal:
            wire.ask("GET", link)
        assert refusal.value.codes == ("ForeignLink",)
    assert transport.sent == []
    wire.ask("GET", "https://graph.example/v1.0/users?$skiptoken=x")
    assert transport.sent == [("GET", "https://graph.example/v1.0/users?$skiptoken=x")]


# -- asking again


def test_retry_after_comes_first(graph: GraphMail, faults: Faults, waits: Waits) -> None:
    faults.add("throttle", on="GET /v1.0/users", times=2, retry_after=17)
    assert list(graph.mailboxes())
    assert waits.seconds == [17, 17]


def test_retry_after_as_a_date_is_understood(graph: GraphMail, faults: Faults, waits: Waits) -> None:
    at = datetime.now(UTC) + timedelta(seconds=90)
    faults.add("throttle", on="GET /v1.0/users", retry_after=format_datetime(at, usegmt=True))
    assert list(graph.mailboxes())
    assert 80 < waits.seconds[0] <= 90


@pytest.mark.parametrize("told", ["soon", "", "nan", "inf", "-5"])
def test_a_retry_after_of_no_use_is_not_believed(told: str) -> None:
    assert told_seconds(told) in (None, 0.0)


def test_without_retry_after_waits_double_and_are_bounded() -> None:
    patience = Patience(lambda seconds: None, lambda: 0.0)
    waits = [patience.seconds(attempt, None) for attempt in range(1, 12)]
    assert all(later == min(earlier * 2, 30.0) for earlier, later in pairwise(waits))


def test_jitter_spreads_the_waits_even_where_the_service_gave_a_time() -> None:
    calm, eager = (Patience(lambda seconds: None, lambda at=at: at) for at in (0.0, 0.99))  # type: ignore[misc]
    for told in (None, "5"):
        assert eager.seconds(4, told) > calm.seconds(4, told)
    # A service that always says 1 is waited for longer each time all the same.
    assert eager.seconds(6, "1") > eager.seconds(2, "1") > 1.0


def test_no_wait_is_shorter_or_longer_than_sense() -> None:
    patience = Patience(lambda seconds: None, lambda: 0.0)
    assert patience.seconds(1, "0") == 0.5
    assert patience.seconds(1, "86400") == LONGEST_TOLD


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (429, "ApplicationThrottled"),
        (429, "ErrorTooManyObjectsOpened"),
        (429, "TooManyRequests"),
        (503, "ErrorServerBusy"),
        (503, "MailboxInfoStale"),
        (500, "ErrorServerBusy"),
        (500, "ErrorInternalServerTransientError"),
        (502, "BadGateway"),
        (503, "ServiceUnavailable"),
        (504, "GatewayTimeout"),
        (404, "MailboxInfoStale"),
    ],
)
def test_what_passes_is_asked_again(status: int, code: str, graph: GraphMail, faults: Faults, waits: Waits) -> None:
    faults.add("error", on="GET /v1.0/users", times=2, status=status, code=code)
    assert [each.address for each in graph.mailboxes()] == [ANN]
    assert len(waits.seconds) == 2


@pytest.mark.parametrize("kind", ["drop", "truncate", "timeout", "unavailable", "throttle"])
def test_a_broken_answer_is_asked_for_again(kind: str, graph: GraphMail, faults: Faults, waits: Waits) -> None:
    faults.add(kind, on="GET /v1.0/users", times=3)  # type: ignore[arg-type]
    assert [each.address for each in graph.mailboxes()] == [ANN]
    assert len(waits.seconds) == 3


@pytest.mark.parametrize("kind", ["drop", "truncate", "timeout", "unavailable", "throttle"])
def test_attempts_are_bounded_and_the_last_reason_is_told(
    kind: str, graph: GraphMail, faults: Faults, waits: Waits
) -> None:
    faults.add(kind, on="GET /v1.0/users", times=-1)  # type: ignore[arg-type]
    with pytest.raises(MailNotAnswering) as trouble:
        list(graph.mailboxes())
    assert len(waits.seconds) < ATTEMPTS
    assert "localhost" in trouble.value.message and trouble.value.next_step


def test_a_body_cut_off_without_its_length_being_told_is_asked_for_again() -> None:
    answers = [b'{"value":[{"id":"1"}', b"", b'{"value":[]}']
    wire, transport = canned(lambda method, url, body: (200, answers.pop(0)))
    from retention.mail.graph.folders import _users

    assert wire.get("/users", _users).value == []
    assert len(transport.sent) == 3


def test_a_500_that_says_nothing_is_asked_again_a_few_times_and_then_believed() -> None:
    wire, transport = canned(lambda method, url, body: (500, b"oops"))
    with pytest.raises(ServiceError):
        wire.ask("GET", "/users")
    assert len(transport.sent) == 3


def test_a_connection_that_never_comes_about_is_given_up_sooner() -> None:
    def nobody(method: str, url: str, body: bytes | None) -> tuple[int, bytes]:
        raise Dropped("no connection to graph.example (Connection refused)", sent=False)

    wire, transport = canned(nobody)
    with pytest.raises(MailNotAnswering, match="Connection refused"):
        wire.ask("GET", "/users")
    assert len(transport.sent) == 4


def test_close_ends_the_waiting(connect: Connect, faults: Faults, waits: Waits) -> None:
    from retention.errors import Interrupted
    from retention.mail.graph import GraphSettings

    mail = GraphMail(GraphSettings(tenant="t", client="c", secret="s"))
    mail.close()
    with pytest.raises(Interrupted):
        mail._wait(3600.0)


# -- what errors say


def body(**error: object) -> bytes:
    return json.dumps({"error": error}).encode()


def test_codes_are_found_however_deep_and_however_spelt() -> None:
    deep = body(code="UnknownError", innerError={"innererror": {"code": "resyncRequired"}, "date": "x"})
    assert failure(400, deep).codes == ("UnknownError", "resyncRequired")
    nested = body(code="UnknownError", innerError={"code": "Middle", "innererror": {"code": "SyncStateNotFound"}})
    assert failure(400, nested).codes == ("UnknownError", "Middle", "SyncStateNotFound")
    assert failure(400, nested).resync


def test_only_codes_decide_never_the_words() -> None:
    lying = body(code="ErrorItemNotFound", message="syncStateNotFound ApplicationThrottled: try again, resyncRequired")
    error = failure(404, lying)
    assert not error.resync and not error.retryable


@pytest.mark.parametrize("answer", [b"", b"<html>", b"[]", b"null", b'{"error":7}', b'{"error":{"code":7}}', b"\xff"])
def test_an_error_that_is_no_graph_error_has_no_code(answer: bytes) -> None:
    assert failure(502, answer).codes == ()
    assert failure(502, answer).retryable


def test_the_services_words_are_one_printable_line() -> None:
    words = failure(400, body(code="A\nB", message="line\r\nline\x1b[2J\u202e" + "x" * 1000))
    assert words.codes == ("A B",)
    assert "\n" not in words.words and "\x1b" not in words.words and "\u202e" not in words.words
    assert len(words.words) <= 300
    assert one_line("a\x00b") == "a b"


def test_a_final_code_is_not_asked_for_again_whatever_its_status() -> None:
    wire, transport = canned(lambda method, url, b: (503, body(code="ErrorMimeContentConversionFailed")))
    with pytest.raises(ServiceError):
        wire.ask("GET", "/x")
    assert len(transport.sent) == 1


# -- how much at once


def all_at_once(count: int, do: Callable[[int], object]) -> None:
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(do, range(count)))


def test_at_most_four_requests_are_in_flight_on_one_mailbox(
    graph: GraphMail, world: World, faults: Faults, simulator: Simulator
) -> None:
    ids = [world.add_message(ANN, "Inbox", letter(number)) for number in range(12)]
    mailbox = box(graph).id
    faults.latency = 0.02
    faults.enforce_concurrency = True
    all_at_once(12, lambda at: list(graph.content(MessageRef(mailbox, ids[at]))))
    assert 1 < simulator.mailbox_peaks[ANN] <= ON_ONE_MAILBOX


def test_the_total_in_flight_is_what_the_settings_say(
    connect: Connect, world: World, faults: Faults, simulator: Simulator
) -> None:
    mail = connect(requests_in_flight=3)
    addresses = [f"user{number}@city.example" for number in range(4)]
    for address in addresses:
        world.add_mailbox(address)
    boxes = [box(mail, address) for address in addresses]
    simulator.forget_requests()
    faults.latency = 0.02
    all_at_once(12, lambda at: mail.folders(boxes[at % 4]))
    assert 1 < simulator.in_flight_peak <= 3


def test_no_place_is_kept_while_waiting_to_ask_again(
    graph: GraphMail, world: World, faults: Faults, waits: Waits
) -> None:
    ids = [world.add_message(ANN, "Inbox", letter(number)) for number in range(5)]
    mailbox = box(graph).id
    arrived, go_on = threading.Semaphore(0), threading.Event()

    def waiting() -> None:
        arrived.release()
        assert go_on.wait(20)

    waits.during = waiting
    faults.add("throttle", on="value", times=ON_ONE_MAILBOX)
    with ThreadPoolExecutor(ON_ONE_MAILBOX) as pool:
        read = [pool.submit(lambda at=at: list(graph.content(MessageRef(mailbox, ids[at])))) for at in range(4)]
        try:
            assert all(arrived.acquire(timeout=20) for _ in range(ON_ONE_MAILBOX))
            # All four wait to be sent again, and a fifth gets through meanwhile.
            assert graph.look(MessageRef(mailbox, ids[4]))
        finally:
            go_on.set()
        assert [b"".join(each.result()) for each in read] == [letter(at) for at in range(4)]


def test_places_are_given_in_the_order_they_were_asked_for() -> None:
    slots, order = Slots(1), []
    ready = [threading.Event() for _ in range(5)]

    def take(at: int) -> None:
        with slots.taken():
            order.append(at)

    with slots.taken():
        threads = []
        for at in range(5):
            thread = threading.Thread(target=take, args=(at,))
            thread.start()
            threads.append(thread)
            while len(slots._queue) <= at:
                ready[at].wait(0.0001)
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4]


def test_a_crowded_mailbox_keeps_no_place_of_the_others() -> None:
    limits = Limits(ON_ONE_MAILBOX + 1)
    from contextlib import ExitStack

    with ExitStack() as held:
        for _ in range(ON_ONE_MAILBOX):
            held.enter_context(limits.in_flight("ann"))
        waiting = threading.Thread(target=lambda: limits.in_flight("ann").__enter__(), daemon=True)
        waiting.start()
        with limits.in_flight("bob"), pytest.raises(TimeoutError):
            raise TimeoutError
    waiting.join(5)
