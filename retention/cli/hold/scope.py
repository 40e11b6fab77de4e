"""The options that say what a hold covers, and the scope they make together.

Whether a scope can be meant so is checked in ``core/hold``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli.options import parse_day

if TYPE_CHECKING:
    from retention.core.hold import Post, Scope

Name = Annotated[str, typer.Argument(help="The hold's short name, from `hold list`.")]
Custodians = Annotated[
    list[str] | None, typer.Option("--custodian", help="A person's address: all their mailboxes; repeatable.")
]
Departments = Annotated[
    list[str] | None, typer.Option("--department", help="Everybody in it, or 'Police during 2023..2025'.")
]
Offices = Annotated[list[str] | None, typer.Option("--office", help="Whoever held it: 'Mayor during 2023..2025'.")]
Participants = Annotated[
    list[str] | None, typer.Option("--participant", help="Anyone it names: an address or @domain; repeatable.")
]
Words = Annotated[
    list[str] | None, typer.Option("--words", help="A phrase in subject, preview or an attachment's name; repeatable.")
]
First = Annotated[str, typer.Option("--from", help="Received or sent on this day or later.")]
Last = Annotated[str, typer.Option("--until", "--to", help="Received or sent on this day or earlier.")]
Conversations = Annotated[list[str] | None, typer.Option("--conversation", help="A conversation's id; repeatable.")]
Series = Annotated[list[str] | None, typer.Option("--series", help="Filed under this series; repeatable.")]
Ids = Annotated[list[str] | None, typer.Option("--id", help="A message's id or Message-ID; repeatable.")]
Written = Annotated[str, typer.Option("--scope", help="A whole scope: 'custodian:a@b and (words:\"x y\" or …)'.")]


def scope(
    written: str = "",
    *,
    custodians: list[str] | None = None,
    departments: list[str] | None = None,
    offices: list[str] | None = None,
    participants: list[str] | None = None,
    words: list[str] | None = None,
    first: str = "",
    last: str = "",
    conversations: list[str] | None = None,
    series: list[str] | None = None,
    ids: list[str] | None = None,
) -> Scope:
    """The scope of these options: each that is given narrows it. Raises ``WrongUsage``."""
    from msgspec.structs import replace

    from retention.core.hold import Scope
    from retention.core.hold.checking import tidied
    from retention.core.hold.reading import read_scope
    from retention.errors import WrongUsage

    flags = Scope(
        custodians=tuple(custodians or ()),
        departments=tuple(_post(text, "--department") for text in departments or ()),
        offices=tuple(_post(text, "--office") for text in offices or ()),
        participants=tuple(participants or ()),
        words=tuple(words or ()),
        first_on=parse_day(first, "--from") if first else None,
        last_on=parse_day(last, "--until", end=True) if last else None,
        conversations=tuple(conversations or ()),
        series=tuple(series or ()),
        ids=tuple(ids or ()),
    )
    flags = tidied(flags)
    if not written:
        return flags
    try:
        read = read_scope(written)
    except ValueError as error:
        raise WrongUsage(f"The scope cannot be read: {error}", "Correct --scope and run this again.") from error
    if flags.is_empty:
        return read
    if first or last:
        # Two periods side by side would both have to be met, by one of two days each: not what anybody means.
        raise WrongUsage("--from and --until cannot stand beside --scope.", "Write 'from:…' and 'until:…' within it.")
    return replace(flags, all_of=(read,))


def _post(text: str, option: str) -> Post:
    """A department or an office as it is typed: its name, and ``during 2023..2025`` where only a period is meant."""
    from retention.core.hold.reading import read_post
    from retention.errors import WrongUsage

    try:
        return read_post(text)
    except ValueError as error:
        raise WrongUsage(f"'{text}' after {option} cannot be read: {error}", "Write 'Mayor during 2023..'.") from error
