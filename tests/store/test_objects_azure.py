"""Records in an Azure container: the contract, and accounts that keep what is deleted.

Run on a small service of our own; with ``AZURITE=1`` and Azure's emulator installed (``npm install -g azurite``), the
contract on that one instead. It knows neither versions nor soft delete nor immutability.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import opendal
import pytest
import urllib3

from retention.errors import StillLocked, StoreNotAnswering
from retention.store.objects import ObjectSettings, ObjectStore
from retention.store.objects.azure import Azure
from tests.store.blobs import ACCOUNT, tell
from tests.store.contract import LETTER, WHEN, StoreContract, record
from tests.store.contract_copies import CopyContract, copy
from tests.store.contract_quarantine import QuarantineContract
from tests.store.serving import AZURITE_KEY, ObjectBench, new_container, serving_azurite, serving_blobs

PLACE = record(LETTER).place
TOWN = ObjectSettings(url="az://records/mail", account="town", secret=AZURITE_KEY)


def azure_bench(endpoint: str, container: str) -> ObjectBench:
    settings = ObjectSettings(url=f"az://{container}/mail", endpoint=endpoint, account=ACCOUNT, secret=AZURITE_KEY)
    signed = {"account_name": ACCOUNT, "account_key": AZURITE_KEY}
    return ObjectBench(
        settings, opendal.Operator("azblob", container=container, root="/mail", endpoint=endpoint, **signed)
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], ObjectBench]]:
    """Makes a store in a container of its own."""
    if os.environ.get("AZURITE"):
        with serving_azurite(tmp_path_factory.mktemp("azurite")) as endpoint:
            yield lambda: azure_bench(f"{endpoint}/{ACCOUNT}", new_container(f"{endpoint}/{ACCOUNT}"))
    else:
        with serving_blobs() as endpoint:
            yield lambda: azure_bench(f"{endpoint}/{ACCOUNT}", f"records-{uuid.uuid4().hex[:12]}")


@pytest.fixture(scope="module")
def account() -> Iterator[str]:
    """The address of an account that may be told to keep what is deleted."""
    with serving_blobs() as endpoint:
        yield f"{endpoint}/{ACCOUNT}"


@pytest.fixture
def keeping(account: str) -> ObjectBench:
    tell(account, versions=False, soft_delete=False, immutable=False, forbids_listing=False, kept=[])
    return azure_bench(account, f"records-{uuid.uuid4().hex[:12]}")


class TestAzureContract(StoreContract):
    EVERY = 6

    @pytest.fixture
    def bench(self, made: Callable[[], ObjectBench]) -> ObjectBench:
        return made()


class TestAzureQuarantine(QuarantineContract):
    @pytest.fixture
    def bench(self, made: Callable[[], ObjectBench]) -> ObjectBench:
        return made()


class TestAzureCopies(CopyContract):
    @pytest.fixture
    def bench(self, made: Callable[[], ObjectBench]) -> ObjectBench:
        return made()


def test_azure_is_asked_for_what_it_keeps_and_keeps_nothing(made: Callable[[], ObjectBench]) -> None:
    bench = made()
    place = bench.store.put(record(LETTER), LETTER)
    asked = Azure(bench.settings)
    assert asked.keeps(f"{place}.eml")
    bench.store.quarantine(place, WHEN)
    bench.store.destroy(place)
    assert not asked.keeps(f"{place}.eml")


def waiting(bench: ObjectBench) -> str:
    place = bench.store.put(record(LETTER), LETTER)
    bench.store.quarantine(place, WHEN)
    return place


@pytest.mark.parametrize("way", ["versions", "soft_delete"])
def test_what_the_account_keeps_is_not_called_destroyed_until_it_has_gone(
    account: str, keeping: ObjectBench, way: str
) -> None:
    tell(account, **{way: True})
    place = waiting(keeping)
    for _ in range(2):
        with pytest.raises(StillLocked, match="still keeps its bytes") as refused:
            keeping.store.destroy(place)
        assert refused.value.exit_code == 26
        assert list(keeping.store.quarantined()) == [(place, WHEN)]
    tell(account, kept=[])
    with pytest.raises(StillLocked, match=f"{place}.json"):
        keeping.store.destroy(place)
    tell(account, kept=[])
    keeping.store.destroy(place)
    assert not keeping.names()


def test_an_immutable_blob_is_not_called_destroyed(account: str, keeping: ObjectBench) -> None:
    place = waiting(keeping)
    tell(account, immutable=True)
    with pytest.raises(StillLocked, match=place):
        keeping.store.destroy(place)
    assert keeping.store.get(place) == LETTER and list(keeping.store.quarantined()) == [(place, WHEN)]
    tell(account, immutable=False)
    keeping.store.destroy(place)
    assert not keeping.names()


def test_an_immutable_copy_is_not_called_destroyed(account: str, keeping: ObjectBench) -> None:
    place = keeping.store.put_copy(copy(LETTER), LETTER)
    tell(account, immutable=True)
    with pytest.raises(StillLocked, match="BlobImmutableDueToPolicy"):
        keeping.store.destroy_copy(place)
    assert keeping.store.get_copy(place) == LETTER


def test_an_account_that_does_not_let_its_versions_be_listed_has_destroyed_nothing_for_certain(
    account: str, keeping: ObjectBench
) -> None:
    place = waiting(keeping)
    tell(account, forbids_listing=True)
    with pytest.raises(StoreNotAnswering, match="does not say whether"):
        keeping.store.destroy(place)
    assert list(keeping.store.quarantined()) == [(place, WHEN)]
    tell(account, forbids_listing=False)
    keeping.store.destroy(place)
    assert not keeping.names()


HEAD = '<?xml version="1.0" encoding="utf-8"?><EnumerationResults ContainerName="records"><Blobs>'
TAIL = "</Blobs><NextMarker /></EnumerationResults>"
KEPT = f"{HEAD}<Blob><Name>mail/a.eml</Name><VersionId>2026-11-21T15:00:00.0Z</VersionId></Blob>{TAIL}"
GONE = {"nothing": f"{HEAD}{TAIL}", "another": f"{HEAD}<Blob><Name>mail/a.eml.old</Name></Blob>{TAIL}"}


def answering(monkeypatch: pytest.MonkeyPatch, status: int, text: str) -> list[tuple[str, dict[str, str]]]:
    """Let Azure give this answer; what it is asked."""
    asked: list[tuple[str, dict[str, str]]] = []

    def request(_: Any, method: str, url: str, headers: dict[str, str]) -> Any:
        asked.append((url, headers))
        return urllib3.HTTPResponse(text.encode(), status=status)

    monkeypatch.setattr(urllib3.PoolManager, "request", request)
    return asked


def test_the_account_is_asked_for_versions_and_deleted_blobs(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answering(monkeypatch, 200, KEPT)
    assert Azure(TOWN).keeps("a.eml")
    ((url, headers),) = asked
    assert url.startswith("https://town.blob.core.windows.net/records?comp=list&include=versions%2Cdeleted&")
    assert headers["Authorization"].startswith("SharedKey town:")


def test_what_stands_on_a_later_page_is_still_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [f"{HEAD}</Blobs><NextMarker>2!more</NextMarker></EnumerationResults>", KEPT]
    asked: list[dict[str, str]] = []

    def listed(_: Any, question: dict[str, str]) -> bytes:
        asked.append(dict(question))
        return pages.pop(0).encode()

    monkeypatch.setattr(Azure, "_listed", listed)
    assert Azure(TOWN).keeps("a.eml")
    assert [question.get("marker") for question in asked] == [None, "2!more"]


@pytest.mark.parametrize("said", GONE.values(), ids=GONE.keys())
def test_what_azure_no_longer_lists_is_gone(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    answering(monkeypatch, 200, said)
    assert not Azure(TOWN).keeps("a.eml")


@pytest.mark.parametrize(("status", "text"), [(403, ""), (404, ""), (200, "<no"), (200, "")])
def test_where_azure_does_not_tell_nothing_counts_as_destroyed(
    monkeypatch: pytest.MonkeyPatch, status: int, text: str
) -> None:
    answering(monkeypatch, status, text)
    with pytest.raises(StoreNotAnswering, match="does not say whether") as refused:
        Azure(TOWN).keeps("a.eml")
    assert "counts as not destroyed" in refused.value.next_step


def test_a_shared_access_signature_signs_the_question(monkeypatch: pytest.MonkeyPatch) -> None:
    signature = "?sv=2021-08-06&sp=rwdlx&sig=abc%2Bdef%3D"
    asked = answering(monkeypatch, 200, GONE["nothing"])
    assert not Azure(ObjectSettings(url="az://records", account="town", secret=signature)).keeps("a.eml")
    assert "sig=abc%2Bdef%3D" in asked[0][0] and "Authorization" not in asked[0][1]


def test_an_account_that_is_not_there_is_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retention.store.objects.bucket._TRIES", 1)
    with pytest.raises(StoreNotAnswering):
        ObjectStore(
            ObjectSettings(url="az://records/mail", endpoint="http://127.0.0.1:9", account=ACCOUNT, secret=AZURITE_KEY)
        )
