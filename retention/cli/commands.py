"""The commands: which there are, and the options that stand before the name of each.

No command's work is done here. Only the one that was typed is loaded: all of them take longer than most of their work.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from retention.cli.opening import Asked
from retention.cli.options import settings_file

VERBS = (
    *("demo", "init", "doctor", "sync", "classify", "plan", "approve", "apply", "run", "why", "status", "report"),
    *("show", "completion", "man"),
)
"""Commands that are one function, in the module of its name."""
NOUNS = (
    *("hold", "schedule", "event", "consent", "review", "notice", "access", "person", "mailbox", "files", "record"),
    *("audit", "clock", "simulator"),
)
"""Commands that have several of their own, in the module of their name."""
OF_ALL = ("completion", "man")
"""Those that speak of all the others."""
WITH_A_VALUE = ("--config", "-c", "--as", "--key")
_WHOLE = 1000
"""More characters than a sentence has."""
COMPLETION = "_RETENTION_COMPLETE"
"""The variable in whose presence a shell asks what may come next, and nothing else is done."""


class Listing(TyperGroup):
    """Commands that are listed with the whole first sentence of each, on as many lines as it takes."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        found = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, one.get_short_help_str(_WHOLE)) for name, one in found if one and not one.hidden]
            )


def build(only: str = "") -> typer.Typer:
    """The command line, or that of one command alone."""
    app = typer.Typer(
        cls=Listing,
        help="Records retention and legal holds for a city's e-mail: the decision and the evidence.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    app.callback()(root)
    for verb in VERBS:
        if only in ("", verb):
            app.command()(getattr(import_module(f"retention.cli.{verb}"), verb))
    for noun in NOUNS:
        if only in ("", noun):
            app.add_typer(import_module(f"retention.cli.{noun}").app, name=noun, cls=Listing)
    return app


def named(typed: Sequence[str]) -> str:
    """The one command that was typed; empty where all are needed: for help, and to say what is near a misspelt one."""
    words = iter(typed)
    for word in words:
        if word in WITH_A_VALUE:
            next(words, None)
        elif not word.startswith("-"):
            return word if word in (*VERBS, *NOUNS) and word not in OF_ALL else ""
        elif word in ("-h", "--help"):
            return ""
    return ""


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
    """The options that stand before the name of every command."""
    context.obj = Asked(config, played, key)
    settings_file.set(config)
