"""``retention hold``: the commands of holds, each asked and answered in its own file.

The work is in ``jobs/hold``; whether a hold covers a message, in ``core/hold``.
"""

from __future__ import annotations

import typer

from retention.cli.hold import collecting, importing, noticing, placing, proving, releasing, showing

app = typer.Typer(
    help="Preview, place, list and release what suspends every deletion.", no_args_is_help=True, rich_markup_mode=None
)
for command in (
    showing.preview,
    placing.place,
    showing.list_,
    showing.show,
    placing.amend,
    releasing.release,
    releasing.reinstate,
    noticing.notice,
    noticing.acknowledge,
    collecting.collect,
    collecting.vanished,
    collecting.discard,
    importing.import_,
    proving.prove,
):
    app.command(command.__name__.rstrip("_"))(command)
