"""The shape of what each command prints with ``--json``; ``python -m tests.shapes`` writes them into ``examples/json``.

What a shape means is said by the types themselves; that each command keeps to its own is tested in
``tests/cli/test_shapes.py``, and beside it by every test that reads the JSON of a command.
"""

from __future__ import annotations

import ast
import importlib
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_type_hints

import jsonschema
import msgspec

from retention.core import access, clock, hold, notice, schedule, standing
from retention.core import review as review_core
from retention.core.audit import Adopted, Approved
from retention.core.classify import Classification
from retention.core.period import limits
from retention.core.plan import DestructionPlan, Plan
from retention.jobs import apply, classify, consent, coverage, diff, evaluate, event, mailbox, person, ran, restore
from retention.jobs import notice as notices
from retention.jobs import review as reviews
from retention.jobs import sample as samples
from retention.jobs import standing as standings
from retention.jobs import sync as reading
from retention.jobs.access import granting, listing
from retention.jobs.access.reading import Content
from retention.jobs.audit.export import Handed
from retention.jobs.audit.publish import HeadTold
from retention.jobs.audit.verify import Verified
from retention.jobs.doctor import Check
from retention.jobs.files import adding, dropping
from retention.jobs.files.report import FilesReport
from retention.jobs.hold import acknowledge, bring_in, collect, discard, preview, prove, vanished
from retention.jobs.hold import notice as hold_notices
from retention.jobs.record import certificate, due, export, forms, transfer
from retention.jobs.record import listing as records
from retention.jobs.record import reading as record_reading
from retention.jobs.record import verify as verifying
from retention.jobs.record.deeds import Destroyed
from retention.jobs.status.overview import Status
from retention.jobs.why import Explained, Replayed
from tests import shapes_told as told
from tests.conftest import ROOT

FOLDER = ROOT / "examples" / "json"
Shape = Any

LISTS = {"show"}
"""Who prints a list in which each thing is of one of the shapes."""


def hints(kind: Any) -> dict[str, Any]:
    """The fields of a type. What a module imports for its annotations only, it is given here."""
    for module in {base.__module__ for base in kind.__mro__ if base.__module__.startswith("retention.")}:
        give_names(module)
    found = get_type_hints(kind)
    return {name: found[name] for name in kind.__struct_fields__}


@cache
def give_names(module: str) -> None:
    """Import into the module what stands under its ``TYPE_CHECKING``."""
    loaded = importlib.import_module(module)
    for block in ast.parse(Path(str(loaded.__file__)).read_text("utf-8")).body:
        if isinstance(block, ast.If) and isinstance(block.test, ast.Name) and block.test.id == "TYPE_CHECKING":
            for line in block.body:
                if isinstance(line, ast.ImportFrom) and line.module:
                    source = importlib.import_module(line.module)
                    for name in line.names:
                        setattr(loaded, name.asname or name.name, getattr(source, name.name))


def changed(kind: Any, *without: str, **more: Any) -> Any:
    """The fields of this type, but for some, and with others beside them or in their place."""
    fields = {name: hint for name, hint in hints(kind).items() if name not in without}
    return msgspec.defstruct(f"{kind.__name__}Told", [*(fields | more).items()])


SHAPES: dict[str, tuple[Shape, ...]] = {
    "access grant": (granting.Given,),
    "access list": (tuple[listing.Listed, ...],),
    "access read": (changed(Content, "data", output=str),),
    "access request": (listing.Listed,),
    "access revoke": (access.AccessRevoked,),
    "apply": (apply.Applied, Destroyed),
    "approve": (
        *(Approved, standing.StandingApproved, standing.StandingWithdrawn),
        tuple[standings.InEffect, ...],
    ),
    "audit export": (Handed,),
    "audit publish": (HeadTold,),
    "audit verify": (Verified, told.LedgerAlone),
    "classify": (classify.Classified, evaluate.Evaluation),
    "clock confirm": (clock.ClockConfirmed,),
    "clock show": (told.ClockShown,),
    "consent list": (consent.Told,),
    "consent record": (tuple[consent.Filed, ...],),
    "consent withdraw": (consent.Filed,),
    "doctor": (tuple[Check, ...],),
    "event list": (told.Events,),
    "event record": (event.Told,),
    "event retract": (event.Told,),
    "files report": (FilesReport,),
    "hold acknowledge": (notice.CustodianAcknowledged, acknowledge.Imported),
    "hold amend": (told.Amended,),
    "hold collect": (collect.Collection,),
    "hold discard": (discard.Discarded, discard.Needless),
    "hold import": (bring_in.BroughtIn,),
    "hold list": (tuple[told.HoldTold, ...],),
    "hold notice": (told.NoticesWritten, tuple[hold_notices.Due, ...]),
    "hold place": (told.Placed,),
    "hold preview": (preview.Preview,),
    "hold prove": (prove.Proven,),
    "hold reinstate": (hold.HoldReinstated,),
    "hold release": (told.Released,),
    "hold show": (told.HoldShown,),
    "hold vanished": (told.Acknowledged, tuple[vanished.Vanished, ...]),
    "init": (told.Founded,),
    "mailbox add": (mailbox.Recorded, adding.Added),
    "mailbox drop": (dropping.Dropped,),
    "mailbox import": (mailbox.Recorded,),
    "mailbox list": (tuple[mailbox.Listed, ...], coverage.Coverage),
    "notice due": (tuple[notices.Due, ...],),
    "notice import": (notices.Imported,),
    "notice list": (tuple[notices.Listed, ...],),
    "notice record": (notice.StaffNoticed,),
    "notice template": (told.Template,),
    "person add": (person.Recorded,),
    "person import": (person.Recorded,),
    "person list": (tuple[person.Listed, ...],),
    "plan": (Plan,),
    "record certificate": (tuple[certificate.Issued, ...], certificate.Issued),
    "record destroy": (DestructionPlan, tuple[Destroyed, ...]),
    "record due": (tuple[due.Changed, ...],),
    "record export": (export.Exported,),
    "record forms": (tuple[forms.Written, ...],),
    "record list": (records.Found,),
    "record restore": (told.PutBack, restore.RestoreList),
    "record search": (records.Found,),
    "record show": (records.Shown, changed(record_reading.Content, "data", output=str)),
    "record transfer": (transfer.Accession, tuple[transfer.Accession, ...]),
    "record verify": (verifying.Verified,),
    "review assign": (review_core.Group,),
    "review export": (reviews.Waiting,),
    "review import": (reviews.Imported,),
    "review list": (reviews.Waiting,),
    "review sample": (samples.Sample,),
    "report": (told.Report,),
    "run": (ran.Ran,),
    "schedule adopt": (Adopted,),
    "schedule check": (told.ScheduleChecked,),
    "schedule diff": (diff.Difference,),
    "schedule export": (told.ScheduleWritten,),
    "schedule import": (told.ScheduleTaken,),
    "schedule list": (tuple[told.ScheduleListed, ...],),
    "schedule show": (schedule.Schedule, schedule.Series),
    "schedule test": (Classification, tuple[told.ExampleTried, ...]),
    "show": (
        *(told.PlanThing, told.FinishedThing, told.DestructionThing),
        *(told.HoldThing, told.RecordThing, told.MessageThing),
    ),
    "status": (changed(Status, holds=tuple[told.HoldTold, ...], waiting=tuple[str, ...], exit_code=int),),
    "sync": (reading.Synced,),
    "why": (tuple[Explained, ...], tuple[Replayed, ...]),
}


