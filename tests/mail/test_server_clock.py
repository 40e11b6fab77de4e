"""The clock of a mail server is told by its answers, and counted on between them.

Whether it may differ from this machine's is decided where it is asked.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from retention.errors import MailNotAnswering
from retention.mail.asking import server_clock
from retention.mail.asking.server_clock import ServerClock
from retention.simulator.faults import Faults, Kind
from retention.simulator.serve import Simulator
from tests.mail.conftest import Connect, Waits
from tests.mail.exchanging import Open, opening  # noqa: F401

DATE = "Wed, 04 Mar 2026 15:30:00 GMT"
AT = datetime(2026, 3, 4, 15, 30, tzinfo=UTC)


@pytest.fixture
def passed(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    counted = [100.0]
    monkeypatch.setattr(server_clock, "elapsed", lambda: counted[0])
    return counted


def silent() -> None:
    """A server that is asked and answers nothing that counts."""


def test_nothing_heard_is_no_time_and_asked_for_once() -> None:
    clock, asked = ServerClock(), list[int]()
    assert clock.now(lambda: asked.append(1)) is None and clock.now(lambda: asked.append(2)) is None
    assert asked == [1]


def test_what_cannot_be_asked_is_no_trouble() -> None:
    def fails() -> None:
        raise MailNotAnswering("It does not answer.")

    assert ServerClock().now(fails) is None


def test_what_was_heard_is_not_asked_for(passed: list[float]) -> None:
    clock = ServerClock()
    clock.hear(200, DATE)
    assert clock.now(lambda: pytest.fail("it was asked")) == AT


def test_what_has_passed_since_is_counted_on(passed: list[float]) -> None:
    clock = ServerClock()
    clock.hear(200, DATE)
    assert clock.now(silent) == AT
    passed[0] += 90.0
    assert clock.now(silent) == AT + timedelta(seconds=90)
    clock.hear(204, "Wed, 04 Mar 2026 15:40:00 GMT")
    assert clock.now(silent) == AT + timedelta(minutes=10)


@pytest.mark.parametrize(
    ("status", "date"), [(503, DATE), (401, DATE), (302, DATE), (200, None), (200, ""), (200, "yesterday"), (200, "12")]
)
def test_what_is_no_good_answer_or_bears_no_date_changes_nothing(status: int, date: str | None) -> None:
    clock = ServerClock()
    clock.hear(status, date)
    assert clock.now(silent) is None


def test_another_zone_is_told_in_utc(passed: list[float]) -> None:
    clock = ServerClock()
    clock.hear(200, "Wed, 04 Mar 2026 09:30:00 -0600")
    assert clock.now(silent) == AT


@pytest.mark.parametrize("voice", ["graph", "exchange"])
def test_a_server_tells_the_time_and_is_asked_for_it_once_at_most(
    voice: str, connect: Connect, open_exchange: Open, simulator: Simulator
) -> None:
    mail = connect() if voice == "graph" else open_exchange()
    first = mail.time()
    assert first is not None and abs(first - datetime.now(UTC)) < timedelta(seconds=10)
    asked = len(simulator.requests)
    assert (mail.time() or first) >= first and len(simulator.requests) == asked


def test_the_time_of_what_was_read_is_enough(connect: Connect, simulator: Simulator) -> None:
    mail = connect()
    list(mail.mailboxes())
    asked = len(simulator.requests)
    assert mail.time() is not None and len(simulator.requests) == asked


@pytest.mark.parametrize("fault", ["drop", "error", "unavailable"])
def test_a_server_that_does_not_answer_tells_no_time_and_stops_nothing(
    fault: Kind, connect: Connect, faults: Faults, waits: Waits
) -> None:
    faults.add(fault, on="GET /v1.0/users", times=-1)
    mail = connect()
    assert mail.time() is None and sum(waits.seconds) < 10
    faults.clear()
    list(mail.mailboxes())
    assert mail.time() is not None


def test_a_sign_in_that_is_refused_tells_no_time(connect: Connect) -> None:
    assert connect(secret="wrong").time() is None
