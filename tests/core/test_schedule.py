"""Reading a schedule, telling every problem in it, and the fingerprint that an office adopts."""

from __future__ import annotations

import random
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.core.period import parse as period
from retention.core.schedule import Condition, Problem, Then, fingerprint, parse
from retention.core.words import Field

HEAD = {"title": "Town schedule", "authority": "Town Council", "edition": "2026"}


def row(**changed):
    """A series without a fault; a key changed to None is left out."""
    whole = {
        "code": "FIN 1",
        "title": "Requisitions",
        "retain": "2 years after received",
        "then": "destroy",
        "citation": "Town Code 1",
        "source": "https://town.example/schedule",
        "verified": True,
        "match": [{"subject": ["requisition"]}],
        "example": [{"subject": "Requisition 2231 for toner", "belongs": True}],
        **changed,
    }
    return {key: value for key, value in whole.items() if value is not None}


def read(*rows, words=None, **head):
    data = {"schedule": {**HEAD, **head}, "series": list(rows) or [row()]}
    if words is not None:
        data["words"] = words
    return parse(data, "town")


def good(*rows, **more):
    schedule, problems = read(*rows, **more)
    assert not problems, problems
    return schedule


def told(*rows, **more):
    schedule, problems = read(*rows, **more)
    assert schedule is None
    return problems


def test_a_series_holds_what_its_file_says():
    schedule = good(row(covers="Purchase requests.", published="2", access="public", note="Read in a packet."))
    (series,) = schedule.series
    assert (schedule.name, schedule.title, schedule.edition) == ("town", "Town schedule", "2026")
    assert (series.key, series.code, series.id) == ("FIN 1", "FIN 1", "")
    assert series.retain == period("2 years after received")
    assert series.then is Then.DESTROY
    assert series.verified and not series.transitory and not series.fallback
    assert series.match[0].conditions == (Condition(Field.SUBJECT, ("requisition",)),)
    assert series.examples[0].subject == "Requisition 2231 for toner"
    assert (series.covers, series.published, series.access) == ("Purchase requests.", "2", "public")


def test_a_series_is_found_by_its_code_or_id_however_it_is_spelt():
    schedule = good(row(), row(code=None, id="complaints-general"))
    assert schedule.find("fin  1") is schedule.series[0]
    assert schedule.find("Complaints-General") is schedule.series[1]
    assert schedule.find("FIN 2") is None


def test_an_id_of_one_word_is_no_filing_because_people_call_folders_so():
    schedule = good(row(), row(code=None, id="complaints"), row(code=None, id="complaints-general"))
    assert [series.filed_as for series in schedule.series] == ["FIN 1", "", "complaints-general"]


def test_a_file_may_name_its_schedule_itself():
    assert good(name="minnesota-cities").name == "minnesota-cities"


def test_what_is_not_said_is_the_careful_answer():
    (series,) = good(row(verified=None)).series
    assert not series.verified and not series.transitory and not series.fallback


