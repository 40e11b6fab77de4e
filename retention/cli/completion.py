"""``retention completion``: the script a shell needs, and the words it offers where a command is half typed.

What a command then does with a word is not known here. Nothing is ever written, and what cannot be read offers nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from retention.cli.commands import COMPLETION

if TYPE_CHECKING:
    from retention.core.city import City

PROGRAM = "retention"
LARGEST_LEDGER = 32 * 1024 * 1024
"""A longer ledger takes longer to read than anybody waits for a word."""


class Shell(StrEnum):
    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"


def completion(shell: Annotated[Shell, typer.Argument(help="The shell you type in.")]) -> None:
    """Print the script that lets a shell complete commands, options, holds, schedules, plans and people.

    For bash: `retention completion bash > ~/.local/share/bash-completion/completions/retention`. For zsh, write it as
    `_retention` into a folder of $fpath; for fish, as ~/.config/fish/completions/retention.fish; for PowerShell, append
    it to $PROFILE.
    """
    from typer._completion_shared import get_completion_script

    print(get_completion_script(prog_name=PROGRAM, complete_var=COMPLETION, shell=shell.value))


def answer(app: typer.Typer) -> int:
    """Tell the shell what may come next; never anything else, and never an error."""
    from typer._completion_classes import completion_init

    completion_init()
    command = typer.main.get_command(app)
    _offer_words(command, ())
    with suppress(Exception):
        command.main(args=[], prog_name=PROGRAM, complete_var=COMPLETION, standalone_mode=False)
    return 0


def _offer_words(command: Any, path: tuple[str, ...]) -> None:
    """Give every parameter that names something of the city's own its words."""
    for name, inner in getattr(command, "commands", {}).items():
        _offer_words(inner, (*path, name))
    asked = " ".join(path) or PROGRAM
    for parameter in command.params:
        words = WORDS.get((asked, parameter.name)) or WORDS.get(("", parameter.name))
        if words is not None:
            parameter.shell_complete = _offering(words)


def _offering(words: Callable[[Place], Iterable[str]]) -> Callable[[Any, str], list[Any]]:
    from typer._click.shell_completion import CompletionItem

    def offered(context: Any, incomplete: str) -> list[Any]:
        place = Place(context.find_root().params.get("config"))
        found = list[str]()
        # A shell has no place for an error: what cannot be read offers nothing.
        with suppress(Exception):
            found = sorted({word for word in words(place) if word.startswith(incomplete) and _is_plain(word)})
        return [CompletionItem(word) for word in found]

    return offered


def _is_plain(word: str) -> bool:
    """Whether a shell may be handed this word: nothing in it that a shell would read as anything but itself."""
    return bool(word) and all(c.isalnum() or c in "-_.@/+ " for c in word)


class Place:
    """The city whose words are offered: its settings, and what lies beside them."""

    def __init__(self, config: Path | None) -> None:
        self.config = config or Path("retention.toml")

    @property
    def city(self) -> City:
        from retention.cli.opening import read_city

        return read_city(self.config)

    def beside(self, name: str) -> Path:
        return self.config.parent / name


def holds(place: Place) -> Iterator[str]:
    """The short names of all holds that ever were."""
    from retention.cli.opening import now
    from retention.ledger import Ledger

    path = place.beside(place.city.city.ledger)
    if path.stat().st_size <= LARGEST_LEDGER:
        yield from Ledger(path, now=now, by="").in_force.holds.states


def schedules(place: Place) -> Iterator[str]:
    """The schedules that are shipped, the city's own, and the files that may be one."""
    from retention.cli.schedules import shipped_folder

    yield from (path.stem for path in shipped_folder("schedules").glob("*.toml"))
    with suppress(Exception):
        yield from place.city.city.schedules
    yield from _files("*.toml")


def used(place: Place) -> Iterator[str]:
    """The schedules that the city uses, by their names."""
    from retention.cli.schedules import read_schedules

    yield from (schedule.name for schedule in read_schedules(place.city, place.config))


def gates(place: Place) -> Iterator[str]:
    """What the gates of the city's schedules are called where one is named."""
    from retention.cli.schedules import read_schedules

    yield from (gate.id for schedule in read_schedules(place.city, place.config) for gate in schedule.gates)


def plans(place: Place) -> Iterator[str]:
    """The files that may be a plan, and the short names of those that are kept beside the ledger."""
    yield from _files("*.json")
    kept = place.beside(place.city.city.ledger).parent / "plans"
    yield from (path.stem[:12] for path in kept.glob("*.json"))


def people(place: Place) -> Iterator[str]:
    """The addresses under [people]."""
    yield from (person.address for person in place.city.roll.people)


def mailboxes(place: Place) -> Iterator[str]:
    """The addresses of all mailboxes that were ever read."""
    from retention.catalog import Catalog

    path = place.beside(place.city.city.catalog)
    if path.is_file():
        catalog = Catalog(path)
        try:
            yield from (box.address for box in catalog.mailboxes())
        finally:
            catalog.close()


def cities(place: Place) -> Iterator[str]:
    """The cities whose settings are shipped."""
    from retention.cli.schedules import shipped_folder

    yield from (path.parent.name for path in shipped_folder("examples").glob("*/retention.toml"))


def _files(pattern: str) -> Iterator[str]:
    yield from (str(path) for path in Path().glob(pattern))


WORDS: dict[tuple[str, str], Callable[[Place], Iterable[str]]] = {
    # By command and parameter; "" is every command, and "retention" what stands before one.
    **{(f"hold {verb}", "name"): holds for verb in ("show", "amend", "release", "reinstate", "notice", "prove")},
    **{(f"hold {verb}", "name"): holds for verb in ("acknowledge", "collect")},
    **{(f"record {verb}", "hold"): holds for verb in ("list", "search")},
    **{(f"schedule {verb}", "named"): schedules for verb in ("show", "check", "test", "export")},
    **{("schedule diff", side): schedules for side in ("old", "new")},
    ("schedule adopt", "name"): used,
    ("", "schedule"): used,
    ("consent record", "gate"): gates,
    ("consent list", "gate"): gates,
    **{(verb, "file"): plans for verb in ("approve", "apply")},
    ("", "plan"): plans,
    ("", "thing"): lambda place: (*plans(place), *holds(place)),
    ("", "mailboxes"): mailboxes,
    ("", "mailbox"): mailboxes,
    ("", "custodian"): mailboxes,
    ("", "custodians"): mailboxes,
    ("review assign", "to"): people,
    ("", "assigned_to"): people,
    ("retention", "played"): people,
    ("init", "city"): cities,
}
