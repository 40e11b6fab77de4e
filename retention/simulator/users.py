"""Answers about users: the list of them, one of them, and what their mailbox is for.

No folder and no message is answered here.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from urllib.parse import quote

from retention.simulator.answers import Answer, Call, GraphError, encode, no_such_segment
from retention.simulator.mailbox import SimMailbox
from retention.simulator.world import NotThere

DEFAULT_PAGE = 100
LARGEST_PAGE = 999

FIELDS: dict[str, Callable[[SimMailbox], object]] = {
    "businessPhones": lambda mailbox: [],
    "displayName": lambda mailbox: mailbox.name,
    "givenName": lambda mailbox: mailbox.name.partition(" ")[0],
    "jobTitle": lambda mailbox: mailbox.user.job_title or None,
    "mail": lambda mailbox: mailbox.address,
    "mobilePhone": lambda mailbox: None,
    "officeLocation": lambda mailbox: None,
    "preferredLanguage": lambda mailbox: "en-US",
    "surname": lambda mailbox: mailbox.name.rpartition(" ")[2],
    "userPrincipalName": lambda mailbox: mailbox.address,
    "id": lambda mailbox: mailbox.id,
    "accountEnabled": lambda mailbox: mailbox.enabled,
    "userType": lambda mailbox: mailbox.user.user_type,
    "proxyAddresses": lambda mailbox: [
        f"SMTP:{mailbox.address}",
        *(f"smtp:{alias}" for alias in mailbox.aliases),
        f"SIP:{mailbox.address}",
    ],
    "otherMails": lambda mailbox: [],
    "department": lambda mailbox: mailbox.user.department or None,
    "employeeId": lambda mailbox: mailbox.user.employee_id or None,
    "assignedLicenses": lambda mailbox: [],
    "assignedPlans": lambda mailbox: [],
    "onPremisesSyncEnabled": lambda mailbox: None,
}
DEFAULT_FIELDS = tuple(FIELDS)[:11]


def find(call: Call, key: str) -> SimMailbox:
    """The mailbox of a user id or principal name. Raises 404 as the directory does."""
    try:
        return call.world.mailbox(key)
    except NotThere as error:
        message = f"Resource '{key}' does not exist or one of its queried reference-property objects are not present."
        raise GraphError(404, "Request_ResourceNotFound", message) from error


def enter(call: Call, mailbox: SimMailbox) -> SimMailbox:
    """The same mailbox, when there is one and this application may read it. Raises 404 or 403."""
    if not mailbox.rest:
        raise GraphError(
            404,
            "MailboxNotEnabledForRESTAPI",
            "The mailbox is either inactive, soft-deleted, or is hosted on-premise.",
        )
    if not (mailbox.access and call.holder.may_open(mailbox.address)):
        raise denied()
    return mailbox


def denied() -> GraphError:
    """403 for a mailbox that is kept from this application."""
    return GraphError(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")


def chosen_fields(call: Call) -> tuple[str, ...]:
    """The fields selected. Raises 400 for one that a user has not, 501 for mailboxSettings (user-list)."""
    names = tuple(name.strip() for name in call.query.get("$select", "").split(",") if name.strip())
    if "mailboxSettings" in names:
        raise GraphError(501, "NotImplemented", "This operation target is not yet supported.")
    for name in names:
        if name not in FIELDS:
            message = f"Could not find a property named '{name}' on type 'microsoft.graph.user'."
            raise GraphError(400, "BadRequest", message)
    return names or DEFAULT_FIELDS


def listing(call: Call) -> Answer:
    """A page of users. ``$skip`` is refused (user-list), and so is what the simulator cannot do."""
    for option in ("$skip", "$filter", "$search", "$orderby"):
        if option in call.query:
            raise GraphError(400, "Request_UnsupportedQuery", f"'{option}' is not supported by the service.")
    fields = chosen_fields(call)
    users, begin = call.world.mailboxes(), _place(call.query.get("$skiptoken", ""))
    end = begin + min(call.page_size or DEFAULT_PAGE, LARGEST_PAGE)
    page: dict[str, object] = {"@odata.context": f"{call.root}/$metadata#users"}
    if end < len(users):
        kept = "".join(f"&{name}={quote(call.query[name])}" for name in ("$select", "$top") if name in call.query)
        page["@odata.nextLink"] = f"{call.root}/users?$skiptoken={_place_token(end)}{kept}"
    page["value"] = [{name: FIELDS[name](user) for name in fields} for user in users[begin:end]]
    return Answer(body=encode(page))


def _place_token(place: int) -> str:
    return base64.urlsafe_b64encode(f"users-{place:08}".encode()).decode()


def _place(token: str) -> int:
    if not token:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token).decode().removeprefix("users-"))
    except ValueError as error:
        raise GraphError(400, "Directory_ExpiredPageToken", "The specified page token value has expired.") from error


def one(call: Call, mailbox: SimMailbox) -> Answer:
    """One user, whether or not there is a mailbox behind it."""
    fields = chosen_fields(call)
    context = {"@odata.context": f"{call.root}/$metadata#users/$entity"}
    return Answer(body=encode(context | {name: FIELDS[name](mailbox) for name in fields}))


def _settings(mailbox: SimMailbox) -> dict[str, object]:
    return {
        "archiveFolder": archive.id if (archive := mailbox.well_known("archive")) else None,
        "timeZone": "Central Standard Time",
        "dateFormat": "M/d/yyyy",
        "timeFormat": "h:mm tt",
        "userPurpose": mailbox.kind,
    }


def mailbox_settings(call: Call, mailbox: SimMailbox) -> Answer:
    """What the mailbox is for (``userPurpose``), and its time zone."""
    settings = _settings(mailbox)
    names = [name for name in call.query.get("$select", "").split(",") if name] or list(settings)
    context = {"@odata.context": f"{call.root}/$metadata#users('{mailbox.id}')/mailboxSettings"}
    return Answer(body=encode(context | {name: settings[name] for name in names if name in settings}))


def one_setting(call: Call, mailbox: SimMailbox, name: str) -> Answer:
    """One of the settings alone, such as ``mailboxSettings/userPurpose``."""
    settings = _settings(mailbox)
    if name not in settings:
        raise no_such_segment(name)
    context = f"{call.root}/$metadata#users('{mailbox.id}')/mailboxSettings/{name}"
    return Answer(body=encode({"@odata.context": context, "value": settings[name]}))


def exchange_settings(call: Call, mailbox: SimMailbox) -> Answer:
    """The id of the primary mailbox; that of the archive mailbox is told by beta only (exchangesettings)."""
    found: dict[str, object] = {
        "@odata.context": f"{call.root}/$metadata#users('{mailbox.id}')/settings/exchange/$entity",
        "id": mailbox.id,
        "primaryMailboxId": f"MBX:{mailbox.id}@willow",
    }
    if call.root.endswith("/beta"):
        found["inPlaceArchiveMailboxId"] = f"MBX:{mailbox.id}@archive" if mailbox.has_archive else None
    return Answer(body=encode(found))
