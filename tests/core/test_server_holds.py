"""The mail system's own holds: in force at once, and until it told them no longer for the whole of the grace period.

How it is asked is in ``tests/jobs/test_server_holds.py``.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from retention.core.authority import HoldKind
from retention.core.hold import Book, Hold, HoldPlaced, HoldReached, HoldReleased, Scope, ServerHoldsTold
from retention.core.hold.foreign import EVERYTHING, ForeignHold
from retention.core.hold.server import called, gathered

DAY = date(2026, 11, 21)
GRACE = 30
ANN, BOB, EVA = "ann@town.example", "bob@town.example", "eva@town.example"
ELM = ForeignHold(origin="UniH1", matter="Elm Street", mailboxes=(ANN,))
OAK = ForeignHold(origin="LitigationHold", matter="Litigation hold", mailboxes=(BOB,))


def after(days: int) -> date:
    return DAY + timedelta(days=days)


class Telling:
    """A book, and the mail system that is asked on this day and that."""

    def __init__(self) -> None:
        self.book, self.entries = Book(), 0

    def tell(self, days: int, *holds: ForeignHold) -> None:
        told = ServerHoldsTold(holds=gathered(holds), on=after(days), until=after(days + GRACE))
        if self.book.is_news(told):
            self.book.add(self.entries, datetime.combine(after(days), time(12), UTC), "cron", told)
            self.entries += 1

    def held(self, days: int) -> set[str]:
        """Whose mail is held on that day."""
        versions = [one for state in self.book for one in state.in_force(after(days), lambda entry: True)]
        return {address for one in versions for address in one.scope.custodians}


def test_what_the_mail_system_tells_is_held_at_once() -> None:
    telling = Telling()
    telling.tell(0, ELM, OAK)
    assert telling.held(0) == {ANN, BOB}
    (elm, oak) = (telling.book.states[name] for name in ("server-elm-street", "server-litigation-hold"))
    assert (elm.hold.matter, elm.hold.origin, elm.hold.placed_by) == ("Elm Street", "UniH1", "the mail system")
    assert elm.is_told and oak.is_told


def test_what_it_tells_no_longer_is_held_until_the_grace_period_is_over_and_it_was_asked_again() -> None:
    telling = Telling()
    telling.tell(0, ELM)
    telling.tell(5)
    assert telling.held(5 + GRACE - 1) == telling.held(5 + GRACE) == telling.held(500) == {ANN}
    telling.tell(5 + GRACE - 1)
    assert telling.held(500) == {ANN}
    telling.tell(5 + GRACE)
    assert telling.held(5 + GRACE) == set()


def test_what_it_tells_again_within_the_grace_period_never_ended() -> None:
    telling = Telling()
    telling.tell(0, ELM)
    telling.tell(5)
    telling.tell(20, ELM)
    telling.tell(100, ELM)
    assert telling.held(100) == {ANN}
    telling.tell(110)
    assert telling.held(110 + GRACE - 1) == {ANN}


def test_what_it_tells_again_after_the_end_is_the_same_hold_in_force_anew() -> None:
    telling = Telling()
    telling.tell(0, ELM)
    telling.tell(5)
    telling.tell(60)
    assert telling.held(60) == set()
    telling.tell(70, ELM)
    assert telling.held(70) == {ANN} and len(telling.book.states) == 1


def test_a_mailbox_that_leaves_a_hold_is_held_through_the_grace_period_too() -> None:
    telling = Telling()
    telling.tell(0, ForeignHold(origin="UniH1", matter="Elm Street", mailboxes=(ANN, BOB)))
    telling.tell(5, ELM)
    assert telling.held(5 + GRACE) == {ANN, BOB}
    telling.tell(5 + GRACE, ELM)
    assert telling.held(5 + GRACE) == {ANN}


def test_a_grace_period_that_became_longer_since_holds_longer() -> None:
    telling = Telling()
    telling.tell(0, ELM)
    telling.tell(5)
    telling.tell(60)
    (state,) = telling.book
    assert state.in_force(after(60), lambda entry: False) == state.versions


def test_a_hold_of_everything_holds_everything() -> None:
    telling = Telling()
    telling.tell(0, ForeignHold(origin="mbx1", matter="All mail", everywhere=True))
    (state,) = telling.book
    assert state.scope == EVERYTHING


def test_the_same_told_again_is_no_news_in_whatever_order() -> None:
    telling = Telling()
    twice = ForeignHold(origin="UniH1", matter="Elm Street", mailboxes=(EVA, ANN.upper()))
    telling.tell(0, ELM, twice, OAK)
    telling.tell(1, OAK, twice, ELM)
    assert telling.entries == 1 and telling.held(1) == {ANN, BOB, EVA}


def test_a_hold_without_a_mailbox_is_none() -> None:
    assert gathered([ForeignHold(origin="UniH1", matter="Elm Street")]) == ()


def test_no_release_of_anybody_ends_it() -> None:
    telling = Telling()
    telling.tell(0, ELM)
    released = HoldReleased(name="server-elm-street", reason="settled", until=DAY)
    telling.book.add(1, datetime(2026, 11, 22, tzinfo=UTC), "kim", released)
    assert telling.held(100) == {ANN}


def test_whom_it_reached_stays_reached() -> None:
    telling = Telling()
    telling.tell(0, ELM)
    reached = HoldReached(
        name="server-elm-street", version=1, term=f"custodian {ANN}", addresses=(), mailboxes=("box-ann",)
    )
    telling.book.add(1, datetime(2026, 11, 22, tzinfo=UTC), "cron", reached)
    (version,) = telling.book.states["server-elm-street"].versions
    assert version.reach[f"custodian {ANN}"].mailboxes == {"box-ann"}


def test_a_hold_that_is_placed_under_its_name_ends_neither() -> None:
    telling = Telling()
    telling.tell(0, ELM)
    name = "server-elm-street"
    hold = Hold(
        name=name, matter="Elm", kind=HoldKind.LEGAL, reason="x", scope=Scope(custodians=(BOB,)),
        placed_at=datetime(2026, 11, 22, tzinfo=UTC), placed_by="kim",
    )  # fmt: skip
    telling.book.add(1, hold.placed_at, "kim", HoldPlaced(hold=hold))
    telling.tell(2, ELM)
    assert telling.held(2) == {ANN, BOB} and len(telling.book.states) == 2
    telling.tell(3)
    telling.tell(60)
    assert telling.held(60) == {BOB}


def test_names_in_later_entries_stay_what_they_are() -> None:
    assert called("Elm Street", ()) == "server-elm-street"
    assert called("Elm Street", ["server-elm-street"]) == "server-elm-street-2"
    assert called("Müll & Co.", ()) == "server-m-ll-co-4e584061"


HOLDS = st.lists(
    st.builds(
        ForeignHold,
        origin=st.sampled_from(["UniH1", "UniH2", "LitigationHold"]),
        matter=st.just("Elm"),
        mailboxes=st.lists(st.sampled_from([ANN, BOB, EVA]), max_size=3).map(tuple),
    ),
    max_size=3,
)


@given(steps=st.lists(st.tuples(st.integers(0, 40), HOLDS), min_size=1, max_size=8))
def test_a_mailbox_is_held_unless_it_was_told_no_longer_for_the_whole_grace_period(
    steps: list[tuple[int, list[ForeignHold]]],
) -> None:
    """By the plainest account there is: on which days it was told, and on which it was not."""
    telling, day = Telling(), 0
    history: list[tuple[int, set[str]]] = []
    for days, holds in steps:
        day += days
        telling.tell(day, *holds)
        history.append((day, {address for hold in gathered(holds) for address in hold.mailboxes}))
    for address in (ANN, BOB, EVA):
        told = [at for at, held in history if address in held]
        if told:
            missing = [at for at, held in history if at >= max(told) and address not in held]
            over = bool(missing) and history[-1][0] - missing[0] >= GRACE
            # More may be held: where one hold let go of it and another had it meanwhile.
            assert address in telling.held(day) or over
        else:
            assert address not in telling.held(day)
        if told and max(told) == history[-1][0]:
            assert address in telling.held(day)


@given(steps=st.lists(st.tuples(st.integers(0, 40), HOLDS), min_size=1, max_size=8))
def test_what_is_no_news_would_change_nothing(steps: list[tuple[int, list[ForeignHold]]]) -> None:
    every, news, day = Book(), Book(), 0
    for n, (days, holds) in enumerate(steps):
        day += days
        told = ServerHoldsTold(holds=gathered(holds), on=after(day), until=after(day + GRACE))
        at = datetime.combine(after(day), time(12), UTC)
        is_news = news.is_news(told)
        every.add(n, at, "cron", told)
        if is_news:
            news.add(n, at, "cron", told)
        assert every.states == news.states
