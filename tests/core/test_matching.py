"""What a condition of a rule means: phrases, patterns, addresses, what is unknown; and the words they are read by."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from retention.core import words
from retention.core.around import Around
from retention.core.classify import NOTHING, Matcher
from retention.core.classify.texts import Texts
from tests.core.matching import NOTE, classify, fits, row, schedule

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
        ("contract", "Contract™", True),
        ("contract", "Contract²", True),
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


# --- what is around a message, how it was sent, and what is attached


@pytest.mark.parametrize(
    ("condition", "around", "fit"),
    [
        ({"direction": ["inbound"]}, Around(direction="inbound"), True),
        ({"direction": ["inbound", "outbound"]}, Around(direction="outbound"), True),
        ({"direction": ["inbound"]}, Around(direction="internal"), False),
        ({"direction": ["inbound"]}, Around(), False),
        ({"subject": ["hello"], "not_direction": ["inbound"]}, Around(direction="internal"), True),
        ({"subject": ["hello"], "not_direction": ["inbound"]}, Around(), False),
        ({"office": ["Mayor"]}, Around(offices=("Mayor",)), True),
        ({"office": ["mayor"]}, Around(offices=("Deputy Mayor", "Clerk")), True),
        ({"office": ["re:^mayor$"]}, Around(offices=("Deputy Mayor",)), False),
        ({"office": ["Mayor"]}, Around(offices=()), False),
        ({"office": ["Mayor"]}, Around(), False),
        ({"subject": ["hello"], "not_office": ["Mayor"]}, Around(offices=()), True),
        ({"subject": ["hello"], "not_office": ["Mayor"]}, Around(), False),
        ({"department": ["Public Works"]}, Around(departments=("Department of Public Works",)), True),
        ({"subject": ["hello"], "department": ["*"]}, Around(), True),
        ({"subject": ["hello"], "department": ["Parks"]}, Around(departments=("Police",)), False),
    ],
)
def test_what_is_around_a_message_is_a_condition_like_any_other(condition, around, fit):
    matcher = Matcher((schedule(row("a-b", condition)),))
    assert (matcher.classify(NOTE, around).series_key == "a-b") is fit
    assert matcher.looks_around


@pytest.mark.parametrize(
    ("condition", "fields", "fit"),
    [
        ({"origin": ["list"]}, {"origin": "list"}, True),
        ({"origin": ["list", "automatic"]}, {"origin": "automatic"}, True),
        ({"origin": ["list"]}, {"origin": "person"}, False),
        ({"origin": ["list"]}, {"origin": None}, False),
        ({"subject": ["hello"], "not_origin": ["list"]}, {"origin": None}, False),
        ({"attachment": ["invoice"]}, {"attachments": ("Invoice_2231.pdf",)}, True),
        ({"attachment": [r"re:\.ics$"]}, {"attachments": ("notes.txt", "meeting.ICS")}, True),
        ({"attachment": ["invoice"]}, {"attachments": ("photo.jpg",)}, False),
        ({"attachment": ["invoice"]}, {"attachments": None}, False),
        ({"subject": ["hello"], "not_attachment": ["invoice"]}, {"attachments": ()}, True),
        ({"subject": ["hello"], "not_attachment": ["invoice"]}, {"attachments": None}, False),
    ],
)
def test_how_it_was_sent_and_what_is_attached_are_conditions(condition, fields, fit):
    assert fits(condition, **fields) is fit


PLAIN = st.text(alphabet=st.sampled_from("abAB1 -_.*\n\0"), max_size=12)


@given(st.lists(PLAIN, min_size=1, max_size=4), PLAIN)
def test_a_text_in_plain_english_holds_the_same_phrases_as_its_words_do(phrases, text):
    forms = []
    for number, phrase in enumerate(phrases):
        with contextlib.suppress(ValueError):
            forms.append((words.phrase(phrase), number))
    texts = Texts(forms)
    assert texts(text) == texts._in_any(text) == texts(text + " é")


@pytest.mark.parametrize(
    ("flag", "names", "fit"),
    [(False, (), True), (False, ("signed.pdf",), False), (False, None, False), (True, (), False), (None, (), False)],
)
def test_a_message_is_without_attachments_only_where_flag_and_names_agree(flag, names, fit):
    condition = {"subject": ["hello"], "has_attachments": False}
    assert fits(condition, has_attachments=flag, attachments=names) is fit


@pytest.mark.parametrize("sender", ["/o=exchangelabs/cn=ana", "", None])
def test_a_sender_without_an_address_is_not_known_to_be_somebody_else(sender):
    assert not fits({"subject": ["hello"], "not_sender": ["ana@town.example"]}, sender=sender)


def test_a_message_that_nobody_could_read_may_be_a_record():
    unread = classify(row("a-b", {"subject": ["x"]}), trouble="it is encrypted", subject=None)
    assert (unread.series_key, unread.record) == (None, True)
