"""The city: its settings, who acts and who holds which office, whose keys are known, its schedules and its law.

Whether the machine and the mail system are as they should be is next door.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import msgspec

from retention.core.authority import DEFAULT_ACTS, IN_WORDS
from retention.core.schedule import NO_LAW
from retention.errors import BadConfiguration, ScheduleNotValid, SignersMissing
from retention.jobs.doctor.check import Check
from retention.jobs.world import World

_NOBODY = re.compile(r"0{8}(-0{4}){3}-0{12}", re.IGNORECASE)
_EXAMPLE = re.compile(r"(^|[@.])example(\.(com|net|org))?$|\.(example|invalid)$", re.IGNORECASE)
NAMED = 3


def settings(world: World) -> Iterator[Check]:
    """What was copied from an example and never filled in. In a rehearsal nothing of it is real."""
    if world.rehearsal:
        return
    said = msgspec.to_builtins(world.city.mail) if world.city.mail.system != "files" else {}
    empty = [f"mail.{key}" for key, value in said.items() if isinstance(value, str) and _is_placeholder(value)]
    empty += [f"[people] {address}" for address in world.city.people if _EXAMPLE.search(address)]
    if empty:
        yield Check(
            what="settings",
            found=f"Still as in the example: {_some(empty)}.",
            next_step="Fill in the city's own in retention.toml.",
            code=BadConfiguration.exit_code,
        )


def who_acts(world: World) -> Iterator[Check]:
    offices = ", ".join(world.city.roll.offices_of(world.actor.address, world.today)) or "no office"
    yield Check(what="who acts", found=f"{world.actor}: {offices}")


def offices(world: World) -> Iterator[Check]:
    """What nobody can do, said once for each set of offices that nobody holds."""
    vacant: dict[str, list[str]] = {}
    for act, default in DEFAULT_ACTS.items():
        able = world.city.acts.get(act) or default
        terms = [term for office in able for term in world.city.roll.offices.get(office, ())]
        if not any(term.holds(world.today) for term in terms):
            vacant.setdefault(" or ".join(able), []).append(IN_WORDS.get(act, act))
    for named, acts in vacant.items():
        yield Check(
            what="offices",
            found=f"Nobody holds {named}, whose it is: {', '.join(acts)}.",
            next_step="Name who does under [offices], or the city's own office under [acts].",
            code=BadConfiguration.exit_code,
        )


def keys(world: World) -> Iterator[Check]:
    """Where acts are signed: whoever holds an office today needs a key of their own that the city allows."""
    if world.signer is None:
        return
    allowed = world.signer.principals()
    numbers = Counter(key for found in allowed.values() for key in found)
    if any(number > 1 for number in numbers.values()) or any("*" in who or "?" in who for who in allowed):
        yield Check(
            what="keys",
            found="One key of the signers file stands for several people: it could both plan and approve.",
            next_step="Give each person a key of their own, on a line with exactly their address.",
            code=SignersMissing.exit_code,
        )
    holders = {term.of for terms in world.city.roll.offices.values() for term in terms if term.holds(world.today)}
    missing = sorted(holders - set(allowed))
    if missing:
        yield Check(
            what="keys",
            found=f"No key is known of {_some(missing)}: they cannot act.",
            next_step="Add a line to 'city.signers': address, then the public key.",
            note=True,
        )


def schedules(world: World) -> Iterator[Check]:
    for name, digest in world.fingerprints.items():
        if world.ledger.in_force.adoption(digest, world.today):
            yield Check(what="schedule", found=f"{name} is adopted.")
        elif effective := world.adopted_from(digest):
            said = f"{name} is adopted and in effect from {effective}; nothing leaves before."
            yield Check(what="schedule", found=said, note=True)
        else:
            yield Check(
                what="schedule",
                found=f"{name} is not adopted: nothing can leave.",
                next_step=f"The Records Manager runs `retention schedule adopt {name} --authority …`.",
                code=ScheduleNotValid.exit_code,
            )


def laws(world: World) -> Iterator[Check]:
    for schedule in world.schedules:
        if schedule.law in ("", NO_LAW):
            yield Check(
                what="law",
                found=f"{schedule.name}: no law of '{schedule.jurisdiction}' is known here; only its own periods hold.",
                next_step="Write the state's name as 'jurisdiction', if it is one of those in schedules/law.",
                note=True,
            )


def _is_placeholder(value: str) -> bool:
    return bool(_NOBODY.fullmatch(value) or _EXAMPLE.search(value))


def _some(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}"
