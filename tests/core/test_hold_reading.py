"""Is a scope read as it was typed, and refused where it can be misunderstood?"""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from retention.core.hold import Post, Scope
from retention.core.hold.checking import checked, tidied
from retention.core.hold.printing import shown
from retention.core.hold.reading import DEEPEST, LONGEST, read_post, read_scope

KIM, ANN = "kim.lee@town.gov", "ann@town.gov"
MAYOR = Post(name="Mayor", from_on=date(2023, 1, 1), to_on=date(2025, 12, 31))

FORMS = [
    ("custodian:kim.lee@town.gov", Scope(custodians=(KIM,))),
    ("Custodian:Kim.Lee@Town.Gov", Scope(custodians=(KIM,))),
    ('  words:"Elm Street"\n', Scope(words=("Elm Street",))),
    ("words:“Elm Street”", Scope(words=("Elm Street",))),
    ('words:"Elm Street”', Scope(words=("Elm Street",))),
    ("words:elm", Scope(words=("elm",))),
    ('series:"say \\"x\\" \\\\ \\”"', Scope(series=('say "x" \\ ”',))),
    ("series:FIN\\04300", Scope(series=("FIN\\04300",))),
    ('series:"FIN  04300"', Scope(series=("FIN 04300",))),
    ('series:"(old) or not, and; all"', Scope(series=("(old) or not, and; all",))),
    ('series:"a,b;c"', Scope(series=("a,b;c",))),
    ("series:and", Scope(series=("and",))),
    ("participant:jo@claims.example", Scope(participants=("jo@claims.example",))),
    ("participant:@Claims.example", Scope(participants=("@claims.example",))),
    ("domain:claims.example", Scope(participants=("@claims.example",))),
    ("domain:@claims.example", Scope(participants=("@claims.example",))),
    ("conversation:01ab", Scope(conversations=("01ab",))),
    ("id:<Abc:1@Mail.example>", Scope(ids=("<Abc:1@Mail.example>",))),
    ("mailbox:AAMk-1=", Scope(mailboxes=("AAMk-1=",))),
    ("department:Finance", Scope(departments=(Post(name="Finance"),))),
    ("office:Mayor during 2023..2025", Scope(offices=(MAYOR,))),
    ("office:Mayor DURING 2023..2025", Scope(offices=(MAYOR,))),
    (
        'office:"City Clerk" during 2023-01-15..',
        Scope(offices=(Post(name="City Clerk", from_on=date(2023, 1, 15)),)),
    ),
    ("department:Fire during ..2025-06-30", Scope(departments=(Post(name="Fire", to_on=date(2025, 6, 30)),))),
    ("office:during during 2023..", Scope(offices=(Post(name="during", from_on=date(2023, 1, 1)),))),
    ("from:2026-03-01", Scope(first_on=date(2026, 3, 1))),
    ("from:2026", Scope(first_on=date(2026, 1, 1))),
    ("until:2026", Scope(last_on=date(2026, 12, 31))),
    # One condition of each kind is one flat scope.
    (
        'custodian:kim.lee@town.gov AND words:"Elm Street" And from:2026 and until:2026-03-31 and series:A and id:b '
        "and conversation:c and participant:@claims.example",
        Scope(
            custodians=(KIM,),
            words=("Elm Street",),
            first_on=date(2026, 1, 1),
            last_on=date(2026, 3, 31),
            series=("A",),
            ids=("b",),
            conversations=("c",),
            participants=("@claims.example",),
        ),
    ),
    ("words:a and (series:b and (id:c))", Scope(words=("a",), series=("b",), ids=("c",))),
    # One field under or is one condition with several values.
    (f"custodian:{KIM} or custodian:{ANN}", Scope(custodians=(KIM, ANN))),
    (f"custodian:{KIM} or office:Mayor", Scope(custodians=(KIM,), offices=(Post(name="Mayor"),))),
    ("words:a or words:b or words:a", Scope(words=("a", "b"))),
    ("words:a or (words:b or words:c)", Scope(words=("a", "b", "c"))),
    ("series:x and (words:a or words:b)", Scope(series=("x",), words=("a", "b"))),
    ("words:a or series:x or words:b", Scope(any_of=(Scope(words=("a", "b")), Scope(series=("x",))))),
    # One kind twice under and is two conditions.
    ("words:a and words:b", Scope(all_of=(Scope(words=("a",)), Scope(words=("b",))))),
    (
        f"custodian:{KIM} and department:Fire and words:a",
        Scope(words=("a",), all_of=(Scope(custodians=(KIM,)), Scope(departments=(Post(name="Fire"),)))),
    ),
    (
        "words:c and (words:a or words:b)",
        Scope(all_of=(Scope(words=("c",)), Scope(words=("a", "b")))),
    ),
    (
        "(words:a or series:x) and (words:b or series:y)",
        Scope(
            all_of=(
                Scope(any_of=(Scope(words=("a",)), Scope(series=("x",)))),
                Scope(any_of=(Scope(words=("b",)), Scope(series=("y",)))),
            )
        ),
    ),
    ("id:b and (words:a or series:x)", Scope(ids=("b",), any_of=(Scope(words=("a",)), Scope(series=("x",))))),
    (
        "(words:a and series:x) or words:b",
        Scope(any_of=(Scope(words=("a",), series=("x",)), Scope(words=("b",)))),
    ),
    # Mailboxes by their ids are no people, beside whom they would not be printed.
    (
        f"custodian:{KIM} or mailbox:m1 or mailbox:m2",
        Scope(any_of=(Scope(custodians=(KIM,)), Scope(mailboxes=("m1", "m2")))),
    ),
    (
        f"custodian:{KIM} and mailbox:m1",
        Scope(all_of=(Scope(custodians=(KIM,)), Scope(mailboxes=("m1",)))),
    ),
    # From and until are one period, wherever they are joined by and.
    ("from:2024 and (until:2025 and words:a)", read_scope("words:a and from:2024 and until:2025")),
    (
        "from:2024 and from:2025-02-01 and until:2026 and until:2027",
        Scope(first_on=date(2025, 2, 1), last_on=date(2026, 12, 31)),
    ),
    (
        "from:2024 or until:2020",
        Scope(any_of=(Scope(first_on=date(2024, 1, 1)), Scope(last_on=date(2020, 12, 31)))),
    ),
    (
        "from:2024 and (until:2020 or words:a)",
        Scope(first_on=date(2024, 1, 1), any_of=(Scope(last_on=date(2020, 12, 31)), Scope(words=("a",)))),
    ),
    # Exceptions.
    ("not words:a", Scope(none_of=(Scope(words=("a",)),))),
    ("NOT(words:a)and words:b", Scope(words=("b",), none_of=(Scope(words=("a",)),))),
    ("not words:a and not series:x", Scope(none_of=(Scope(words=("a",)), Scope(series=("x",))))),
    (
        "not (words:a and series:x) or id:b",
        Scope(any_of=(Scope(none_of=(Scope(words=("a",), series=("x",)),)), Scope(ids=("b",)))),
    ),
    ("not not words:a", Scope(none_of=(Scope(none_of=(Scope(words=("a",)),)),))),
]


