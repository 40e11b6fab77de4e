"""Which series a message belongs to, and how a tie, a doubt and a missing answer are met."""

from __future__ import annotations

import time
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from retention.core import words
from retention.core.classify import NOTHING, Candidate, Classification, Matcher, check
from retention.core.message import Message
from retention.core.schedule import Schedule, parse

HEAD = {"title": "Town", "authority": "Town Council", "edition": "2026"}
NOTE = Message(
    mailbox="m",
    id="1",
    subject="Hello",
    sender="ana@town.example",
    to=("bo@town.example",),
    cc=(),
    path="Inbox",
    categories=(),
    kind="IPM.Note",
    preview="",
    has_attachments=False,
    is_read=True,
)


def row(key, *match, **more):
    named = {"code": key} if " " in key else {"id": key}
    return {
        **named,
        "title": key.title(),
        "retain": "3 years after received",
        "then": "destroy",
        "citation": "c",
        "source": "s",
        "verified": True,
        "match": list(match),
        "example": [{"subject": "x", "belongs": True}],
        **more,
    }


def schedule(*rows, name="town") -> Schedule:
    parsed, problems = parse({"schedule": HEAD, "series": list(rows)}, name)
    assert parsed is not None, problems
    return parsed


def classify(*rows, **fields) -> Classification:
    return Matcher((schedule(*rows),)).classify(replace(NOTE, **fields))


def fits(condition, **fields) -> bool:
    return classify(row("a-b", condition), **fields).series_key == "a-b"


# --- phrases --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phrase", "subject", "fit"),
    [
        ("contract", "The contract is signed", True),
        ("contract", "CONTRACT", True),
        ("contract", "contract_final.docx", True),
        ("contract", "(contract)", True),
        ("contract", "contracts", False),
        ("contract", "subcontract", False),
        ("contract*", "contractor", True),
        ("contract*", "contract", True),
        ("contract*", "subcontract", False),
        ("purchase  order", "Purchase\n\torder 9", True),
        ("purchase order", "Purchase the order", False),
        ("purchase order", "purchase-order", True),
        ("purchase ord* draft", "Purchase orders, draft", True),
        ("e-mail", "Your e mail", True),
        ("e-mail", "Your email", False),
        ("driver's license", "Driver’s license", True),
        ("résumé", "Resume of P. Ortiz", True),
        ("resume", "Résumé of P. Ortiz", True),
        ("San Jose", "SAN JOSÉ 3.C", True),
        ("straße", "STRASSE", True),
        ("contract", "con\u200btract", True),
        ("contract", "ｃｏｎｔｒａｃｔ", True),
        ("договор", "Re: ДОГОВОР 5", True),
        ("R&D", "r & d budget", True),
        ("*", "anything", True),
        ("*", "", True),
    ],
)
def test_a_phrase_is_whole_words_whatever_the_case_spacing_and_accents(phrase, subject, fit):
    conditions = {"subject": [phrase], "kind": ["IPM.Note"]}
    assert fits(conditions, subject=subject) is fit


@pytest.mark.parametrize(
    ("pattern", "subject", "fit"),
    [
        (r"re:^\s*auto(matic)? ?reply:", "Automatic reply: out", True),
        (r"re:^\s*auto(matic)? ?reply:", "RE: Automatic reply: out", False),
        (r"re:\b20\d\d-\d+\b", "Resolution 2024-17", True),
        (r"re:\S{9}", "short", False),
        (r"re:\s{3}", "a   b", True),
        (r"re:é$", "CAFÉ", True),
        ("re:a.c", "a\nc", False),
    ],
)
def test_a_pattern_looks_at_the_text_as_it_stands(pattern, subject, fit):
    assert fits({"subject": [pattern]}, subject=subject) is fit


