"""Timestamps: asked of a real service on this machine, checked, and refused where anything about them is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from retention.errors import BadConfiguration, TimestampMissing
from retention.stamping import Stamper
from tests.timestamping import HAS_OPENSSL, Service

pytestmark = pytest.mark.skipif(not HAS_OPENSSL, reason="there is no openssl on this machine")
DATA = b'{"digest":"d"}\n'


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(tmp_path_factory.mktemp("tsa") / "service").serving() as service:
        yield service


@pytest.fixture
def service(running: Service) -> Service:
    running.answer, running.status = None, 200
    return running


def test_a_timestamp_is_given_and_checks_again(service: Service) -> None:
    stamp = service.stamper.ask(DATA)
    assert abs(stamp.at - datetime.now(UTC)) < timedelta(minutes=1)
    assert stamp.by == "CN=Town Timestamps"
    assert service.stamper.check(stamp.token, DATA) == stamp


def test_a_timestamp_of_something_else_is_refused(service: Service) -> None:
    stamp = service.stamper.ask(DATA)
    with pytest.raises(TimestampMissing, match="does not hold"):
        service.stamper.check(stamp.token, DATA + b" ")


def test_a_timestamp_with_one_flipped_byte_is_refused_or_says_the_same(service: Service) -> None:
    stamp = service.stamper.ask(DATA)
    for at in range(0, len(stamp.token), 7):
        bad = bytearray(stamp.token)
        bad[at] ^= 1
        try:
            found = service.stamper.check(bytes(bad), DATA)
        except TimestampMissing:
            continue
        # What the signature does not cover says nothing that counts: who signed, and when, stays the same.
        assert found.at == stamp.at


def test_an_answer_to_an_earlier_question_is_refused(service: Service) -> None:
    service.answer = service.stamper.ask(DATA).token
    with pytest.raises(TimestampMissing, match="Nonce mismatch"):
        service.stamper.ask(DATA)


def test_a_timestamp_of_a_stranger_is_refused(service: Service, tmp_path: Path) -> None:
    stranger = Service(tmp_path / "stranger", "Somebody")
    with pytest.raises(TimestampMissing, match="does not hold"):
        Stamper("", stranger.certificates).check(service.stamper.ask(DATA).token, DATA)


def test_a_service_that_does_not_answer_or_not_with_a_timestamp_is_named(service: Service) -> None:
    for answer, status in ((b"", 200), (b"<html>", 200), (b"x" * (1 << 20) + b"x", 200), (b"", 503)):
        service.answer, service.status = answer, status
        with pytest.raises(TimestampMissing, match=service.url):
            service.stamper.ask(DATA)
    with pytest.raises(TimestampMissing, match="cannot be asked"):
        Stamper("http://127.0.0.1:1/tsr", service.certificates).ask(DATA)


def test_a_refusal_is_told_in_the_services_own_words(service: Service) -> None:
    service.answer = service.reply(b"no question")
    with pytest.raises(TimestampMissing, match="refused it"):
        service.stamper.ask(DATA)


def test_certificates_that_cannot_be_read_are_a_matter_of_the_settings(service: Service, tmp_path: Path) -> None:
    nothing, alone = tmp_path / "nothing.pem", service.folder / "stamps.pem"
    for path in (nothing, alone):
        with pytest.raises(BadConfiguration, match=str(path)):
            Stamper(service.url, path).ask(DATA)
