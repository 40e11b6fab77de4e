"""An edition's text is the whole schedule: what is read back from it is the same, whatever is changed is found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from retention.cli.schedules import read_schedule
from retention.core import edition
from retention.core.edition import NotAnEdition
from retention.core.schedule import fingerprint

SHIPPED = sorted((Path(__file__).resolve().parents[2] / "schedules").glob("*.toml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_schedule_is_read_back_as_it_was_with_the_floors_of_its_law(path: Path) -> None:
    schedule, problems = read_schedule(path)
    assert schedule is not None, problems
    text = edition.write(schedule)
    assert edition.read(text) == schedule and edition.write(edition.read(text)) == text
    assert fingerprint(edition.read(text)) == fingerprint(schedule)
    assert json.loads(text)["fingerprint"] == fingerprint(schedule)


def text(**changed: Any) -> bytes:
    schedule, _ = read_schedule(SHIPPED[0])
    assert schedule is not None
    whole = json.loads(edition.write(schedule))
    for key, value in changed.items():
        where = whole if key in whole else whole["schedule"]["series"][0] if key != "more" else whole["schedule"]
        where[key] = value
    return json.dumps(whole).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"format": 1, "fingerprint": ""}',
        text(format=2),
        text(retain="3 yeers"),
        text(then="burn"),
        text(verified="yes"),
        text(more="said by a later version"),
    ],
)
def test_what_is_not_an_edition_is_refused(data: bytes) -> None:
    with pytest.raises(NotAnEdition):
        edition.read(data)