PROBLEMS = {
    "unknown key with a near one": (row(citaton="x"), "citaton", "is not a known key; is 'citation' meant?"),
    "unknown key with none near": (row(zzz="x"), "zzz", "is not a known key"),
    "unknown key in a match": (
        row(match=[{"subject": ["a"], "sendr": ["b@c"]}]),
        "match 1.sendr",
        "is not a known key; is 'sender' meant?",
    ),
    "unknown key in an example": (
        row(example=[{"subject": "a", "belong": True, "belongs": True}]),
        "example 1.belong",
        "is not a known key; is 'belongs' meant?",
    ),
    "missing title": (row(title=None), "title", "is missing"),
    "missing citation": (row(citation=None), "citation", "is missing"),
    "empty citation": (row(citation="  "), "citation", "is missing"),
    "missing source": (row(source=None, verified=None), "source", "is missing"),
    "verified without a source": (row(source=None), "verified", "is true, but there is no source"),
    "missing retain": (row(retain=None), "retain", "is missing"),
    "bad period": (row(retain="3 years after recieved"), "retain", "'recieved' in the period '3 years after recieved'"),
    "missing then": (row(then=None), "then", "is missing"),
    "bad then": (row(then="burn"), "then", "must be one of destroy, keep, review, not 'burn'"),
    "number for a text": (row(title=3), "title", "must be text, not 3"),
    "text for a flag": (row(verified="yes"), "verified", "must be true or false, not 'yes'"),
    "text for a list": (row(match=[{"subject": "requisition"}]), "match 1.subject", "must be a list of texts"),
    "number in a list": (row(match=[{"subject": ["a", 3]}]), "match 1.subject", "must be a list of texts"),
    "empty list": (row(match=[{"subject": []}]), "match 1.subject", "is an empty list"),
    "match is no list": (row(match={"subject": ["a"]}), "match", "must be a list of tables"),
    "match holds a text": (row(match=["requisition"]), "match 1", "must be a table"),
    "no code and no id": (row(code=None), "code", "is missing; give the code that the source prints, or an id"),
    "code and id": (row(id="requisitions-department"), "id", "stands beside a code"),
    "an id like a code": (row(code=None, id="FIN 04300"), "id", "may hold only small letters, digits and hyphens"),
    "empty match": (row(match=[{}]), "match 1", "has no condition that says what the message must have"),
    "match of exclusions only": (row(match=[{"not_subject": ["a"]}]), "match 1", "has no condition"),
    "match of anything": (row(match=[{"subject": ["*"], "department": ["*"]}]), "match 1", "has no condition"),
    "match of attachments only": (row(match=[{"has_attachments": False}]), "match 1", "has no condition"),
    "exclusion of everything": (
        row(match=[{"subject": ["a"], "not_sender": ["*"]}]),
        "match 1.not_sender",
        "excludes everything",
    ),
    "no positive example": (row(example=[{"subject": "a", "belongs": False}]), "example", "is missing: at least one"),
    "no example at all": (row(example=None), "example", "is missing: at least one"),
    "example that does not say": (row(example=[{"subject": "a"}]), "example 1.belongs", "is missing: true or false"),
    "permanent, then destroy": (row(retain="permanent"), "then", "is 'destroy', but the period is permanent"),
    "permanent and transitory": (
        row(retain="permanent", transitory=True, then="destroy"),
        "transitory",
        "is true, but the period is permanent",
    ),
    "transitory, then keep": (row(transitory=True, then="keep"), "then", "is 'keep', but a transitory series"),
    "transitory fallback": (row(transitory=True, fallback=True), "fallback", "nothing is transitory because"),
    "fallback without a match": (row(fallback=True, match=None), "match", "a fallback needs a condition too"),
    "direction": (row(match=[{"subject": ["a"], "direction": ["out"]}]), "match 1.direction", "there are internal"),
    "origin": (row(match=[{"subject": ["a"], "origin": ["robot"]}]), "match 1.origin", "there are person, list"),
    "only an office": (row(match=[{"office": ["*"]}]), "match 1", "has no condition"),
    "standing": (row(standing="hearsay"), "standing", "must be one of statute"),
    "class without a note": (row(not_class=["minutes"]), "not_class", "needs a note"),
    "phrase without a word": (row(match=[{"subject": ["?!"]}]), "match 1.subject", "has no word to look for"),
    "star before a word": (row(match=[{"subject": ["*script"]}]), "match 1.subject", "only at the end of a word"),
    "star alone in a phrase": (row(match=[{"subject": ["thank * much"]}]), "match 1.subject", "only at the end"),
    "no address": (row(match=[{"sender": ["Mayor"]}]), "match 1.sender", "'Mayor' is no address"),
    "address with a star": (row(match=[{"sender": ["news*@x.example"]}]), "match 1.sender", "is no address"),
    "address of anyone": (row(match=[{"sender": ["@*"]}]), "match 1.sender", "is no address"),
    "no message class": (row(match=[{"kind": ["IPM Note"]}]), "match 1.kind", "is no message class"),
    "bad pattern": (row(match=[{"subject": ["re:bill [0-9"]}]), "match 1.subject", "is wrong at column 9: missing ]"),
    "unknown list": (row(match=[{"subject": ["$weigthy"]}]), "match 1.subject", "'$weigthy' is no list under [words]"),
}


