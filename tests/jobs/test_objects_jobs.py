"""Records in object storage go the whole way, and what an object lock keeps is never called destroyed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from retention.core.destruction import Certified, RecordOutcome
from retention.jobs.record.deeds import Destroyed
from retention.store.objects import ObjectSettings, ObjectStore
from tests.jobs.archive import OLD
from tests.jobs.bucketed import Bucketed
from tests.store.serving import S3, serving_s3

DAYS = 31
MARK = "retention-store.json"


@pytest.fixture(scope="module")
def s3() -> Iterator[S3]:
    with serving_s3() as endpoint:
        yield S3(endpoint)


def captured(folder: Path, settings: ObjectSettings, *subjects: str) -> Bucketed:
    """A town whose due mail has become records in this bucket."""
    ObjectStore.create(settings)
    town = Bucketed(folder / "town", settings)
    for subject in subjects:
        town.add(subject, received_at=OLD)
    town.planned = town.approved_plan()
    town.capturing()
    return town


def put_away(town: Bucketed) -> None:
    """Plan, consent, approve, put into quarantine; and its time there passes."""
    town.planned = town.ready()
    town.quarantining()
    town.later(DAYS)


def place_of(town: Bucketed, subject: str) -> str:
    found = {town.record(place).subject: place for place in town.places()}
    return found[subject]


def destroyed(town: Bucketed) -> set[str]:
    """Every place of which the ledger says that its bytes are gone."""
    return {one.place for one in town.bodies() if isinstance(one, RecordOutcome) and one.result == "destroyed"}


def certificate(run: Destroyed) -> Any:
    return json.loads((Path(run.certificate) / "certificate.json").read_bytes())


def test_records_in_a_bucket_go_the_whole_way_and_no_version_of_them_is_left(tmp_path: Path, s3: S3) -> None:
    town = captured(tmp_path, s3.bucket(versions=True), "Requisition 1", "Requisition 2", "Minutes 1", "Nobody knows")
    kept, gone = place_of(town, "Minutes 1"), {place_of(town, f"Requisition {n}") for n in (1, 2)}
    assert sorted(file.name for file in (town.folder / "mail").iterdir()) == ["message-4"]
    put_away(town)
    assert set(town.in_quarantine()) == gone and town.verified().findings == ()
    (run,) = town.destroy()
    assert run.counts == {"destroyed": 2} and run.stays == {} and destroyed(town) == gone
    assert {one["tombstone"]["place"] for one in certificate(run)["gone"]} == gone
    assert set(s3.versions(town.settings)) == {MARK, f"{kept}.eml", f"{kept}.json"}
    found = town.verified()
    assert (found.findings, found.records) == ((), {"kept": 1, "destroyed": 2})
    assert town.destroy() == ()


def test_nothing_in_a_bucket_is_destroyed_before_its_quarantine_is_over(tmp_path: Path, s3: S3) -> None:
    town = captured(tmp_path, s3.bucket(), "Requisition 1")
    put_away(town)
    town.later(-2)
    assert town.destroy() == () and len(town.places()) == 1 and destroyed(town) == set()


def test_a_record_restored_in_a_bucket_is_kept_and_is_destroyed_only_by_a_new_plan(tmp_path: Path, s3: S3) -> None:
    town = captured(tmp_path, s3.bucket(versions=True), "Requisition 1")
    (place,) = town.places()
    put_away(town)
    town.restoring()
    assert town.in_quarantine() == () and town.destroy() == () and town.verified().findings == ()
    assert town.see(lambda world: world.store.get(place)) and destroyed(town) == set()
    put_away(town)
    town.destroy()
    assert destroyed(town) == {place} and s3.versions(town.settings) == [MARK]


def test_what_an_object_lock_keeps_stays_in_quarantine_until_the_lock_is_over(tmp_path: Path, s3: S3) -> None:
    town = captured(tmp_path, s3.bucket(locked_for=30), "Requisition 1", "Requisition 2")
    places = set(town.places())
    put_away(town)
    (run,) = town.destroy()
    assert run.counts == {"skipped": 2} and destroyed(town) == set()
    assert all("does not let" in run.stays[place] for place in places)
    said = certificate(run)
    assert (said["records"], said["gone"], {one["place"] for one in said["stayed"]}) == (0, [], places)
    assert all("does not let" in one["why"] for one in said["stayed"])
    assert set(town.in_quarantine()) == places and town.verified().records == {"quarantined": 2}
    assert town.see(lambda world: all(world.store.get(place) for place in places))
    over(s3, town)
    (again,) = town.destroy()
    assert again.counts == {"destroyed": 2} and destroyed(town) == places and town.verified().findings == ()
    assert not [name for name in s3.versions(town.settings) if name.startswith("town/")]


def test_a_lock_on_one_record_lets_the_other_go_and_the_certificate_tells_them_apart(tmp_path: Path, s3: S3) -> None:
    settings = s3.bucket(locked_for=1)
    s3.client.put_object_lock_configuration(
        Bucket=urlsplit(settings.url).netloc, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"}
    )
    town = captured(tmp_path, settings, "Requisition 1", "Requisition 2")
    free, locked = place_of(town, "Requisition 1"), place_of(town, "Requisition 2")
    held = {"Bucket": urlsplit(settings.url).netloc, "Key": f"mail/{locked}.eml"}
    s3.client.put_object_legal_hold(**held, LegalHold={"Status": "ON"})
    put_away(town)
    (run,) = town.destroy()
    assert destroyed(town) == {free} and list(run.stays) == [locked] == list(town.in_quarantine())
    first = certificate(run)
    assert [one["tombstone"]["place"] for one in first["gone"]] == [free]
    assert [one["place"] for one in first["stayed"]] == [locked]
    s3.client.put_object_legal_hold(**held, LegalHold={"Status": "OFF"})
    (again,) = town.destroy()
    second = certificate(again)
    assert (second["records"], second["earlier"], second["stayed"]) == (1, 1, [])
    assert destroyed(town) == {free, locked} and town.verified().findings == ()
    assert sum(isinstance(one, Certified) for one in town.bodies()) == 2


def test_a_record_under_object_lock_can_be_restored_in_the_meantime(tmp_path: Path, s3: S3) -> None:
    town = captured(tmp_path, s3.bucket(locked_for=30), "Requisition 1")
    (place,) = town.places()
    put_away(town)
    town.destroy()
    town.restoring()
    over(s3, town)
    assert town.destroy() == () and destroyed(town) == set() and town.verified().records == {"kept": 1}
    assert town.see(lambda world: world.store.get(place))


def over(s3: S3, town: Bucketed) -> None:
    """The time of every lock in this bucket has passed."""
    bucket, past = urlsplit(town.settings.url).netloc, datetime(2020, 1, 1, tzinfo=UTC)
    for version in s3.client.list_object_versions(Bucket=bucket)["Versions"]:
        s3.client.put_object_retention(
            Bucket=bucket,
            Key=version["Key"],
            VersionId=version["VersionId"],
            Retention={"Mode": "COMPLIANCE", "RetainUntilDate": past},
        )
