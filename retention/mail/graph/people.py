"""Who is in the directory of the tenant, as Graph lists its users.

Which mailboxes there are is not asked here. What is told of somebody is how it is today: since when, nobody says.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, field

from retention.core.person import Person, Term
from retention.errors import MailNotAnswering, SignInRefused
from retention.mail.graph.failures import ServiceError
from retention.mail.graph.folders import reader
from retention.mail.graph.wire import Wire

SELECT = "id,displayName,mail,userPrincipalName,proxyAddresses,department,employeeId,accountEnabled,userType"
USERS = f"/users?$select={SELECT}&$top=999"
"""Most of these come with ``$select`` only (Graph resource "user"), and User.Read.All is enough for all of them.

Not asked for: ``employeeLeaveDateTime``, which needs User-LifeCycleInfo.Read.All; ``employeeHireDate``, because a first
day without the last would make whoever left seem employed for ever; ``jobTitle``, because a title is no office."""

_FROM_OUTSIDE = "#ext#"
"""In the sign-in name of somebody from another tenant, which is no address (Entra "B2B collaboration user")."""


class _User(Struct, rename="camel"):
    id: str
    display_name: str | None = None
    mail: str | None = None
    user_principal_name: str | None = None
    proxy_addresses: list[str | None] | None = None
    department: str | None = None
    employee_id: str | None = None
    account_enabled: bool | None = None
    user_type: str | None = None

    @property
    def is_guest(self) -> bool:
        return (self.user_type or "").lower() == "guest"

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every address, the first one first; proxies of other kinds (SIP, X500) are none (Graph resource "user")."""
        proxies = sorted(each.lower().strip() for each in self.proxy_addresses or () if each)
        smtp = [each.removeprefix("smtp:").strip() for each in proxies if each.startswith("smtp:")]
        every = [(self.mail or "").lower().strip(), (self.user_principal_name or "").lower().strip(), *smtp]
        return tuple(dict.fromkeys(each for each in every if "@" in each and _FROM_OUTSIDE not in each))


class _Users(Struct):
    value: list[_User] = []
    next_link: str | None = field(default=None, name="@odata.nextLink")


_users = reader(_Users)


def people(wire: Wire) -> Iterator[Person]:
    """Every user who is not a guest and has an address, once, disabled accounts included (Graph "List users").

    A shared mailbox is a user too and no field of a list tells it from a person, nor from the mailbox of somebody who
    left; it is given like anybody. Raises ``SignInRefused``, ``MailNotAnswering``.
    """
    met: set[str] = set()
    for user in _listed(wire):
        if user.id not in met and not user.is_guest and user.addresses:
            met.add(user.id)
            yield _person(user)


def _person(user: _User) -> Person:
    first, *others = user.addresses
    department = " ".join((user.department or "").split())
    return Person(
        address=first,
        addresses=tuple(others),
        name=user.display_name or "",
        id=(user.employee_id or "").strip(),
        directory=user.id,
        departments=(Term(of=department),) if department else (),
        enabled=user.account_enabled,
    )


def _listed(wire: Wire) -> Iterator[_User]:
    target, seen = USERS, set[str]()
    while target and target not in seen:
        seen.add(target)
        try:
            page = wire.get(target, _users)
        except ServiceError as error:
            if error.status == 403:
                raise SignInRefused(
                    f"The application may not list the users of the tenant ({error.told}).",
                    "Grant it the application permission User.Read.All, with an administrator's consent.",
                ) from error
            raise MailNotAnswering(
                f"The users of the tenant cannot be listed ({error.told}).", "Check mail.tenant and mail.cloud."
            ) from error
        yield from page.value
        target = page.next_link or ""
