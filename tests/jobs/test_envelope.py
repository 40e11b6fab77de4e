"""A notice as a draft of mail: whatever anybody or anything is called, it goes to its custodian alone."""

from __future__ import annotations

from datetime import date
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from retention.core import letter
from retention.jobs.hold import envelope
from tests.jobs.custodians import (
    ANN,
    BOB,
    drafted,
    hold,
    town_with_mail,
)
from tests.jobs.town import ATTORNEY, CLERK, NOW, Town

HOSTILE = "Elm\r\nBcc: thief@evil.example\r\n\r\nPay him =?utf-8?q?x=0D=0ABcc:_thief@evil.example?="


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return town_with_mail(tmp_path)


def parsed(data: bytes | None) -> EmailMessage:
    assert data is not None
    message = message_from_bytes(data, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def test_a_draft_opens_as_one_from_whoever_acts_to_the_custodian(town: Town) -> None:
    (found,) = drafted(town, hold(town, CLERK)).notices
    message = parsed(found.mail)
    assert message["From"] == "Kim Lee <kim.lee@town.example>" and message["To"] == f"Ana Holm <{CLERK}>"
    assert message["X-Unsent"] == "1" and message["Subject"] == "Notice to preserve records: Elm Street"
    assert message["Date"].datetime.date() == date(2026, 11, 21) and message["Message-ID"].endswith("@town.example>")
    assert message.get_content().replace("\r\n", "\n") == found.text
    assert all(len(line) < 998 for line in (found.mail or b"").split(b"\r\n"))


@pytest.mark.parametrize("where", ["matter", "name", "actor"])
def test_no_name_and_no_matter_can_become_a_header_or_the_end_of_them(town: Town, where: str) -> None:
    people = dict(town.city.people)
    for address in (CLERK if where == "name" else "", ATTORNEY if where == "actor" else ""):
        if address:
            people[address] = replace(people[address], name=HOSTILE)
    town.city = replace(town.city, people=people)
    (found,) = drafted(town, hold(town, CLERK, matter=HOSTILE if where == "matter" else "Elm")).notices
    message = parsed(found.mail)
    assert {key.lower() for key in message} == {
        *("from", "to", "subject", "date", "message-id", "x-unsent"),
        *("mime-version", "content-type", "content-transfer-encoding"),
    }
    head = (found.mail or b"").partition(b"\r\n\r\n")[0]
    assert not [line for line in head.split(b"\r\n") if line.lower().startswith((b"bcc", b"pay"))]
    assert len(message["To"].addresses) == len(message["From"].addresses) == 1
    assert message["To"].addresses[0].addr_spec == CLERK
    assert "\nBcc:" not in found.text and message.get_content().startswith("To:")


@given(st.text(), st.text(alphabet=" ,;:<>()[]@\"\\'=?._-aZé\r\n\u2028", min_size=60, max_size=200))
def test_whatever_somebody_is_called_the_draft_goes_to_them_alone(name: str, signs: str) -> None:
    # An address so long that the line has to be folded: there Python forgets the quotes around a name.
    to = f"{'a' * 60}@town.example"
    for called in (name, signs, f"{name} <{BOB}>, {signs}", f"<{BOB}>, {signs}"):
        made = envelope.draft(letter.Letter(called, "t\n"), sender=(called, ATTORNEY), to=(called, to), at=NOW)
        message = parsed(made)
        assert [one.addr_spec for one in message["To"].addresses] == [to]
        assert [one.addr_spec for one in message["From"].addresses] == [ATTORNEY]
        assert len(message.keys()) == 9 and message.get_content() == "t\r\n"


@pytest.mark.parametrize(
    "address", ["no address", "a@b\r\nBcc: c@d.example", "a@b", "a,b@c.example", "ä@town.example", "<x@y.example>", ""]
)
def test_what_is_no_mail_address_gets_no_draft_and_breaks_nothing(address: str) -> None:
    text = letter.Letter("s", "t\n")
    assert envelope.draft(text, sender=("Kim", ATTORNEY), to=("x", address), at=NOW) is None
    assert envelope.draft(text, sender=("Kim", address), to=("x", ANN), at=NOW) is None
    assert envelope.draft(text, sender=("Kim", ATTORNEY), to=("x", ANN), at=NOW) is not None


def test_a_text_in_any_script_survives_the_draft(town: Town) -> None:
    (found,) = drafted(town, hold(town, CLERK, matter="Straße 日本 " + "x" * 300)).notices
    message = parsed(found.mail)
    assert message["Subject"] == "Notice to preserve records: Straße 日本 " + "x" * 300
    assert message.get_content().replace("\r\n", "\n") == found.text
    (found.mail or b"").decode("ascii")
