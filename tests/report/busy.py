"""A town with months of mail and deeds behind it, some of it hostile, and its report.

Nothing is tested here.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from retention.jobs.hold import release
from retention.jobs.report import Period, Report, last_year, report
from tests.jobs.town import ATTORNEY, CLERK, LONG_AGO, Town, mime
from tests.mail.doubles import MemoryMail

HOSTILE = (
    "<script>document.title='owned'</script><img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>{{ 7*7 }}{% raw %}',
    '=HYPERLINK("http://evil.example";"click")',
    "\u202egnp.exe\u202c hidden \x1b[2J and\nbroken\rin lines\u2028here",
    "Unbroken" + "X" * 100_000,
)
MATTER = "Smith <b>v.</b> Town & Sons \u202eevil\u202c " + "longword" * 12
LONG_ADDRESS = "department.of.public.works.and.engineering.services.front.desk@town.example"
FIRST_STEP = timedelta(days=31)


def busy(folder: Path) -> Town:
    """Half a year in which mail came every month, was filed, planned, approved and applied; and two holds."""
    town = Town(folder)
    town.city = replace(
        town.city,
        limits=replace(town.city.limits, mailbox_quota="50 MB", largest_attachment="20 MB"),
    )
    for month in range(5):
        arrive(town, month)
        if month == 0:
            town.read()
            town.adopt()
            town.hold(MATTER, words=("Elm Street",))
        if month == 2:
            town.hold("Audit of the tax office", words=("tax",))
        if month == 3:
            released(town, "audit-of-the-tax-office")
        town.read()
        made = town.plan()
        town.approve(made)
        town.apply(made)
        town.at += FIRST_STEP
    for subject in HOSTILE:
        attached(town, subject, 30_000_000)
    town.read()
    return town


def arrive(town: Town, month: int) -> None:
    at = town.at - timedelta(days=45)
    for number in range(3 + month):
        town.add(f"Requisition {month}-{number}", received_at=at, size=40_000)
        town.add(f"Notice {month}-{number}", LONG_ADDRESS, received_at=at, size=20_000)
    town.add(f"Minutes of month {month}", received_at=at, size=90_000)
    town.add(f"Notice about Elm Street {month}", received_at=at, size=9_000)
    town.add(f"Who knows {month}", LONG_ADDRESS, received_at=at, size=9_000)
    attached(town, f"Plans of the bridge {month}", 2_000_000)


def attached(town: Town, subject: str, size: int) -> None:
    """The subject of the row is what the mail system tells: a header could not carry all of these."""
    assert isinstance(town.mail, MemoryMail)
    more = {"received_at": LONG_AGO, "size": size, "has_attachments": True, "attachments": ("a.pdf",)}
    more["largest_attachment"] = size
    town.mail.add(CLERK, "Inbox", mime("Plans"), subject=subject, **more)


def released(town: Town, name: str) -> None:
    world = town.world(ATTORNEY)
    release.release(world, name, matter="Audit of the tax office", reason="it is over")
    world.close()


def reported(town: Town, period: Period | None = None, **more: Any) -> Report:
    """The report of the last twelve months, or of these days."""
    world = town.world()
    try:
        return report(world, period or last_year(world.today, town.city.zone), **more)
    finally:
        world.close()


__all__ = ["CLERK", "HOSTILE", "LONG_ADDRESS", "MATTER", "busy", "reported"]
