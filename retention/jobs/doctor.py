"""Doctor: what is set up, what is not, and what cannot be covered, each with the next step.

Nothing is mended here, and no mailbox is changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from msgspec import Struct

from retention.core.authority import DEFAULT_ACTS
from retention.core.message import FILES
from retention.core.schedule import NO_LAW
from retention.errors import RetentionError
from retention.jobs.coverage import coverage, named
from retention.jobs.world import World


class Check(Struct, frozen=True, kw_only=True):
    """One thing looked at. ``code`` is 0 where it is well, otherwise the exit code of what is wrong with it."""

    what: str
    found: str
    next_step: str = ""
    code: int = 0


def doctor(world: World) -> tuple[Check, ...]:
    """Every check, in the order in which things have to be set up; one that fails stops none of the others."""
    return tuple(check for look in LOOKS for check in _guarded(look, world))


def _guarded(look: Callable[[World], Iterator[Check]], world: World) -> Iterator[Check]:
    try:
        yield from look(world)
    except RetentionError as error:
        what = look.__name__.strip("_").replace("_", " ")
        yield Check(what=what, found=error.message, next_step=error.next_step, code=error.exit_code)


def _who_acts(world: World) -> Iterator[Check]:
    offices = ", ".join(world.city.roll.offices_of(world.actor.address, world.today)) or "no office"
    yield Check(what="who acts", found=f"{world.actor}: {offices}")


def _offices(world: World) -> Iterator[Check]:
    for act, default in DEFAULT_ACTS.items():
        offices = world.city.acts.get(act) or default
        terms = [term for office in offices for term in world.city.roll.offices.get(office, ())]
        if not any(term.holds(world.today) for term in terms):
            yield Check(
                what="offices",
                found=f"Nobody can do '{act}': nobody holds {' or '.join(offices)}.",
                next_step="Name who does under [offices], or the city's own office under [acts].",
                code=10,
            )


def _keys(world: World) -> Iterator[Check]:
    """Where acts are signed: whoever holds an office today needs a key of their own that the city allows."""
    if world.signer is None:
        return
    allowed = world.signer.principals()
    keys = Counter(key for found in allowed.values() for key in found)
    if any(number > 1 for number in keys.values()) or any("*" in who or "?" in who for who in allowed):
        yield Check(
            what="keys",
            found="One key of the signers file stands for several people: it could both plan and approve.",
            next_step="Give each person a key of their own, on a line with exactly their address.",
            code=33,
        )
    holders = {term.of for terms in world.city.roll.offices.values() for term in terms if term.holds(world.today)}
    missing = sorted(holders - set(allowed))
    if missing:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        yield Check(
            what="keys",
            found=f"No key is known of {', '.join(missing[:3])}{more}: they cannot act.",
            next_step="Add a line to 'city.signers': address, then the public key.",
        )


def _ledger(world: World) -> Iterator[Check]:
    entries, head = world.ledger.head
    yield Check(what="ledger", found=f"{entries} entries, head {head[:16]}…")


def _schedules(world: World) -> Iterator[Check]:
    for name, digest in world.fingerprints.items():
        if world.ledger.in_force.adoption(digest, world.today):
            yield Check(what="schedule", found=f"{name} is adopted.")
        elif effective := world.adopted_from(digest):
            yield Check(
                what="schedule", found=f"{name} is adopted and in effect from {effective}; nothing leaves before."
            )
        else:
            step = f"The Records Manager runs `retention schedule adopt {name} --authority …`."
            yield Check(what="schedule", found=f"{name} is not adopted: nothing can leave.", next_step=step, code=20)


def _laws(world: World) -> Iterator[Check]:
    for schedule in world.schedules:
        if schedule.law in ("", NO_LAW):
            yield Check(
                what="law",
                found=f"{schedule.name}: no law of '{schedule.jurisdiction}' is known here; only its own periods hold.",
                next_step="Write the state's name as 'jurisdiction', if it is one of those in schedules/law.",
            )


def _record_store(world: World) -> Iterator[Check]:
    first = next(world.store.places(), None)
    yield Check(what="record store", found="It is there." if first else "It is there and empty.")


def _sign_in(world: World) -> Iterator[Check]:
    yield Check(what="sign-in", found=world.mail.check_sign_in())


def _mailboxes(world: World) -> Iterator[Check]:
    boxes = tuple(world.mail.mailboxes())
    yield Check(what="mailboxes", found=f"The mail system lists {len(boxes)}.")
    known = {mailbox.id for mailbox in world.catalog.mailboxes()}
    # Of what was never read the mail system itself is asked, so that it is known before the first reading.
    new = {box: world.mail.uncovered(box) for box in boxes if box.id not in known}
    found = coverage(world, new)
    for one in found.mailboxes:
        yield Check(what="mailbox", found=f"{one.address}: {one.covered}.")
    for sentence in found.of_every:
        yield Check(what="not covered", found=f"In any mailbox: {sentence}")
    for one in found.mailboxes:
        for sentence in one.not_covered:
            if sentence not in found.of_every:
                again = "Run `retention sync` again." if sentence in one.unread and one.kind != FILES else ""
                yield Check(what="not covered", found=named(one.address, sentence), next_step=again)
    if found.holds:
        yield Check(what="not covered", found=f"The mail system's own holds: {found.holds}")


LOOKS = (_who_acts, _offices, _keys, _ledger, _schedules, _laws, _record_store, _sign_in, _mailboxes)
