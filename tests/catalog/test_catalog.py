"""What the catalog knows after pages and readings from the beginning, and of folders that come and go.

Removals and moves are in ``test_moves.py``, deeds, filings and finding in ``test_marks.py``, opening the file in
``test_opening.py``, and any order of it all beside the mail system's own state in ``test_following.py``.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import asdict, replace

from retention import catalog as catalog_module
from retention.catalog import Catalog
from retention.catalog import filings as filings_module
from retention.core.classify import Classification
from retention.core.message import Message
from tests.catalog.desk import ARCHIVE, BOX, DELETED, INBOX, NOW, OTHER, Desk, message, partial


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


# --- rows that merge


def test_a_message_is_known_as_it_was_said(desk: Desk) -> None:
    desk.page(message())
    assert desk.known().message == replace(message(), path="Inbox")
    assert desk.known().mailbox == BOX
    assert desk.known().first_seen_at == NOW


def test_a_message_of_which_little_was_said_is_known_as_little(desk: Desk) -> None:
    desk.page(partial(folder=INBOX.id))
    assert desk.known().message == Message(mailbox=BOX.id, id="m1", folder=INBOX.id, path="Inbox")


SAID = [
    ("version", "v2"),
    ("internet_id", "<other@x>"),
    ("conversation", "d"),
    ("subject", "RE: Letter"),
    ("sender", "kim@x.example"),
    ("to", ("kim@x.example", "jo@x.example")),
    ("cc", ("cc@x.example",)),
    ("bcc", ("bcc@x.example",)),
    ("received_at", NOW),
    ("sent_at", NOW),
    ("size", 1),
    ("kind", "IPM.Note.SMIME"),
    ("categories", ("Blue", "Green")),
    ("has_attachments", True),
    ("is_draft", True),
    ("is_read", False),
    ("preview", "Other text"),
    ("attachments", ("Budget.xlsx",)),
    ("origin", "automatic"),
    ("on_behalf", "dee@x.example"),
]


@pytest.mark.parametrize(("field", "value"), SAID)
def test_a_partial_row_changes_only_what_it_says(desk: Desk, field: str, value: Any) -> None:
    desk.page(message())
    desk.page(partial(**{field: value}))
    assert replace(desk.known().message, earlier=None) == replace(message(), path="Inbox", **{field: value})


EMPTY = [
    *((field, "") for field in ("subject", "sender", "preview", "internet_id", "conversation", "kind")),
    *((field, ()) for field in ("to", "cc", "bcc", "categories", "attachments")),
    ("on_behalf", ""),
    ("size", 0),
    ("has_attachments", False),
]


@pytest.mark.parametrize(("field", "value"), EMPTY)
def test_an_empty_value_is_a_value_and_overwrites(desk: Desk, field: str, value: Any) -> None:
    desk.page(message(has_attachments=True))
    desk.page(partial(**{field: value}))
    assert getattr(desk.known().message, field) == value


def test_what_was_not_said_stays_unknown_and_is_not_taken_for_empty(desk: Desk) -> None:
    desk.page(partial(folder=INBOX.id, subject=""))
    known = desk.known().message
    assert (known.subject, known.preview, known.cc, known.is_draft) == ("", None, None, None)


def test_a_trouble_that_is_over_can_be_taken_back(desk: Desk) -> None:
    desk.page(message(trouble="its row is broken"))
    assert desk.known().message.trouble == "its row is broken"
    desk.page(partial(version="v2"))
    assert desk.known().message.trouble == "its row is broken"
    desk.page(partial(trouble=""))
    assert desk.known().message.trouble is None


def test_instants_are_kept_to_the_microsecond_whatever_zone_they_came_in(desk: Desk) -> None:
    local = datetime(2025, 3, 4, 9, 30, 1, 123456, tzinfo=timezone(timedelta(hours=-6)))
    desk.page(message(received_at=local))
    received = desk.known().message.received_at
    assert received == local and received is not None and received.tzinfo == UTC


def test_any_text_comes_back_as_it_was(desk: Desk) -> None:
    awkward = "“é” \N{SPARKLES} \0 \x1b[31m \u202e ' ; DROP TABLE messages; --"
    desk.page(message(subject=awkward, to=(awkward, "")))
    assert (desk.known().message.subject, desk.known().message.to) == (awkward, (awkward, ""))


def test_a_repeated_page_changes_nothing(desk: Desk) -> None:
    desk.page(message("m1"), message("m2"), removed=("m3",))
    before = [asdict(known) for known in desk.catalog.present()]
    for _ in range(3):
        desk.page(message("m1"), message("m2"), removed=("m3",))
    assert [asdict(known) for known in desk.catalog.present()] == before


def test_a_row_twice_in_one_page_counts_once_and_the_last_one_holds(desk: Desk) -> None:
    desk.page(message(), message(subject="newer"))
    assert [known.message.subject for known in desk.catalog.present()] == ["newer"]


def test_a_number_stays_with_its_message(desk: Desk) -> None:
    desk.page(message("m1"), message("m2"))
    numbers = {id_: desk.known(id_).n for id_ in ("m1", "m2")}
    desk.page(message("m2", folder=ARCHIVE), message("m1", version="v9"), folder=ARCHIVE)
    assert {id_: desk.known(id_).n for id_ in ("m1", "m2")} == numbers


def test_the_same_id_in_two_mailboxes_is_two_messages(desk: Desk) -> None:
    desk.page(message(subject="Ana's"))
    desk.page(message(subject="Pat's", mailbox=OTHER), mailbox=OTHER)
    assert [known.message.subject for known in desk.catalog.present()] == ["Ana's", "Pat's"]


@pytest.mark.parametrize("last", ["the partial row", "the whole row"])
def test_rows_of_one_page_are_taken_in_their_order(desk: Desk, last: str) -> None:
    rows = [partial(subject="partial", version="v2"), message(subject="whole", version="v3")]
    desk.page(message(), *(rows if last == "the whole row" else reversed(rows)))
    assert desk.known().message.subject == ("whole" if last == "the whole row" else "partial")


# --- a page and its cursor


def test_a_page_and_its_cursor_are_saved_together(desk: Desk) -> None:
    assert desk.catalog.cursor(BOX, INBOX) is None
    desk.page(message(), cursor="after m1")
    assert desk.catalog.cursor(BOX, INBOX) == "after m1"
    assert desk.catalog.cursor(BOX, ARCHIVE) is None


def test_an_empty_cursor_is_a_cursor(desk: Desk) -> None:
    desk.page(cursor="")
    assert desk.catalog.cursor(BOX, INBOX) == ""


def test_a_page_that_fails_in_the_middle_leaves_neither_rows_nor_cursor(desk: Desk) -> None:
    desk.page(message("m1"), message("m2"), cursor="first")
    unfit = message("m4", size=2**70)  # SQLite takes no such number
    with pytest.raises(OverflowError):
        desk.page(
            message("m3"), message("m1", subject="changed"), unfit, removed=("m2",), cursor="second", restart=True
        )
    assert desk.present == ["m1", "m2"]
    assert desk.known().message.subject == "Letter m1"
    assert desk.catalog.cursor(BOX, INBOX) == "first"


@pytest.mark.parametrize("broken", [RuntimeError, KeyboardInterrupt])
def test_a_page_that_fails_at_its_end_leaves_neither_rows_nor_cursor(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, broken: type[BaseException]
) -> None:
    def fail(*_: object) -> None:
        raise broken

    monkeypatch.setattr(Catalog, "_complete", fail)
    with pytest.raises(broken):
        desk.page(message(), cursor="second", complete=True)
    assert (desk.present, desk.catalog.cursor(BOX, INBOX)) == ([], None)
    monkeypatch.undo()
    desk.page(message(), cursor="second", complete=True)
    assert (desk.present, desk.catalog.cursor(BOX, INBOX)) == (["m1"], "second")


def test_pages_saved_together_are_kept_together_or_not_at_all(desk: Desk) -> None:
    desk.page(message("m1"), cursor="first")
    with pytest.raises(OverflowError), desk.catalog.together():
        desk.page(message("m2"), cursor="second")
        desk.page(message("m3"), folder=ARCHIVE, cursor="archive")
        desk.page(message("m4", size=2**70), cursor="third")
    assert desk.present == ["m1"]
    assert (desk.catalog.cursor(BOX, INBOX), desk.catalog.cursor(BOX, ARCHIVE)) == ("first", None)
    with desk.catalog.together():
        desk.page(message("m2"), cursor="second")
        desk.page(message("m3"), folder=ARCHIVE, cursor="archive")
    assert sorted(desk.present) == ["m1", "m2", "m3"]
    assert (desk.catalog.cursor(BOX, INBOX), desk.catalog.cursor(BOX, ARCHIVE)) == ("second", "archive")


# --- reading a folder again from the beginning


def test_reading_again_from_the_beginning_misses_only_what_was_not_seen(desk: Desk) -> None:
    desk.page(message("m1"), message("m2"), message("m3"), complete=True)
    desk.page(message("m4", folder=ARCHIVE), folder=ARCHIVE, complete=True)
    desk.begin()
    desk.page(message("m1"), restart=True)
    assert desk.catalog.missed(BOX) == 0
    desk.page(message("m3"), complete=True)
    assert desk.catalog.missed(BOX) == 1
    desk.settle()
    assert desk.gone("m2") and desk.present == ["m1", "m3", "m4"]


def test_a_reading_again_that_was_cut_off_goes_on_in_the_next_run(desk: Desk) -> None:
    desk.page(message("m1"), message("m2"), message("m3"), complete=True)
    desk.begin()
    desk.page(message("m1"), restart=True)
    desk.begin()
    desk.page(message("m2"), complete=True)
    desk.settle()
    assert desk.present == ["m1", "m2"] and desk.gone("m3")


def test_an_ordinary_reading_misses_nothing_that_it_does_not_repeat(desk: Desk) -> None:
    desk.page(message("m1"), message("m2"), restart=True, complete=True)
    desk.begin()
    desk.page(message("m3"), complete=True)
    assert (desk.catalog.missed(BOX), desk.present) == (0, ["m1", "m2", "m3"])


def test_what_moved_away_before_a_reading_again_is_not_missed_in_its_old_folder(desk: Desk) -> None:
    desk.page(message("m1"), complete=True)
    desk.begin()
    desk.page(message("m1", folder=ARCHIVE), folder=ARCHIVE, complete=True)
    desk.page(restart=True, complete=True)
    assert desk.catalog.missed(BOX) == 0


# --- folders


def test_the_messages_of_a_folder_that_vanished_are_missed_until_they_turn_up(desk: Desk) -> None:
    desk.page(message("m1", folder=ARCHIVE), message("m2", folder=ARCHIVE), folder=ARCHIVE)
    desk.begin((INBOX, DELETED))
    assert (desk.catalog.missed(BOX), desk.present) == (2, [])
    desk.page(message("m1"), folder=INBOX)
    assert desk.settle() == 1
    assert desk.present == ["m1"] and desk.gone("m2")


def test_a_folder_that_came_back_is_read_from_the_beginning(desk: Desk) -> None:
    desk.page(message(folder=ARCHIVE), folder=ARCHIVE, cursor="old")
    desk.begin((INBOX, DELETED))
    desk.settle()
    desk.begin()
    assert desk.catalog.cursor(BOX, ARCHIVE) is None
    desk.page(message(folder=ARCHIVE), folder=ARCHIVE, restart=True, complete=True)
    assert desk.present == ["m1"] and not desk.gone()


def test_a_folder_that_was_renamed_keeps_its_cursor_and_its_messages(desk: Desk) -> None:
    desk.page(message(folder=ARCHIVE), folder=ARCHIVE, cursor="here")
    desk.begin((INBOX, replace(ARCHIVE, path="Inbox/FIN 04300"), DELETED))
    assert desk.catalog.cursor(BOX, ARCHIVE) == "here"
    assert desk.known().message.path == "Inbox/FIN 04300"
    assert desk.catalog.missed(BOX) == 0


def test_a_mailbox_that_was_renamed_is_the_same_mailbox(desk: Desk) -> None:
    desk.page(message())
    desk.catalog.save_mailbox(replace(BOX, address="ana.holm@town.example"), ())
    (known,) = desk.catalog.present()
    assert (known.mailbox.address, known.mailbox.id) == ("ana.holm@town.example", BOX.id)


def test_coverage_says_what_could_not_be_read_until_it_was(desk: Desk) -> None:
    desk.page(message(), message("m2", folder=ARCHIVE))
    desk.catalog.save_mailbox(BOX, ("Its archive mailbox cannot be reached.",))
    desk.catalog.folder_trouble(BOX, ARCHIVE, "it broke off")
    desk.catalog.mailbox_trouble(OTHER, "access denied")
    ana, pat = desk.catalog.coverage()
    assert (ana["present"], ana["unread"], ana["uncovered"]) == (2, 1, ["Its archive mailbox cannot be reached."])
    assert (pat["trouble"], pat["read_at"], pat["present"]) == ("access denied", None, 0)
    desk.page(folder=ARCHIVE, complete=True)
    desk.catalog.settle_mailbox(BOX, NOW)
    desk.catalog.settle_mailbox(OTHER, NOW)
    assert [(row["unread"], row["trouble"]) for row in desk.catalog.coverage()] == [(0, ""), (0, "")]


# --- streaming


def test_present_streams_more_messages_than_a_batch_each_once_and_in_order(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog_module, "_BATCH", 7)
    for mailbox in (BOX, OTHER):
        desk.page(*(message(f"m{number:02}", mailbox=mailbox) for number in range(30)), mailbox=mailbox)
    desk.page(removed=("m05", "m06", "m29"))
    expected = [(BOX, f"m{n:02}") for n in range(30) if n not in (5, 6, 29)] + [(OTHER, f"m{n:02}") for n in range(30)]
    assert [(known.mailbox, known.message.id) for known in desk.catalog.present()] == expected


@pytest.mark.parametrize("count", [0, 1, 6, 7, 8, 14])
def test_present_is_right_at_the_edges_of_a_batch(desk: Desk, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.setattr(catalog_module, "_BATCH", 7)
    desk.page(*(message(f"m{number:02}") for number in range(count)))
    assert len(desk.present) == count


def test_present_holds_at_its_real_batch_too(desk: Desk) -> None:
    count = catalog_module._BATCH + 3
    desk.page(*(partial(f"m{number}", folder=INBOX.id) for number in range(count)))
    assert len(desk.present) == len(set(desk.present)) == count


def test_filing_while_streaming_skips_and_repeats_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filings_module, "_BATCH", 7)
    desk.page(*(message(f"m{number:02}") for number in range(20)))
    met = []
    for one in desk.catalog.filings.to_file("rules"):
        met.append(one.message.id)
        desk.catalog.filings.save([(one.n, Classification(), ())], "rules")
    assert met == [f"m{number:02}" for number in range(20)]
    assert list(desk.catalog.filings.to_file("rules")) == []
