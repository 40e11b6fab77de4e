"""What may be told at all: numbers, and names of our own."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from retention.core.health import GRAVEST, PHRASES, Finding, Kind, by_gravity
from retention.errors import exit_codes
from retention.telling.news import COUNTED, STAGES, stage
from tests.telling.told import VANISHED, news

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(sorted(COUNTED)), inner),
)


@given(anything, anything, st.dictionaries(st.text() | st.sampled_from(sorted(COUNTED)), anything))
def test_of_whatever_a_stage_says_only_known_names_and_whole_numbers_are_told(
    name: object, seconds: object, counts: object
) -> None:
    told = stage(name if not isinstance(name, list | dict) else str(name), seconds, counts)
    assert told.name in STAGES | {"other"}
    assert set(told.counts) <= COUNTED and all(type(number) is int for number in told.counts.values())


def test_a_folder_that_is_named_like_a_count_of_its_own_is_not_told() -> None:
    assert stage("sync", 1, {"rows": 3, "divorce lawyer": 1, "ann@city.example": 2}).counts == {"rows": 3}
    assert stage("the matter of Elm", 1, None).name == "other"


def test_the_kinds_of_trouble_are_told_once_each_whatever_their_number() -> None:
    assert news(VANISHED, VANISHED).kinds == ("held mail vanished",)


def test_held_mail_comes_before_evidence_and_this_before_what_is_late() -> None:
    found = [Finding(kind=Kind.RUN_OVERDUE, sentence="", code=code) for code in (19, 3, 0, 14, 41, 36)]
    assert [one.code for one in by_gravity(found)] == [36, 41, 14, 19, 3]


def test_every_code_of_the_order_is_an_exit_code() -> None:
    assert set(GRAVEST) <= {code for code, _ in exit_codes()}


def test_there_are_words_for_everything_that_can_be_wrong() -> None:
    from pathlib import Path

    from retention.jobs.status import wrong

    text = Path(wrong.__file__).read_text("utf-8")
    assert {kind for kind in Kind if f"Kind.{kind.name}," in text} <= set(PHRASES)
