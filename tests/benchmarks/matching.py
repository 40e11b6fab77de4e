"""Matching with 300 series and 1,000 phrases and patterns, beside a loop of patterns and beside the bare engine.

The texts are 200 characters of ordinary mail, of which about a third fit something. One core, no catalog.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import re2

from retention.core import words
from retention.core.classify import Matcher
from retention.core.message import Message
from retention.core.schedule import Schedule, parse
from retention.core.words import PATTERN, Field
from tests.benchmarks.table import Figure
from tests.benchmarks.wording import phrases, texts

SERIES, VALUES, TEXTS, LENGTH, SHARE = 300, 1000, 20_000, 200, 0.33
LOOPED = 100
"""Texts that the plain loop looks at: it is slow."""
ROUNDS = 7


def benchmark() -> Iterator[Figure]:
    values = phrases(VALUES)
    lines = list(texts(TEXTS, LENGTH, values, SHARE))
    mail = [_message(line, number) for number, line in enumerate(lines)]
    raw = [line.encode() for line in lines]
    matcher, engine, loop = Matcher((_schedule(values),)), _engine(values), _loop(values)
    text = matcher._texts.get(Field.SUBJECT)
    assert text is not None
    rates: dict[str, list[float]] = {"whole": [], "text": [], "engine": [], "loop": []}
    for _ in range(ROUNDS):
        rates["engine"].append(_rate(engine.Match, raw))
        rates["text"].append(_rate(text, lines))
        rates["whole"].append(_rate(matcher.classify, mail))
        rates["loop"].append(_rate(loop, lines[:LOOPED]))
    whole, texted, alone, looped = (max(rates[name]) for name in ("whole", "text", "engine", "loop"))
    fitting = sum(bool(matcher.classify(one).candidates) for one in mail) / TEXTS
    yield Figure(f"texts of {LENGTH} characters that fit something", f"{fitting:.0%}")
    for what, ours in (("classify, the whole message", whole), ("its text alone", texted)):
        yield Figure(
            f"{what}, beside a loop of `re`", _a_second(ours), _a_second(looped), f"{ours / looped:.0f} x", "300 x"
        )
        share = f"{ours / alone:.0%}"
        yield Figure(f"{what}, beside one RE2 set on the same bytes", _a_second(ours), _a_second(alone), share, "50 %")


def _schedule(values: list[str]) -> Schedule:
    """Each series has three or four of the values; a few ask for more than the subject."""
    rows = []
    for number in range(SERIES):
        match: dict[str, object] = {"subject": values[number::SERIES]}
        if number % 10 == 0:
            match["not_sender"] = ["newsletter@*"]
        if number % 15 == 0:
            match["not_folder"] = ["drafts"]
        row = {
            "id": f"series-{number}",
            "title": f"Series {number}",
            "retain": f"{number % 9 + 1} years after received",
        }
        rows.append({**row, "then": "destroy", "citation": "c", "source": "s", "verified": True, "match": [match]})
        rows[-1]["example"] = [{"subject": values[number], "belongs": True}]
    parsed, problems = parse(
        {"schedule": {"title": "Town", "authority": "Town Council", "edition": "2026"}, "series": rows}, "town"
    )
    assert parsed is not None, problems[:3]
    return parsed


def _message(subject: str, number: int) -> Message:
    random = Random(number)
    people = [f"person{random.randrange(500)}@{random.choice(('town', 'x'))}.example" for _ in range(3)]
    return Message(
        mailbox="box",
        id=str(number),
        subject=subject,
        sender=people[0],
        to=(people[1],),
        cc=(people[2],) if number % 4 == 0 else (),
        bcc=(),
        path=random.choice(("Inbox", "Inbox/Projects", "Sent Items", "Archive/2024")),
        categories=(),
        kind="IPM.Note",
        preview="",
        has_attachments=number % 6 == 0,
        attachments=(),
        origin="person",
    )


def _engine(values: list[str]) -> re2.Set:
    """One set of all values as somebody who has only the engine would write them."""
    engine = re2.Set.SearchSet(words.options(case_sensitive=False))
    for value in values:
        engine.Add(_bare(value))
    engine.Compile()
    return engine


def _loop(values: list[str]) -> Callable[[str], list[int]]:
    patterns = [re.compile(_bare(value), re.IGNORECASE) for value in values]
    return lambda text: [number for number, pattern in enumerate(patterns) if pattern.search(text)]


def _bare(value: str) -> str:
    if value.startswith(PATTERN):
        return value.removeprefix(PATTERN)
    plain = words.phrase(value).strip().replace("[^ ]*", "@").replace(" ", r"\W+").replace("@", r"\w*")
    return rf"\b{plain}\b"


def _rate(look: Callable[[Any], object], many: list[Any]) -> float:
    began = time.perf_counter()
    for one in many:
        look(one)
    return len(many) / (time.perf_counter() - began)


def _a_second(rate: float) -> str:
    return f"{rate:,.0f} /s"