@pytest.mark.parametrize(("text", "scope"), FORMS)
def test_a_form_is_read_and_its_print_is_read_as_the_same(text: str, scope: Scope) -> None:
    assert read_scope(text) == scope
    assert read_scope(shown(scope)) == scope
    assert not checked(scope)


def test_the_example_of_an_attorney() -> None:
    said = (
        'custodian:kim.lee@town.gov and (words:"Elm Street" or participant:@claims.example) and not series:"FIN 04300"'
    )
    scope = read_scope(said)
    assert scope == Scope(
        custodians=(KIM,),
        any_of=(Scope(words=("Elm Street",)), Scope(participants=("@claims.example",))),
        none_of=(Scope(series=("FIN 04300",)),),
    )
    assert shown(scope) == said


REFUSED = [
    ("", "The scope says nothing"),
    (" \n ", "The scope says nothing"),
    ("()", "After '(' there must be a condition such as custodian:kim.lee@town.gov, not ')'."),
    ("Elm Street", "'Elm' is no condition"),
    ('"Elm Street"', "'\"Elm Street\"' stands in no field"),
    (
        "words:Elm Street",
        "Between 'words:Elm' and 'Street' there must be 'and' or 'or'; a value of several words needs",
    ),
    ("words:a words:b", "Between 'words:a' and 'words:b' there must be 'and' or 'or'."),
    ("words:a (words:b)", "Between 'words:a' and '(' there must be"),
    ("words:a not words:b", "Between 'words:a' and 'not' there must be"),
    ("words:a & words:b", "Between 'words:a' and '&' there must be"),
    ("words:a, words:b", "'words:a,' has a comma in it; join conditions by 'and' or 'or'"),
    ("words:a;b", "'words:a;b' has a comma in it"),
    ("and words:a", "At the beginning there must be a condition such as custodian:kim.lee@town.gov, not 'and'."),
    ("words:a and", "After 'and' there must be a condition"),
    ("words:a and or words:b", "After 'and' there must be a condition such as custodian:kim.lee@town.gov, not 'or'."),
    ("not", "After 'not' there must be a condition"),
    ("(words:a or words:b", "The parenthesis that opens in '(words:a or words:b' is never closed."),
    ("words:a or words:b) and id:x", "After 'words:b' a parenthesis closes that nothing opened."),
    (")", "At the beginning there must be a condition such as custodian:kim.lee@town.gov, not ')'."),
    ('words:"Elm Street and words:b', "The quotes that open in 'words:\"Elm Street and words:b' are never closed."),
    ('words:"Elm"Street', "'words:\"Elm\"Street' has quotes inside a value"),
    ('words:Elm"Street"', "has quotes inside a value"),
    ('series:"a\\b"', "'series:\"a\\b\"' has a lone \\ in it"),
    ('series:"a\\\\\\b"', "has a lone \\ in it"),
    ("words:", "'words:' has no value; write it right after the colon"),
    ("words: elm", "'words:' has no value"),
    ('words:""', "'words:\"\"' has no value"),
    ('custodian:" "', "has no value"),
    ("custodain:kim@town.gov", "there is no field 'custodain'; did you mean 'custodian'?"),
    ("Particpants:@x.example", "there is no field 'particpants'; did you mean 'participant'?"),
    ("http://town.gov", "there is no field 'http'; there are custodian, department,"),
    ("custodian:Kim", "In 'custodian:Kim': 'kim' is no mailbox's address; write name@city.example."),
    ("custodian:@town.gov", "'@town.gov' is no mailbox's address"),
    ("custodian:*@town.gov", "is no mailbox's address"),
    ("custodian:<kim@town.gov>", "is no mailbox's address"),
    ("participant:claims.example", "'claims.example' is no address; write name@city.example, or @city.example"),
    ("domain:kim@claims.example", "In 'domain:kim@claims.example': '@kim@claims.example' is no address"),
    ("domain:@", "'@' is no address"),
    ("words:™", "'™' cannot be looked for"),
    ('words:"..."', "'...' cannot be looked for"),
    ("words:elm*", "'elm*' cannot be looked for"),
    ("words:elm?", "'elm?' cannot be looked for"),
    ('words:"Elm OR Oak"', "'Elm OR Oak' cannot be looked for"),
    ('words:"Elm \\"Street\\""', "cannot be looked for"),
    ("from:March", "In 'from:March': 'March' is no day; write 2026-03-01, or a year."),
    ("from:2026-3-1", "'2026-3-1' is no day"),
    ("from:20260301", "'20260301' is no day"),
    ("until:2026-02-30", "'2026-02-30' is no day"),
    ("until:0000", "'0000' is no day"),
    ("from:２０２６", "is no day"),
    ("from:2027 and words:a and until:2026-05-01", "would end on 2026-05-01, before it begins on 2027-01-01"),
    ("from:2024 and until:2025 and (from:2026 and until:2027)", "would end on 2025-12-31, before it begins on 2026-"),
    ("office:Mayor during", "After 'office:Mayor' 'during' needs a period: 2023..2025, 2023-01-15.. or ..2025."),
    ("office:Mayor during 2023", "'during' needs a period"),
    ("office:Mayor during ..", "'during' needs a period"),
    ("office:Mayor during and words:a", "'during' needs a period"),
    ("office:Mayor during 2023..March", "In 'office:Mayor': 'March' is no day"),
    ("office:Mayor during 2025..2023", "'Mayor during 2025-01-01..2023-12-31' ends before it begins."),
    ("custodian:kim@town.gov during 2023..", "'during' may stand after a department or an office, and not after 'cust"),
    ("custodian:kim\u200b@town.gov", "'kim\\u200b@town.gov' has a sign in it that cannot be seen"),
    ("id:a\x00b", "has a sign in it that cannot be seen"),
    ("words:caf\udce9", "has a sign in it that cannot be seen"),
    ("words:a or " * 2000 + "words:b", f"no more than {LONGEST:,} can be read"),
    ("(" * 51 + "words:a" + ")" * 51, f"lies within more than {DEEPEST} parentheses"),
    ("not " * 51 + "words:a", f"lies within more than {DEEPEST} parentheses"),
    (
        "words:a and series:x or words:b",
        "write (words:a and series:x) or words:b, or else words:a and (series:x or words:b).",
    ),
    (
        'id:1 or id:2 or not (words:"Elm  Street" and id:3) AND words:b or id:5',
        'write (id:2 or not (words:"Elm Street" and id:3)) and words:b, '
        'or else id:2 or (not (words:"Elm Street" and id:3) and words:b).',
    ),
    (
        "office:Mayor during 2023.. or id:2 and id:3",
        "write (office:Mayor during 2023.. or id:2) and id:3, or else office:Mayor during 2023.. or (id:2 and id:3).",
    ),
    ("words:a and (id:1 or id:2 and id:3)", "write (id:1 or id:2) and id:3, or else id:1 or (id:2 and id:3)."),
]


