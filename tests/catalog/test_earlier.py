"""What a message said before it was changed: the catalog keeps it, once each, up to a length."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from retention.catalog import pages
from retention.core.message import Message, Wording
from tests.catalog.desk import BOX, Desk, message, partial

FIRST = Wording("Letter m1", "Hello.", ("Plan.pdf", 'FW: "the plan"'))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def earlier(desk: Desk) -> tuple[Wording, ...]:
    return desk.known().message.earlier or ()


@pytest.mark.parametrize(
    "row",
    [
        message(subject="Lunch"),
        message(preview="Bye."),
        message(attachments=()),
        message(subject=""),
        partial(subject="Lunch"),
        partial(preview=""),
        partial(attachments=("Menu.pdf",)),
    ],
)
def test_what_is_changed_is_kept_beside_what_it_says_now(desk: Desk, row: Message) -> None:
    desk.page(message())
    desk.page(row)
    assert earlier(desk) == (FIRST,)
    (glimpse,) = desk.catalog.glimpses.of(BOX, ("subject", "earlier"))
    assert glimpse.message.earlier == (FIRST,)
    (known,) = desk.catalog.present()
    assert known.message.earlier == (FIRST,)


@pytest.mark.parametrize(
    "row",
    [
        message(),
        message(version="v2", is_read=False, categories=("Blue",), to=("kim@x.example",)),
        partial(version="v2"),
        partial(folder="f-archive"),
    ],
)
def test_a_row_that_says_the_same_keeps_nothing(desk: Desk, row: Message) -> None:
    desk.page(message())
    desk.page(row)
    assert earlier(desk) == ()


def test_what_is_said_for_the_first_time_changes_nothing_that_was_said(desk: Desk) -> None:
    desk.page(message(subject=None, preview=None, attachments=None))
    desk.page(partial(subject="Lunch"))
    desk.page(message())
    assert earlier(desk) == (Wording("Lunch", None, None),)


def test_every_wording_is_kept_once_however_often_it_comes_back(desk: Desk) -> None:
    for subject in ("Letter m1", "Lunch", "Letter m1", "Lunch", "Dinner"):
        desk.page(message(subject=subject))
    assert [one.subject for one in earlier(desk)] == ["Letter m1", "Lunch"]


def test_a_draft_says_nothing_until_it_is_sent(desk: Desk) -> None:
    desk.page(message(subject="Lettr", is_draft=True))
    desk.page(message(subject="Letter", is_draft=True))
    desk.page(message(subject="Letter, sent", is_draft=False))
    assert earlier(desk) == ()
    # What was sent is a draft no more, whatever the row says that changes it.
    desk.page(message(subject="Lunch", is_draft=True))
    assert [one.subject for one in earlier(desk)] == ["Letter, sent"]


def test_past_the_limit_it_is_only_known_that_there_was_more(desk: Desk) -> None:
    for number in range(60):
        desk.page(message(subject=f"{number} {'x' * 500}"))
    kept = earlier(desk)
    assert kept[-1] == Wording() and kept.count(Wording()) == 1
    assert [one.subject for one in kept[:-1]] == [f"{number} {'x' * 500}" for number in range(len(kept) - 1)]
    assert len(str(kept)) < 2 * pages.LONGEST_EARLIER


@pytest.mark.parametrize("text", ['[null,null,null]]"', "a\x00b", "\\\"'", "\u2028\U0001f600", "%", "\n\t"])
def test_any_text_is_kept_as_it_was(desk: Desk, text: str) -> None:
    said: dict[str, Any] = {"subject": text, "preview": text, "attachments": (text,)}
    desk.page(message(**said))
    desk.page(message())
    desk.page(message(subject="Lunch"))
    assert earlier(desk) == (Wording(text, text, (text,)), FIRST)


def test_the_message_ids_of_a_systems_own_ids_are_found_in_every_mailbox(desk: Desk) -> None:
    desk.page(message("m1"), message("m2", internet_id=None), message("m3"))
    assert desk.catalog.message_ids(["m1", "m2", "m4", "1", "<m3@x.example>"]) == ("<m1@x.example>",)
