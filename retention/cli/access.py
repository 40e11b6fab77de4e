"""``retention access``: asked and answered, and the file into which content is written.

The work is in ``jobs/access``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from retention.cli import screen
from retention.cli.opening import open_world
from retention.cli.options import Json, parse_day

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from retention.jobs.access import Listed

app = typer.Typer(
    help="Let somebody read content: asked for, granted for a few days by the office that may, used, taken back.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command()
def request(
    context: typer.Context,
    custodian: Annotated[str, typer.Option("--custodian", help="Whose mail: a person's or a mailbox's address.")],
    purpose: Annotated[str, typer.Option("--purpose", help="What it is to be read for.")],
    reader: Annotated[str, typer.Option("--reader", help="Who is to read it, where that is somebody else.")] = "",
    json: Json = False,
) -> None:
    """Ask to read somebody's mail. It allows nothing until the office that may has granted it."""
    from retention.jobs.access import listed
    from retention.jobs.access import request as job

    with open_world(context) as world:
        asked = job(world, custodian=custodian, purpose=purpose, reader=reader)
        (one,) = [one for one in listed(world) if one.request == asked.entry]
    if json:
        return screen.as_json(one)
    screen.say(f"Asked as entry {one.request}: {one.reader} to read the mail of {one.custodian}.")
    screen.note(f"{' or '.join(one.offices)} may grant it: retention access grant {one.request} --reference …")


@app.command()
def grant(
    context: typer.Context,
    request: Annotated[int, typer.Argument(help="The request's entry, as `retention access list` shows it.")],
    reference: Annotated[str, typer.Option("--reference", help="Where the approval is written.")],
    days: Annotated[int | None, typer.Option("--days", help="For so many calendar days, the first included.")] = None,
    until: Annotated[str, typer.Option("--until", help="Or until this day, itself included.")] = "",
    begin: Annotated[str, typer.Option("--from", help="From this day on; it is never back-dated.")] = "",
    json: Json = False,
) -> None:
    """Grant a request, from now or a later day, for no longer than the city allows."""
    from retention.jobs.access import grant as job

    with open_world(context) as world:
        given = job(
            world,
            request,
            reference=reference,
            days=days,
            until=parse_day(until, "--until", end=True) if until else None,
            begin=parse_day(begin, "--from") if begin else None,
        )
        zone = world.city.zone
        boxes = [box.address for box in world.directory.mailboxes if given.reaches(box)]
    if json:
        return screen.as_json(given)
    said = given.said
    screen.say(f"Granted as entry {given.entry}: {said.reader} may read the mail of {said.custodian}")
    screen.say(f"from {screen.instant(said.since, zone)} until {screen.instant(said.until, zone)}.")
    screen.say(f"It is for the mailboxes: {', '.join(boxes) or 'none is known yet'}.")


@app.command()
def revoke(
    context: typer.Context,
    grant: Annotated[int, typer.Argument(help="The grant's entry, as `retention access list` shows it.")],
    reason: Annotated[str, typer.Option("--reason", help="Why it is taken back.")],
    json: Json = False,
) -> None:
    """End a grant before its time. It allows nothing from now on."""
    from retention.jobs.access import revoke as job

    with open_world(context) as world:
        revoked = job(world, grant, reason=reason)
    if json:
        return screen.as_json(revoked)
    screen.say(f"The grant of entry {revoked.grant} is revoked.")


@app.command("list")
def list_(
    context: typer.Context,
    custodian: Annotated[str, typer.Option("--custodian", help="Only for the mail of this person.")] = "",
    reader: Annotated[str, typer.Option("--reader", help="Only for this reader.")] = "",
    live: Annotated[bool, typer.Option("--live", help="Only grants that are live at this instant.")] = False,
    json: Json = False,
) -> None:
    """Every request and its grant: from when, until when, how often it was used, and what waits for whom."""
    from retention.jobs.access import listed

    with open_world(context) as world:
        found = listed(world, custodian=custodian, reader=reader, live=live)
        zone = world.city.zone
    if json:
        return screen.as_json(found)
    screen.table(
        ("asked", "granted", "reader", "the mail of", "state"),
        [(str(one.request or ""), str(one.grant or ""), one.reader, one.custodian, _state(one, zone)) for one in found],
    )
    if not found:
        screen.say("No such grant is live." if live else "No such access was asked for.")


@app.command()
def read(
    context: typer.Context,
    message: Annotated[str, typer.Argument(help="Its number, its id, or its Message-ID.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The new file it is written to.")],
    json: Json = False,
) -> None:
    """Write the content of one message to a new file, under a live grant; the ledger keeps that it was read."""
    from msgspec.structs import asdict

    from retention.jobs.access import content

    with own_file(output) as file, open_world(context) as world:
        read = content(world, message)
        file.write(read.data)
    if json:
        told = {name: value for name, value in asdict(read).items() if name != "data"}
        return screen.as_json({**told, "output": str(output)})
    under = f"under the grant of entry {read.grant}" if read.grant else "as its custodian"
    screen.say(f"Message {read.n} of {read.mailbox}, from the {read.source}, is in {output}, read {under}.")
    screen.say(f"SHA-256 {read.digest}, {screen.counted(read.size, 'byte')}.")


@contextmanager
def own_file(path: Path) -> Iterator[BinaryIO]:
    """The new file, made before anything is read: what cannot be written must not be looked at either."""
    from retention import durable
    from retention.errors import StoreNotAnswering, WrongUsage

    try:
        with durable.new_file(path) as file:
            yield file
    except FileExistsError as error:
        raise WrongUsage(f"There is already a file {path}.", "It is kept as it is; name a new one with -o.") from error
    except OSError as error:
        raise StoreNotAnswering(
            f"The file {path} cannot be written: {error.strerror}.", "Name another place with -o."
        ) from error


def _state(one: Listed, zone: ZoneInfo) -> str:
    """How it stands, in a few words."""
    if one.state == "waiting":
        return f"waits for {' or '.join(one.offices)}"
    used = {0: "", 1: ", used once"}.get(one.uses, f", used {one.uses} times")
    when = {"live": one.until, "not yet": one.since, "over": one.until}.get(one.state)
    words = {"live": "live until ", "not yet": "from ", "over": "over since "}.get(one.state, one.state)
    return f"{words}{screen.instant(when, zone, none='')}{used}"
