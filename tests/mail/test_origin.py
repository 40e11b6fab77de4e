"""How a message was sent, by its headers: each sign by itself, both at once, none, and headers that were cut.

Where the headers come from is tested with the mail systems.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.core.message import ORIGINS
from retention.mail.origin import origin_of

HEAD = (
    "Received: from mx.example by mail.example; Mon, 04 Mar 2019 15:30:00 +0000\r\n"
    "From: Jo <jo@x.example>\r\nTo: Ann <ann@city.example>\r\nSubject: list-id: none\r\n"
    "Date: Mon, 04 Mar 2019 15:30:00 +0000\r\n"
)
SIGNS = [
    ("List-Id: News of the council <news.city.example>", "list"),
    ("LIST-ID:<news.city.example>", "list"),
    ("List-Unsubscribe: <mailto:leave@x.example>", "list"),
    ("List-Unsubscribe:\r\n <mailto:leave@x.example>", "list"),
    ("List-Post: NO", "list"),
    ("Precedence: bulk", "list"),
    ("precedence: List", "list"),
    ("Precedence: junk", "list"),
    ("Auto-Submitted: auto-replied", "automatic"),
    ("auto-submitted: Auto-Generated (by a script)", "automatic"),
    ("Auto-Submitted: auto-notified; owner-email=x@x.example", "automatic"),
    ("Auto-Submitted:\r\n\tauto-replied", "automatic"),
    ("Precedence: auto_reply", "automatic"),
    ("X-Autoreply: yes", "automatic"),
    ("Auto-Submitted: no", "person"),
    ("Auto-Submitted: no; why=asked", "person"),
    ("Auto-Submitted:", "person"),
    ("X-Auto-Response-Suppress: All", "person"),
    ("Precedence: first-class", "person"),
    ("X-List-Id: <x>", "person"),
    ("Comments: see\r\n List-Id: of another message", "person"),
    ("List-Identity: none", "person"),
]


@pytest.mark.parametrize(("line", "origin"), SIGNS)
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_each_sign_tells_how_it_was_sent(line: str, origin: str, end: str) -> None:
    for headers in (f"{line}\r\n{HEAD}", f"{HEAD}{line}\r\n", f"{HEAD}{line}"):
        assert origin_of(headers.replace("\r\n", end)) == origin


@given(st.permutations([line for line, _ in SIGNS]))
def test_what_answers_by_itself_is_automatic_whatever_else_it_is(lines: list[str]) -> None:
    assert origin_of(HEAD + "\r\n".join(lines)) == "automatic"


@pytest.mark.parametrize("headers", ["", "X: y", HEAD[:120], "From: jo@x.example\r\nSubject: no date\r\n"])
def test_headers_that_are_not_whole_are_no_ground_for_a_person(headers: str) -> None:
    assert origin_of(headers) is None


def test_a_sign_counts_in_headers_that_were_cut() -> None:
    assert origin_of("Received: from x\r\nList-Id: <x.example>") == "list"


@given(st.text())
def test_no_text_is_too_strange(text: str) -> None:
    assert origin_of(text) in (None, *ORIGINS)
    assert origin_of(HEAD + text.replace("\n", " ").replace("\r", " ")) == "person"
