"""The content of a record is read by a grant for one of the mailboxes it was captured from, and not otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from retention.core.access import OWN, AccessUsed
from retention.core.audit import Refused
from retention.errors import AccessDenied, RecordMismatch, WrongUsage
from retention.jobs.access import Content
from retention.jobs.record.reading import content
from retention.store.disk import DiskStore
from tests.jobs.granted import IT, Guarded, used
from tests.jobs.town import ATTORNEY, CLERK, RECORDS, mime
from tests.mail.doubles import MemoryMail


@pytest.fixture
def town(tmp_path: Path) -> Guarded:
    """One record, captured from the clerk and from the records manager."""
    town = Guarded(tmp_path)
    assert isinstance(town.mail, MemoryMail)
    for box in (CLERK, RECORDS):
        town.mail.add(box, "Inbox", mime("Minutes of March"))
    town.apply(town.approved_plan())
    return town


def read(town: Guarded, by: str = ATTORNEY, text: str = "1") -> Content:
    read: Content = town.doing(by, content, text)
    return read


def test_a_grant_for_any_of_its_custodians_opens_it_and_is_written_down_before_the_first_byte(
    town: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    grant = town.may_read(RECORDS)
    real, seen = DiskStore.get, list[list[AccessUsed]]()

    def get(self: DiskStore, place: str) -> bytes:
        seen.append(used(town))
        return real(self, place)

    monkeypatch.setattr(DiskStore, "get", get)
    said = read(town)
    assert said.data == mime("Minutes of March")
    assert (said.grant, said.mailbox, said.source) == (grant.entry, RECORDS, "record store")
    assert [[one.digest for one in uses] for uses in seen] == [[""]]
    assert [(one.grant, one.digest) for one in used(town)] == [(grant.entry, ""), (grant.entry, said.digest)]
    assert not [body for body in town.said() if isinstance(body, Refused)]


def test_without_a_grant_nothing_is_read_and_the_attempt_is_written_down_once(
    town: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.may_read(CLERK, reader=IT)
    monkeypatch.setattr(DiskStore, "get", None)
    with pytest.raises(AccessDenied, match="no grant"):
        read(town)
    assert len([body for body in town.said() if isinstance(body, Refused)]) == 1 and used(town) == []


def test_each_of_its_custodians_may_read_it_as_their_own(town: Guarded) -> None:
    for own in (CLERK, RECORDS):
        said = read(town, by=own)
        assert (said.grant, said.mailbox) == (OWN, own)


def test_a_grant_that_is_over_opens_nothing(town: Guarded) -> None:
    grant = town.may_read(CLERK, days=1)
    town.at = grant.said.until
    with pytest.raises(AccessDenied, match="is over"):
        read(town)


def test_what_does_not_match_its_digest_is_not_handed_over(town: Guarded) -> None:
    town.may_read(CLERK)
    (path,) = (town.folder / "records").glob("town/*/*/*.eml")
    path.write_bytes(b"forged")
    with pytest.raises(RecordMismatch):
        read(town)


def test_a_record_of_which_nobody_can_say_whose_mail_it_is_is_not_read(town: Guarded) -> None:
    town.may_read(CLERK)
    (path,) = (town.folder / "records").glob("town/*/*/*.json")
    path.write_bytes(b"{}")
    with pytest.raises(WrongUsage, match="whose mail"):
        read(town)


def test_there_is_no_content_of_what_is_no_record(town: Guarded) -> None:
    with pytest.raises(WrongUsage, match="no record"):
        read(town, text="7")
