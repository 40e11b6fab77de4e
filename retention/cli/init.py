"""``retention init``: the settings file, the catalog, the ledger and the record store of a new city.

What the settings mean is in ``core/city``; whether what is filled in works is ``retention doctor``'s to find out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli import screen
from retention.cli.mailing import is_rehearsal
from retention.cli.opening import asked, now, read_city, who_acts
from retention.cli.options import Json
from retention.cli.schedules import shipped_folder
from retention.cli.storing import create_store, refuse_place, shown
from retention.errors import BadConfiguration, WrongUsage

if TYPE_CHECKING:
    from pathlib import Path

    from retention.core.city import City

NOT_COPIED = ("retention.toml", "README.md")
"""The settings are written first and by themselves; the page about a city's clauses stays where it is."""


def init(
    context: typer.Context,
    city: Annotated[str, typer.Option("--city", help="Begin with the settings of this example.")] = "",
    json: Json = False,
) -> None:
    """Write retention.toml where there is none; create the catalog, the ledger and the record store."""
    from retention.catalog import Catalog
    from retention.ledger import Ledger

    said, wrote = asked(context), list[str]()
    if not said.config.is_file():
        for written in _write_settings(said.config, city):
            wrote.append(str(written))
            if not json:
                screen.say(f"Wrote {written}.")
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
    if json:
        return screen.as_json(_founded(settings, said.config, wrote))
    screen.say(
        f"{settings.city.name}: catalog {settings.city.catalog}, ledger {ledger.name}, store {shown(settings.store)}."
    )
    _list(f"Fill in, in {said.config}:", tuple(unfilled(settings)))
    _list("Then, in this order:", tuple(next_steps(settings)))


def _founded(city: City, config: Path, wrote: list[str]) -> dict[str, object]:
    return {
        "city": city.city.name,
        "settings": str(config),
        "wrote": wrote,
        "catalog": city.city.catalog,
        "ledger": city.city.ledger,
        "store": shown(city.store),
        "unfilled": list(unfilled(city)),
        "next_steps": list(next_steps(city)),
    }


def _write_settings(path: Path, city: str) -> Iterator[Path]:
    """Write the example's settings, and what lies beside them: forms and texts to start from, never over another."""
    from retention import durable

    examples = {folder.name: folder / "retention.toml" for folder in sorted(shipped_folder("examples").iterdir())}
    examples = {name: file for name, file in examples.items() if file.is_file()}
    if city not in examples:
        what = f"There is no example '{city}'." if city else f"There is no settings file {path}."
        raise WrongUsage(what, f"Begin with one of `--city {' | '.join(examples)}`.")
    example, beside = examples[city].parent, path.resolve().parent
    try:
        durable.make_folder(beside)
        durable.write(path, examples[city].read_bytes())
        yield path
        for text in sorted(file for file in example.rglob("*") if file.is_file() and file.name not in NOT_COPIED):
            copy = beside / text.relative_to(example)
            if not copy.exists():
                durable.make_folder(copy.parent)
                durable.write(copy, text.read_bytes())
                yield path.parent / text.relative_to(example)
    except OSError as error:
        raise BadConfiguration(
            f"{path} cannot be written: {error.strerror}.", "Name another place with `retention --config FILE init`."
        ) from error


def unfilled(city: City) -> Iterator[str]:
    """What the examples leave open and only the city knows, a line each; nothing in a city that is pretended."""
    if is_rehearsal(city.mail):
        return
    yield from _sign_in(city)
    if pretended := sorted(address for address in city.people if address.lower().endswith(".example")):
        yield f"[people], [offices]: in place of {len(pretended)} made-up people, yours, with their accounts"
    if city.store.path == "records" and city.store.system == "disk":
        yield "[store] path: a share of the city's own network, in place of a folder beside the settings"
    if city.city.domains and all(domain.endswith(".example") for domain in city.city.domains):
        yield "[city] domains: the city's own, which tell mail from inside and from outside apart"
    if shipped := [name for name in city.city.schedules if not name.endswith(".toml")]:
        yield f"[city] schedules: the city's own approved schedule; {', '.join(shipped)} is only a start"


def _sign_in(city: City) -> Iterator[str]:
    mail = city.mail
    if mail.system == "files":
        return
    ids = [key for key in ("tenant", "client", "removal_client") if is_zero(getattr(mail, key))]
    if ids:
        yield f"[mail] {', '.join(ids)}: the ids of the app registration, in place of zeros"
    for key in ("secret", "removal_secret"):
        if reference := getattr(mail, key):
            kind, _, name = reference.partition(":")
            where = f"the variable {name}" if kind == "env" else f"the keyring, as {name}"
            yield f"the value of [mail] {key} goes into {where}, never into the file"


def is_zero(id_: str) -> bool:
    """Whether an id of an app registration is still the one that every example has."""
    return bool(id_) and set(id_) <= {"0", "-"}


def next_steps(city: City) -> Iterator[str]:
    """The first days in this city's own terms: which office does what, in the order in which it has to be done."""
    if city.mail.system == "simulator":
        port = city.mail.graph_url.rstrip("/").rpartition(":")[2]
        yield f"`retention simulator serve --port {port} --folder simulator`, where it does not run yet"
        yield "`retention sync`, then `retention doctor`"
        return
    yield "`retention doctor`: it says what of this is still missing, and what cannot be covered"
    for notice in city.notices.staff:
        yield f"{_who(city, 'record-notice')}: `retention notice due {notice.name}`"
    yield "`retention sync`; it changes nothing and reads no bodies"
    yield f"{_who(city, 'hold-legal')}: every hold there is, `retention hold place`"
    for name in city.city.schedules:
        posted = " --posted DAY" if city.rules.posting else ""
        yield f"{_who(city, 'adopt-schedule')}: `retention schedule adopt {_called(name)} --authority …{posted}`"
    yield f"`retention classify`, `retention plan`; {_who(city, 'approve')}: `retention approve`"


def _who(city: City, act: str) -> str:
    from retention.core.authority import DEFAULT_ACTS

    offices = city.acts.get(act) or DEFAULT_ACTS[act]
    held = [office for office in offices if city.offices.get(office)]
    return (held or offices)[0]


def _called(schedule: str) -> str:
    return schedule.rpartition("/")[2].removesuffix(".toml")


def _list(heading: str, lines: tuple[str, ...]) -> None:
    if lines:
        screen.say(heading)
    for line in lines:
        screen.say(f"  - {line}.")
