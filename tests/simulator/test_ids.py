"""Ids: what they say can be read back, and nothing else can."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retention.simulator import ids

NUMBERS = st.integers(0, 2**32 - 1)


@settings(deadline=None)
@given(NUMBERS, NUMBERS, NUMBERS)
def test_ids_say_what_they_were_made_of(mailbox: int, serial: int, moves: int) -> None:
    assert ids.read_message_id(ids.immutable_id(mailbox, serial)) == (mailbox, serial, None)
    assert ids.read_message_id(ids.rest_id(mailbox, serial, moves)) == (mailbox, serial, moves)
    assert ids.read_folder_id(ids.folder_id(mailbox, serial)) == (mailbox, serial)


@settings(deadline=None)
@given(st.text())
def test_other_text_is_malformed(text: str) -> None:
    for read in (ids.read_message_id, ids.read_folder_id):
        with pytest.raises(ids.MalformedId):
            read(text)


def test_the_three_kinds_are_not_taken_for_each_other() -> None:
    with pytest.raises(ids.MalformedId):
        ids.read_message_id(ids.folder_id(1, 1))
    with pytest.raises(ids.MalformedId):
        ids.read_folder_id(ids.immutable_id(1, 1))
