"""``retention man``: the manual page, made from the commands themselves.

How a line becomes roff is in ``cli/roff.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import typer

from retention.cli.roff import Roff

ENVIRONMENT = {
    "RETENTION_CONFIG": "The settings file, as --config names it.",
    "RETENTION_KEY": "Your SSH key, as --key names it, where the city asks for signatures.",
    "SUDO_UID": "Under sudo, the one who called it acts; nothing else of the environment says who acts.",
}
FILES = {
    "retention.toml": "The city's settings. No secret is in it: each is named, as env:NAME or keyring:NAME.",
    "retention.db": "The catalog: what is known of the mail. It can be rebuilt by a sync.",
    "ledger.jsonl": "The ledger: what was done, by whom and when. It cannot be rebuilt; keep copies of it.",
    "plans/": "Plans that were proposed or approved, beside the ledger, each named by its digest.",
}
KINDS = {"str": "TEXT", "int": "NUMBER", "path": "FILE"}
"""What a value is called that has no name of its own."""
ABOUT = (
    "Carries out a city's records policy for its mail: what belongs to a series of the approved schedule is captured "
    "as a record and leaves the mailbox, what is transitory is removed, and whatever a hold covers stays.",
    "Whatever cannot be told counts as a reason to keep. A plan is a file that people read and approve; nothing is "
    "done that is not in it. Everything that was done is in the ledger.",
    "Results are printed on standard output, notes and progress on standard error. With --json a command prints the "
    "same result for machines; the shape of each is in examples/json.",
)


def man(context: typer.Context) -> None:
    """Print the manual page of all commands, as roff: `retention man | man -l -`.

    To have it where `man retention` finds it: `retention man > ~/.local/share/man/man1/retention.1`.
    """
    # From the commands as they are: a page that is written by hand says what was true once.
    print(page(context.find_root().command))


def page(root: Any) -> str:
    """The whole manual page of this command and all below it."""
    from retention.errors import exit_codes

    roff = Roff("retention", "1", root.help)
    roff.section("SYNOPSIS")
    roff.line(r"\fBretention\fR [\fIOPTIONS\fR] \fICOMMAND\fR [\fIARGUMENTS\fR]", written=True)
    roff.section("DESCRIPTION")
    for passage in ABOUT:
        roff.paragraph(passage)
    roff.section("OPTIONS")
    _parameters(roff, root, typer.Context(root, info_name="retention"))
    roff.section("COMMANDS")
    for name, command in sorted(_each(root, ())):
        _command(roff, name, command)
    roff.section("EXIT STATUS")
    roff.paragraph(
        "The tens digit says who is called: 1 the operator, 2 the records manager, 3 the attorney, 4 the auditor."
    )
    for code, meaning in exit_codes():
        roff.item(str(code), meaning)
    for heading, table in (("ENVIRONMENT", ENVIRONMENT), ("FILES", FILES)):
        roff.section(heading)
        for name, said in table.items():
            roff.item(name, said)
    return roff.text


def _each(command: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Every command that does something, with its whole name."""
    inner = getattr(command, "commands", None)
    if not inner:
        yield " ".join(path), command
        return
    for name, below in inner.items():
        yield from _each(below, (*path, name))


def _command(roff: Roff, name: str, command: Any) -> None:
    context = typer.Context(command, info_name=name)
    roff.heading(" ".join(("retention", name, *map(_called, command.collect_usage_pieces(context)))))
    for passage in (command.help or "").split("\n\n"):
        roff.paragraph(" ".join(passage.split()))
    _parameters(roff, command, context)


def _parameters(roff: Roff, command: Any, context: Any) -> None:
    """Each argument and each option, as ``--help`` writes them, with what is said of it."""
    for one in command.params:
        told = one.get_help_record(context)
        if told is not None:
            roff.item(_called(told[0]), one.help or "", needed=bool(one.required))


def _called(text: str) -> str:
    """What stands for a value, as a manual page has it: ``REQUEST`` for ``{request}``, ``NUMBER`` for ``<int>``."""
    text = re.sub(r"<(\w+)>", lambda kind: KINDS.get(kind[1], kind[1].upper()), " ".join(text.split()))
    return re.sub(r"\{(\w+)\}", lambda name: name[1].upper(), text)
