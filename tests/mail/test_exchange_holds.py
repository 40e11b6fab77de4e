"""What Exchange's answers about its in-place holds mean: as long as it names one, only its own word is a release.

That the answers come at all is in ``test_exchange_folders.py``.
"""

from __future__ import annotations

from typing import cast

import pytest
from lxml import etree

from retention.core.hold.foreign import ForeignHold
from retention.mail.exchange.answers import Response
from retention.mail.exchange.asked import HOLD_CONFIGURATIONS, M, T
from retention.mail.exchange.failures import ServiceError
from retention.mail.exchange.holding import holds
from retention.mail.exchange.mailboxes import Directory, Listed
from retention.mail.exchange.wire import Wire
from retention.mail.interface import HoldsUnreadable

ANN, BOB = "ann@town.example", "bob@town.example"
NOT_FOUND = ServiceError(200, "ErrorMailboxHoldNotFound", "")


class Server:
    """Names one hold, with these mailboxes, and answers this when it is asked about it."""

    def __init__(self, named: str, answer: str | ServiceError) -> None:
        self._named = named
        self._answer = answer

    def one(self, operation: str, address: str = "") -> Response:
        if operation == HOLD_CONFIGURATIONS:
            return _response(
                "<m:DiscoverySearchConfigurations><t:DiscoverySearchConfiguration><t:SearchId>Elm</t:SearchId>"
                f"<t:SearchQuery/><t:SearchableMailboxes>{self._named}</t:SearchableMailboxes>"
                "<t:InPlaceHoldIdentity>abc</t:InPlaceHoldIdentity></t:DiscoverySearchConfiguration>"
                "</m:DiscoverySearchConfigurations>"
            )
        if isinstance(self._answer, ServiceError):
            raise self._answer
        return _response(self._answer)

    def listed(self) -> list[Listed]:
        return [Listed(guid=name, address=f"{name}@town.example", name="", legacy=f"/o=x/cn={name}") for name in _NAMES]


_NAMES = ("ann", "bob")


def _response(inner: str) -> Response:
    return Response("NoError", "", etree.fromstring(f'<m:R xmlns:m="{M}" xmlns:t="{T}">{inner}</m:R>'))


def named(*names: str, group: bool = False) -> str:
    return "".join(
        f"<t:SearchableMailbox><t:Guid>{name}</t:Guid><t:PrimarySmtpAddress>{name}@town.example</t:PrimarySmtpAddress>"
        f"<t:IsMembershipGroup>{str(group).lower()}</t:IsMembershipGroup><t:ReferenceId>/o=x/cn={name}</t:ReferenceId>"
        "</t:SearchableMailbox>"
        for name in names
    )


def told(statuses: str | None) -> str:
    inner = "" if statuses is None else f"<t:MailboxHoldStatuses>{statuses}</t:MailboxHoldStatuses>"
    return f"<m:MailboxHoldResult><t:HoldId>abc</t:HoldId><t:Query/>{inner}</m:MailboxHoldResult>"


def status(mailbox: str, status: str) -> str:
    return f"<t:MailboxHoldStatus><t:Mailbox>{mailbox}</t:Mailbox><t:Status>{status}</t:Status></t:MailboxHoldStatus>"


def kept(server: Server) -> tuple[str, ...] | str:
    """Whose mail is held: addresses, or everybody's."""
    found: tuple[ForeignHold, ...] = holds(cast(Wire, server), cast(Directory, server))
    return "everybody" if any(hold.everywhere for hold in found) else tuple(a for hold in found for a in hold.mailboxes)


SILENT = [told(None), told(""), NOT_FOUND]


@pytest.mark.parametrize("answer", SILENT)
def test_a_hold_that_is_named_and_has_no_status_keeps_the_mailboxes_of_its_search(answer: str | ServiceError) -> None:
    assert kept(Server(named("ann", "bob"), answer)) == (ANN, BOB)


@pytest.mark.parametrize("answer", SILENT)
@pytest.mark.parametrize("search", ["", named("staff", group=True)])
def test_where_its_search_names_no_mailbox_either_it_keeps_everybody(answer: str | ServiceError, search: str) -> None:
    assert kept(Server(search, answer)) == "everybody"


def test_only_what_is_said_to_be_released_is_released() -> None:
    assert kept(Server(named("ann"), told(status(ANN, "NotOnHold")))) == ()
    assert kept(Server(named("ann"), told(status("/o=x/cn=ann", "NotOnHold")))) == ()
    assert kept(Server("", told(status(ANN, "NotOnHold")))) == ()
    for other in ("OnHold", "Pending", "PartialHold", "Failed", ""):
        assert kept(Server("", told(status(ANN, other)))) == (ANN,)


def test_a_mailbox_of_its_search_without_a_status_is_kept_though_another_was_released() -> None:
    assert kept(Server(named("ann", "bob"), told(status(ANN, "NotOnHold")))) == (BOB,)


def test_of_two_statuses_of_one_mailbox_the_one_that_keeps_counts() -> None:
    twice = (status(ANN, "OnHold"), status("/o=x/cn=ann", "NotOnHold"))
    for each in (twice, twice[::-1]):
        assert kept(Server(named("ann"), told("".join(each)))) == (ANN,)


def test_a_group_whose_members_have_their_statuses_says_nothing_more() -> None:
    assert kept(Server(named("staff", group=True), told(status(ANN, "OnHold") + status(BOB, "NotOnHold")))) == (ANN,)


def test_a_mailbox_that_nobody_knows_is_taken_for_everybody_s() -> None:
    assert kept(Server(named("ann"), told(status("/o=x/cn=gone", "OnHold")))) == "everybody"


def test_an_answer_without_the_hold_is_no_answer() -> None:
    with pytest.raises(HoldsUnreadable):
        kept(Server(named("ann"), ""))
