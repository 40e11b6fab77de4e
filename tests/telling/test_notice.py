"""The notice that something is wrong: as a draft, and to a webhook on this machine."""

from __future__ import annotations

import email
import json
import logging
from email.policy import default
from pathlib import Path

import pytest
from apprise import Apprise

from retention.core.health import PHRASES
from retention.errors import BadConfiguration, MailNotAnswering
from retention.telling import notice
from tests.telling.told import VANISHED, hook, news

CANARY = "canary-7Yq2"


def test_a_draft_opens_as_a_message_that_is_still_to_be_sent(tmp_path: Path) -> None:
    path = notice.draft(tmp_path / "drafts", ("records@city.example", "it@city.example"), news(VANISHED))
    mail = email.message_from_bytes(path.read_bytes(), policy=default)
    assert mail["X-Unsent"] == "1" and mail["To"] == "records@city.example, it@city.example"
    assert mail["Subject"] == "retention, Willow Falls: 1 thing is wrong"
    text = mail.get_content()
    assert (
        "held messages vanished from their mailbox" in text
        and "(3) [exit code 36: held mail vanished or may vanish, and nobody has answered for it (`status`)]" in text
    )
    assert "City Attorney: 2 things wait" in text and path.suffix == ".eml"


def test_a_city_with_a_line_end_in_its_name_adds_no_header(tmp_path: Path) -> None:
    path = notice.draft(tmp_path, ("it@city.example",), news(VANISHED, city="Willow\r\nBcc: everybody@city.example"))
    mail = email.message_from_bytes(path.read_bytes(), policy=default)
    assert mail["Bcc"] is None and "everybody" in mail["Subject"]


def test_when_nothing_is_wrong_any_more_that_is_said() -> None:
    assert notice.title(news()).endswith("all is well again") and "nothing is wrong" in notice.text(news())


def test_a_webhook_is_told_the_same_words() -> None:
    with hook() as (place, heard):
        notice.send(f"http://{place}/{CANARY}", news(VANISHED))
    (one,) = heard
    assert one.startswith(f"/{CANARY}") and PHRASES[VANISHED.kind] in json.loads(one.splitlines()[-1])["message"]


@pytest.mark.parametrize("status", [403, 500])
def test_a_webhook_that_refuses_is_told_without_its_address(
    status: int, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with hook(status) as (place, _), pytest.raises(MailNotAnswering) as refused:
        notice.send(f"json://{place}/{CANARY}", news(VANISHED))
    said = capsys.readouterr()
    assert CANARY not in str(refused.value) + said.out + said.err
    assert not [one for one in caplog.records if one.name.startswith("apprise") and CANARY in one.getMessage()]


@pytest.mark.parametrize(
    "address",
    [
        "http://hooks.city.example/x",
        "json://hooks.city.example/x",
        "jsons://hooks.city.example/x?verify=no",
        "https://hooks.city.example/x?verify=no",
        "ntfy://hooks.city.example/x",
        "mailto://clerk:x@city.example",
        "mailtos://clerk:x@city.example?mode=insecure",
        "mailtos://clerk:x@city.example?mode=INSECURE",
        "mailtos://clerk:x@gmail.com?mode=insecure",
        "mailto://clerk:x@localhost?smtp=relay.elsewhere.example",
        "mailto://clerk:x@city.example?smtp=localhost",
    ],
)
def test_nothing_is_said_unencrypted_or_to_nobody_knows_whom(address: str) -> None:
    with pytest.raises(BadConfiguration, match="unencrypted, or without checking"):
        notice.send(address, news(VANISHED))


@pytest.mark.parametrize(
    "address",
    [
        "mailtos://clerk:x@city.example",
        "mailtos://clerk:x@city.example?mode=ssl",
        "mailto://clerk:x@city.example?mode=starttls",
        "mailto://clerk:x@localhost",
        "jsons://hooks.city.example/x",
    ],
)
def test_what_is_encrypted_or_does_not_leave_the_machine_may_be_told(address: str) -> None:
    hook = Apprise.instantiate(address)
    assert hook is not None and notice._is_secure(hook)


@pytest.mark.parametrize("address", ["", f"{CANARY} {CANARY}", f"slack://{CANARY}", f"\x00{CANARY}", f"ftp://{CANARY}"])
def test_an_address_of_no_use_is_told_without_it(address: str) -> None:
    with pytest.raises(BadConfiguration, match="no address that a notice can be sent to") as refused:
        notice.send(address, news(VANISHED))
    assert CANARY not in str(refused.value)
