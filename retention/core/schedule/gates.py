"""Reading the gates of a law or a schedule, and what of them cannot stand.

Which gates a record has to pass, and which of them are shut, is in ``core/gate.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import get_args

from retention.core.schedule.series import NOT_REQUIRED, Gate, Problem, Schedule, When
from retention.core.schedule.table import Table

_NEEDED = ("id", "title", "by", "reference", "citation", "source")
GATE_KEYS = (*_NEEDED, "office", "verified", "valid_for", "when", "waivable", "form", "note")
CAUTION = 365
"""So many days a consent counts where nobody says how long: none of the laws says that one lasts for ever."""

_ID_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_DAYS = re.compile(r"([1-9]\d{0,3}) days?", re.ASCII)
_WHEN: dict[str, When] = {word: word for word in get_args(When)}


def read_gates(top: Table) -> tuple[Gate, ...]:
    """Every ``[[gate]]`` of a law or of a schedule; what is wrong with one is told at its place."""
    gates = tuple(_gate(part) for part in top.tables("gate", GATE_KEYS))
    ids = [one.id for one in gates if one.id]
    for id_ in sorted({one for one in ids if ids.count(one) > 1}):
        top.problem("gate", f"the id '{id_}' is used more than once")
    return gates


def _gate(part: Table) -> Gate:
    texts = {key: part.text(key, needed=True) for key in _NEEDED}
    if not _ID_LETTERS.issuperset(texts["id"]):
        part.problem("id", f"'{texts['id']}' may hold only small letters, digits and hyphens")
    return Gate(
        office=part.text("office"),
        verified=part.flag("verified") or False,
        valid_for=_valid_for(part),
        when=_when(part),
        waivable=part.flag("waivable") or False,
        form=part.text("form"),
        note=part.text("note"),
        **texts,
    )


def _valid_for(part: Table) -> int:
    text = part.text("valid_for", f"{CAUTION} days")
    found = _DAYS.fullmatch(text)
    if found is None:
        part.problem("valid_for", f"must be whole days, such as '{CAUTION} days', not '{text}'")
    return int(found[1]) if found else CAUTION


def _when(part: Table) -> When:
    word = part.text("when", "always")
    if word not in _WHEN:
        part.problem("when", f"must be one of {', '.join(_WHEN)}, not '{word}'")
    return _WHEN.get(word, "always")


def slips(schedule: Schedule) -> Iterator[Problem]:
    """What its gates, the law's and its own, do not let stand."""
    ids = [one.id for one in schedule.gates]
    for number, gate in enumerate(schedule.own_gates, start=1):
        if ids.count(gate.id) > 1:
            sentence = f"'{gate.id}' is a gate of {schedule.law} already; give this one an id of its own"
            yield Problem("", f"gate {number}.id", sentence)
    waivable = any(gate.waivable for gate in schedule.gates)
    for series in schedule.series:
        if series.permission == NOT_REQUIRED and not waivable:
            sentence = f"is '{NOT_REQUIRED}', but no gate of this schedule can be left out; take this key away"
            yield Problem(series.key, "permission", sentence)
