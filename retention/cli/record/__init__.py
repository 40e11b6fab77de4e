"""``retention record``: the commands of stored records, each asked and answered in its own file.

The work is in ``jobs/record``. A file that a command is asked in must import what is heavy inside its functions.
"""

from __future__ import annotations

import typer

from retention.cli.record import certificate, destroying, exporting, forms, listing, restoring, showing, verifying

app = typer.Typer(
    help="Find, check, destroy and hand over what was captured as a record.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
for command in (
    listing.list_,
    listing.search,
    showing.show,
    listing.due,
    verifying.verify,
    destroying.destroy,
    restoring.restore,
    forms.forms,
    certificate.certificate,
    exporting.export,
    exporting.transfer,
):
    app.command(command.__name__.rstrip("_"))(command)