@contextmanager
def one_list_of_words() -> Iterator[None]:
    """Where one field takes words of three lists, its schema is that of one list of all: more is beyond msgspec."""
    words = tuple(word.value for words in (limits.YearEnd, limits.YearStart, limits.Month) for word in words)
    kinds = (limits.AfterDate, limits.AfterEvent)
    for kind in kinds:
        kind.__annotations__["cut"] = Literal[words] | None  # type: ignore[valid-type]
    yield
    for kind in kinds:
        kind.__annotations__["cut"] = "Cut | None"


@cache
def schema(command: str) -> dict[str, Any]:
    """The JSON Schema of what this command prints with ``--json``, with all that it refers to."""
    for module in [name for name in sys.modules if name.startswith("retention.")]:
        give_names(module)
    with one_list_of_words():
        shapes, parts = msgspec.json.schema_components(SHAPES[command], ref_template="#/$defs/{name}")
    (shape,) = shapes if len(shapes) == 1 else ({"anyOf": list(shapes)},)
    if command in LISTS:
        shape = {"type": "array", "items": shape}
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"retention {command} --json",
        **shape,
    }
    if parts:
        whole["$defs"] = dict(sorted(parts.items()))
    return _without_end(whole)


def _without_end(part: Any) -> Any:
    """JSON has no number without end: a period for ever has no length, and is told as nothing."""
    if isinstance(part, dict):
        found = {key: _without_end(value) for key, value in part.items()}
        return found | {"type": ["number", "null"]} if found.get("type") == "number" else found
    return [_without_end(one) for one in part] if isinstance(part, list) else part


@cache
def strict(command: str) -> jsonschema.Draft202012Validator:
    """What finds everything that is not of the shape: also what is there and was not told."""
    return jsonschema.Draft202012Validator(_closed(schema(command)))


def _closed(part: Any) -> Any:
    if isinstance(part, list):
        return [_closed(one) for one in part]
    if not isinstance(part, dict):
        return part
    closed = {name: _closed(one) for name, one in part.items()}
    if "properties" in part and part.get("type") == "object":
        closed["additionalProperties"] = False
    return closed


def problems(command: str, printed: str) -> list[str]:
    """What is wrong with what a command printed."""
    return [f"{one.json_path}: {one.message[:300]}" for one in strict(command).iter_errors(json.loads(printed))]


ABOUT = """\
# What `--json` prints

With `--json` a command prints its result on standard output as one JSON value; notes, progress and errors are on
standard error, and the exit code is the same. Each file here is a JSON Schema (2020-12) of what one command prints.
They are written from the code by `python -m tests.shapes`, and the tests hold every command to its own.

- Instants are UTC, such as `2026-03-01T12:00:00Z`; days are the city's own, such as `2026-03-01`; sizes are bytes.
- A field is always there unless the schema does not require it; read past fields that you do not know.
- What a mail says is untrusted text. Everything in it that could steer a terminal is escaped.
- Where several shapes are possible (`anyOf`), the options of the command say which it is.

| command | shape |
| --- | --- |
"""


def files() -> Iterator[tuple[Path, str]]:
    """Every file of ``examples/json``, as the code has it now."""
    rows = (f"| `retention {command} --json` | [{_file(command)}]({_file(command)}) |\n" for command in sorted(SHAPES))
    yield FOLDER / "README.md", ABOUT + "".join(rows)
    for command in SHAPES:
        text = json.dumps(schema(command), indent=1, ensure_ascii=False, sort_keys=False)
        yield FOLDER / _file(command), f"{text}\n"


def _file(command: str) -> str:
    return f"{command.replace(' ', '-')}.json"


def write() -> None:
    FOLDER.mkdir(exist_ok=True)
    current = dict(files())
    for path in set(FOLDER.iterdir()) - set(current):
        path.unlink()
    for path, text in current.items():
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    write()
