"""The small town with a City Manager, a Mayor and IT staff, for the tests of access to content.

Nothing is tested here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from retention.core.access import AccessUsed, Given, Request
from retention.core.audit import Body, Refused
from retention.core.city import Access, Named, Notices
from retention.core.message import MessageRef
from retention.core.person import Person, PersonRecorded
from retention.errors import AccessDenied
from retention.jobs import access
from retention.jobs.access import Content
from tests.jobs.town import ATTORNEY, CLERK, CRON, RECORDS, Town
from tests.mail.doubles import MemoryMail

MANAGER, MAYOR, IT = "ruth.novak@town.example", "leo.hart@town.example", "ivo.tech@town.example"
GONE = "gil.former@town.example"
PERMITS = "permits@town.example"
DAY = timedelta(days=1)
PEOPLE = {
    ATTORNEY: Named(name="Kim Lee", account="klee"),
    RECORDS: Named(name="Pat Ortiz", account="portiz"),
    CLERK: Named(name="Ana Holm", account="aholm"),
    CRON: Named(account="cron"),
    MANAGER: Named(name="Ruth Novak", account="rnovak"),
    MAYOR: Named(name="Leo Hart", account="lhart"),
    IT: Named(name="Ivo Tech", account="itech", departments=("Information Technology",)),
}
OFFICES = {
    "City Attorney": (ATTORNEY,),
    "Records Manager": (RECORDS,),
    "City Clerk": (CLERK,),
    "City Manager": (MANAGER,),
    "Mayor": (MAYOR,),
    "Human Resources": (RECORDS,),
}


class Guarded(Town):
    """The town, in which nobody reads anybody's mail without a grant."""

    def __init__(self, folder: Path, settings: Access | None = None, notices: Notices | None = None) -> None:
        super().__init__(folder)
        self.city = replace(
            self.city,
            people=PEOPLE,
            offices=OFFICES,
            access=settings or Access(),
            notices=notices or Notices(),
        )

    def doing(self, by: str, job: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        world = self.world(by)
        try:
            return job(world, *args, **kwargs)
        finally:
            world.close()

    def recorded(self, person: Person) -> None:
        self.write(PersonRecorded(person=person))

    def write(self, *bodies: Body, by: str = RECORDS) -> None:
        world = self.world(by)
        world.ledger.append(*bodies)
        world.close()

    def asked(
        self, custodian: str = CLERK, *, reader: str = ATTORNEY, by: str = "", purpose: str = "a claim"
    ) -> Request:
        asked: Request = self.doing(by or reader, access.request, custodian=custodian, reader=reader, purpose="a claim")
        return asked

    def granted(self, request: Request, *, by: str = MANAGER, reference: str = "memo 7", **when: Any) -> Given:
        given: Given = self.doing(by, access.grant, request.entry, reference=reference, **when)
        return given

    def may_read(self, custodian: str = CLERK, *, reader: str = ATTORNEY, by: str = MANAGER, **when: Any) -> Given:
        return self.granted(self.asked(custodian, reader=reader), by=by, **when)

    def content(self, text: str, *, by: str = ATTORNEY) -> Content:
        content: Content = self.doing(by, access.content, text)
        return content

    def said(self) -> list[Body]:
        """What every entry of the ledger says, in order."""
        world = self.world(RECORDS)
        bodies = [link.entry.body for link in world.ledger.links()]
        world.close()
        return bodies

    def kinds(self) -> list[str]:
        return [str(msgspec.to_builtins(body)["kind"]) for body in self.said()]


def letter(town: Guarded, mailbox: str = CLERK, subject: str = "Minutes of March") -> MessageRef:
    ref = town.add(subject, mailbox)
    town.read()
    return ref


def used(town: Guarded) -> list[AccessUsed]:
    return [body for body in town.said() if isinstance(body, AccessUsed)]


def denied(town: Guarded, ref: MessageRef, *, by: str = ATTORNEY) -> AccessDenied:
    """Nothing is fetched, nothing counts as a use, and the attempt is in the ledger."""
    assert isinstance(town.mail, MemoryMail)
    fetched, uses = town.mail.calls.count("content"), used(town)
    with pytest.raises(AccessDenied) as error:
        town.content(ref.id, by=by)
    assert town.mail.calls.count("content") == fetched and used(town) == uses
    told = town.said()[-1]
    assert isinstance(told, Refused) and (told.act, told.why) == ("read-content", error.value.message)
    return error.value
