"""``retention simulator``: asked and answered.

The simulator itself is in ``retention/simulator``; here is only how to start one.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli import screen
from retention.errors import BadConfiguration

if TYPE_CHECKING:
    from retention.simulator.world import World

app = typer.Typer(
    help="A local look-alike of Exchange Online and Exchange Server to rehearse on.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def root() -> None:
    """A local look-alike of Exchange Online and Exchange Server to rehearse on."""


@app.command()
def serve(
    load: Annotated[
        Path | None, typer.Option("--load", help="Mail to load: .eml files, an mbox, JSON lines, or a folder of these.")
    ] = None,
    mailboxes: Annotated[
        int, typer.Option("--mailboxes", min=1, help="Over how many mailboxes loaded mail is spread.")
    ] = 12,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0: any that is free.")] = 8443,
    folder: Annotated[
        Path, typer.Option("--folder", help="Where its certificate and what to put in retention.toml are written.")
    ] = Path("simulator"),
) -> None:
    """Serve a pretend city, or mail of your own, until interrupted. No real mail system is asked."""
    try:
        from retention.simulator.old_mail import write_old_mail
        from retention.simulator.serve import run
    except ImportError as missing:
        raise BadConfiguration(
            f"The simulator needs a package that is not installed ({missing.name}).",
            "Install it with `pip install 'retention[simulator]'`.",
        ) from missing
    try:
        world = _world(load, mailboxes)
        if load is None:
            write_old_mail(world, "works.director@willowfalls.example", folder / "old-mail.mbox")
        run(world, port=port, folder=folder, announce=_announce)
    except OSError as error:
        raise BadConfiguration(
            f"The simulator cannot start on port {port} with the folder {folder}: {error.strerror}.",
            "Try another --port, or another --folder.",
        ) from error
    except KeyboardInterrupt:
        screen.note("The simulator has stopped.")


def _world(load: Path | None, mailboxes: int) -> World:
    from retention.cli.opening import now

    if load is None:
        from retention.simulator.pretend import pretend_city

        return pretend_city(now())
    from retention.simulator.load import load_world
    from retention.simulator.world import World

    if not load.exists():
        raise BadConfiguration(f"There is nothing at {load}.", "Name a file or folder of mail.")
    world = World()
    try:
        loaded = load_world(world, load, mailboxes=mailboxes)
    except (OSError, EOFError, zlib.error) as error:
        raise BadConfiguration(
            f"The mail at {load} cannot be read: {error}.", "Name another file or folder."
        ) from error
    screen.note(f"{screen.counted(len(loaded.placed), 'message')} loaded.")
    for sentence in loaded.skipped:
        screen.note(f"Not loaded: {sentence}")
    return world


def _announce(facts: dict[str, str]) -> None:
    screen.say(f"Exchange Online look-alike at {facts['graph_url']}; stop it with Ctrl-C.")
    screen.say(f"The same mail as an Exchange Server look-alike: {facts['ews_url']}")
    screen.say("In retention.toml:")
    screen.say()
    screen.say("[mail]")
    screen.say('system = "simulator"')
    screen.say(f'graph_url = "{facts["graph_url"]}"')
    screen.say(f'ca_file = "{facts["ca_file"]}"')
    screen.say('# voice = "ews"    # to rehearse as with an Exchange Server')