@pytest.mark.parametrize(("bad", "key", "sentence"), PROBLEMS.values(), ids=PROBLEMS)
def test_a_problem_names_series_key_and_what_is_wrong(bad, key, sentence):
    problems = told(bad)
    found = [problem for problem in problems if problem.key == key and sentence in problem.sentence]
    assert found, problems
    named = str(bad.get("code") or bad.get("id") or "number 1")
    assert {problem.series for problem in problems} == {named}
    assert str(found[0]).startswith(f"series {named}, {key}: ")


@pytest.mark.parametrize(
    ("pattern", "column"),
    [
        ("re:bill [0-9", 9),
        ("re:bill (old|new", 9),
        ("re:(a) (b", 8),
        (r"re:\(a (b[)]", 8),
        ("re:bill)", 8),
        ("re:a**", 5),
        ("re:*a", 4),
        (r"re:ab\q", 6),
        ("re:x{2,1}", 5),
        ("re:  a(", 7),
        ("re:x(?=y)", 5),
        (r"re:(a)\1", 7),
        ("re:x*", 4),
        ("re:", 4),
    ],
)
def test_a_bad_pattern_is_told_with_its_column(pattern, column):
    (problem,) = told(row(match=[{"subject": [pattern]}]))
    assert f"column {column}" in problem.sentence


@pytest.mark.parametrize("pattern", [r"re:(a+)+$", r"re:^(\w+\s?)*x$"])
def test_a_pattern_that_would_hang_another_engine_is_fine_here(pattern):
    good(row(match=[{"subject": [pattern]}]))


def test_every_problem_is_told_at_once_in_the_order_of_the_file():
    problems = told(
        row(code="A", citation=None, retain="soon"),
        row(code="B", match=[{"subject": ["("], "sender": ["x"], "nonsense": ["y"]}]),
        row(code="a"),
        edition="",
    )
    assert [(problem.series, problem.key) for problem in problems] == [
        ("", "schedule.edition"),
        ("A", "retain"),
        ("A", "citation"),
        ("B", "match 1.nonsense"),
        ("B", "match 1.subject"),
        ("B", "match 1.sender"),
        ("a", "code"),
    ]


def test_a_code_used_twice_is_a_problem_however_it_is_spelt():
    (problem,) = told(row(code="FIN 1"), row(code="fin  1"))
    assert problem == Problem("fin 1", "code", "is used by more than one series")


@pytest.mark.parametrize("name", ["title", "authority", "edition"])
def test_a_schedule_must_say_what_it_is(name):
    (problem,) = told(**{name: ""})
    assert str(problem) == f"schedule.{name}: is missing"


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"schedule": HEAD},
        {"schedule": HEAD, "series": []},
        {"schedule": HEAD, "series": {}},
        {"schedule": HEAD, "series": ["FIN 1"]},
        {"schedule": "town", "series": [row()]},
        {"schedule": HEAD, "series": [row()], "serie": []},
        {"schedule": HEAD, "series": [row()], "words": ["a"]},
        {"schedule": HEAD, "series": [row()], "words": {"a": "b"}},
        [],
        None,
    ],
)
def test_a_file_of_another_shape_is_told_and_never_crashes(data):
    schedule, problems = parse(data, "town")
    assert schedule is None and problems


def test_a_named_list_of_words_is_written_once_and_used_in_any_condition():
    schedule = good(
        row(match=[{"subject": ["$buying", "toner"], "not_sender": ["$bulk"]}]),
        words={"buying": ["requisition", "purchase request"], "bulk": ["noreply@*"]},
    )
    assert schedule.series[0].match[0].conditions == (
        Condition(Field.SUBJECT, ("requisition", "purchase request", "toner")),
        Condition(Field.SENDER, ("noreply@*",), excluded=True),
    )


