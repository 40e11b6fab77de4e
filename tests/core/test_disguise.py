"""Does a message that hides what it says, or says it in another spelling, stay under the hold that looks for it?"""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from retention.core.hold import Directory, Hold, Holding, Holds, Judge, Scope, fixed
from retention.core.hold.checking import checked
from retention.core.hold.judging import Asked
from retention.core.hold.naming import canonical
from retention.core.hold.wording import CUT
from retention.core.message import Mailbox, Wording
from retention.core.person import Roll
from tests.core.test_judging import BOX, FILED, NOTE, ZONE, judged

PHRASE = Scope(words=("maple street",))
PLAIN = {"subject": "RE: lunch", "preview": "At noon.", "attachments": (), "has_attachments": False}


def without(scope: Scope, **said: Any) -> bool | None:
    """What is answered by a scope that covers everything without this one."""
    return judged(fixed(Scope(none_of=(scope,)), Directory(Roll(), [BOX])), **said)


UNSEEN = ["\u00ad", "\u200b", "\u200d", "\u2060", "\ufeff", "\u3164", "\u115f"]


@pytest.mark.parametrize("sign", UNSEEN)
@pytest.mark.parametrize("template", ["Maple{}Street", "Ma{}ple Street", "Maple {} Street{}", "{}Maple Street"])
def test_a_sign_that_nobody_sees_hides_no_words(sign: str, template: str) -> None:
    said = PLAIN | {"subject": template.replace("{}", sign)}
    assert judged(PHRASE, **said) is not False
    assert judged(Scope(words=("budget",)), **said) is False


@pytest.mark.parametrize("subject", ["Ⓜaple Street", "Maрle Street", "Мaple Ѕtreet", "Maple Strееt"])
def test_words_in_letters_that_only_look_alike_cannot_be_judged(subject: str) -> None:
    assert judged(PHRASE, **PLAIN | {"subject": subject}) is not False
    assert without(PHRASE, **PLAIN | {"subject": subject}) is not False


@pytest.mark.parametrize("subject", ["Улица", "東京 PDF文件", "Łódź", "Maple Avenue ☀️", "Beyoncé²", "Straße"])
def test_what_is_written_in_other_letters_is_no_disguise_of_everything(subject: str) -> None:
    assert judged(PHRASE, **PLAIN | {"subject": subject}) is False


CUT_OFF = [
    ("on Maple", True),
    ("on Maple Str", True),
    ("on Maple Stree", True),
    ("on Map", True),
    ("on Maple Stre et", False),
    ("on Ma", False),
    ("on Maple Streets", False),
    ("trample", False),
]


@pytest.mark.parametrize(("end", "doubtful"), CUT_OFF)
def test_a_preview_that_ends_within_the_phrase_cannot_be_judged(end: str, doubtful: bool) -> None:
    long = "x " * CUT + end
    assert judged(PHRASE, **PLAIN | {"preview": long}) is (None if doubtful else False)
    assert judged(PHRASE, **PLAIN | {"preview": f"so {end}"}) is False


SAYS, SAYS_NOT = Wording("Maple Street", "Hi.", ()), Wording("Lunch", "Hi.", ())
UNKNOWN = Wording()


@pytest.mark.parametrize(
    ("now", "earlier", "covered", "excepted"),
    [
        ("Maple Street", (), True, True),
        ("Lunch", (), False, False),
        ("Lunch", (SAYS,), True, None),
        ("Lunch", (SAYS_NOT, SAYS), True, None),
        ("Lunch", (SAYS_NOT,), False, False),
        ("Lunch", (UNKNOWN,), None, None),
        ("Maple Street", (SAYS_NOT,), True, None),
        ("Maple Street", (SAYS,), True, True),
        ("Maple Street", (SAYS, UNKNOWN), True, None),
    ],
)
def test_one_wording_that_says_it_covers_and_only_what_all_say_is_excepted(
    now: str, earlier: tuple[Wording, ...], covered: bool | None, excepted: bool | None
) -> None:
    said = PLAIN | {"subject": now, "earlier": earlier}
    assert judged(PHRASE, **said) is covered
    assert without(PHRASE, **said) is (None if excepted is None else not excepted)


def test_no_phrase_reaches_from_one_wording_into_the_next() -> None:
    said = PLAIN | {"subject": "Street", "earlier": (Wording("Maple", "Maple", ()), Wording("Street", "Street", ()))}
    assert judged(PHRASE, **said) is False


WORDINGS = st.lists(st.sampled_from([SAYS, SAYS_NOT, UNKNOWN]), max_size=3).map(tuple)
SCOPES = st.sampled_from(
    [
        PHRASE,
        Scope(words=("maple street", "budget")),
        Scope(none_of=(Scope(none_of=(PHRASE,)),)),
        Scope(none_of=(PHRASE,)),
        Scope(custodians=("ana@town.example",), none_of=(Scope(any_of=(PHRASE, Scope(words=("lunch",)))),)),
        Scope(series=("FIN 04300",)),
        Scope(none_of=(Scope(series=("FIN 04300",)),)),
    ]
)