def test_patterns_that_differ_only_in_a_capital_are_two_patterns():
    matcher = Matcher(
        (schedule(row("not-space", {"subject": [r"re:^\S$"]}), row("is-space", {"subject": [r"re:^\s$"]})),)
    )
    assert matcher.classify(replace(NOTE, subject="x")).series_key == "not-space"
    assert matcher.classify(replace(NOTE, subject=" ")).series_key == "is-space"


def test_two_spellings_of_one_value_are_both_heard():
    rows = (
        row("a-b", {"sender": ["News@*"], "subject": ["Big News"]}),
        row("c-d", {"sender": ["news@*"], "subject": ["sale"]}),
    )
    for subject, key in (("big  news", "a-b"), ("Sale!", "c-d")):
        assert classify(*rows, sender="news@x.example", subject=subject).series_key == key


def test_no_pattern_can_hang_a_run():
    matcher = Matcher((schedule(row("a-b", {"subject": ["re:^(a+)+$", r"re:^(\w+\s?)*!$"]})),))
    start = time.perf_counter()
    assert matcher.classify(replace(NOTE, subject="a" * 200_000 + "b")) == NOTHING
    assert time.perf_counter() - start < 5


# --- the other fields -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "fields", "fit"),
    [
        ({"sender": ["ana@town.example"]}, {}, True),
        ({"sender": ["ANA@Town.Example"]}, {"sender": "Ana@TOWN.example"}, True),
        ({"sender": ["@town.example"]}, {}, True),
        ({"sender": ["@town.example"]}, {"sender": "x@mail.town.example"}, False),
        ({"sender": ["@town.example"]}, {"sender": "x@town.example.evil.example"}, False),
        ({"sender": ["ana@*"]}, {"sender": "ana@other.example"}, True),
        ({"sender": ["ana@*"]}, {"sender": "diana@other.example"}, False),
        ({"sender": ["ana@*"]}, {"sender": "ana"}, False),
        ({"sender": ["@town.example"]}, {"sender": "town.example"}, False),
        ({"sender": ["bo@town.example"]}, {}, False),
        ({"recipients": ["bo@town.example"]}, {}, True),
        ({"recipients": ["ana@town.example"]}, {}, False),
        ({"recipients": ["cy@*"]}, {"cc": ("cy@x.example",)}, True),
        ({"recipients": ["cy@*"]}, {"bcc": ("cy@x.example",)}, True),
        ({"participants": ["ana@*"]}, {}, True),
        ({"participants": ["bo@*"]}, {}, True),
        ({"participants": ["cy@*"]}, {}, False),
        ({"kind": ["IPM.Note"]}, {}, True),
        ({"kind": ["ipm.note"]}, {"kind": "IPM.NOTE"}, True),
        ({"kind": ["IPM.Note"]}, {"kind": "IPM.Note.SMIME"}, False),
        ({"kind": ["REPORT.*"]}, {"kind": "REPORT.IPM.Note.NDR"}, True),
        ({"kind": ["IPM.Schedule.Meeting.Resp.*"]}, {"kind": "IPM.Schedule.Meeting.Request"}, False),
        ({"folder": ["contracts"]}, {"path": "Inbox/Contracts/Elm Street"}, True),
        ({"folder": ["elm street"]}, {"path": "Inbox/Elm/Street"}, False),
        ({"category": ["red category"]}, {"categories": ("Blue", "Red Category")}, True),
        ({"category": ["blue red"]}, {"categories": ("Blue", "Red")}, False),
        ({"preview": ["unsubscribe"]}, {"preview": "To unsubscribe, click"}, True),
    ],
)
def test_each_field_is_compared_in_its_own_way(condition, fields, fit):
    assert fits(condition, **fields) is fit


def test_keys_of_one_match_must_all_fit_and_matches_are_alternatives():
    both = row("a-b", {"subject": ["toner"], "sender": ["ana@*"]}, {"folder": ["supplies"]})
    assert classify(both, subject="Toner").series_key == "a-b"
    assert classify(both, subject="Toner", sender="bo@x.example") == NOTHING
    assert classify(both, path="Supplies", sender="bo@x.example").series_key == "a-b"


