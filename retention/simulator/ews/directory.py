"""Answers about mailboxes and the server's own holds: who may be searched, what is held, whom a name stands for.

No folder and no item is answered here.
"""

from __future__ import annotations

from retention.simulator.answers import Answer
from retention.simulator.ews import soap
from retention.simulator.ews.soap import Asked, ItemError, M, escaped
from retention.simulator.faults import Faults
from retention.simulator.mailbox import SimMailbox
from retention.simulator.world import ServerHold, World

NO_ROLE = "The user must be a member of the Discovery Management role group."


def _alone(operation: str, inner: bytes) -> Answer:
    """The answer of an operation that is itself the one response message."""
    return soap.whole(operation, b"<m:ResponseCode>NoError</m:ResponseCode>" + inner, ' ResponseClass="Success"')


def failed(operation: str, error: ItemError) -> Answer:
    """The same where it went wrong, with the empty list that the schema asks for."""
    return soap.whole(operation, soap.trouble(error) + EMPTY.get(operation, b""), ' ResponseClass="Error"')


EMPTY = {
    "GetSearchableMailboxes": b"<m:SearchableMailboxes/>",
    "GetDiscoverySearchConfiguration": b"<m:DiscoverySearchConfigurations/>",
}


def _may_search(faults: Faults) -> None:
    if faults.no_discovery:
        raise ItemError("ErrorAccessDenied", NO_ROLE)


def _legacy(mailbox: SimMailbox) -> str:
    return f"/o=Willow Falls/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn={mailbox.id}"


def _row(mailbox: SimMailbox) -> str:
    return (
        f"<t:SearchableMailbox><t:Guid>{mailbox.id}</t:Guid>"
        f"<t:PrimarySmtpAddress>{escaped(mailbox.address)}</t:PrimarySmtpAddress>"
        "<t:IsExternalMailbox>false</t:IsExternalMailbox><t:ExternalEmailAddress/>"
        f"<t:DisplayName>{escaped(mailbox.name)}</t:DisplayName><t:IsMembershipGroup>false</t:IsMembershipGroup>"
        f"<t:ReferenceId>{escaped(_legacy(mailbox))}</t:ReferenceId></t:SearchableMailbox>"
    )


def searchable(asked: Asked, world: World, faults: Faults) -> Answer:
    """Every mailbox there is, or those whose name or address begins with the filter."""
    _may_search(faults)
    wanted = (asked.element.findtext(f"{M}SearchFilter") or "").strip().lower()
    found = [mailbox for mailbox in world.mailboxes() if mailbox.rest and _matches(mailbox, wanted)]
    rows = "".join(map(_row, found))
    inner = f"<m:SearchableMailboxes>{rows}</m:SearchableMailboxes>"
    return _alone("GetSearchableMailboxes", inner.encode())


def _matches(mailbox: SimMailbox, wanted: str) -> bool:
    known = (mailbox.name, mailbox.address, *mailbox.aliases, _legacy(mailbox))
    return any(each.lower().startswith(wanted) for each in known)


def configurations(asked: Asked, world: World, faults: Faults) -> Answer:
    """The server's holds, each as the search it was made with."""
    _may_search(faults)
    wanted = (asked.element.findtext(f"{M}SearchId") or "").strip()
    found = [hold for hold in world.holds.values() if wanted in ("", hold.name)]
    rows = "".join(_configuration(hold, world) for hold in found)
    inner = f"<m:DiscoverySearchConfigurations>{rows}</m:DiscoverySearchConfigurations>"
    return _alone("GetDiscoverySearchConfiguration", inner.encode())


def _configuration(hold: ServerHold, world: World) -> str:
    rows = "".join(_row(world.mailbox(address)) for address in hold.addresses)
    return (
        f"<t:DiscoverySearchConfiguration><t:SearchId>{escaped(hold.name)}</t:SearchId>"
        f"<t:SearchQuery>{escaped(hold.query)}</t:SearchQuery>"
        f"<t:SearchableMailboxes>{rows}</t:SearchableMailboxes>"
        f"<t:InPlaceHoldIdentity>{escaped(hold.id)}</t:InPlaceHoldIdentity><t:Language>en-US</t:Language>"
        "</t:DiscoverySearchConfiguration>"
    )


def holding(asked: Asked, world: World, faults: Faults) -> Answer:
    """Which mailboxes one of the server's holds keeps."""
    _may_search(faults)
    hold = world.holds.get((asked.element.findtext(f"{M}HoldId") or "").strip())
    if hold is None:
        raise ItemError("ErrorMailboxHoldNotFound", "The hold does not exist.")
    rows = "".join(
        f"<t:MailboxHoldStatus><t:Mailbox>{escaped(address)}</t:Mailbox><t:Status>OnHold</t:Status>"
        "<t:AdditionalInfo/></t:MailboxHoldStatus>"
        for address in hold.addresses
    )
    inner = (
        f"<m:MailboxHoldResult><t:HoldId>{escaped(hold.id)}</t:HoldId><t:Query>{escaped(hold.query)}</t:Query>"
        f"<t:MailboxHoldStatuses>{rows}</t:MailboxHoldStatuses></m:MailboxHoldResult>"
    )
    return _alone("GetHoldOnMailboxes", inner.encode())


def resolved(asked: Asked, world: World) -> Answer:
    """The mailboxes that a name or an address stands for."""
    wanted = (asked.element.findtext(f"{M}UnresolvedEntry") or "").strip().lower()
    for kind in ("smtp:", "sip:"):
        wanted = wanted.removeprefix(kind)
    found = [mailbox for mailbox in world.mailboxes() if mailbox.rest and _matches(mailbox, wanted)][:100]
    if not found:
        error = ItemError("ErrorNameResolutionNoResults", "No results were found.")
        return soap.messages("ResolveNames", [soap.bad("ResolveNames", error)])
    rows = "".join(
        f"<t:Resolution><t:Mailbox><t:Name>{escaped(mailbox.name)}</t:Name>"
        f"<t:EmailAddress>{escaped(mailbox.address)}</t:EmailAddress><t:RoutingType>SMTP</t:RoutingType>"
        "<t:MailboxType>Mailbox</t:MailboxType></t:Mailbox></t:Resolution>"
        for mailbox in found
    )
    head = f'<m:ResolutionSet TotalItemsInView="{len(found)}" IncludesLastItemInRange="true">'
    inner = f"{head}{rows}</m:ResolutionSet>".encode()
    return soap.messages("ResolveNames", [soap.good("ResolveNames", inner)])
