"""The fingerprint of a schedule: a digest of all that decides and of all by what authority it decides.

What is in it is what an office adopts; notes, examples and the order of things are not.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from retention.core.schedule.series import NO_GATES, NO_LAW, Gate, Match, Schedule, Series

_FORM = 1
"""Raised when the same words come to decide differently, so that every schedule must be adopted anew."""


def fingerprint(schedule: Schedule) -> str:
    """SHA-256, as 64 hexadecimal digits, of all that decides and all by what authority it decides.

    Comments, notes, examples and the order of keys, series and values do not change it.
    """
    head = {key: getattr(schedule, key) for key in ("name", "title", "authority", "edition", "jurisdiction")}
    keys = sorted([rule.type, rule.field.value, rule.pattern] for rule in schedule.keys)
    series = sorted((_canonical(one) for one in schedule.series), key=_json)
    said = {"form": _FORM, **head, "keys": keys, "series": series, **_of_gates(schedule)}
    return hashlib.sha256(_json(said).encode()).hexdigest()


def _of_gates(schedule: Schedule) -> dict[str, Any]:
    """What the schedule itself says of gates, and nothing where it says nothing; the law's gates are the law's."""
    if schedule.own_gates:
        return {"gates": sorted((_canonical_gate(gate) for gate in schedule.own_gates), key=_json)}
    # Of gates nobody but the schedule has spoken where they are known and there is neither a law nor one of its own.
    return {"gates": NO_GATES} if schedule.gated and not schedule.gates and schedule.law == NO_LAW else {}


def _canonical_gate(gate: Gate) -> dict[str, Any]:
    return {key: getattr(gate, key) for key in gate.__struct_fields__ if key != "note"}


def _canonical(series: Series) -> dict[str, Any]:
    texts = ("code", "id", "title", "published", "citation", "source", "key_type")
    flags = ("transitory", "fallback", "verified")
    return {
        **{key: getattr(series, key) for key in (*texts, *flags)},
        "retain": str(series.retain),
        "then": series.then.value,
        "not_class": sorted(series.not_class),
        **({"permission": series.permission} if series.permission else {}),
        "match": sorted((_canonical_match(match) for match in series.match), key=_json),
    }


def _canonical_match(match: Match) -> dict[str, Any]:
    conditions = [[one.field.value, one.excluded, sorted(set(one.values))] for one in match.conditions]
    return {"conditions": sorted(conditions), "has_attachments": match.has_attachments}


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
