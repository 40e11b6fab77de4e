"""``retention audit``: asked and answered.

The work is in ``jobs/audit``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli import screen
from retention.cli.opening import asked, now, open_world
from retention.cli.options import Json
from retention.errors import BadConfiguration, LedgerBroken

if TYPE_CHECKING:
    from retention.jobs.audit.verify import Verified
    from retention.jobs.world import World
    from retention.signing import Signer
    from retention.stamping import Stamper

app = typer.Typer(help="Check the evidence.", no_args_is_help=True, rich_markup_mode=None)

Published = Annotated[
    list[Path] | None,
    typer.Option(
        "--published", help="A published head that lies elsewhere, such as one that was mailed, or a folder of them."
    ),
]


@app.callback()
def root() -> None:
    """Check the evidence."""


@app.command()
def verify(
    context: typer.Context,
    ledger: Annotated[
        Path | None, typer.Option("--ledger", help="Check this file alone; nothing else is opened.")
    ] = None,
    published: Published = None,
    records: Annotated[bool, typer.Option(help="Read back what lies on the record store too.")] = True,
    json: Json = False,
) -> None:
    """Check the whole ledger, its signatures and published heads, and each record it speaks of against its digest."""
    if ledger is not None:
        return _alone(ledger, _files(published), json)
    from retention.jobs.audit.verify import verify as job

    with (
        open_world(context, watching=lambda catalog: catalog.told.take) as world,
        screen.progress("Checking records") as progress,
    ):
        verified = job(
            world,
            records=records,
            published=_files(published),
            signer=_signer(context, world),
            stamps=_stamper(context, world),
            progress=progress,
        )
    if json:
        return screen.as_json(verified)
    _whole(verified.entries, verified.head)
    _tell(verified)


@app.command()
def publish(
    context: typer.Context,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the head into this file too.")] = None,
    email: Annotated[
        Path | None, typer.Option("--email", help="Write a draft (.eml) to those of 'audit.publish_to'.")
    ] = None,
    timestamp: Annotated[
        bool, typer.Option("--timestamp", help="Have 'audit.timestamp_url' attest when it was so (RFC 3161).")
    ] = False,
    json: Json = False,
) -> None:
    """Make the ledger's head known outside: whatever came before it can then not be changed or cut off unseen."""
    from retention.jobs.audit.publish import publish as job

    with open_world(context) as world, screen.progress("Publishing"):
        told = job(world, output=output, email=email, stamps=_required(context, world) if timestamp else None)
    if json:
        return screen.as_json(told)
    screen.say(f"The ledger has {screen.counted(told.head.entries, 'entry', 'entries')}; the last one's digest is")
    screen.say(told.head.digest)
    if told.stamped_at:
        screen.say(f"{told.stamped_by or 'The timestamp service'} attests that it was so at {told.stamped_at}.")
    for file in told.files:
        screen.say(f"Written: {file}")
    if told.to:
        screen.note(f"Open the draft and send it to {', '.join(told.to)}.")
    elif output is None and not timestamp:
        screen.note("It lies beside the ledger only: whoever can change one can change the other. Give it to somebody.")


@app.command()
def export(
    context: typer.Context,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The folder to write; not there yet.")] = None,
    json: Json = False,
) -> None:
    """Write a folder for an auditor: the ledger, its published heads, and a verifier that needs nothing but Python."""
    from retention.jobs.audit.export import export as job

    with open_world(context) as world, screen.progress("Writing the folder"):
        folder, city = asked(context).config.parent, world.city
        certificates = city.audit.timestamp_certificates
        handed = job(
            world,
            output or Path(f"ledger-{world.today}"),
            signers=folder / city.city.signers if city.city.identity == "ssh" else None,
            certificates=folder / certificates if certificates else None,
        )
    if json:
        return screen.as_json(handed)
    screen.say(f"The ledger is in {handed.folder}: {screen.counted(handed.entries, 'entry', 'entries')}.")
    screen.say(f"{screen.counted(handed.heads, 'published head')} with it.")
    screen.say(f"The SHA-256 of its manifest: {handed.manifest}")
    screen.note("It shows everything the ledger says, of all matters; what is sealed there is sealed in it.")
    screen.note("Whoever gets it runs: python3 verify.py --manifest and that digest, told apart from the folder.")


def _tell(verified: Verified) -> None:
    if verified.heads:
        stamped = f"; {screen.counted(verified.stamped, 'timestamp')} checked" if verified.stamped else ""
        screen.say(f"It agrees with {screen.counted(verified.heads, 'published head')}{stamped}.")
    if verified.signed:
        screen.say(f"{screen.counted(verified.signed, 'signature')} checked.")
    if verified.records is not None:
        screen.say(f"{screen.counted(verified.records, 'record')} read back and equal to their digests.")
    if verified.copies:
        copies = screen.counted(verified.copies, "preservation copy", "preservation copies")
        screen.say(f"{copies} read back and equal to their digests.")
    if verified.editions:
        texts = screen.counted(verified.editions, "text of an adopted schedule", "texts of adopted schedules")
        screen.say(f"{texts} kept as adopted.")
    if verified.destroyed:
        screen.say(f"{screen.counted(verified.destroyed, 'record')} gone from the store, as the ledger says.")
    if verified.unfinished:
        screen.say(f"{screen.counted(verified.unfinished, 'deed')} begun and not ended; `retention apply` ends them.")
    for what in verified.open:
        screen.note(what)


def _alone(path: Path, published: list[Path], json: bool) -> None:
    from retention.jobs.audit.heads import check_heads
    from retention.ledger import Ledger
    from retention.packet.published import filed

    ledger = Ledger(path, now=now, by="", fold=False)
    entries, head = ledger.head
    if not entries:
        raise LedgerBroken(f"{path} has no whole entry, not even the first.", "It is no ledger, or it was emptied.")
    heads = check_heads(ledger, map(filed, published), (), None)
    if json:
        return screen.as_json({"entries": entries, "head": head, "heads": heads.agreed})
    _whole(entries, head)
    if heads.agreed:
        screen.say(f"It agrees with {screen.counted(heads.agreed, 'published head')}.")
    else:
        screen.note(
            "No published head was compared: a ledger that was cut off at its end looks whole. Use --published."
        )


def _files(published: list[Path] | None) -> list[Path]:
    """The heads that are named; of a folder, all that lie in it."""
    named = (sorted(path.glob("*.json")) if path.is_dir() else [path] for path in published or [])
    return [file for files in named for file in files]


def _whole(entries: int, head: str) -> None:
    screen.say(f"The ledger is whole, from its first entry to its last: {screen.counted(entries, 'entry', 'entries')}.")
    screen.say(f"The last one's digest is {head}.")


def _signer(context: typer.Context, world: World) -> Signer | None:
    """What checks signatures: also in a city that asks for none any more, as long as its signers file is there."""
    from retention.signing import Signer

    signers = asked(context).config.parent / world.city.city.signers
    return Signer(signers) if world.city.city.identity == "ssh" or signers.is_file() else None


def _stamper(context: typer.Context, world: World) -> Stamper | None:
    from retention.stamping import Stamper

    audit = world.city.audit
    if not audit.timestamp_certificates:
        return None
    return Stamper(audit.timestamp_url, asked(context).config.parent / audit.timestamp_certificates)


def _required(context: typer.Context, world: World) -> Stamper:
    stamper = _stamper(context, world)
    if stamper is None:
        raise BadConfiguration(
            "No timestamp service is named under 'audit.timestamp_url'.",
            "Name one, and its certificates under 'audit.timestamp_certificates'.",
        )
    return stamper