@pytest.mark.parametrize(("text", "sentence"), REFUSED)
def test_what_can_be_misunderstood_is_refused_with_one_sentence_that_quotes_it(text: str, sentence: str) -> None:
    with pytest.raises(ValueError) as refused:
        read_scope(text)
    said = str(refused.value)
    assert sentence in said
    assert said[-1] in ".?" and "\n" not in said and len(said) < 400
    said.encode()


def test_what_lies_as_deep_and_is_as_long_as_may_be_is_read() -> None:
    assert read_scope("(" * DEEPEST + "words:a" + ")" * DEEPEST) == Scope(words=("a",))
    read_scope("not " * DEEPEST + "words:a")
    assert len(read_scope(" or ".join(["words:flood"] + [f"words:w{n:04}" for n in range(1300)])).words) == 1301


PIECES = [*'()"“”\\:.,; \n\udce9', " and ", " or ", "not ", "words:", "from:2026", "office:", "during", "id:1"]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    try:
        scope = read_scope(text)
    except ValueError as refused:
        assert str(refused)[-1] in ".?"
    else:
        assert read_scope(shown(scope)) == scope
        assert not checked(scope)


OPTIONS = [
    (Scope(), "has no condition"),
    (Scope(words=("a",), any_of=(Scope(),)), "has no condition"),
    (Scope(custodians=("Kim@Town.gov",)), "'Kim@Town.gov' must be in small letters."),
    (Scope(custodians=("kim",)), "'kim' is no mailbox's address"),
    (Scope(participants=("claims.example",)), "'claims.example' is no address"),
    (Scope(words=("Elm OR Oak",)), "'Elm OR Oak' cannot be looked for"),
    (Scope(words=(" ",)), "An empty phrase means nothing"),
    (Scope(ids=(" a ",)), "'a' has spaces in it that do not belong there."),
    (Scope(offices=(Post(name=""),)), "An empty office means nothing"),
    (Scope(departments=(replace(MAYOR, to_on=date(2020, 1, 1)),)), "ends before it begins"),
    (Scope(first_on=date(2026, 1, 2), last_on=date(2026, 1, 1)), "end on 2026-01-01, before it begins on 2026-01-02"),
    (Scope(none_of=(Scope(ids=("a\u200b",)),)), "has a sign in it that cannot be seen"),
]


