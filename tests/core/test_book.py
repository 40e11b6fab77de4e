"""The life of holds: placed, amended, released, reinstated; which of their scopes hold on which day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.core.authority import HoldKind
from retention.core.hold import (
    Book,
    Hold,
    HoldAmended,
    HoldPlaced,
    HoldReached,
    HoldReinstated,
    HoldReleased,
    Scope,
    Told,
)

AT = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
TODAY = date(2026, 11, 21)
GRACE = TODAY + timedelta(days=30)
ELM, OAK = Scope(words=("elm",)), Scope(words=("oak",))


def hold(name: str = "elm", scope: Scope = ELM) -> Hold:
    return Hold(
        name=name,
        matter="Elm",
        kind=HoldKind.LEGAL,
        reason="claim",
        scope=scope,
        placed_at=AT,
        placed_by="kim@t.example",
    )


def book(*told: Told) -> Book:
    made = Book()
    for n, one in enumerate(told):
        made.add(n, AT, "kim@t.example", one)
    return made


def scopes(made: Book, today: date = TODAY, untrusted: tuple[int, ...] = ()) -> dict[str, list[Scope]]:
    """For every hold that holds on that day, the scopes that do."""
    found = {
        name: [version.scope for version in state.in_force(today, lambda entry: entry not in untrusted)]
        for name, state in made.states.items()
    }
    return {name: holding for name, holding in found.items() if holding}


def released(name: str = "elm", until: date = GRACE) -> HoldReleased:
    return HoldReleased(name=name, reason="settled", until=until)


def amended(scope: Scope, until: date = GRACE) -> HoldAmended:
    return HoldAmended(name="elm", scope=scope, reason="more is known", until=until)


def test_a_hold_holds_from_the_moment_it_is_placed_and_for_ever() -> None:
    for day in (date.min, TODAY, date.max):
        assert scopes(book(HoldPlaced(hold=hold())), day) == {"elm": [ELM]}


@pytest.mark.parametrize(("days", "holds"), [(-1, True), (0, True), (29, True), (30, False), (31, False)])
def test_a_released_hold_holds_until_the_end_of_its_grace(days: int, holds: bool) -> None:
    made = book(HoldPlaced(hold=hold()), released())
    assert bool(scopes(made, TODAY + timedelta(days=days))) is holds


def test_releasing_one_hold_releases_no_other() -> None:
    made = book(*(HoldPlaced(hold=hold(name)) for name in ("elm", "elm-2", "oak")), released(until=TODAY))
    assert list(scopes(made)) == ["elm-2", "oak"]


def test_what_is_told_of_a_hold_that_never_was_changes_nothing() -> None:
    made = book(HoldPlaced(hold=hold()), released("ELM", date.min), HoldReinstated(name="oak", reason="r"))
    assert scopes(made) == {"elm": [ELM]} and list(made.states) == ["elm"]


def test_a_released_hold_is_remembered_with_all_that_was_done() -> None:
    state = book(HoldPlaced(hold=hold()), released(until=TODAY)).states["elm"]
    assert [type(moment.told) for moment in state.history] == [HoldPlaced, HoldReleased]
    assert state.released is not None and state.released.reason == "settled"


def test_two_holds_that_were_given_one_name_both_hold() -> None:
    made = book(HoldPlaced(hold=hold()), HoldPlaced(hold=hold(scope=OAK)))
    assert sorted(map(str, scopes(made).values())) == sorted(map(str, ([ELM], [OAK])))


def test_a_release_of_a_name_that_two_holds_bear_releases_the_later_one_only() -> None:
    made = book(HoldPlaced(hold=hold()), HoldPlaced(hold=hold(scope=OAK)), released(until=TODAY))
    assert list(scopes(made).values()) == [[ELM]]


def test_an_amended_hold_holds_by_both_scopes_until_the_grace_is_over() -> None:
    made = book(HoldPlaced(hold=hold()), amended(OAK))
    assert scopes(made) == {"elm": [ELM, OAK]}
    assert scopes(made, GRACE) == {"elm": [OAK]}


def test_a_hold_reinstated_within_the_grace_holds_for_ever_again() -> None:
    made = book(HoldPlaced(hold=hold()), released(), HoldReinstated(name="elm", reason="not settled"))
    assert scopes(made, date.max) == {"elm": [ELM]}


def test_a_release_that_cannot_be_trusted_releases_nothing() -> None:
    made = book(HoldPlaced(hold=hold()), released(until=TODAY))
    assert scopes(made, date.max, untrusted=(1,)) == {"elm": [ELM]}


def test_an_amendment_that_cannot_be_trusted_widens_and_never_narrows() -> None:
    made = book(HoldPlaced(hold=hold()), amended(OAK))
    assert scopes(made, date.max, untrusted=(1,)) == {"elm": [ELM, OAK]}


def test_whom_a_version_reached_is_joined_and_never_forgotten() -> None:
    first = HoldReached(name="elm", version=1, term="custodian a@t.example", addresses=("a@t.example",), mailboxes=())
    then = HoldReached(name="elm", version=1, term="custodian a@t.example", addresses=(), mailboxes=("box-a",))
    state = book(HoldPlaced(hold=hold()), first, then, amended(OAK)).states["elm"]
    reach = state.versions[0].reach["custodian a@t.example"]
    assert (reach.addresses, reach.mailboxes) == ({"a@t.example"}, {"box-a"})
    assert state.versions[1].reach == {}


ACTS = st.lists(
    st.tuples(st.sampled_from(["place", "amend", "release", "reinstate"]), st.sampled_from("ab"), st.integers(0, 40)),
    max_size=12,
)


@given(acts=ACTS, day=st.integers(0, 80))
def test_no_scope_ends_before_a_grace_that_began_with_its_release_or_amendment_is_over(
    acts: list[tuple[str, str, int]], day: int
) -> None:
    """Whatever is done in whatever order: what was in force stays so until the end that its own ending names."""
    made, today = Book(), TODAY + timedelta(days=day)
    ends: dict[tuple[str, Scope], date] = {}
    current: dict[str, Scope] = {}
    for n, (what, name, length) in enumerate(acts):
        until = TODAY + timedelta(days=length)
        if what == "place" and name not in current:
            current[name] = Scope(words=(f"{name} {n}",))
            made.add(n, AT, "kim", HoldPlaced(hold=hold(name, current[name])))
        elif what == "amend" and name in current:
            ends[name, current[name]] = until
            current[name] = Scope(words=(f"{name} {n}",))
            made.add(n, AT, "kim", HoldAmended(name=name, scope=current[name], reason="r", until=until))
        elif what == "release" and name in current:
            made.add(n, AT, "kim", released(name, until))
        elif what == "reinstate" and name in current:
            made.add(n, AT, "kim", HoldReinstated(name=name, reason="r"))
    holding = scopes(made, today)
    for name, scope in current.items():
        release = made.states[name].released
        if release is None or today < release.until:
            assert scope in holding[name]
            for (of, old), until in ends.items():
                assert of != name or (old in holding[name]) is (today < until)
        else:
            promised = [old for (of, old), until in ends.items() if of == name and today < until]
            assert holding.get(name, []) == promised
