"""Is a scope printed so that it can be read again, and laid out so that people can read it?"""

from __future__ import annotations

from datetime import date

import pytest

from retention.core.hold import Scope
from retention.core.hold.printing import WIDTH, lines, shown
from retention.core.hold.reading import DEEPEST, read_scope


def test_a_scope_without_a_condition_is_printed_as_what_it_is_and_never_read_back() -> None:
    assert shown(Scope()) == shown(Scope(all_of=(Scope(),))) == "everything"
    assert shown(Scope(words=("a",), any_of=(Scope(), Scope(ids=("b",))))) == "words:a"
    assert lines(Scope()) == ("everything",)
    for scope in (Scope(), Scope(words=("a",), none_of=(Scope(),))):
        with pytest.raises(ValueError, match="'everything' is no condition"):
            read_scope(shown(scope))


def test_two_periods_that_must_both_be_met_are_not_printed_as_one() -> None:
    scope = Scope(first_on=date(2026, 1, 1), all_of=(Scope(last_on=date(2025, 1, 1)),))
    assert shown(scope) == "from:2026-01-01 and not not until:2025-01-01"


LINES = [
    ("words:a", ["saying 'a'"]),
    ("not words:a", ["none of these:", "  saying 'a'"]),
    (
        "not (words:a or series:x) and not id:b",
        ["none of these:", "  saying 'a'", "  filed under x", "  with the id b"],
    ),
    ("from:2026 and until:2026", ["from 2026-01-01 until 2026-12-31"]),
    ("until:2026", ["until 2026-12-31"]),
    (
        "custodian:kim.lee@town.gov and (words:“Elm Street” or domain:claims.example) and not (series:A and words:b)",
        [
            "all of these:",
            "  in the mailbox of kim.lee@town.gov",
            "  any of these:",
            "    saying 'Elm Street'",
            "    naming anybody at claims.example",
            "  none of these:",
            "    all of these:",
            "      saying 'b'",
            "      filed under A",
        ],
    ),
    (
        'office:Mayor or office:"City Clerk" during 2023.. or department:Fire during ..2024 '
        "or department:Parks during 2023..2024",
        [
            "any of these:",
            "  in the mailbox of whoever was in Fire until 2024-12-31",
            "  in the mailbox of whoever was in Parks from 2023-01-01 until 2024-12-31",
            "  in the mailbox of whoever was Mayor at any time",
            "  in the mailbox of whoever was City Clerk from 2023-01-01 on",
        ],
    ),
    (
        "words:a and words:b and conversation:c and participant:jo@claims.example and mailbox:m1",
        [
            "all of these:",
            "  in the mailbox with the id m1",
            "  naming jo@claims.example",
            "  in the conversation c",
            "  saying 'a'",
            "  saying 'b'",
        ],
    ),
    (
        "words:a or (id:b or not words:c)",
        ["any of these:", "  saying 'a'", "  with the id b", "  none of these:", "    sa"],
    ),
    (
        'words:"' + "Elm Street " * 9 + '"',
        [
            "saying 'Elm Street Elm Street Elm Street Elm Street Elm Street Elm Street Elm",
            "    Street Elm Street Elm Street'",
        ],
    ),
    ("id:" + "x" * 160, ["with the id", "    " + "x" * 76, "    " + "x" * 76, "    " + "x" * 8]),
]


@pytest.mark.parametrize(("text", "expected"), LINES)
def test_a_scope_is_laid_out_for_people(text: str, expected: list[str]) -> None:
    found = lines(read_scope(text))
    assert len(found) == len(expected)
    assert all(line.startswith(start) for line, start in zip(found, expected, strict=True))


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("words:“Maple Street”", "mail saying 'Maple Street'"),
        ("from:2026", "mail from 2026-01-01"),
        ("words:a and id:b", "mail to which all of these apply:"),
        ("words:a or id:b", "mail to which any of these applies:"),
        ("not words:a", "mail to which none of these applies:"),
    ],
)
def test_with_a_noun_the_first_line_says_what_the_conditions_are_of(text: str, first: str) -> None:
    scope = read_scope(text)
    with_noun = lines(scope, noun="mail")
    assert with_noun[0] == first
    assert with_noun[1:] == lines(scope)[1:]


def test_even_the_deepest_scope_fits_a_screen() -> None:
    text = "not " * DEEPEST + "id:" + "x" * 300
    assert max(map(len, lines(read_scope(text)))) == WIDTH
