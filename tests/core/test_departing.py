"""Who is about to leave, and whose mailbox may soon be deleted for that."""

from __future__ import annotations

from datetime import date

import pytest

from retention.core.message import Mailbox
from retention.core.person import Person, Term
from retention.core.personnel import AtRisk, departures, going

ANN, BOB, PERMITS = "ann@town.example", "bob@town.example", "permits@town.example"
TODAY = date(2026, 11, 21)
BOX = Mailbox(id="box", address=ANN, aliases=("a.maiden@town.example",))


def term(first: str = "", last: str = "") -> Term:
    return Term(
        of="", from_on=date.fromisoformat(first) if first else None, to_on=date.fromisoformat(last) if last else None
    )


GONE, STAYS, GOES = term("2010-01-04", "2020-05-01"), term("2018-03-01"), term("2018-03-01", "2026-11-30")
LEFT = Person(address=ANN, name="Ann", employed=(GONE,))


@pytest.mark.parametrize(
    ("employed", "leaves"),
    [
        ((), None),
        ((term("2020-01-06"),), None),
        ((term("2020-01-06", "2026-11-21"),), TODAY),
        ((term("2020-01-06", "2026-12-05"),), date(2026, 12, 5)),
        ((term("2020-01-06", "2026-12-06"),), None),
        ((term("2020-01-06", "2026-11-20"),), None),
        ((term("2020-01-06", "2026-12-01"), term("2026-12-02")), None),
        ((term("2020-01-06", "2026-12-01"), term("2027-03-01")), date(2026, 12, 1)),
        ((term("2026-12-01", "2026-12-03"),), None),
    ],
)
def test_a_departure_is_the_last_day_of_who_works_here_today(employed: tuple[Term, ...], leaves: date | None) -> None:
    assert departures(Person(address=ANN, employed=employed), TODAY, 14) == leaves


@pytest.mark.parametrize(
    ("people", "why"),
    [
        ((), ""),
        ((Person(address=ANN, employed=(STAYS,)),), ""),
        ((LEFT,), "Ann left on 2020-05-01"),
        ((Person(address=ANN, employed=(GONE, term("2027-01-01"))),), f"{ANN} left on 2020-05-01"),
        ((Person(address=ANN, name="Ann", employed=(GOES,), enabled=False),), "Ann leaves on 2026-11-30"),
        ((Person(address=ANN, employed=(STAYS,), enabled=False),), "its account is disabled"),
        ((Person(address=ANN, employed=(GONE,)), Person(address=ANN, id="2", employed=(STAYS,))), ""),
        ((LEFT, Person(address=BOB, addresses=(ANN,))), "Ann left on 2020-05-01"),
        ((Person(address=BOB, addresses=BOX.aliases, employed=(GONE,)),), f"{BOB} left on 2020-05-01"),
        ((Person(address=ANN, enabled=False), Person(address=BOB, mailboxes=(ANN,))), ""),
        ((LEFT, Person(address=BOB, mailboxes=(ANN,))), "Ann left on 2020-05-01"),
        ((Person(address=BOB, mailboxes=(ANN,), employed=(GONE,), enabled=False),), ""),
    ],
)  # fmt: skip
def test_a_mailbox_may_go_with_whoever_has_its_address_now(people: tuple[Person, ...], why: str) -> None:
    assert going(BOX, people, TODAY) == why


@pytest.mark.parametrize(("readable", "first"), [(True, "copy it now"), (False, "bring it back, then copy it")])
def test_it_is_said_what_is_to_be_done(readable: bool, first: str) -> None:
    one = AtRisk(mailbox=ANN, holds=("elm", "oak"), why="its account is disabled", readable=readable)
    said = f"{ANN} is held (elm, oak) and its account is disabled; {first}: `retention hold collect elm`."
    assert str(one) == said
