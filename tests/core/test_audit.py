"""Entries of the ledger: written, chained, and folded into what is in force.

The file they stand in is tested in ``tests/test_ledger.py``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from retention.core.audit import (
    GENESIS,
    Adopted,
    Approved,
    Body,
    Broken,
    Ended,
    Entry,
    Founded,
    InForce,
    Refused,
    Started,
    Stored,
    Torn,
    chain,
    read,
    unsaid,
    write,
)
from tests.core.bodies import AT, BODIES, KIM, PAT, TODAY, intent, outcome

STANDING = tuple(body for body in BODIES if not isinstance(body, Torn))
"""Every kind that may stand after any other: that a line was cut off is said right after that line only."""


def lines(*bodies: Body, by: str = PAT) -> list[bytes]:
    """These bodies as the lines of a ledger, without their newlines."""
    made, previous = [], GENESIS
    for n, body in enumerate(bodies):
        line, previous = write(Entry(n=n, at=AT, by=by, body=body, previous=previous))
        made.append(line[:-1])
    return made


def folded(*bodies: Body, by: str = PAT) -> InForce:
    in_force, previous = InForce(), GENESIS
    for n, line in enumerate(lines(*bodies, by=by)):
        link = read(line, n, previous)
        in_force.add(link.entry)
        previous = link.digest
    return in_force


def known(one: object) -> object:
    """All that a fold knows, book by book."""
    inside = getattr(one, "__dict__", None)
    return {name: known(value) for name, value in inside.items()} if inside is not None else one


# --- the chain


@pytest.mark.parametrize("body", BODIES, ids=lambda body: type(body).__name__)
def test_an_entry_is_read_as_it_was_written(body: Body) -> None:
    entry = Entry(n=7, at=AT, by=KIM, body=body, previous="a" * 64, rehearsal=True)
    line, digest = write(entry)
    assert line.endswith(b"\n") and line.count(b"\n") == 1
    link = read(line[:-1], 7, "a" * 64)
    assert (link.entry, link.digest) == (entry, digest)


def test_every_kind_of_entry_is_tried_here() -> None:
    assert {type(body) for body in BODIES} == set(Body.__args__)  # type: ignore[attr-defined]


def test_an_entry_can_be_left_unsaid_and_the_chain_is_checked_all_the_same() -> None:
    """What a stranger does who is shown only some of the entries: heads, their digests, and what they name."""
    previous = GENESIS
    for n, line in enumerate(lines(*STANDING)):
        shown = json.loads(unsaid(line) if n % 2 else line)
        head = unsaid(line)[len('{"digest":"') + 64 + len('","head":') : -1]
        assert sha256(head).hexdigest() == shown["digest"] and shown["head"]["previous"] == previous
        assert ("said" in shown) is not bool(n % 2)
        previous = shown["digest"]


def test_an_unsaid_entry_is_no_entry_of_a_ledger() -> None:
    with pytest.raises(Broken, match="entry 0"):
        read(unsaid(lines(BODIES[0])[0]), 0, GENESIS)


FIRST_FORM = (
    b'{"digest":"%s","entry":{"at":"2026-11-20T15:00:00Z","body":{"city":"Town","kind":"founded"},'
    b'"by":"pat.ortiz@town.example","n":0,"previous":"' + b"0" * 64 + b'","rehearsal":false}}'
)


def test_an_entry_of_the_first_form_is_read_on_and_followed() -> None:
    raw = FIRST_FORM[FIRST_FORM.index(b'"entry":') + 8 : -1]
    line = FIRST_FORM.replace(b"%s", sha256(raw).hexdigest().encode())
    link = read(line, 0, GENESIS)
    assert link.entry.body == Founded(city="Town")
    after, _ = write(Entry(n=1, at=AT, by=KIM, body=BODIES[0], previous=link.digest))
    assert [one.entry.n for one in chain([line, after[:-1]])] == [0, 1]
    with pytest.raises(Broken, match="digest"):
        read(line.replace(b"Town", b"Tows"), 0, GENESIS)


def test_each_entry_bears_the_digest_of_the_one_before() -> None:
    links = list(chain(lines(*STANDING)))
    assert [link.entry.body for link in links] == list(STANDING)
    assert [link.entry.previous for link in links] == [GENESIS, *(link.digest for link in links[:-1])]


def test_the_same_entry_always_gives_the_same_line() -> None:
    counts = {"b": {"seen": 1, "kept": 1}, "a": {"kept": 0, "seen": 0}}
    turned = {name: dict(reversed(counts[name].items())) for name in reversed(counts)}
    assert lines(Ended(plan="p", counts=counts)) == lines(Ended(plan="p", counts=turned))


@given(data=st.data())
def test_one_flipped_bit_anywhere_breaks_the_chain_and_names_the_entry(data: st.DataObject) -> None:
    made = lines(*STANDING)
    n = data.draw(st.integers(0, len(made) - 1))
    at, bit = data.draw(st.integers(0, len(made[n]) - 1)), data.draw(st.integers(0, 7))
    bad = bytearray(made[n])
    bad[at] ^= 1 << bit
    with pytest.raises(Broken, match=f"entry {n} "):
        list(chain([*made[:n], bytes(bad), *made[n + 1 :]]))


@pytest.mark.parametrize("n", range(len(STANDING) - 1))
def test_a_missing_a_doubled_or_a_swapped_entry_is_found(n: int) -> None:
    made = lines(*STANDING)
    for changed in (
        made[:n] + made[n + 1 :],
        made[: n + 1] + made[n:],
        [*made[:n], made[n + 1], made[n], *made[n + 2 :]],
    ):
        with pytest.raises(Broken):
            list(chain(changed))


def test_an_entry_of_another_ledger_does_not_fit_in() -> None:
    made, other = lines(*STANDING), lines(Founded(city="Elsewhere"), *STANDING[1:])
    with pytest.raises(Broken, match="entry 5 does not follow"):
        list(chain([*made[:5], *other[5:]]))


def test_the_end_of_a_chain_can_be_read_alone() -> None:
    made = lines(*STANDING)
    whole = list(chain(made))
    assert list(chain(made[5:], 5, whole[4].digest)) == whole[5:]


def torn_lines(fragment: bytes, said: bytes) -> list[bytes]:
    """Two entries, a fragment, an entry that says which line was cut off, and one more."""
    made = lines(*BODIES[:2])
    previous = list(chain(made))[-1].digest
    torn, digest = write(Entry(n=2, at=AT, by=PAT, body=Torn(line=sha256(said).hexdigest()), previous=previous))
    last, _ = write(Entry(n=3, at=AT, by=PAT, body=Approved(plan="p", steps=1), previous=digest))
    return [*made, fragment, torn[:-1], last[:-1]]


def test_a_line_cut_off_by_a_crash_is_passed_over_where_the_next_entry_says_so() -> None:
    assert [link.entry.n for link in chain(torn_lines(b'{"digest":"ab', b'{"digest":"ab'))] == [0, 1, 2, 3]


def test_a_damaged_line_is_not_passed_over_because_another_was_cut_off() -> None:
    with pytest.raises(Broken, match="entry 2"):
        list(chain(torn_lines(b'{"digest":"ab', b'{"digest":"cd')))


def test_a_cut_off_line_that_was_taken_out_is_missed() -> None:
    whole = torn_lines(b"x", b"x")
    with pytest.raises(Broken, match="entry 2 says that a line before it was cut off"):
        list(chain([*whole[:2], *whole[3:]]))


@pytest.mark.parametrize(
    "spoilt",
    (
        lambda line: line.replace(b',"said":', b', "said":'),
        lambda line: line.replace(b'"head":', b'"head": '),
        lambda line: line[:-1] + b" }",
        lambda line: line[:-1] + b',"said":{}}',
        lambda line: line[:-1] + b',"entry":{}}',
        lambda line: b" " + line,
        lambda line: line.replace(b'{"digest"', b'{"Digest"'),
        lambda line: line.upper(),
        lambda line: line[:150],
        lambda line: b"",
    ),
)
def test_nothing_may_stand_in_a_line_that_the_digests_do_not_cover(spoilt: Callable[[bytes], bytes]) -> None:
    (line,) = lines(BODIES[0])
    assert read(line, 0, GENESIS)
    with pytest.raises(Broken, match="entry 0"):
        read(spoilt(line), 0, GENESIS)


def test_two_sayings_in_one_line_are_no_entry_even_where_the_digests_cover_both() -> None:
    """Readers of JSON would take the second, and the digest is of both."""
    (line,) = lines(BODIES[0])
    said = line[line.index(b',"said":{') + 8 : -1]
    both = said + b',"said":' + said
    old, new = sha256(said).hexdigest().encode(), sha256(both).hexdigest().encode()
    head = line[line.index(b'"head":') + 7 : line.index(b',"said":{')].replace(old, new)
    forged = b'{"digest":"' + sha256(head).hexdigest().encode() + b'","head":' + head + b',"said":' + both + b"}"
    with pytest.raises(Broken, match="cannot be read"):
        read(forged, 0, GENESIS)


def test_two_damaged_lines_are_never_passed_over() -> None:
    whole = torn_lines(b"x", b"x")
    with pytest.raises(Broken, match="entry 2"):
        list(chain([*whole[:2], b"y", *whole[2:]]))


def test_a_damaged_last_line_is_not_taken_for_a_crash() -> None:
    with pytest.raises(Broken, match="entry 2"):
        list(chain(torn_lines(b"x", b"x")[:3]))


# --- adoptions and approvals


def test_nothing_is_in_force_in_an_empty_ledger() -> None:
    in_force = folded(Founded(city="Town"))
    assert in_force.adoption("f" * 64, TODAY) is None and list(in_force.holds) == []
    assert (in_force.approvals, in_force.open_intents, in_force.ended) == ({}, {}, set())


def adopted(fingerprint: str = "f", effective_on: date = TODAY) -> Adopted:
    return Adopted(schedule="town", fingerprint=fingerprint, authority="Resolution 1", effective_on=effective_on)


@pytest.mark.parametrize(("days", "in_effect"), [(-1, False), (0, True), (1, True)])
def test_an_adoption_is_in_effect_from_its_day(days: int, in_effect: bool) -> None:
    found = folded(adopted()).adoption("f", TODAY + timedelta(days=days))
    assert (found == adopted()) is in_effect


def test_an_adoption_is_of_exactly_one_edition() -> None:
    in_force = folded(adopted("old"), adopted("new", TODAY + timedelta(days=5)))
    assert in_force.adoption("old", TODAY) is not None
    assert in_force.adoption("new", TODAY) is None
    assert in_force.adoption("", TODAY) is None


def test_a_plan_is_approved_by_each_who_approved_it_and_no_other_plan_is() -> None:
    in_force = InForce()
    for n, (by, plan) in enumerate([(KIM, "p"), (PAT, "p"), (KIM, "p"), (KIM, "q")]):
        in_force.add(Entry(n=n, at=AT, by=by, body=Approved(plan=plan, steps=1), previous=GENESIS))
    assert {plan: set(given) for plan, given in in_force.approvals.items()} == {"p": {KIM, PAT}, "q": {KIM}}


def test_an_attempt_that_was_refused_gives_nothing() -> None:
    in_force = folded(Refused(act="approve", why="no"), Started(plan="p", holds="h"), Torn(line="0"))
    assert known(in_force) == known(InForce())


# --- how far a plan got


def test_an_intent_is_open_until_its_own_outcome() -> None:
    in_force = folded(intent(1), intent(2), outcome(1), intent(1, plan="q"), outcome(2, plan="q"))
    assert list(in_force.open_intents) == [("p", 2), ("q", 1)]
    assert in_force.open_intents["p", 2] == intent(2)


@pytest.mark.parametrize("result", ["captured", "purged", "held", "skipped"])
def test_every_outcome_closes_its_intent(result: str) -> None:
    in_force = folded(intent(), outcome(result=result))
    assert in_force.open_intents == {}
    assert in_force.outcomes == {"p": {1: outcome(result=result)}}


def test_an_intent_written_again_after_a_crash_is_one_intent() -> None:
    in_force = folded(intent(), intent(), outcome())
    assert in_force.open_intents == {}


def test_a_stored_file_is_remembered_by_plan_and_step_and_does_not_close_the_intent() -> None:
    stored = Stored(plan="p", step=1, digest="d", place="town/fin-1/2025/d", sidecar="s")
    in_force = folded(intent(), stored)
    assert in_force.stored == {("p", 1): stored}
    assert in_force.open_intents == {("p", 1): intent()}


def test_a_plan_has_ended_only_when_it_is_said() -> None:
    assert folded(Started(plan="p", holds="h"), intent(), outcome()).ended == set()
    assert folded(Started(plan="p", holds="h"), Ended(plan="p", counts={})).ended == {"p"}


@pytest.mark.parametrize("cut", range(1, len(STANDING)))
def test_reading_on_later_folds_to_the_same_as_reading_at_once(cut: int) -> None:
    made, in_force = lines(*STANDING), InForce()
    first = list(chain(made[:cut]))
    for link in [*first, *chain(made[cut:], cut, first[-1].digest)]:
        in_force.add(link.entry)
    assert known(in_force) == known(folded(*STANDING))


def test_a_rehearsal_marks_its_entries() -> None:
    entry = Entry(n=0, at=AT, by=KIM, body=BODIES[0], previous=GENESIS)
    assert write(entry)[1] != write(replace(entry, rehearsal=True))[1]
