"""What an application was granted, as its token says: what is needed, what is missing, what is too much.

Permissions limited to some mailboxes (RBAC for Applications) are in no token; nothing is asked of a server here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from retention.mail.asking.words import one_line


class Need(Struct, frozen=True):
    """What one application is for, and what that takes: each permission with those that hold it in them."""

    purpose: str
    roles: Mapping[str, tuple[str, ...]]
    instead: str = ""


USERS = ("User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")
READING = {"User.Read.All": USERS, "Mail.Read": ("Mail.Read", "Mail.ReadWrite")}
REMOVING = {"Mail.ReadWrite": ("Mail.ReadWrite",)}
TO_READ = Need("read mail", READING, "it can remove mail too, which is left to the credential for removal")
TO_REMOVE = Need("remove mail and put it back", REMOVING)
FOR_BOTH = Need("read mail, remove it and put it back", {**READING, **REMOVING})
"""Sources: Graph "List users", "message: delta", "message: move", "message: permanentDelete", each with what it takes
of an application."""

WITHOUT = {"Mail.Read": "no mailbox can be read", "Mail.ReadWrite": "nothing can be removed or put back"}
"""What RBAC for Applications may grant for some mailboxes, and ought to: in Entra ID it opens every one there is."""


def shown(claims: Mapping[str, Any], client: str) -> str:
    """Who signed in and with which permissions, for the end of a sentence."""
    roles = roles_in(claims)
    if roles is None:
        return f"{_who(claims, client)}; the token does not list its permissions"
    return f"{_who(claims, client)} with {_listed(roles)}"


def sentences(claims: Mapping[str, Any], client: str, need: Need) -> tuple[str, ...]:
    """What is held comes first, then what is missing, then what is too much."""
    who, roles = _who(claims, client), roles_in(claims)
    if roles is None:
        return (f"{who} signs in to {need.purpose}; the token does not list its permissions.",)
    return (
        f"{who} signs in to {need.purpose}, and holds {_listed(roles)}.",
        *_missing(who, roles, need),
        *_too_much(who, roles, need),
    )


def roles_in(claims: Mapping[str, Any]) -> tuple[str, ...] | None:
    """``None`` where the token does not say: an application with no role at all has no such claim."""
    roles = claims.get("roles")
    if claims and roles is None:
        return ()
    return tuple(sorted({one_line(role, 60) for role in roles})) if isinstance(roles, list) else None


def _missing(who: str, roles: tuple[str, ...], need: Need) -> Iterator[str]:
    for role, enough in need.roles.items():
        if set(enough) & set(roles):
            continue
        if role in WITHOUT:
            yield (
                f"{who} has no {role} for the whole tenant: unless RBAC for Applications grants it for some mailboxes, "
                f"which no token tells, {WITHOUT[role]}."
            )
        else:
            yield f"{who} lacks {role}."


def _too_much(who: str, roles: tuple[str, ...], need: Need) -> Iterator[str]:
    for role in roles:
        if role in need.roles:
            continue
        if role == "Mail.ReadWrite" and need.instead:
            yield f"{who} holds {role}, more than it needs: {need.instead}. Take it away."
        elif not (role in USERS and "User.Read.All" in need.roles and "User.Read.All" not in roles):
            yield f"{who} holds {role}, more than it needs: take it away."


def _who(claims: Mapping[str, Any], client: str) -> str:
    return one_line(claims.get("app_displayname") or client, 80)


def _listed(roles: tuple[str, ...]) -> str:
    return ", ".join(roles) or "no permission for the whole tenant"