def test_an_unknown_list_is_told_with_the_nearest_known_one():
    (problem,) = told(row(match=[{"subject": ["a", "$buyin"]}]), words={"buying": ["requisition"]})
    assert problem.sentence == "'$buyin' is no list under [words]; is '$buying' meant?"


def test_a_list_of_words_cannot_name_another_because_its_words_would_be_missed():
    (problem,) = told(row(), words={"a": ["x"], "b": ["$a", "y"]})
    assert str(problem) == "words.b: names another list; write its words out"


def test_an_amount_is_no_name_of_a_list():
    assert good(row(match=[{"subject": ["$50 fee"]}])).series[0].match[0].conditions[0].values == ("$50 fee",)


# --- fingerprint ----------------------------------------------------------------------------------------------------

ROWS = (
    row(match=[{"subject": ["requisition", "purchase request"], "not_subject": ["draft"]}, {"folder": ["buying"]}]),
    row(code="FIN 2", retain="permanent", then="keep"),
    row(code=None, id="complaints-general", transitory=True),
)


def test_the_fingerprint_is_64_hexadecimal_digits_and_always_the_same():
    first = fingerprint(good(*ROWS))
    assert len(first) == 64 and set(first) <= set("0123456789abcdef")
    assert first == fingerprint(good(*deepcopy(ROWS)))


@given(st.randoms(use_true_random=False))
def test_order_of_series_keys_matches_and_values_does_not_change_the_fingerprint(chance: random.Random):
    def shuffled(value, key=""):
        if isinstance(value, dict):
            return {name: shuffled(value[name], name) for name in chance.sample(list(value), len(value))}
        if isinstance(value, list):
            return [shuffled(item) for item in chance.sample(value, len(value))]
        return value

    assert fingerprint(good(*shuffled(list(ROWS)))) == fingerprint(good(*ROWS))


@pytest.mark.parametrize(
    "change",
    [
        {"note": "Another note."},
        {"covers": "Other words."},
        {"access": "private"},
        {"example": [{"subject": "Requisition 9", "belongs": True}]},
        {"retain": "2  Years after Received"},
        {"match": [{"subject": ["requisition"], "name": "by its subject"}]},
        {"match": [{"subject": ["requisition", "requisition"]}]},
    ],
)
def test_what_decides_nothing_does_not_change_the_fingerprint(change):
    assert fingerprint(good(row(**change))) == fingerprint(good(row()))


@pytest.mark.parametrize(
    "change",
    [
        {"code": "FIN 2"},
        {"code": None, "id": "fin-1"},
        {"title": "Requests"},
        {"retain": "3 years after received"},
        {"retain": "2 years after sent"},
        {"then": "review"},
        {"transitory": True},
        {"fallback": True},
        {"verified": False},
        {"citation": "Town Code 2"},
        {"source": "https://town.example/other"},
        {"published": "2"},
        {"match": None},
        {"match": [{"subject": ["requisition", "toner"]}]},
        {"match": [{"preview": ["requisition"]}]},
        {"match": [{"subject": ["requisition"], "not_subject": ["draft"]}]},
        {"match": [{"subject": ["requisition"], "has_attachments": False}]},
        {"match": [{"subject": ["requisition"]}, {"folder": ["buying"]}]},
    ],
)
def test_whatever_decides_changes_the_fingerprint(change):
    assert fingerprint(good(row(**change))) != fingerprint(good(row()))


@pytest.mark.parametrize("key", ["name", "title", "authority", "edition", "jurisdiction"])
def test_another_edition_or_authority_is_another_fingerprint(key):
    assert fingerprint(good(**{key: "another"})) != fingerprint(good())


def test_an_exclusion_is_not_mistaken_for_a_condition():
    one = good(row(match=[{"subject": ["a"], "not_preview": ["b"]}]))
    other = good(row(match=[{"preview": ["b"], "not_subject": ["a"]}]))
    assert fingerprint(one) != fingerprint(other)
