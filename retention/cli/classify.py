"""``retention classify``: asked and answered.

The work is in ``jobs/classify.py``.
"""

from __future__ import annotations

import typer

from retention.cli import screen
from retention.cli.opening import open_world
from retention.cli.options import Json


def classify(context: typer.Context, json: Json = False) -> None:
    """File every new or changed message under a series of the schedule."""
    from retention.jobs.classify import classify as job

    with open_world(context) as world, screen.progress("Filing messages") as progress:
        classified = job(world, progress)
        titles = {series.key: series.title for schedule in world.schedules for series in schedule.series}
    if json:
        return screen.as_json(classified)
    ranked = sorted(classified.by_series.items(), key=lambda item: -item[1])
    rows = [(key or "-", titles.get(key, "no series, or more than one: for review"), n) for key, n in ranked]
    screen.table(("series", "title", "messages"), rows)
    screen.say(f"{screen.counted(classified.filed, 'message')} filed.")
