"""The text of a hold's notice: the city's own or the shipped one, and nothing that is put in can be more than text."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from retention.core import letter
from retention.core.hold import Post, Scope
from retention.core.letter import PLACEHOLDERS, Said

SAID = Said(
    name="Ann Ray",
    address="ann@town.example",
    matter="Elm Street",
    scope="everything",
    reason="a claim is expected",
    city="Town",
    placed_by="Kim Lee",
    date="November 21, 2026",
    answer_by="December 5, 2026",
    reference="elm-street",
)


def test_the_shipped_notice_says_all_that_a_custodian_has_to_know() -> None:
    told = letter.letter(letter.shipped(), SAID)
    assert told.subject == "Notice to preserve records: Elm Street"
    for said in (
        *("Ann Ray <ann@town.example>", "Elm Street", "Kim Lee", "Town", "December 5, 2026", "elm-street"),
        *("must not delete", "from now on", "Private accounts", "phone", "Answer by", "ask"),
    ):
        assert said.lower() in told.text.lower(), said


def test_the_shipped_notice_does_not_tell_the_attorneys_own_reason() -> None:
    assert "claim is expected" not in letter.letter(letter.shipped(), SAID).text


def test_every_line_of_the_shipped_notice_can_be_read_on_a_narrow_screen() -> None:
    told = letter.letter(letter.shipped(), SAID, noticed_on=date(2026, 9, 30))
    assert max(map(len, told.text.splitlines())) <= 80


def test_a_reminder_says_that_it_is_one_and_holds_the_whole_notice() -> None:
    told = letter.letter(letter.shipped(), SAID, noticed_on=date(2026, 11, 3))
    assert told.subject.startswith("Reminder: ")
    assert "first sent to you on November 3, 2026" in told.text
    assert told.text.endswith(letter.letter(letter.shipped(), SAID).text)


def test_a_city_writes_its_own_text_and_subject() -> None:
    form = letter.read("\ufeffSubject: Keep it: $matter\r\n\r\nDear ${name},\r\nit costs $$5.\r\n", "own.txt")
    assert letter.letter(form, SAID) == letter.Letter("Keep it: Elm Street", "Dear Ann Ray,\nit costs $5.\n")


def test_a_text_without_a_subject_gets_one() -> None:
    told = letter.letter(letter.read("Keep it.", "own.txt"), SAID)
    assert told == letter.Letter("Notice to preserve records (elm-street)", "Keep it.\n")


@pytest.mark.parametrize("name", PLACEHOLDERS)
def test_every_placeholder_is_filled_with_its_own_value(name: str) -> None:
    told = letter.letter(letter.read(f"[${name}]", "own.txt"), SAID)
    assert told.text == (f"[{getattr(SAID, name)}]\n" if name != "scope" else "[  everything]\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Dear $nmae,", "own.txt: line 1: there is no placeholder $nmae; perhaps $name is meant."),
        ("Hello.\n\nDear $Name", "own.txt: line 3: there is no placeholder $Name; perhaps $name is meant."),
        ("Subject: $mater\nx", "own.txt: line 1: there is no placeholder $mater; perhaps $matter is meant."),
        ("$zzzzzz", "own.txt: line 1: there is no placeholder $zzzzzz; there are $name, $address"),
        ("It costs $5.", "own.txt: line 1: a $ stands before no placeholder; write $$"),
        ("\n\n", "own.txt: it says nothing."),
        ("Subject: only this", "own.txt: it says nothing."),
        ("Subject:\nkeep it", "own.txt: its subject says nothing."),
    ],
)
def test_a_text_that_cannot_be_used_is_refused_with_file_place_and_placeholder(text: str, said: str) -> None:
    with pytest.raises(ValueError) as error:
        letter.read(text, "own.txt")
    assert said in str(error.value)


def test_every_problem_of_a_text_is_told_at_once() -> None:
    with pytest.raises(ValueError) as error:
        letter.read("$one\n$two\n$5", "own.txt")
    assert len(str(error.value).split("\n")) == 3


def test_what_is_put_in_is_never_taken_for_a_placeholder() -> None:
    told = letter.letter(letter.read("$matter", "own.txt"), replace(SAID, matter="$reason $$ ${nobody}"))
    assert told.text == "$reason $$ ${nobody}\n"


@given(st.text(), st.sampled_from([name for name in PLACEHOLDERS if name != "scope"]))
def test_whatever_is_put_in_stays_within_its_line(value: str, name: str) -> None:
    form = letter.read(f"Subject: <${name}>\nbefore\n<${name}>\nafter", "own.txt")
    told = letter.letter(form, replace(SAID, **{name: value}))
    assert told.text.splitlines()[0] == "before" and told.text.splitlines()[-1] == "after"
    assert len(told.text.splitlines()) == 3 and len(told.subject.splitlines()) == 1
    told.text.encode()


def test_what_turns_text_around_or_steers_a_terminal_is_left_out() -> None:
    assert letter.one_line("a\x1b[2J\u202eb\r\nBcc: x\u2028y\udc80") == "a [2Jb Bcc: x y"


def test_the_lines_of_a_scope_keep_their_depth() -> None:
    told = letter.letter(letter.read("$scope", "own.txt"), replace(SAID, scope="any of these:\n  saying 'x'"))
    assert told.text == "  any of these:\n    saying 'x'\n"


# --- the scope as it is told ----------------------------------------------------------------------------------------


def test_a_custodian_is_not_told_whose_mail_is_held_beside_theirs() -> None:
    scope = Scope(
        custodians=("ann@town.example", "bob@town.example"),
        departments=(Post(name="Police"),),
        offices=(Post(name="Mayor"),),
        mailboxes=("box-1",),
        words=("Elm Street",),
        all_of=(Scope(custodians=("eve@town.example",)),),
    )
    told = letter.scope_told(scope)
    assert "Elm Street" in told
    assert not [word for word in ("bob", "ann", "eve", "Police", "Mayor", "box-1") if word in told]


def test_what_is_held_is_told_as_mail_of_which_something_is_true() -> None:
    scope = Scope(custodians=("ann@town.example",), words=("Maple Street",))
    assert letter.scope_told(scope) == "mail saying 'Maple Street'"


def test_a_hold_of_whole_mailboxes_is_told_as_everything() -> None:
    assert letter.scope_told(Scope(custodians=("ann@town.example",))) == letter.EVERYTHING


def test_where_one_way_into_the_scope_is_a_mailbox_everything_in_it_is_to_be_kept() -> None:
    scope = Scope(any_of=(Scope(custodians=("ann@town.example",)), Scope(words=("Elm",))))
    assert letter.scope_told(scope) == letter.EVERYTHING


def test_an_exception_that_names_people_never_narrows_what_others_are_told() -> None:
    scope = Scope(words=("Elm",), none_of=(Scope(custodians=("bob@town.example",), words=("lunch",)),))
    assert "lunch" not in letter.scope_told(scope)
    assert "lunch" in letter.scope_told(Scope(words=("Elm",), none_of=(Scope(words=("lunch",)),)))
