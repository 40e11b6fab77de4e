"""Who may sign in, and what each of them may do: applications of the tenant, and service accounts of Exchange.

How they prove who they are is not known here.
"""

from __future__ import annotations

from dataclasses import dataclass

LIST_USERS, READ, WRITE = "User.Read.All", "Mail.Read", "Mail.ReadWrite"


@dataclass(frozen=True, slots=True)
class Holder:
    """One application, or one account, with its secret. No ``mailboxes`` named: every mailbox of the tenant.

    Exchange Server has no right that lets somebody impersonate and only read (facts on mail systems). Here an account
    can lack ``WRITE`` all the same, so that a test sees whose right a client uses.
    """

    name: str
    secret: str
    title: str = "Retention rehearsal"
    roles: tuple[str, ...] = (WRITE, LIST_USERS)
    mailboxes: tuple[str, ...] = ()

    @property
    def may_list(self) -> bool:
        return LIST_USERS in self.roles

    @property
    def may_read(self) -> bool:
        return READ in self.roles or WRITE in self.roles

    @property
    def may_write(self) -> bool:
        return WRITE in self.roles

    def may_open(self, address: str) -> bool:
        return not self.mailboxes or address.lower() in self.mailboxes


EVERYBODY = Holder("", "")
"""May do everything: for what is asked of the simulator's parts without a sign-in."""