@pytest.mark.parametrize(
    "exclusion",
    [
        {"not_subject": ["contract"]},
        {"not_sender": ["@evil.example"]},
        {"not_recipients": ["boss@*"]},
        {"not_participants": ["boss@*"]},
        {"not_folder": ["sent items"]},
        {"not_category": ["keep"]},
        {"not_kind": ["REPORT.*"]},
        {"not_preview": ["contract"]},
    ],
)
def test_an_exclusion_bars_what_it_names_and_nothing_else(exclusion):
    condition = {"subject": ["lunch"], **exclusion}
    hit = {
        "subject": "Lunch and the contract",
        "sender": "x@evil.example",
        "to": ("boss@x.example",),
        "path": "Sent Items",
        "categories": ("Keep",),
        "kind": "REPORT.IPM.Note.DR",
        "preview": "the contract",
    }
    assert fits(condition, subject="Lunch")
    assert not fits(condition, **hit)


UNKNOWN = {
    "subject": {"not_subject": ["contract"], "kind": ["IPM.Note"]},
    "preview": {"not_preview": ["contract"], "kind": ["IPM.Note"]},
    "path": {"not_folder": ["sent items"], "kind": ["IPM.Note"]},
    "categories": {"not_category": ["keep"], "kind": ["IPM.Note"]},
    "sender": {"not_sender": ["boss@*"], "kind": ["IPM.Note"]},
    "to": {"not_recipients": ["boss@*"], "kind": ["IPM.Note"]},
    "cc": {"not_participants": ["boss@*"], "kind": ["IPM.Note"]},
    "kind": {"not_kind": ["REPORT.*"], "subject": ["hello"]},
    "has_attachments": {"has_attachments": False, "kind": ["IPM.Note"]},
}


@pytest.mark.parametrize(("field", "condition"), UNKNOWN.items())
def test_what_is_not_known_fulfils_no_condition_not_even_an_exclusion(field, condition):
    assert fits(condition)
    assert not fits(condition, **{field: None})


def test_anything_still_means_that_something_is_known():
    condition = {"subject": ["hello"], "sender": ["*"]}
    assert fits(condition)
    assert not fits(condition, sender=None)


def test_attachments_are_compared_only_where_asked_for():
    assert fits({"subject": ["hello"]}, has_attachments=None)
    assert fits({"subject": ["hello"], "has_attachments": True}, has_attachments=True)
    assert not fits({"subject": ["hello"], "has_attachments": True}, has_attachments=False)


# --- filing ---------------------------------------------------------------------------------------------------------

RULED = row("FIN 1", {"subject": ["requisition"]})
OTHER = row("FIN 2", {"subject": ["receipt"]}, retain="6 years after received")


@pytest.mark.parametrize(
    "fields",
    [
        {"path": "Inbox/FIN 2"},
        {"path": "Inbox/fin  2/May"},
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
        assert got.why.endswith("a person must choose, and the longest is b-ever (B-Ever).")
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
    for finder in matcher._phrases.values():
        monkeypatch.setattr(finder, "_set", type("GaveUp", (), {"Match": lambda self, text: None})())
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


# --- words ----------------------------------------------------------------------------------------------------------


@given(st.text())
def test_words_are_single_spaced_and_the_same_when_taken_again(text):
    plain = words.words(text)
    assert plain[0] == plain[-1] == " "
    assert "  " not in plain.strip()
    assert words.words(plain).split() == plain.split()


@given(st.text(alphabet=st.characters(codec="ascii")))
def test_plain_english_is_read_by_the_same_rule_as_every_other_script(text):
    slow = "".join(letter.lower() if letter.isalnum() else " " for letter in text)
    assert words.words(text).split() == slow.split()
    assert words.words(text + "é").split() == words.words(text + "e").split()
