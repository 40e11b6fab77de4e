"""What is around a message: its direction, and the posts of its custodian at that time."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from msgspec.structs import replace

from retention.core.around import Around, Looker, Surroundings
from retention.core.message import Mailbox
from retention.core.person import Person, Roll, Term
from tests.core.matching import NOTE

ANA = Person(address="ana@town.example", departments=(Term(of="Finance", to_on=date(2024, 12, 31)), Term(of="Parks")))
BO = Person(address="bo@town.example")
ROLL = Roll((ANA, BO), {"Mayor": (Term(of=ANA.address, from_on=date(2025, 1, 1)),)})
LOOKER = Looker(Surroundings(ROLL, ("town.example",), "America/Chicago"))
BOX = Mailbox(id="box", address=ANA.address)


def around(mailbox: Mailbox = BOX, **fields: object) -> Around:
    return LOOKER.around(replace(NOTE, **fields), mailbox)


@pytest.mark.parametrize(
    ("sender", "to", "direction"),
    [
        ("ana@town.example", ("bo@town.example",), "internal"),
        ("ana@town.example", ("bo@parks.town.example",), "internal"),
        ("ana@town.example", ("bo@town.example", "jo@x.example"), "outbound"),
        ("ana@town.example", ("jo@eviltown.example",), "outbound"),
        ("jo@x.example", ("ana@town.example",), "inbound"),
        ("jo@town.example.evil.example", ("ana@town.example",), "inbound"),
        ("ANA@TOWN.EXAMPLE", ("bo@town.example",), "internal"),
        ("jo@x.example", (), "inbound"),
        ("ana@town.example", (), None),
        ("", ("ana@town.example",), None),
        ("/o=exchangelabs/cn=ana", ("ana@town.example",), None),
        ("ana@town.example", ("/o=exchangelabs/cn=bo",), None),
        (None, ("ana@town.example",), None),
        ("ana@town.example", None, None),
    ],
)
def test_a_direction_is_told_by_who_is_outside_and_unknown_where_somebody_is(sender, to, direction):
    assert around(sender=sender, to=to).direction == direction


def test_a_blind_copy_to_the_outside_is_outbound():
    assert around(sender=ANA.address, bcc=("jo@x.example",)).direction == "outbound"


def test_a_city_without_domains_knows_no_direction():
    assert Looker(Surroundings(ROLL, (), "UTC")).around(NOTE, BOX).direction is None


@pytest.mark.parametrize(
    ("at", "departments", "offices"),
    [
        (datetime(2024, 12, 31, 12, tzinfo=UTC), ("Finance", "Parks"), ()),
        # Five hours before midnight in Chicago.
        (datetime(2025, 1, 1, 5, tzinfo=UTC), ("Finance", "Parks"), ()),
        (datetime(2025, 1, 1, 6, tzinfo=UTC), ("Parks",), ("Mayor",)),
        (None, None, None),
    ],
)
def test_posts_are_those_of_the_day_in_the_city_on_which_it_was_received(at, departments, offices):
    found = around(received_at=at)
    assert (found.departments, found.offices) == (departments, offices)


def test_an_alias_of_a_mailbox_is_its_custodian_too():
    renamed = Mailbox(id="box", address="mayor@town.example", aliases=(ANA.address,))
    assert around(renamed, received_at=datetime(2026, 1, 1, 12, tzinfo=UTC)).offices == ("Mayor",)


def test_somebody_of_whom_nothing_is_said_has_unknown_posts_and_not_none():
    stranger = around(Mailbox(id="x", address="x@town.example"), received_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert (stranger.departments, stranger.offices) == (None, None)
    listed = around(Mailbox(id="x", address=BO.address), received_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert (listed.departments, listed.offices) == (None, ())


def test_files_of_mail_have_the_posts_of_whoever_they_were_added_for():
    files = Mailbox(id="files:1", address=f"{ANA.address}/old.pst", kind="files")
    at = datetime(2025, 6, 1, 12, tzinfo=UTC)
    assert around(files, received_at=at) == around(BOX, received_at=at)
    assert around(files, received_at=at).offices == ("Mayor",)