@given(SCOPES, WORDINGS, st.sampled_from([SAYS, SAYS_NOT]), st.sampled_from(["Maple Street", "Lunch", "Elm"]))
def test_an_edit_never_frees_a_message(scope: Scope, earlier: tuple[Wording, ...], now: Wording, then: str) -> None:
    before = judged(scope, **PLAIN | {"subject": now.subject, "preview": now.preview, "earlier": earlier})
    after = judged(scope, **PLAIN | {"subject": then, "earlier": (*earlier, now)})
    assert before is False or after is not False


# Series


@pytest.mark.parametrize(("of_person", "earlier"), [(True, ()), (False, (SAYS,))])
def test_what_a_person_filed_or_edited_may_have_been_in_any_series(
    of_person: bool, earlier: tuple[Wording, ...]
) -> None:
    filing = replace(FILED, by_person=of_person)
    other, same = Scope(series=("FIN 09999",)), Scope(series=("FIN 04300",))
    assert judged(other, filing=FILED) is False
    assert judged(other, filing=filing, earlier=earlier) is None
    assert judged(same, filing=filing, earlier=earlier) is True
    assert judged(Scope(none_of=(same,)), filing=FILED) is False
    assert judged(Scope(none_of=(same,)), filing=filing, earlier=earlier) is None


@pytest.mark.parametrize("named", ["FIN 09999", "fin 09999", "town-schedule/FIN 09999"])
def test_a_series_that_is_in_no_schedule_any_more_cannot_be_judged(named: str) -> None:
    asked = Asked(NOTE, BOX, FILED, ZONE)
    fin = frozenset({"fin 04300", "town-schedule/fin 04300"})
    both = frozenset({*fin, "fin 09999", "town-schedule/fin 09999"})
    for scope, known, answer in [
        (Scope(series=(named,)), both, False),
        (Scope(series=(named,)), fin, None),
        (Scope(series=(named, "FIN 04300")), fin, True),
        (Scope(none_of=(Scope(series=(named,)),)), fin, None),
        (Scope(any_of=(Scope(all_of=(Scope(series=(named,)),)),)), fin, None),
    ]:
        assert Judge(scope, {}, series=known).judge(asked)[0] is answer


# Addresses

SPELLINGS = [
    ("@bücher.example", "kim@xn--bcher-kva.example"),
    ("@xn--bcher-kva.example", "kim@bücher.example"),
    ("@xn--bcher-kva.example", "kim@post.bu\u0308cher.example"),
    ("@straße.example", "kim@xn--strae-oqa.example"),
    ("ren\u00e9@x.example", "rene\u0301@x.example"),
    ("rene\u0301@x.example", "ren\u00e9@x.example"),
    ("@x.example", "kim@x.example."),
    ("@x.example.", "kim@x.example"),
    ("@x.example", "kim@ｘ．example"),
    ("@x.example", "kim@x。example"),
]


@pytest.mark.parametrize(("named", "sender"), SPELLINGS)
def test_an_address_is_the_same_in_every_spelling(named: str, sender: str) -> None:
    assert judged(Scope(participants=(named,)), sender=sender) is True


@pytest.mark.parametrize(
    "sender", ["kim@xn--99999999999.example", "kim@xn--ü.example", "ki\u200bm@x.example", "kim@x\u00ad.example"]
)
def test_an_address_that_has_no_spelling_cannot_be_judged(sender: str) -> None:
    assert judged(Scope(participants=("@nobody.example",)), sender=sender) is None


@given(st.text(max_size=12), st.text(max_size=20))
def test_the_one_spelling_of_an_address_is_its_own(local: str, domain: str) -> None:
    plain = canonical(f"{local}@{domain}".lower())
    if plain is not None and "xn--" not in plain:
        assert canonical(plain) == plain
        assert canonical(unicodedata.normalize("NFD", plain)) in (plain, None)


# What vanished


def test_what_vanished_stays_under_the_holds_it_was_under_as_long_as_these_hold() -> None:
    def holding(name: str, scope: Scope) -> Holding:
        hold = Hold(name=name, matter="", kind="legal", reason="", scope=scope, placed_at=NOTE.sent_at, placed_by="kim")
        return Holding(hold=hold, version=1, scope=scope, reach={})

    holdings = [holding("elm", Scope(custodians=("bob@town.example",))), holding("oak", Scope(ids=("other",)))]
    vanished = {"<note@utility.example>": {"elm": "bob@town.example", "over": "x"}, "<other@x>": {"over": "x"}}
    holds = Holds(holdings, ZONE, vanished=vanished)
    found = holds.covering(NOTE, BOX, None)
    assert [(one.hold.name, one.certain) for one in found] == [("elm", True)]
    assert "vanished from the mailbox of bob@town.example" in found[0].because
    assert holds.named("elm").covering(NOTE, BOX, None) and not holds.without("elm").covering(NOTE, BOX, None)
    assert not holds.covering(replace(NOTE, internet_id="<other@x>"), BOX, None)
    # Nobody may take this mailbox for one in which nothing can be covered, nor a message without its Message-ID.
    stranger = Mailbox(id="box-9", address="dee@town.example")
    assert holds.named("elm").may_cover(stranger) and "internet_id" in holds.named("elm").looks_at(stranger)
    assert not Holds(holdings, ZONE).named("elm").may_cover(stranger)


@pytest.mark.parametrize("id_", ["<>", "<", "< >"])
def test_an_id_of_which_nothing_is_left_is_refused(id_: str) -> None:
    assert checked(Scope(ids=(id_,)))
