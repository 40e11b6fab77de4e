"""Looking: every check, in the order in which things have to be set up.

What each of them asks is next door; one that fails stops none of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from retention.errors import RetentionError
from retention.jobs.doctor import city, machine, mail
from retention.jobs.doctor.check import Check
from retention.jobs.world import Progress, World, silent

Look = Callable[[World], Iterator[Check]]

LOOKS: tuple[Look, ...] = (
    city.settings,
    city.who_acts,
    city.offices,
    city.keys,
    machine.ledger,
    city.schedules,
    city.laws,
    machine.record_store,
    machine.catalog,
    machine.disk,
    mail.sign_in,
    mail.permissions,
    mail.scope,
    mail.mailboxes,
    machine.clock,
    machine.time_zone,
    machine.runs,
)
"""The clock comes after the mailboxes: only by then has the mail system said what time it is."""


def doctor(world: World, files: Iterable[Check] = (), progress: Progress = silent) -> tuple[Check, ...]:
    """Every check. ``files`` are those of who else can write the city's files, which whoever opened them knows.

    What several of them are told in the same words, as where signing in is refused, is said once.
    """
    found: list[Check] = []
    for done, look in enumerate(LOOKS):
        what = look.__name__.replace("_", " ")
        progress(done, len(LOOKS), what)
        for check in _guarded(look, what, world):
            if not check.code or not any((check.code, check.found) == (one.code, one.found) for one in found):
                found.append(check)
        if look is city.keys:
            found += files
    return tuple(found)


def _guarded(look: Look, what: str, world: World) -> Iterator[Check]:
    try:
        yield from look(world)
    except RetentionError as error:
        yield Check(what=what, found=error.message, next_step=error.next_step, code=error.exit_code)
