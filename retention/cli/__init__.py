"""How it is asked: the commands, and how an error reaches the person who has to know.

No command's work is done here; each verb has its own file, on this floor and on the floor below.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from retention.cli import (
    access,
    apply,
    approve,
    audit,
    classify,
    consent,
    demo,
    doctor,
    event,
    files,
    hold,
    init,
    mailbox,
    notice,
    person,
    plan,
    record,
    review,
    schedule,
    simulator,
    status,
    sync,
    why,
)
from retention.cli.opening import Asked
from retention.errors import Interrupted, RetentionError

app = typer.Typer(
    help="Records retention and legal holds for a city's e-mail: the decision and the evidence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


@app.callback()
def root(
    context: typer.Context,
    config: Annotated[
        Path, typer.Option("--config", "-c", envvar="RETENTION_CONFIG", help="The city's settings file.")
    ] = Path("retention.toml"),
    played: Annotated[str, typer.Option("--as", metavar="ADDRESS", help="Play this person; in a rehearsal only.")] = "",
    key: Annotated[
        Path | None,
        typer.Option("--key", envvar="RETENTION_KEY", help="Your SSH key, where the city asks for signatures."),
    ] = None,
) -> None:
    context.obj = Asked(config, played, key)


for command in (
    demo.demo,
    init.init,
    doctor.doctor,
    sync.sync,
    classify.classify,
    plan.plan,
    approve.approve,
    apply.apply,
    why.why,
    status.status,
):
    app.command()(command)
app.add_typer(hold.app, name="hold")
app.add_typer(schedule.app, name="schedule")
app.add_typer(event.app, name="event")
app.add_typer(consent.app, name="consent")
app.add_typer(review.app, name="review")
app.add_typer(notice.app, name="notice")
app.add_typer(access.app, name="access")
app.add_typer(person.app, name="person")
app.add_typer(mailbox.app, name="mailbox")
app.add_typer(files.app, name="files")
app.add_typer(record.app, name="record")
app.add_typer(audit.app, name="audit")
app.add_typer(simulator.app, name="simulator")


def main(arguments: list[str] | None = None) -> None:
    """Run one command and exit with its code."""
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run one command; print an error as one sentence and its next step, never as a traceback."""
    try:
        code = app(args=arguments, prog_name="retention", standalone_mode=False)
        sys.stdout.flush()
    except BaseException as ended:
        return _ended(ended)
    if code == Interrupted.exit_code:
        return _told(Interrupted("Interrupted.", "What was begun is written down; run it again to go on."))
    return code if isinstance(code, int) else 0


def _ended(ended: BaseException) -> int:
    """The exit code for what ended a command; wrong usage is typer's to show, in whichever of its classes it comes."""
    if isinstance(ended, RetentionError):
        return _told(ended)
    if hasattr(ended, "show") and hasattr(ended, "exit_code"):
        ended.show()
        return int(ended.exit_code)
    if isinstance(ended, BrokenPipeError) or (isinstance(ended, SystemExit) and ended.code == 1):
        return _unread()
    if isinstance(ended, Exception):
        return _saved(ended)
    raise ended


def _unread() -> int:
    """Whoever read the output has gone (typer and rich say so with ``SystemExit``): quiet, for it is no error."""
    import os

    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    return 0


def _told(error: RetentionError) -> int:
    """Print the error. What stands below its first line is a list, such as every problem of a file."""
    from retention.cli.screen import note

    for line in f"Error: {error.message}".split("\n"):
        note(line)
    if error.next_step:
        note(f"Next:  {error.next_step}")
    return error.exit_code


def _saved(bug: Exception) -> int:
    """A bug: keep the traceback in a file and tell the person where it is."""
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile("w", prefix="retention-bug-", suffix=".txt", delete=False) as file:
        traceback.print_exception(bug, file=file)
    return _told(
        RetentionError(
            f"This is a bug in retention ({type(bug).__name__}).",
            f"Nothing is deleted after it; send {file.name} to those who look after retention.",
        )
    )
