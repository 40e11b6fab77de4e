"""Prints the parts of the README that come from the code; ``python -m tests.readme`` writes them into it.

What they say is in the code; the test that they are current is in ``test_readme.py``.
"""

from __future__ import annotations

import re
from pathlib import Path

import typer

from retention.cli.commands import build
from retention.core.period import parse, plain
from retention.core.schedule import reading as schedule
from retention.core.schedule.gates import GATE_KEYS
from retention.errors import exit_codes
from tests.test_floors import FLOORS

README = Path(__file__).resolve().parent.parent / "README.md"


def commands() -> str:
    """Every command with the first sentence of its help."""
    lines = ["```text"]
    for path, help_ in sorted(_walk(typer.main.get_command(build()), ())):
        lines.append(f"retention {path:<18} {help_}")
    return "\n".join([*lines, "```"])


def _walk(command: object, path: tuple[str, ...]) -> list[tuple[str, str]]:
    inner = getattr(command, "commands", None)
    if inner:
        return [found for name, sub in inner.items() for found in _walk(sub, (*path, name))]
    text = " ".join((getattr(command, "help", "") or "").split("\n\n")[0].split())
    return [(" ".join(path), text.split(". ")[0].rstrip("."))]


def codes() -> str:
    rows = [f"| {code} | {meaning} |" for code, meaning in exit_codes()]
    return "\n".join(["| code | meaning |", "| --- | --- |", *rows])


def floors() -> str:
    def listed(names: set[str]) -> str:
        return " ".join(f"`{name}`" for name in sorted(names)) or "nothing"

    rows = [
        f"| `{room}` | {listed(allowed)} | {', '.join(sorted(home)) or 'none'} |"
        for room, (allowed, home) in reversed(FLOORS.items())
        if not room.startswith("__")
    ]
    return "\n".join(["| room | may import | third-party packages at home there |", "| --- | --- | --- |", *rows])


def schedule_keys() -> str:
    fields = " ".join(f"`{key}`" for key in schedule._MATCH_KEYS if not key.startswith("not_"))
    series = " ".join(f"`{key}`" for key in schedule._SERIES_KEYS)
    head = " ".join(f"`{key}`" for key in schedule._SCHEDULE_KEYS)
    gate = " ".join(f"`{key}`" for key in GATE_KEYS)
    return "\n".join(
        [
            f"Keys of `[schedule]`: {head}.",
            f"Keys of a `[[series]]`: {series}.",
            f"Keys of a `[[gate]]`, a consent that is asked for before a record is destroyed: {gate}.",
            f"A match looks at {fields}; `not_` before a field bars what it finds.",
            "All fields of one match must fit, any value of a field will do, and any match will do.",
        ]
    )


FORMS = {
    "permanent": "for ever",
    "no retention required": "may go at once",
    "3 years after received": "or `sent`, or `received or sent`: the later of those known; days, months, years",
    "2 years after end of calendar year received": "or `fiscal`, the city's own year",
    "10 years after closed": "waits for the event `closed` of the key it bears, then counts",
    "4 years after audit of fiscal year received": "waits for the audit of the year it was received in",
    "until superseded": "the day after the event",
    "until no longer needed": "always waits for a named person to say so",
    "1 year after end of life of building": "the life of an asset, and what comes after",
    "later of 5 years after received and until audited": "or `earlier of`; more than two with commas",
    "3 years after closed, at least 2 years": "a floor, counted from the day received",
    "30 days after received, at most 90 days": "a ceiling only says when it is overdue",
    "15 years after closed if sustained, otherwise 5 years after closed": "an outcome, told as an event",
    "permanent if received before 1870, otherwise 7 years after received": "by the date of the message",
    "10 days after received, or 3 months after received if requested": "longer once the event has happened",
    "until ballots destroyed, then 2 years": "one after the other",
    "either 3 years after received or until audited": "the source does not say which: waits for a ruling",
    "as FIN 04300": "the same period as that series",
    "not scheduled": "waits until an authority or a schedule covers it",
}


def periods() -> str:
    rows = [f"| `{form}` | {meaning} |" for form, meaning in FORMS.items() if plain(parse(form)) == form]
    assert len(rows) == len(FORMS), "a form in this table is not the one that is printed"
    return "\n".join(["| `retain =` | meaning |", "| --- | --- |", *rows])


PARTS = {
    "commands": commands,
    "exit codes": codes,
    "schedule keys": schedule_keys,
    "periods": periods,
    "floors": floors,
}


def current(text: str) -> str:
    """The README with every printed part as the code has it now."""
    for name, printed in PARTS.items():
        pattern = rf"(<!-- {name}: [^\n]*-->\n).*?(<!-- end of {name} -->)"
        part = printed()
        text, found = re.subn(pattern, lambda match, part=part: f"{match[1]}{part}\n{match[2]}", text, flags=re.DOTALL)
        assert found == 1, f"the README has no place for {name}"
    return text


if __name__ == "__main__":
    README.write_text(current(README.read_text("utf-8")), "utf-8")
