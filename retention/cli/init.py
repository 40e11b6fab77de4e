"""``retention init``: the settings file, the catalog, the ledger and the record store of a new city.

What the settings mean is in ``core/city.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli import screen
from retention.cli.mailing import is_rehearsal
from retention.cli.opening import asked, now, read_city, who_acts
from retention.cli.schedules import shipped_folder
from retention.cli.storing import create_store, refuse_place, shown
from retention.errors import BadConfiguration, WrongUsage

if TYPE_CHECKING:
    from pathlib import Path


def init(
    context: typer.Context,
    city: Annotated[str, typer.Option("--city", help="Begin with the settings of this example.")] = "",
) -> None:
    """Write retention.toml where there is none; create the catalog, the ledger and the record store."""
    from retention.catalog import Catalog
    from retention.ledger import Ledger

    said = asked(context)
    if not said.config.is_file():
        _write_settings(said.config, city)
        screen.say(f"Wrote {said.config}: fill in the people, the app registration and the store.")
    elif city:
        screen.note(f"{said.config} was there already and is kept as it is; nothing of '{city}' was taken over.")
    settings, folder = read_city(said.config), said.config.parent
    actor = who_acts(settings, said.played)
    rehearsal = is_rehearsal(settings.mail)
    refuse_place(settings.store, folder, rehearsal=rehearsal)
    Catalog(folder / settings.city.catalog, create=True).close()
    ledger = folder / settings.city.ledger
    if not ledger.exists():
        Ledger.found(ledger, settings.city.name, now=now, by=actor.address, rehearsal=rehearsal)
    create_store(settings.store, folder, rehearsal=rehearsal)
    screen.say(
        f"{settings.city.name}: catalog {settings.city.catalog}, ledger {ledger.name}, store {shown(settings.store)}."
    )
    screen.say("Next: `retention doctor`.")


def _write_settings(path: Path, city: str) -> None:
    from retention import durable

    examples = {folder.name: folder / "retention.toml" for folder in sorted(shipped_folder("examples").iterdir())}
    examples = {name: file for name, file in examples.items() if file.is_file()}
    if city not in examples:
        what = f"There is no example '{city}'." if city else f"There is no settings file {path}."
        raise WrongUsage(what, f"Begin with one of `--city {' | '.join(examples)}`.")
    try:
        durable.make_folder(path.resolve().parent)
        durable.write(path, examples[city].read_bytes())
    except OSError as error:
        raise BadConfiguration(
            f"{path} cannot be written: {error.strerror}.", "Name another place with `retention --config FILE init`."
        ) from error
