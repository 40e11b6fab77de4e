"""Forms: write what the authorities are asked to sign before the records of a plan are destroyed.

What each says is decided in ``core/form.py``; that something was signed is recorded in ``jobs/consent.py``.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from msgspec import Struct

from retention.core.form import COLUMNS, RECORDS, forms
from retention.core.plan import DestructionPlan
from retention.errors import WrongUsage
from retention.jobs.world import World
from retention.paper import html, listing, pdf, with_manifest, write_folder
from retention.paper.form import document


class Written(Struct, frozen=True, kw_only=True):
    """A form that was written: its id and schedule, its PDF, how many records it is of, the digest of their list."""

    form: str
    schedule: str
    file: str
    records: int
    digest: str


def write(world: World, plan: DestructionPlan, folder: Path) -> tuple[Written, ...]:
    """Write every form that this plan needs into a folder that is not there yet.

    Raises ``WrongUsage`` where the plan has nothing to destroy or is another city's.
    """
    if not plan.steps:
        raise WrongUsage(f"Plan {plan.name} has nothing to destroy.", "There is nothing to be signed.")
    if plan.city != world.city.city.name or plan.rehearsal != world.rehearsal:
        raise WrongUsage(f"Plan {plan.name} was made for {plan.city}, or in a rehearsal.", "Make one for this city.")
    files: dict[str, bytes] = {}
    written = []
    for form in forms(plan, world.schedules, plan.made_at.astimezone(world.city.zone).date()):
        records = listing(RECORDS, form.records())
        digest = sha256(records).hexdigest()
        page = document(form, digest)
        files |= {
            f"{form.name}.pdf": pdf(page),
            f"{form.name}.html": html(page),
            f"{form.name}.csv": listing(COLUMNS, form.rows),
            f"{form.name}-records.csv": records,
        }
        written.append(
            Written(
                form=form.id,
                schedule=form.schedule,
                file=str(folder / f"{form.name}.pdf"),
                records=len(form.steps),
                digest=digest,
            )
        )
    write_folder(folder, with_manifest(files))
    return tuple(written)
