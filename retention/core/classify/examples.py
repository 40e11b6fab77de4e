"""A schedule proven by its own examples: every one that is not decided as it says.

Nothing here knows how a series is found.
"""

from __future__ import annotations

from retention.core.around import Around
from retention.core.classify.matcher import Matcher
from retention.core.message import Message
from retention.core.schedule import Example, Problem, Schedule


def check(schedule: Schedule) -> tuple[Problem, ...]:
    """Every example of the schedule that is not decided as it says, in the order of the file."""
    matcher = Matcher((schedule,))
    problems = []
    for series in schedule.series:
        for number, example in enumerate(series.examples, start=1):
            got = matcher.classify(*shown(example, str(number)))
            if (got.series_key == series.key) != example.belongs:
                must = "must belong to this series" if example.belongs else "must not belong to this series"
                problems.append(Problem(series.key, f"example {number}", f"'{example.subject}' {must}. {got.why}"))
    return tuple(problems)


def shown(example: Example, id_: str = "1") -> tuple[Message, Around]:
    """The message that an example describes, and what is around it."""
    message = Message(
        mailbox="example",
        id=id_,
        subject=example.subject,
        sender=example.sender.lower(),
        to=tuple(address.lower() for address in example.to),
        cc=(),
        path=example.folder,
        categories=example.category,
        kind=example.kind,
        preview=example.preview,
        has_attachments=example.has_attachments or bool(example.attachment),
        attachments=example.attachment,
        origin=example.origin or "person",
    )
    return message, Around(example.direction or None, example.department, example.office)
