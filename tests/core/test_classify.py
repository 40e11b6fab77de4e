"""One message, one series: filing, ties, fall-backs, and never worse than keep."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from retention.core.classify import NOTHING, Candidate, Matcher, check
from tests.core.matching import NOTE, classify, row, schedule

# --- filing ---------------------------------------------------------------------------------------------------------

RULED = row("FIN 1", {"subject": ["requisition"]})
OTHER = row("FIN 2", {"subject": ["receipt"]}, retain="6 years after received")


@pytest.mark.parametrize(
    "fields",
    [
        {"path": "Inbox/FIN 2"},
        {"path": "Inbox/fin  2/May"},
        {"path": "Inbox/FIN 2 Fin 2/May"},
        {"path": "Inbox/fin 2 - FIN 2"},
        {"path": "FIN 2"},
        {"categories": ("Blue", "Fin 2")},
    ],
)
def test_a_persons_own_filing_beats_every_rule(fields):
    got = classify(RULED, OTHER, subject="Requisition 9", **fields)
    assert (got.series_key, got.rule, got.ambiguous) == ("FIN 2", "filed by a person", False)
    assert "A person filed it in FIN 2" in got.why and "FIN 2" in got.words[0]


def test_filing_needs_no_rule_and_no_subject():
    assert classify(row("a-b"), path="Inbox/A-B", subject=None).series_key == "a-b"


def test_a_folder_that_only_resembles_a_code_is_no_filing():
    for path in ("Inbox/FIN 22", "Inbox/FIN 2 old", "Inbox/Requisitions"):
        assert classify(RULED, OTHER, subject="Requisition", path=path).series_key == "FIN 1"


def test_an_id_of_one_word_is_an_ordinary_folder_and_files_nothing():
    assert classify(row("complaints"), path="Inbox/Complaints") == NOTHING


def test_filed_in_two_series_is_a_tie_that_a_person_must_break():
    got = classify(RULED, OTHER, path="Inbox/FIN 1", categories=("FIN 2",))
    assert got.ambiguous and got.series_key is None
    assert got.candidates == (Candidate("town", "FIN 2"), Candidate("town", "FIN 1"))


# --- one message, one series ----------------------------------------------------------------------------------------


def test_a_rule_that_fits_is_named_with_the_words_that_fitted():
    got = classify(
        row("FIN 1", {"name": "by subject", "subject": ["requisition", "toner"], "sender": ["@town.example"]}),
        subject="Requisition for toner",
    )
    assert (got.series_key, got.schedule_name, got.rule) == ("FIN 1", "town", "FIN 1: by subject")
    assert got.words == ("subject 'requisition'", "subject 'toner'", "sender '@town.example'")
    assert got.candidates == (Candidate("town", "FIN 1"),)
    assert got.why == (
        "It belongs to FIN 1 (Fin 1) by the rule 'by subject' "
        "(subject 'requisition', subject 'toner', sender '@town.example')."
    )


def test_a_reader_is_told_the_rules_name_and_not_its_regular_expression():
    got = classify(
        row("a-b", {"name": "automatic reply", "subject": [r"re:^\s*automatic reply:"]}), subject="Automatic reply: x"
    )
    assert got.why == "It belongs to a-b (A-B) by the rule 'automatic reply' (subject pattern)."
    assert got.words == (r"subject 're:^\s*automatic reply:'",)


def test_what_nothing_fits_has_no_series():
    got = classify(RULED, subject="Hello")
    assert got == NOTHING
    assert got.series_key is None and not got.ambiguous and got.why


def test_two_records_are_a_tie_and_the_longest_is_named_first():
    rows = (
        row("a-short", {"subject": ["plan"]}, retain="2 years after received"),
        row("b-ever", {"subject": ["plan"]}, retain="permanent", then="keep"),
        row("c-event", {"subject": ["plan"]}, retain="1 year after closed"),
    )
    for order in permutations(rows):
        got = classify(*order, subject="The plan")
        assert got.ambiguous and got.series_key is None and got.schedule_name is None
        assert [candidate.series_key for candidate in got.candidates] == ["b-ever", "c-event", "a-short"]
        assert got.why.startswith("It could belong to b-ever (B-Ever), kept permanent or to ")
        assert got.why.endswith("a person must choose, and it stays until then.")
        assert "2 years after received" in got.why


def test_a_record_goes_before_transitory_mail_because_that_only_keeps_longer():
    rows = (
        row("news-mail", {"subject": ["newsletter"]}, transitory=True, retain="no retention required"),
        row("FIN 1", {"subject": ["requisition"]}),
    )
    for order in permutations(rows):
        got = classify(*order, subject="Newsletter on the new requisition form")
        assert (got.series_key, got.ambiguous) == ("FIN 1", False)
        assert got.words == ("subject 'requisition'",)
        assert got.why.endswith("It also fits news-mail (News-Mail); a record goes before transitory mail.")
        assert set(got.candidates) == {Candidate("town", "FIN 1"), Candidate("town", "news-mail")}


@pytest.mark.parametrize(
    ("changed", "ambiguous"),
    [({}, False), ({"retain": "30 days after received"}, True), ({"verified": False}, True)],
)
def test_two_transitory_series_are_a_tie_unless_they_come_to_the_same(changed, ambiguous):
    first = row("b-news", {"subject": ["newsletter"]}, transitory=True, retain="no retention required")
    second = row("a-digest", {"subject": ["digest"]}, transitory=True, **{"retain": "no retention required", **changed})
    for order in permutations((first, second)):
        got = classify(*order, subject="Newsletter: weekly digest")
        assert got.ambiguous is ambiguous
        if not ambiguous:
            assert got.series_key == "a-digest"
            assert set(got.words) == {"subject 'newsletter'", "subject 'digest'"}
            assert "It also fits b-news (B-News)" in got.why


def test_the_same_code_in_two_schedules_is_a_tie():
    transitory = row("FIN 1", {"subject": ["toner"]}, transitory=True)
    matcher = Matcher((schedule(transitory), schedule(transitory, name="county")))
    for message in (replace(NOTE, subject="Toner"), replace(NOTE, path="Inbox/FIN 1")):
        got = matcher.classify(message)
        assert got.ambiguous
        assert set(got.candidates) == {Candidate("town", "FIN 1"), Candidate("county", "FIN 1")}


def test_a_fallback_is_asked_only_when_nothing_else_fits():
    fallback = row("cor-gen", {"subject": ["re:^re:"]}, fallback=True)
    specific = row("FIN 1", {"subject": ["requisition"]})
    news = row("news-mail", {"subject": ["newsletter"]}, transitory=True, retain="until read")
    got = classify(fallback, specific, subject="RE: your question")
    assert got.series_key == "cor-gen" and got.why.endswith("No more specific series fits.")
    assert classify(fallback, specific, subject="RE: requisition 9").series_key == "FIN 1"
    assert classify(fallback, news, subject="RE: newsletter").series_key == "news-mail"
    assert classify(fallback, subject="Your question") == NOTHING


def test_two_fallbacks_are_a_tie():
    rows = (row("a-b", {"subject": ["letter"]}, fallback=True), row("c-d", {"subject": ["letter"]}, fallback=True))
    assert classify(*rows, subject="Letter").ambiguous


# --- never worse than keep ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        dict.fromkeys(
            ["subject", "sender", "to", "cc", "bcc", "path", "categories", "kind", "preview", "has_attachments"]
        ),
        {"subject": "", "sender": "", "to": (), "path": "", "categories": (), "kind": "", "preview": ""},
        {"subject": "\ud800 lunch \x00", "preview": "\udfff", "path": "\ud800/x", "categories": ("\ud800",)},
        {"sender": "@", "to": ("@@", "a@", "@b", "*@*", "\ud800@x"), "kind": "*"},
        {"subject": "lunch " * 50_000},
    ],
)
def test_no_message_can_make_it_fall_over(fields):
    rows = (
        row("a-b", {"subject": ["dinner", "re:dinn.r"], "sender": ["x@*"]}, {"folder": ["a"]}, {"category": ["b"]}),
        row("c-d", {"kind": ["REPORT.*"]}, {"recipients": ["@town2.example"]}),
    )
    assert classify(*rows, **{**fields}).series_key is None


def test_when_the_engine_gives_up_a_message_has_no_series_rather_than_no_exclusion(monkeypatch):
    matcher = Matcher((schedule(row("a-b", {"kind": ["IPM.Note"], "not_subject": ["contract"]}, transitory=True)),))
    assert matcher.classify(NOTE).series_key == "a-b"
    for texts in matcher._texts.values():
        monkeypatch.setattr(texts._in_ascii, "_set", type("GaveUp", (), {"Match": lambda self, text: None})())
    got = matcher.classify(NOTE)
    assert got.series_key is None and "could not judge" in got.why


def test_a_schedule_never_checked_is_refused_by_the_matcher():
    good = schedule(row("a-b", {"subject": ["x"]}))
    bad = replace(good.series[0].match[0].conditions[0], values=("re:(",))
    series = replace(good.series[0], match=(replace(good.series[0].match[0], conditions=(bad,)),))
    with pytest.raises(ValueError, match="column 4"):
        Matcher((replace(good, series=(series,)),))


def test_no_schedule_at_all_gives_no_series():
    assert Matcher(()).classify(NOTE) == NOTHING


WORDS = st.sampled_from(["lunch", "newsletter", "contract", "minutes", "claim", "RE:", "hello", "Ünsubscribe", "??"])
SUBJECTS = st.lists(WORDS, max_size=6).map(" ".join)
MAIL = st.builds(
    lambda **fields: replace(NOTE, **fields),
    subject=st.none() | SUBJECTS | st.text(max_size=20),
    preview=st.none() | SUBJECTS,
    sender=st.none() | st.sampled_from(["newsletter@x.example", "ana@town.example", ""]),
    path=st.none() | st.sampled_from(["Inbox", "Inbox/FIN 1", "Sent Items", "Inbox/news-mail"]),
    categories=st.none() | st.sampled_from([(), ("FIN 1",)]),
    kind=st.none() | st.sampled_from(["IPM.Note", "REPORT.IPM.Note.DR"]),
    has_attachments=st.sampled_from([None, True, False]),
)
TOWN = (
    row("FIN 1", {"subject": ["contract", "claim"]}),
    row("LEG 1", {"subject": ["minutes"], "not_subject": ["lunch"]}, retain="permanent", then="keep"),
    row("cor-gen", {"subject": ["re:^re:"]}, fallback=True),
    row(
        "news-mail",
        {"subject": ["newsletter"], "not_subject": ["contract"], "not_preview": ["contract"]},
        {"subject": ["lunch"], "not_preview": ["claim"], "has_attachments": False},
        {"kind": ["REPORT.*"]},
        transitory=True,
        retain="until read",
    ),
)
MATCHER = Matcher((schedule(*TOWN),))
TRANSITORY = {"news-mail"}


@given(MAIL)
def test_every_decision_has_a_reason_and_names_one_series_or_none(message):
    got = MATCHER.classify(message)
    assert got.why
    assert (got.series_key is None) == (got.schedule_name is None)
    assert not (got.ambiguous and got.series_key)
    assert got.ambiguous == (got.series_key is None and len(got.candidates) > 1)
    if got.series_key:
        assert got.words and got.rule
        assert Candidate("town", got.series_key) in got.candidates
    assert MATCHER.classify(message) == got == Matcher((schedule(*TOWN),)).classify(message)


@given(MAIL)
def test_nothing_is_transitory_without_words_that_say_so(message):
    got = MATCHER.classify(message)
    if got.series_key in TRANSITORY:
        assert got.words
        bare = replace(message, subject=None, preview=None, sender=None, kind=None, path=None, categories=None)
        assert MATCHER.classify(bare) == NOTHING


@given(MAIL, st.sampled_from(["subject", "preview", "sender", "kind", "has_attachments"]))
def test_knowing_less_of_a_message_never_makes_a_record_transitory_by_an_exclusion(message, field):
    before = MATCHER.classify(message)
    after = MATCHER.classify(replace(message, **{field: None}))
    if before == NOTHING and after.series_key in TRANSITORY:
        raise AssertionError((before, after))


@given(MAIL)
def test_one_more_record_series_never_makes_a_message_transitory(message):
    more = Matcher((schedule(*TOWN, row("LEG 2", {"subject": ["hello", "newsletter"]})),)).classify(message)
    if more.series_key in TRANSITORY:
        assert MATCHER.classify(message).series_key in TRANSITORY


# --- examples -------------------------------------------------------------------------------------------------------


def test_an_example_that_fails_is_told_with_the_reason_for_what_came_out():
    bad = row(
        "FIN 1",
        {"subject": ["requisition"]},
        example=[
            {"subject": "Requisition 9", "belongs": True},
            {"subject": "Purchase request", "belongs": True},
            {"subject": "No requisition", "belongs": False},
        ],
    )
    problems = check(schedule(bad))
    assert [(problem.series, problem.key) for problem in problems] == [("FIN 1", "example 2"), ("FIN 1", "example 3")]
    assert problems[0].sentence == f"'Purchase request' must belong to this series. {NOTHING.why}"
    assert problems[1].sentence.startswith("'No requisition' must not belong to this series. It belongs to FIN 1")


def test_an_example_that_two_series_claim_is_told():
    rows = (row(key, {"subject": ["x"]}) for key in ("a-b", "c-d"))
    problems = check(schedule(*rows))
    assert len(problems) == 2 and "a person must choose" in problems[0].sentence


def test_an_example_is_a_plain_note_in_the_inbox_unless_it_says_more():
    plain = {
        "subject": ["x"],
        "kind": ["IPM.Note"],
        "folder": ["inbox"],
        "not_preview": ["y"],
        "has_attachments": False,
    }
    more = {"sender": ["a@b.example"], "recipients": ["c@d.example"], "category": ["blue"], "kind": ["REPORT.*"]}
    example = {
        "sender": "A@b.example",
        "to": ["C@d.example"],
        "category": ["Blue"],
        "kind": "REPORT.x",
        "belongs": True,
    }
    assert not check(schedule(row("a-b", plain), row("c-d", more, example=[example])))


# --- what a person decided


def test_what_a_person_decided_in_a_review_names_who_and_why():
    matcher = Matcher((schedule(row("a-b", {"subject": ["x"]})),))
    got = matcher.reviewed("town", "A-B", "pat on 2026-11-21, because: it is one")
    assert (got.series_key, got.schedule_name, got.by_person, got.record) == ("a-b", "town", True, True)
    assert got.why.endswith("pat on 2026-11-21, because: it is one")


def test_a_decision_for_a_series_the_schedule_has_no_more_keeps_the_message():
    got = Matcher((schedule(row("a-b", {"subject": ["x"]})),)).reviewed("town", "gone", "pat")
    assert (got.series_key, got.record, got.by_person) == (None, True, True)
    assert "has no more" in got.why


@pytest.mark.parametrize(
    ("rows", "record"),
    [
        ([row("a-b", {"subject": ["hello"]})], True),
        ([row("a-b", {"subject": ["hello"]}, transitory=True)], False),
        ([row("a-b", {"subject": ["hello"]}, transitory=True), row("c-d", {"subject": ["hello"]})], True),
        ([row("a-b", {"subject": ["hello"]}), row("c-d", {"subject": ["hello"]})], True),
        ([row("a-b", {"subject": ["goodbye"]})], False),
    ],
)
def test_whatever_may_be_a_record_is_said_to_be_one(rows, record):
    assert classify(*rows).record is record


@pytest.mark.parametrize("more", [{"key": "case"}, {"verified": False}])
def test_two_transitory_series_are_the_same_only_where_nothing_can_tell_their_fates_apart(more):
    same = {"transitory": True, "retain": "1 year after closed"}
    first, second = row("a-b", {"subject": ["hello"]}, **same), row("c-d", {"subject": ["hello"]}, **same)
    assert classify(first, second).series_key == "a-b"
    assert classify(first, {**second, **more}).ambiguous
