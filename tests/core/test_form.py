"""What an authority is asked to sign is of exactly the records of the plan, and says only what is known."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from retention.core.form import LIST, RECORDS, SHEETS, Form, forms
from retention.core.plan import WHAT, Basis, DestructionPlan, RecordStep, seal
from retention.core.plan.destruction import FORMAT
from retention.core.schedule import Schedule
from tests.jobs.archive import gate, gated

TODAY = date(2026, 11, 21)


def step(n: int, gates: tuple[str, ...] = (), **more: Any) -> RecordStep:
    told = {
        "n": n,
        "place": f"town/fin-1/2020/{n:064x}",
        "digest": f"{n:064x}",
        "sidecar": "s" * 64,
        "size": 1000,
        "schedule": "town",
        "series": "FIN 1",
        "title": "Bills",
        "retain": "3 years after received",
        "citation": "Code 1",
        "because": "the subject says 'Quetzalcoatl'",
        "due_on": date(2023, 5, n),
        "received_on": date(2020, 5, n),
        "year": 2020,
        "mailboxes": ("ana.holm@town.example",),
        "gates": gates,
    }
    return RecordStep(**{**told, **more})  # type: ignore[arg-type]


def plan(*steps: RecordStep, held: int = 0) -> DestructionPlan:
    return seal(
        DestructionPlan(
            what=WHAT,
            format=FORMAT,
            city="San José",
            made_at=datetime(2026, 11, 21, 15, tzinfo=UTC),
            made_by="cron@town.example",
            rehearsal=False,
            basis=Basis(schedules={}, holds="h", rules="r"),
            considered=len(steps) + held,
            kept=0,
            held=held,
            held_by={"elm": held} if held else {},
            stays=(),
            reviewed={},
            one_time=False,
            steps=steps,
        )
    )


CALIFORNIA = gated(
    gate("council", form="council-resolution"),
    gate("attorney", form="attorney-consent", title="The attorney's consent"),
)

UNGATED = replace(CALIFORNIA, gates=(), own_gates=())


def made(schedule: Schedule, *steps: RecordStep, held: int = 0) -> tuple[Form, ...]:
    return tuple(forms(plan(*steps, held=held), (schedule,), TODAY))


def test_each_gate_has_its_own_form_and_each_names_the_records_that_need_it() -> None:
    attorney, council = made(CALIFORNIA, step(1, ("council", "attorney")), step(2, ("council",)))
    assert (council.id, len(council.steps)) == ("council-resolution", 2)
    assert (attorney.id, len(attorney.steps)) == ("attorney-consent", 1)
    assert council.plan == attorney.plan and len(council.plan) == 64


def test_where_no_gate_asks_for_a_form_a_list_is_written() -> None:
    (form,) = made(UNGATED, step(1), step(2))
    assert form.id == LIST and form.name == "town-list"
    assert "the adopted schedule is the authority" in " ".join(form.declares)


def test_a_city_s_own_gate_has_a_form_too() -> None:
    (form,) = made(gated(gate("clerk", form="our-own", by="the City Clerk")), step(1, ("clerk",)))
    assert form.id == "our-own" and ("Given by", "the City Clerk") in form.facts


@pytest.mark.parametrize("id_", [one for one in SHEETS if one != LIST])
def test_every_form_says_what_there_is_and_leaves_the_rest_to_be_filled_in(id_: str) -> None:
    (form,) = made(gated(gate("g", form=id_)), step(1, ("g",)), step(2, ("g",)))
    values = dict(form.facts)
    assert "San José" in values.values() and "" in values.values()
    assert form.signers and all(form.declares)
    assert not {"volume", "span", "store", "method", "schedule", "city"} & set(values.values())


def test_rmu_2_has_what_it_asks_for() -> None:
    (form,) = made(gated(gate("g", form="rmu-2")), step(1, ("g",)), step(3, ("g",)), held=7)
    said = dict(form.facts)
    assert said["Volume"] == "records: 2; bytes: 2,000"
    assert said["Date of the last audit that was completed"] == ""
    assert "the last was to be kept until 2023-05-03" in form.declares[0]
    assert "a hold covers them: 7" in form.declares[1] and "does not know" in form.declares[1]


def test_no_hold_is_named_to_anybody_outside() -> None:
    for form in made(CALIFORNIA, step(1, ("council",)), held=3):
        assert "elm" not in repr(form)


@pytest.mark.parametrize(
    ("received", "said"),
    [
        (date(2024, 11, 22), "Less than two years old on 2026-11-21: 1"),
        (date(2024, 11, 21), "None of the records was less than two years old"),
        (None, "Of unknown age: 1"),
    ],
)
def test_a_record_under_two_years_is_told(received: date | None, said: str) -> None:
    (form,) = made(gated(gate("g", form="council-resolution")), step(1, ("g",), received_on=received))
    assert any(said in one for one in form.declares)


def test_on_the_29th_of_february_too() -> None:
    one = plan(step(1, ("council",)))
    assert list(forms(one, (CALIFORNIA,), date(2028, 2, 29)))


def test_rows_say_series_years_volume_and_dates() -> None:
    (form,) = made(UNGATED, step(1), step(4, year=2022), step(5, year=2021), step(6, series="FIN 2", title="Other"))
    assert form.rows == (
        ("FIN 1", "Bills", "3 years after received", "Code 1", "2020-2022", "2020-05-01", "2020-05-05", "3", "3,000"),
        ("FIN 2", "Other", "3 years after received", "Code 1", "2020", "2020-05-06", "2020-05-06", "1", "1,000"),
    )


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=20))
def test_every_record_of_the_plan_is_on_a_form_for_each_gate_it_needs(needs: list[tuple[bool, bool]]) -> None:
    steps = [
        step(
            1,
            tuple(id_ for id_, needed in zip(("council", "attorney"), one, strict=True) if needed),
            place=f"a/b/1/{n}",
        )
        for n, one in enumerate(needs)
    ]
    on = {form.id: {row[0] for row in form.records()} for form in made(CALIFORNIA, *steps)}
    for one, (council, attorney) in zip(steps, needs, strict=True):
        assert (one.place in on.get("council-resolution", ())) == council
        assert (one.place in on.get("attorney-consent", ())) == attorney
        assert (one.place in on.get(LIST, ())) == (not council and not attorney)


def test_nothing_of_the_mail_itself_is_on_a_form() -> None:
    for form in made(CALIFORNIA, step(1, ("council",))):
        rows = list(form.records())
        assert all(len(row) == len(RECORDS) for row in rows)
        assert "Quetzalcoatl" not in f"{form.facts}{form.rows}{form.declares}{rows}"
        assert "ana.holm" not in f"{form.facts}{form.rows}{form.declares}{rows}"


def test_every_form_that_a_shipped_law_asks_for_is_known() -> None:
    laws = [
        tomllib.loads(path.read_text("utf-8"))
        for path in sorted((Path(__file__).parents[2] / "schedules" / "law").glob("*.toml"))
    ]
    asked = {one["form"] for law in laws for one in law.get("gate", ()) if one.get("form")}
    assert {"council-resolution", "attorney-consent", "rmu-2", "rc-075", "pr-1"} <= asked <= SHEETS.keys()
