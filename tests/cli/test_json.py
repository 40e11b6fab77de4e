"""`--json` gives machines the same results that people get as sentences and tables."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.desk import ANN, ATTORNEY, BOB, OPERATOR, RECORDS, Desk, town

COUNTS = ("seen", "kept", "captured", "purged", "held", "skipped")
Facts = Callable[[Any], Iterator[object]]


def row(*cells: object) -> str:
    """A row of a table, as a pattern."""
    return r"\s+".join(re.escape(f"{cell:,}" if isinstance(cell, int) else str(cell)) for cell in cells)


def of_sync(result: Any) -> Iterator[str]:
    for box in result["mailboxes"]:
        yield row(box["address"], box["folders"], box["messages"], box["gone"])
    yield f"{len(result['mailboxes'])} mailboxes read"


def of_classify(result: Any) -> Iterator[str]:
    yield f"{result['filed']} messages filed"
    for key, number in result["by_series"].items():
        yield row(key or "-") + rf".*\s{number}"


def of_plan(result: Any) -> Iterator[str]:
    for address, tally in result["counts"].items():
        yield row(address, *(tally[what] for what in ("seen", "kept", "held", "capture", "purge")))
    for group in result["stays"]:
        yield row(group["why"], group["count"])
    for action in ("capture", "purge"):
        number = sum(step["action"] == action for step in result["steps"])
        yield rf"{action}\s+city-\w+\s+\w+\s+{number}\b"


def of_apply(result: Any) -> Iterator[str]:
    for address, counts in result["counts"].items():
        yield row(address, *(counts[what] for what in COUNTS))
    yield row("all", *(sum(counts[what] for counts in result["counts"].values()) for what in COUNTS))
    yield f"Plan {result['plan'][:12]} is finished"


def of_why(result: Any) -> Iterator[str]:
    (one,) = result
    message = one["known"]["message"]
    yield re.escape(f"Message {one['known']['n']}: {message['subject']}")
    yield re.escape(f"in the mailbox of {one['known']['mailbox']['address']}, folder {message['path']}")
    for sentence in one["sentences"]:
        yield re.escape(sentence)
    yield re.escape(f"{one['series']['id']}, {one['series']['title']}")
    yield one["fingerprint"][:16]


def of_status(result: Any) -> Iterator[str]:
    wrong = sum(one["code"] > 0 for one in result["found"])
    yield re.escape(f"{wrong} thing" if wrong else "all is well")
    for what, number in result["messages"].items():
        yield row(what, number)
    for hold in result["holds"]:
        yield row("Holds", f"{len(result['holds'])} in force: {hold['hold']['name']}")
    yield re.escape(f"{result['ledger_entries']:,} entries, head {result['ledger_head'][:16]}")
    for one in result["found"]:
        yield re.escape(one["sentence"])
    for sentence in result["waiting"] or ["Nothing waits for anybody."]:
        yield re.escape(sentence.partition(": ")[2] or sentence)


def of_hold(result: Any) -> Iterator[str]:
    yield re.escape(result["hold"]["name"])
    yield f"It covers {result['covers']['messages']} messages in"
    for address, number in result["covers"]["by_mailbox"].items():
        yield row(address, number)


def of_holds(result: Any) -> Iterator[str]:
    for one in result:
        yield re.escape(f"{one['hold']['name']}  ({one['hold']['kind']})  {one['standing']}")
        yield re.escape(f"{one['hold']['matter']}; placed on {one['hold']['placed_at'][:10]}")


def of_schedules(result: Any) -> Iterator[str]:
    for one in result:
        yield row(one["name"], one["series"], one["verified"], "yes" if one["used"] else "no", one["fingerprint"][:16])


def of_schedule(result: Any) -> Iterator[str]:
    yield re.escape(f"{result['title']}, {result['edition']}")
    for series in result["series"]:
        yield row(series["id"], series["title"])


def of_event(result: Any) -> Iterator[str]:
    yield re.escape(f"{result['key']}, {result['kind']} on {result['on']}")


def of_events(result: Any) -> Iterator[str]:
    for one in result["events"]:
        yield row(one["n"], one["key"], one["kind"], one["on"])
    yield f"{len(result['events'])} event"


def of_groups(result: Any) -> Iterator[str]:
    for group in result["shown"]:
        yield re.escape(group["id"])
    yield f"{result['messages']} messages? in {result['groups']} groups?"


def of_assigned(result: Any) -> Iterator[str]:
    yield re.escape(f"Group {result['id']}")


def of_exported(result: Any) -> Iterator[str]:
    yield f"{len(result['shown'])} groups? in "


def of_imported(result: Any) -> Iterator[str]:
    yield f"{result['groups']} groups? decided: {result['messages']} message"


def of_sample(result: Any) -> Iterator[str]:
    assert result["messages"]
    for one in result["messages"]:
        yield row(one["n"], one["received_on"])


def of_diff(result: Any) -> Iterator[str]:
    for kind in result["kinds"]:
        yield str(kind["messages"])
    yield re.escape(f"{result['seen']:,}")


def of_doctor(result: Any) -> Iterator[str]:
    for check in result:
        mark = "MEND" if check["code"] else "note" if check["note"] else "ok  "
        # What is measured anew each time is not the same twice.
        found = "" if check["what"] in ("disk", "clock", "time zone", "record store") else check["found"]
        yield re.escape(f"{mark}  {check['what']}: {found}")


CASES: list[tuple[str, str, Facts]] = [
    ("sync", "", of_sync),
    ("classify", "", of_classify),
    ("plan -o PLAN", OPERATOR, of_plan),
    ("approve PLAN", RECORDS, lambda result: iter([result["plan"][:12], f"{result['steps']} steps"])),
    ("apply PLAN", OPERATOR, of_apply),
    ("why 1", "", of_why),
    ("status", "", of_status),
    ("doctor", "", of_doctor),
    ("hold place --matter Elm --reason x --words lunch", ATTORNEY, of_hold),
    ("hold show elm", "", of_hold),
    ("hold list", "", of_holds),
    (
        "hold release elm --matter Elm --reason settled",
        ATTORNEY,
        lambda result: iter([result["released"]["name"], result["released"]["until"]]),
    ),
    ("schedule list", "", of_schedules),
    ("schedule show city", "", of_schedule),
    ("schedule check city", "", lambda result: iter([f"{result['series']} series, {result['examples']} examples"])),
    ("schedule test city --subject Requisition", "", lambda result: iter([re.escape(result["why"])])),
    ("schedule diff city CHANGED", "", of_diff),
    (
        "schedule import SHEET --jurisdiction Nevada --law none -o TAKEN",
        "",
        lambda result: iter([f"{result['series']} series"]),
    ),
    ("schedule export city -o SHEET2", "", lambda result: iter([f"{result['series']} series"])),
    ("event record closed --key KEY --on 2024-05-01", RECORDS, of_event),
    ("event list", "", of_events),
    ("event retract EVENT --reason x", RECORDS, of_event),
    ("review list", "", of_groups),
    ("review assign GROUP --to RECORDS", RECORDS, of_assigned),
    ("review export -o GROUPS", "", of_exported),
    ("review import DECIDED", RECORDS, of_imported),
    ("review sample --of purge --size 3 --seed s", "", of_sample),
    ("schedule adopt city --authority R", RECORDS, lambda result: iter([result["authority"], result["fingerprint"]])),
    (
        "audit verify",
        "",
        lambda result: iter([f"{result['entries']} entries", result["head"], f"{result['records']} rec"]),
    ),
    ("audit verify --ledger LEDGER", "", lambda result: iter([f"{result['entries']} entries", result["head"]])),
]


@pytest.mark.parametrize(("line", "by", "facts"), CASES, ids=[case[0] for case in CASES])
def test_json_says_what_the_table_says(desk: Desk, tmp_path: Path, line: str, by: str, facts: Facts) -> None:
    if line.startswith(("hold show", "hold list", "hold release", "status")):
        desk.done("hold", "place", "--matter", "Elm", "--reason", "a claim", "--words", "lunch", by=ATTORNEY)
    if line == "classify":
        # Under a schedule that says something else, everything is filed again.
        schedule = desk.folder / "city.toml"
        schedule.write_text(schedule.read_text("utf-8").replace("3 years", "4 years"), "utf-8")
    prepare(desk, line)
    machine = typed(desk.copied(tmp_path / "machine", town()), f"{line} --json", by).json
    people = typed(desk.copied(tmp_path / "people", town()), line, by).out
    expected = list(facts(machine))
    assert expected
    for pattern in expected:
        assert re.search(pattern, people), (pattern, people)


def prepare(desk: Desk, line: str) -> None:
    """What a command needs to be there."""
    if line.startswith(("event list", "event retract")):
        desk.done("event", "record", "closed", "--key", "contract C-1", "--on", "2024-05-01", by=RECORDS)
    text = (desk.folder / "city.toml").read_text("utf-8")
    (desk.folder / "changed.toml").write_text(text.replace("3 years", "4 years"), "utf-8")
    (desk.folder / "sheet.csv").write_text("Code,Title,Retention\nFIN 1,Bills,3 years after received\n", "utf-8")
    if line.startswith("review import"):
        desk.done("review", "export", "-o", str(desk.folder / "decided.csv"))
        (head, *rows) = (desk.folder / "decided.csv").read_text("utf-8-sig").splitlines()
        (desk.folder / "decided.csv").write_text("\n".join([head, *map(_decided, rows)]) + "\n", "utf-8")


def _decided(line: str) -> str:
    """A row of the export with the notices as its series: the three cells to fill in stand before the last."""
    *cells, _, _, _, members = line.split(",")
    return ",".join([*cells, "city-notices", "", "seen", members])


def typed(desk: Desk, line: str, by: str) -> Any:
    words = {"PLAN": desk.plan, "LEDGER": str(desk.ledger), "KEY": "contract C-1", "RECORDS": RECORDS}
    files = {"city": "city.toml", "CHANGED": "changed.toml", "SHEET": "sheet.csv", "SHEET2": "out.csv"}
    files |= {"TAKEN": "taken.toml", "GROUPS": "groups.csv", "DECIDED": "decided.csv"}
    words |= {word: str(desk.folder / file) for word, file in files.items()}
    if "GROUP " in line:
        words["GROUP"] = desk.done("review", "list", "--json").json["shown"][0]["id"]
    if "EVENT " in line:
        words["EVENT"] = str(desk.done("event", "list", "--json").json["events"][0]["n"])
    command = line.split()
    if command[:2] == ["schedule", "adopt"]:
        words.pop("city")
    return desk.done(*(words.get(word, word) for word in command), by=by)


def test_errors_are_on_stderr_and_never_among_the_json(desk: Desk) -> None:
    shutil.rmtree(desk.folder / "records")
    told = desk.run("apply", desk.plan, "--json", by=OPERATOR)
    assert (told.code, told.out) == (14, "") and told.err.startswith("Error: ")


def test_a_plan_as_json_is_the_plan_that_was_written(desk: Desk) -> None:
    told = desk.done("plan", "-o", desk.plan, "--json", by=OPERATOR)
    assert told.json == json.loads(Path(desk.plan).read_bytes())
    assert {step["address"] for step in told.json["steps"]} == {ANN, BOB}