@pytest.mark.parametrize(("scope", "sentence"), OPTIONS)
def test_a_scope_of_options_is_checked_as_well(scope: Scope, sentence: str) -> None:
    (problem,) = checked(scope)
    assert sentence in problem


def test_every_problem_is_told_once_and_a_sound_scope_has_none() -> None:
    assert len(checked(Scope(custodians=("kim", "kim"), words=("*",), all_of=(Scope(custodians=("kim",)),)))) == 2
    assert not checked(Scope(custodians=(KIM,), none_of=(Scope(words=("Elm Street",)),)))


def test_what_options_say_is_tidied_as_it_is_in_an_expression() -> None:
    said = Scope(
        custodians=(" Kim.Lee@Town.gov", KIM),
        words=("Elm  Street",),
        offices=(Post(name=" City  Clerk "),),
        none_of=(Scope(participants=("@Claims.Example ",)),),
    )
    assert tidied(said) == read_scope(
        '(custodian:kim.lee@town.gov or office:"City Clerk") and words:"Elm Street" and not domain:claims.example'
    )


@pytest.mark.parametrize(
    ("text", "post"),
    [
        ("Mayor", Post(name="Mayor")),
        (" City  “Old” Clerk ", Post(name="City “Old” Clerk")),
        ("Mayor during 2023..2025", MAYOR),
        ("Mayor during 2023 .. 2025", MAYOR),
        ("Mayor  DURING  2023-01-01..2025-12-31 ", MAYOR),
        ("Parks and Recreation during ..2025", Post(name="Parks and Recreation", to_on=date(2025, 12, 31))),
    ],
)
def test_a_post_is_read_by_itself_without_quotes(text: str, post: Post) -> None:
    assert read_post(text) == post


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (" ", "An empty office means nothing"),
        ("Mayor during", "After 'Mayor' 'during' needs a period"),
        ("Mayor during 2023", "'during' needs a period"),
        ("Mayor during 2023.. or office:Clerk", "In 'Mayor': 'or office:Clerk' is no day"),
        ("Mayor during 2025..2023", "ends before it begins"),
        ("Mayor during March..", "In 'Mayor': 'March' is no day"),
        ("Ma\u200byor", "has a sign in it that cannot be seen"),
    ],
)
def test_a_post_that_can_be_misunderstood_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(ValueError) as refused:
        read_post(text)
    assert sentence in str(refused.value)
