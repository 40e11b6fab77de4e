"""The mail system: signing in, what the sign-in may do and what it must not, and what of the mail is covered.

No mailbox is changed; of what was never read the mail system is asked what can never be.
"""

from __future__ import annotations

from collections.abc import Iterator

from retention.core.message import FILES
from retention.errors import BadConfiguration
from retention.jobs.coverage import Coverage, coverage, named
from retention.jobs.doctor.check import Check
from retention.jobs.world import World

MOST_NAMED = 20
"""So many mailboxes are told one by one; of a city with more, those with a gap, and all are counted."""
MOST_ALIKE = 2
"""So many sentences of one mailbox, or mailboxes of one sentence, are told; the others are counted."""

GUIDE = "examples/guides/entra-id.md"
NEXT_STEPS = {
    "unless RBAC for Applications": "Look with Test-ServicePrincipalAuthorization whether it does, and grant no mail "
    f"permission in Entra ID: it would open every mailbox of the tenant. See {GUIDE}.",
    "cannot be checked from this account": "Run `retention doctor` under the account that removes as well.",
    " lacks ": f"Grant it in Entra ID, with admin consent. See {GUIDE}.",
    " more than it needs": f"Take away what is too much. See {GUIDE}.",
}
"""What to do about a sentence of the mail system's with these words."""
_NEXT = "Mend what it says, then run `retention sync` again."
HOLDS, WRITES = " and holds ", "Mail.ReadWrite"
"""What the words of a credential's permissions stand behind, and the one by which mail is removed from Graph."""


def sign_in(world: World) -> Iterator[Check]:
    yield Check(what="sign in", found=world.mail.check_sign_in())


def permissions(world: World) -> Iterator[Check]:
    """What the credentials hold, then what they lack or hold beyond their need."""
    sentences = world.mail.permissions()
    for sentence in sentences:
        step = next((step for words, step in NEXT_STEPS.items() if words in sentence), "")
        yield Check(what="permissions", found=sentence, next_step=step, note=bool(step))
    mail = world.city.mail
    # On an Exchange Server every account that may open a mailbox can remove from it.
    writes = mail.system == "exchange" or any(WRITES in one.partition(HOLDS)[2] for one in sentences)
    if mail.system in ("graph", "exchange") and writes and not (mail.removal_client or mail.removal_user):
        yield Check(
            what="permissions",
            found="One credential both reads and removes mail.",
            next_step="Give removal a credential of its own: 'mail.removal_client' or 'mail.removal_user'.",
            note=True,
        )


def scope(world: World) -> Iterator[Check]:
    """That a mailbox which is none of ours is refused to us: by a mailbox that the city names for it."""
    address = world.city.mail.out_of_scope
    if not address:
        if world.city.mail.system in ("graph", "exchange"):
            yield Check(
                what="scope",
                found="Nobody knows whether mailboxes out of scope are refused.",
                next_step="Name one as 'mail.out_of_scope': it is asked for here, and must be refused.",
                note=True,
            )
        return
    refused = world.mail.refuses(address)
    if refused is None:
        said = f"Whether {address} is refused to us cannot be told."
        other = world.city.mail.removal_client or world.city.mail.removal_user
        both = ", and run this under an account that has both credentials" if other else ""
        step = f"Name a mailbox that is there{both}."
        yield Check(what="scope", found=said, next_step=step, note=True)
    elif refused:
        yield Check(what="scope", found=f"{address} is out of scope, and is refused to us.")
    else:
        yield Check(
            what="scope",
            found=f"{address} is out of scope, and could be opened all the same.",
            next_step="Limit the application to the city's mailboxes with RBAC for Applications.",
            code=BadConfiguration.exit_code,
        )


def mailboxes(world: World) -> Iterator[Check]:
    """How many there are, what of each is covered, and what is not: each gap once."""
    boxes = tuple(world.mail.mailboxes())
    yield Check(what="mailboxes", found=f"The mail system lists {len(boxes):,}.")
    known = {mailbox.id for mailbox in world.catalog.mailboxes()}
    # Of what was never read the mail system itself is asked, so that it is known before the first reading.
    new = {box: world.mail.uncovered(box) for box in boxes if box.id not in known}
    found = coverage(world, new)
    if len(found.mailboxes) <= MOST_NAMED:
        for one in found.mailboxes:
            yield Check(what="mailbox", found=f"{one.address}: {one.covered}.")
    else:
        whole = sum(one.read_at is not None and not one.unread for one in found.mailboxes)
        messages = sum(one.messages for one in found.mailboxes)
        said = f"{whole:,} of {len(found.mailboxes):,} read to their end, with {messages:,} messages in all."
        yield Check(what="mailbox", found=said, next_step="`retention mailbox list --coverage` has each.")
    yield from _gaps(found)
    if found.holds:
        yield Check(what="not covered", found=f"The mail system's own holds: {found.holds}", note=True)


def _gaps(found: Coverage) -> Iterator[Check]:
    for sentence in found.of_every:
        yield Check(what="not covered", found=f"In any mailbox: {sentence}", note=True)
    alike: dict[str, list[str]] = {}
    for one in found.mailboxes:
        own = [sentence for sentence in one.not_covered if sentence not in found.of_every]
        told = own if len(own) <= MOST_ALIKE + 1 else own[:MOST_ALIKE]
        for sentence in told:
            alike.setdefault(sentence, []).append(one.address)
        if len(own) > len(told):
            said = f"{one.address}: {len(own) - len(told):,} more of its folders or parts are not covered."
            step = "`retention mailbox list --coverage` has each; run `retention sync` again."
            yield Check(what="not covered", found=said, next_step=step, note=True)
    again = {sentence for one in found.mailboxes if one.kind != FILES for sentence in one.unread}
    for sentence, addresses in alike.items():
        step = _NEXT if sentence in again else ""
        if len(addresses) <= MOST_ALIKE + 1:
            for address in addresses:
                yield Check(what="not covered", found=named(address, sentence), next_step=step, note=True)
        else:
            which = f"{', '.join(addresses[:MOST_ALIKE])} and {len(addresses) - MOST_ALIKE:,} more mailboxes"
            yield Check(what="not covered", found=f"In {which}: {sentence}", next_step=step, note=True)
