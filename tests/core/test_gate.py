"""The law's gates: which consents each state asks for, how they are read, and what never counts as one."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.core import law
from retention.core.consent import ConsentRecorded, Consents, ConsentWithdrawn, grouped
from retention.core.gate import Gate, authority, gates_for, opened, shut
from retention.core.schedule import Schedule, fingerprint
from retention.core.schedule import parse as parse_schedule

LAWS = Path(__file__).resolve().parent.parent.parent / "schedules" / "law"
TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 15, tzinfo=UTC)
GATE = {
    "id": "resolution",
    "title": "Resolution of the council",
    "by": "Town Council",
    "reference": "resolution number",
    "citation": "Town Code 2",
    "source": "https://town.example/code",
}
ROW = {
    "id": "town-papers",
    "title": "Papers",
    "retain": "3 years after received",
    "then": "destroy",
    "citation": "Town Code 2",
    "source": "https://town.example/schedule",
    "example": [{"folder": "town-papers", "belongs": True}],
}
UNSCHEDULED = {
    **ROW,
    "id": "town-relics",
    "retain": "not scheduled",
    "example": [{"folder": "town-relics", "belongs": True}],
}


def read(*gates, rows=(ROW,), **head):
    whole = {"title": "Town", "authority": "Council", "edition": "2026", "jurisdiction": "Town", **head}
    data = {"schedule": whole, "series": list(rows)}
    return parse_schedule(data | ({"gate": list(gates)} if gates else {}), "town")


def schedule(*gates, **more) -> Schedule:
    one, problems = read(*gates, **more)
    assert one is not None, [str(problem) for problem in problems]
    return one


def problems(*gates, **more) -> list[str]:
    one, found = read(*gates, **more)
    assert one is None
    return [str(problem) for problem in found]


def state(name: str) -> law.Law:
    one, found = law.parse(tomllib.loads((LAWS / f"{name}.toml").read_text(encoding="utf-8")))
    assert one is not None, [str(problem) for problem in found]
    return one


def under(name: str, *gates, **more) -> Schedule:
    one, found = law.under(schedule(*gates, **more), state(name))
    assert one is not None, [str(problem) for problem in found]
    return one


def needed(one: Schedule, series: int | None = 0) -> list[str]:
    return [gate.id for gate in gates_for(one, None if series is None else one.series[series])]


# --- the five states --------------------------------------------------------------------------------------------------

STATES = {
    "california": (["council-resolution", "attorney-consent"], ["council-resolution", "attorney-consent"]),
    "massachusetts": (["supervisor-permission"], ["supervisor-permission"]),
    "minnesota": ([], ["pr-1"]),
    "michigan": ([], []),
    "connecticut": (["disposition-authorization"], ["disposition-authorization"]),
}
"""What a record that a schedule lists needs in each state, and what one that none lists."""


@pytest.mark.parametrize("name", STATES)
def test_each_state_asks_for_its_own_consents(name):
    listed, unlisted = STATES[name]
    one = under(name)
    assert one.gated
    assert (needed(one), needed(one, None)) == (listed, unlisted)


@pytest.mark.parametrize("name", STATES)
def test_every_gate_of_a_state_says_who_gives_it_what_is_on_it_and_for_how_long_it_counts(name):
    for gate in state(name).gates:
        assert gate.by and gate.reference and gate.citation and gate.source and gate.form and gate.verified
        assert gate.valid_for == 365 and "one year is this product's own caution" in gate.note


def test_only_a_one_time_authority_in_minnesota_is_for_what_no_schedule_lists():
    assert [name for name in STATES for gate in state(name).gates if gate.when == "unscheduled"] == ["minnesota"]


def test_only_the_consent_of_the_city_attorney_is_given_by_an_office_of_the_city():
    offices = {gate.id: gate.office for name in STATES for gate in state(name).gates if gate.office}
    assert offices == {"attorney-consent": "City Attorney"}


def test_a_series_that_waits_for_a_schedule_is_one_that_none_lists():
    one = under("minnesota", rows=(ROW, UNSCHEDULED))
    assert (needed(one, 0), needed(one, 1)) == ([], ["pr-1"])


@pytest.mark.parametrize("name", STATES)
def test_a_permission_that_is_not_required_opens_only_the_gate_that_can_be_left_out(name):
    row = {**ROW, "permission": "not required"}
    one, found = law.under(schedule(rows=(row,)), state(name))
    if name == "massachusetts":
        assert one is not None and needed(one) == [] and needed(one, None) == ["supervisor-permission"]
    else:
        assert one is None
        (problem,) = found
        assert (problem.series, problem.key) == ("town-papers", "permission")
        assert "no gate of this schedule can be left out" in problem.sentence


def test_a_waiver_leaves_every_gate_that_cannot_be_left_out():
    clerk = {**GATE, "id": "clerk-consent"}
    row = {**ROW, "permission": "not required"}
    assert needed(under("massachusetts", clerk, rows=(row,))) == ["clerk-consent"]


def test_a_series_that_waits_for_a_schedule_is_waived_nothing():
    one = under("massachusetts", rows=({**UNSCHEDULED, "permission": "not required"},))
    assert needed(one) == ["supervisor-permission"]


def test_what_a_city_asks_for_itself_comes_after_what_the_law_asks():
    clerk = {**GATE, "id": "clerk-consent", "office": "City Clerk"}
    one = under("california", clerk)
    assert needed(one) == ["council-resolution", "attorney-consent", "clerk-consent"]


def test_a_schedule_cannot_replace_a_gate_of_the_law():
    _, found = law.under(schedule({**GATE, "id": "attorney-consent"}), state("california"))
    assert [str(one) for one in found] == [
        "gate 1.id: 'attorney-consent' is a gate of Destruction of city records (Gov. Code 34090) already; "
        "give this one an id of its own"
    ]


def test_a_schedule_cannot_say_that_a_law_with_gates_has_none():
    _, found = law.under(schedule(law="none", gates="none"), state("california"))
    assert [problem.key for problem in found] == ["schedule.gates"]
    assert "The legislative body's resolution" in found[0].sentence


@pytest.mark.parametrize("name", STATES)
def test_gates_leave_the_floor_and_the_classes_of_the_law_as_they_are(name):
    plain, own = under(name), under(name, GATE)
    assert [one.enforced for one in plain.series] == [one.enforced for one in own.series]
    row = {**ROW, "retain": "1 year after received", "title": "Land records, deeds, minutes and approved PR-1s"}
    undone, found = law.under(schedule(GATE, rows=(row,)), state(name))
    assert (undone is None) == bool(state(name).never or state(name).floor)
    assert {problem.key for problem in found} <= {"law"}


# --- reading ----------------------------------------------------------------------------------------------------------


def test_until_somebody_says_which_gates_there_are_nothing_is_gated():
    assert not schedule().gated and not schedule(law="none").gated
    assert schedule(law="none", gates="none").gated and schedule(law="none", gates="none").gates == ()
    assert schedule(GATE).gated


def test_a_gate_holds_what_its_file_says_and_is_cautious_where_it_says_nothing():
    (gate,) = schedule(GATE).gates
    assert (gate.id, gate.by, gate.reference, gate.office) == ("resolution", "Town Council", "resolution number", "")
    assert (gate.valid_for, gate.when, gate.waivable, gate.verified) == (365, "always", False, False)
    more = {"valid_for": "1 day", "when": "unscheduled", "waivable": True, "verified": True, "office": "City Clerk"}
    (gate,) = schedule({**GATE, **more}).gates
    assert (gate.valid_for, gate.when, gate.waivable, gate.verified) == (1, "unscheduled", True, True)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"id": ""}, "gate 1.id: is missing"),
        ({"id": "Big Gate"}, "gate 1.id: 'Big Gate' may hold only small letters, digits and hyphens"),
        ({"by": " "}, "gate 1.by: is missing"),
        ({"reference": 4}, "gate 1.reference: must be text"),
        ({"source": None}, "gate 1.source: is missing"),
        ({"valid_for": "1 year"}, "gate 1.valid_for: must be whole days"),
        ({"valid_for": "0 days"}, "gate 1.valid_for: must be whole days"),
        ({"valid_for": 365}, "gate 1.valid_for: must be text"),
        ({"when": "sometimes"}, "gate 1.when: must be one of always, unscheduled"),
        ({"waivable": "yes"}, "gate 1.waivable: must be true or false"),
        ({"waiveable": True}, "gate 1.waiveable: is not a known key; is 'waivable' meant?"),
    ],
)
def test_what_is_wrong_with_a_gate_is_told_with_its_place(changed, told):
    gate = {key: value for key, value in {**GATE, **changed}.items() if value is not None}
    assert any(one.startswith(told) for one in problems(gate)), problems(gate)


@pytest.mark.parametrize(
    ("gates", "head", "told"),
    [
        ((GATE, GATE), {}, "gate: the id 'resolution' is used more than once"),
        ((), {"gates": "none"}, "schedule.gates: is 'none', but only where law = \"none\""),
        ((), {"gates": "some", "law": "none"}, "schedule.gates: must be 'none' or left out"),
        ((), {"gates": True, "law": "none"}, "schedule.gates: must be text"),
        ((GATE,), {"gates": "none", "law": "none"}, "schedule.gates: is 'none', but there is a [[gate]]"),
    ],
)
def test_two_answers_to_which_gates_there_are_are_told(gates, head, told):
    assert any(one.startswith(told) for one in problems(*gates, **head)), problems(*gates, **head)


@pytest.mark.parametrize(
    ("permission", "gates", "told"),
    [
        ("not needed", (), "must be 'not required' or left out, not 'not needed'"),
        ("not required", (GATE,), "no gate of this schedule can be left out"),
        ("not required", (), "no gate of this schedule can be left out"),
        (True, (), "must be text"),
    ],
)
def test_a_permission_that_nobody_could_give_is_told_at_its_series(permission, gates, told):
    (one,) = problems(*gates, rows=({**ROW, "permission": permission},), law="none")
    assert one.startswith("series town-papers, permission: ") and told in one


# --- the fingerprint --------------------------------------------------------------------------------------------------


def test_a_schedule_that_says_nothing_of_gates_has_the_fingerprint_that_offices_adopted():
    before = "31cac261a6ba7f54"
    assert fingerprint(schedule()).startswith(before)
    assert all(fingerprint(under(name)) == fingerprint(schedule()) for name in STATES)
    assert fingerprint(schedule(law="none")) == fingerprint(schedule())


def test_whatever_a_schedule_says_of_gates_changes_its_fingerprint():
    waivable = {**GATE, "waivable": True}
    said = [
        schedule(),
        schedule(law="none", gates="none"),
        schedule(GATE),
        schedule(waivable),
        schedule(waivable, rows=({**ROW, "permission": "not required"},), law="none"),
        *(schedule({**GATE, key: "another"}) for key in ("title", "by", "office", "reference", "citation", "form")),
        schedule({**GATE, "valid_for": "30 days"}),
        schedule({**GATE, "when": "unscheduled"}),
    ]
    assert len({fingerprint(one) for one in said}) == len(said)
    assert fingerprint(schedule({**GATE, "note": "read aloud"})) == fingerprint(schedule(GATE))
    assert fingerprint(under("california", GATE)) == fingerprint(schedule(GATE))


# --- which are shut ---------------------------------------------------------------------------------------------------

(RESOLUTION,) = schedule(GATE).gates
DIGESTS = st.integers(0, 9).map(lambda n: f"{n:064x}")
PLACES = st.builds("town/town-papers/{}/{}".format, st.sampled_from(["2020", "2021"]), DIGESTS)
DAYS = st.integers(-800, 800).map(lambda days: TODAY + timedelta(days=days))


def said(places, given_on=TODAY, until=None, gate="resolution", name="town", of=None) -> ConsentRecorded:
    return ConsentRecorded(
        gate=gate,
        schedule=name,
        reference="R 2026-14",
        given_by="Town Council",
        given_on=given_on,
        until=until,
        records=dict(grouped(places)),
        authority=authority(of or RESOLUTION),
    )


def filed(*told) -> Consents:
    consents = Consents()
    for n, one in enumerate(told):
        consents.add(n, NOW, "ana.holm@town.example", one)
    return consents


def why(place, consents, *, gate: Gate = RESOLUTION, counts=lambda n: True, today=TODAY) -> str:
    """Why the gate is shut for this record; empty where it is open."""
    found = tuple(shut((gate,), place, "town", consents, today, counts))
    entries = opened((gate,), place, "town", consents, today, counts)
    assert len(found) + len(entries) == 1, "a gate is open or shut, and never both"
    return found[0].sentence if found else ""


A, B = (f"town/town-papers/2020/{n:064x}" for n in (1, 2))


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ((), "no consent is on file; it is given by Town Council"),
        ((said([B]),), "no consent on file names this record (1 for others)"),
        ((said([A], gate="another"),), "no consent is on file"),
        ((said([A], name="other"),), "no consent is on file"),
        ((said([A], until=TODAY - timedelta(days=1), given_on=TODAY - timedelta(days=9)),), "expired on 2026-11-20"),
        ((said([A], given_on=TODAY - timedelta(days=366)),), "expired on 2026-11-20"),
        ((said([A], until=date.max, given_on=TODAY - timedelta(days=366)),), "expired on 2026-11-20"),
        ((said([A], given_on=TODAY + timedelta(days=1)),), "is of 2026-11-22, which has not come yet"),
        (
            (said([A]), ConsentWithdrawn(entry=0, reason="rescinded")),
            "the consent of entry 0 (R 2026-14) was withdrawn",
        ),
    ],
)
def test_why_a_gate_is_shut_is_said_in_a_sentence(told, sentence):
    assert sentence in why(A, filed(*told))
    assert why(A, filed(*told)).startswith("Resolution of the council: ")


def test_a_consent_counts_on_its_first_day_and_on_its_last():
    for given_on in (TODAY, TODAY - timedelta(days=365)):
        assert why(A, filed(said([A], given_on=given_on))) == ""
    assert why(A, filed(said([A], given_on=TODAY - timedelta(days=9), until=TODAY))) == ""


def test_a_second_consent_opens_what_the_first_no_longer_does():
    consents = filed(said([A]), ConsentWithdrawn(entry=0, reason="a slip"), said([A, B]))
    assert opened((RESOLUTION,), A, "town", consents, TODAY, lambda n: True) == (2,)


def test_what_cannot_be_relied_on_opens_nothing_and_is_asked_only_of_what_would():
    asked = []
    consents = filed(said([A]), said([B]), said([A], given_on=TODAY + timedelta(days=1)))
    assert "cannot be relied on" in why(A, filed(said([A])), counts=lambda n: False)
    tuple(shut((RESOLUTION,), A, "town", consents, TODAY, lambda n: bool(asked.append(n))))
    assert asked == [0]


def test_a_law_that_lets_consents_last_less_long_shuts_what_it_opened():
    (short,) = schedule({**GATE, "valid_for": "30 days"}).gates
    consents = filed(said([A], given_on=TODAY - timedelta(days=31), until=TODAY + timedelta(days=300)))
    assert why(A, consents) == "" and "expired on 2026-11-20" in why(A, consents, gate=short)


@given(listed=st.sets(PLACES, min_size=1), asked=PLACES)
def test_a_record_that_is_not_in_the_list_is_never_covered(listed, asked):
    assert (why(asked, filed(said(listed))) == "") == (asked in listed)


@given(given_on=DAYS, until=st.none() | DAYS, today=DAYS, days=st.integers(1, 700))
def test_a_consent_never_counts_before_it_was_given_nor_after_any_of_its_ends(given_on, until, today, days):
    (gate,) = schedule({**GATE, "valid_for": f"{days} days"}).gates
    is_open = why(A, filed(said([A], given_on, until)), gate=gate, today=today) == ""
    assert is_open == (given_on <= today <= min(until or date.max, given_on + timedelta(days=days)))


@given(given_on=DAYS, until=st.none() | DAYS, today=DAYS)
def test_a_withdrawn_consent_never_counts(given_on, until, today):
    assert why(A, filed(said([A], given_on, until), ConsentWithdrawn(entry=0, reason="x")), today=today) != ""


@given(days=st.integers(0, 3_000_000))
def test_no_day_is_beyond_the_calendar(days):
    today = date.min + timedelta(days=days)
    assert why(A, filed(said([A], today)), today=today) == ""


def test_each_gate_is_opened_by_a_consent_of_its_own():
    gates = under("california").gates
    council, attorney = gates
    resolved = filed(said([A], gate=council.id, of=council))
    assert [one.gate.id for one in shut(gates, A, "town", resolved, TODAY, lambda n: True)] == ["attorney-consent"]
    both = filed(said([A], gate=council.id, of=council), said([A], gate=attorney.id, of=attorney))
    assert opened(gates, A, "town", both, TODAY, lambda n: True) == (0, 1)
