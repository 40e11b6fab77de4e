"""``retention classify``: asked and answered, and with ``--evaluate`` the decisions beside what people say.

The work is in ``jobs/classify.py`` and ``jobs/evaluate.py``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli import screen
from retention.cli.opening import open_world
from retention.cli.options import Json

if TYPE_CHECKING:
    from retention.core.measure import Rate
    from retention.jobs.evaluate import Evaluation

WRONG_SHOWN = 20
"""So many messages are named; ``--json`` names all."""
PROVES = (
    "'At most' is the exact bound (Clopper and Pearson, one-sided) for the mail from",
    "which the labels were drawn at random, as `retention review sample` draws them.",
    "Labels chosen in another way prove nothing beyond themselves, and a sample of",
    "what would be purged says nothing of the records that stay.",
)
"""What labels do and do not prove."""


def classify(
    context: typer.Context,
    evaluate: Annotated[
        Path | None,
        typer.Option("--evaluate", metavar="LABELS", help="File nothing; score the decisions against these labels."),
    ] = None,
    encoding: Annotated[str, typer.Option("--encoding", help="What the labels are in where not UTF-8: cp1252.")] = "",
    json: Json = False,
) -> None:
    """File every new or changed message under a series of the schedule.

    With --evaluate nothing is filed: the decisions are scored against a person's labels, a .csv or .xlsx file with the
    columns message and label, as `review sample` writes them.
    """
    from retention.jobs.classify import classify as job

    if evaluate is not None:
        return _evaluate(context, evaluate, encoding, json)
    with open_world(context) as world, screen.progress("Filing messages") as progress:
        classified = job(world, progress)
        titles = {series.key: series.title for schedule in world.schedules for series in schedule.series}
    if json:
        return screen.as_json(classified)
    ranked = sorted(classified.by_series.items(), key=lambda item: -item[1])
    rows = [(key or "-", titles.get(key, "no series, or more than one: for review"), n) for key, n in ranked]
    screen.table(("series", "title", "messages"), rows)
    screen.say(f"{screen.counted(classified.filed, 'message')} filed.")
    if waiting := classified.by_series.get("", 0):
        screen.note(f"Under no series, or under several: {waiting:,}. A person decides: `retention review list`.")


def _evaluate(context: typer.Context, labels: Path, encoding: str, json: bool) -> None:
    from retention.cli.lists import read_list
    from retention.jobs.evaluate import evaluate as job

    sheet, _ = read_list(labels, encoding)
    with open_world(context) as world, screen.progress("Scoring"):
        evaluated = job(world, sheet)
    if json:
        return screen.as_json(evaluated)
    show(evaluated)


def show(evaluated: Evaluation) -> None:
    """The scores, worst news first, and what they do and do not prove."""
    for problem in evaluated.problems:
        screen.note(f"Not scored: {problem}")
    scores = evaluated.scores
    unread = len({(bad.sheet, bad.row) for bad in evaluated.problems})
    screen.say(
        f"{screen.counted(scores.labels, 'label')} scored; {screen.counted(unread, 'row')} not scored, "
        f"{screen.counted(evaluated.unlabelled, 'row')} without a label."
    )
    if evaluated.left:
        screen.say(
            f"{screen.counted(evaluated.left, 'message')} no longer in their mailbox, scored as they were filed."
        )
    if not scores.labels:
        return
    screen.table(
        ("would be purged", "labelled", "records among them", "at most (95 %)"),
        [
            _wrong("now", scores.wrong_now),
            _wrong("now, or once the days are over", scores.wrong_ever),
            _wrong("filed as transitory, whatever keeps it", scores.wrong_filed),
        ],
        title="Wrongly purge-eligible",
    )
    if evaluated.wrong:
        named = ", ".join(map(str, evaluated.wrong[:WRONG_SHOWN]))
        more = f" and {len(evaluated.wrong) - WRONG_SHOWN:,} more" if len(evaluated.wrong) > WRONG_SHOWN else ""
        screen.say(f"Labelled as records and filed as transitory: {named}{more}.")
        screen.say(f"Next: `retention why {evaluated.wrong[0]}`; mend the rule before a plan is approved.")
    screen.table(
        ("labelled", "messages", "and of these", "messages", "share"),
        [
            ("record", scores.records, "filed as records", *_share(scores.records_filed, scores.records)),
            ("record", scores.records, "stay or are captured", *_share(scores.records_stay, scores.records)),
            ("transitory", scores.transitory, "released now", *_share(scores.released_now, scores.transitory)),
            ("transitory", scores.transitory, "released ever", *_share(scores.released_ever, scores.transitory)),
        ],
        title="Records found, transitory mail released",
    )
    screen.table(
        ("label", "filed under", "messages", "purged now", "ever"),
        [(pair.label, pair.filed, pair.messages, pair.now, pair.ever) for pair in scores.by_series],
        title="By series",
    )
    screen.say("These rates are of the catalog as it is now; a plan may rest on another.")
    for line in PROVES:
        screen.say(line)


def _wrong(what: str, rate: Rate) -> tuple[str, int, int, str]:
    from retention.core.measure import percent

    return what, rate.n, rate.k, percent(rate.upper) if rate.n else "nothing known"


def _share(k: int, n: int) -> tuple[int, str]:
    """A count and its share: rounded down, so that nothing is called whole that is not."""
    return k, f"{k * 1000 // n / 10:.1f} %" if n else "-"
