"""Every signature of the ledger: does its statement say what its entry says, and did its person sign it?

Whether what was signed may be relied on today is asked by ``jobs/acting.py``; of offices nothing is asked here.
"""

from __future__ import annotations

from msgspec import Struct

from retention.core import statement
from retention.core.audit import Entry
from retention.errors import SignatureInvalid
from retention.jobs.acting import Signer
from retention.jobs.world import World


class Signatures(Struct, frozen=True, kw_only=True):
    """How many hold, and what could not be checked."""

    good: int
    open: tuple[str, ...]


def check_signatures(world: World, signer: Signer | None) -> Signatures:
    """Check every signed entry. Raises ``SignatureInvalid`` naming the entry, or ``SignersMissing``.

    Without ``signer`` the statements are checked and the keys are not.
    """
    good = unchecked = 0
    for entry in world.catalog.told.signed():
        why = _disagreement(world, entry)
        if why is not None:
            raise SignatureInvalid(f"Entry {entry.n} of the ledger is not what {entry.by} signed: {why}", _LOOK)
        if signer is None:
            unchecked += 1
            continue
        try:
            signer.check(entry.statement, entry.signature, entry.by, entry.at)
        except SignatureInvalid as error:
            raise SignatureInvalid(f"Entry {entry.n} of the ledger: {error.message}", _LOOK) from error
        good += 1
    told = f"{unchecked} signatures were not checked: the city's settings name no signers."
    return Signatures(good=good, open=(told,) if unchecked else ())


_LOOK = "Compare the ledger with a copy, and ask whoever should have signed."


def _disagreement(world: World, entry: Entry) -> str | None:
    """Why the statement is not this entry's, or was not made over this ledger; ``None`` where all agrees."""
    try:
        said = statement.read(entry.statement)
    except ValueError as error:
        return str(error)
    why = statement.disagreement(said, entry, world.ledger.founded, world.ledger.rehearsal)
    if why is None and world.ledger.in_force.first_said(entry) != entry.n:
        why = "That statement stands in an earlier entry."
    # Statements of the first form do not say over which ledger they were made.
    bound = said.entries == 0 or (said.entries <= entry.n and world.ledger.had(said.entries, said.head))
    return why if why is not None or bound else "That statement was signed over another ledger."
