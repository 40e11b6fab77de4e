"""Object storage on this very machine: an S3 service in Python, and Azure's own emulator where it is installed.

Nothing is tested here. What is read and changed behind the store's back goes through the services' own interfaces.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import opendal
import urllib3

from retention.store.objects import ObjectSettings, ObjectStore
from retention.store.objects.azure import signature
from retention.store.objects.store import MARK
from tests.conftest import ROOT
from tests.store.blobs import ACCOUNT

REGION = "us-west-2"
AZURITE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""The key that every Azurite has (Microsoft, *Use the Azurite emulator*): no secret."""


@contextmanager
def serving(*command: str) -> Iterator[str]:
    """Start a service on a free port, which its command gets as ``PORT``; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [word.replace("PORT", str(port)) for word in command]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as service:
        try:
            _wait(port, service)
            yield f"http://127.0.0.1:{port}"
        finally:
            service.kill()


def _wait(port: int, service: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert service.poll() is None, f"{service.args} ended before it listened"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"{service.args} does not listen on {port}")


def serving_s3() -> Any:
    return serving(sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "PORT")


def serving_blobs() -> Any:
    return serving(sys.executable, "-m", "tests.store.blobs", "PORT")


def serving_azurite(folder: Path) -> Any:
    azurite = shutil.which("azurite-blob")
    assert azurite, "AZURITE is set, and azurite-blob is not on the PATH"
    here = ("--blobHost", "127.0.0.1", "--blobPort", "PORT", "--location", str(folder))
    return serving(azurite, *here, "--silent", "--skipApiVersionCheck")


def new_container(endpoint: str) -> str:
    """Make a container in the emulator, which the store's own library cannot do; its name."""
    name = f"records-{uuid.uuid4().hex[:12]}"
    path = urlsplit(f"{endpoint}/{name}").path
    headers = {"x-ms-date": datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT"), "x-ms-version": "2021-08-06"}
    asked = {"restype": "container"}
    signed = signature("PUT", ACCOUNT, AZURITE_KEY, path, asked, headers)
    headers["Authorization"] = f"SharedKey {ACCOUNT}:{signed}"
    answer = urllib3.request("PUT", f"{endpoint}/{name}?restype=container", headers=headers)
    assert answer.status == 201, answer.data
    return name


class S3:
    """One running service, in which each test makes buckets of its own."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.client: Any = boto3.client(
            "s3", endpoint_url=endpoint, region_name=REGION, aws_access_key_id="key", aws_secret_access_key="secret"
        )
        self._made = 0

    def bucket(self, *, versions: bool = False, locked_for: int = 0) -> ObjectSettings:
        """A new bucket; with ``locked_for`` nothing in it can be destroyed for so many days."""
        self._made += 1
        name = f"records-{self._made}"
        where = {"LocationConstraint": REGION}
        self.client.create_bucket(
            Bucket=name, ObjectLockEnabledForBucket=bool(locked_for), CreateBucketConfiguration=where
        )
        if versions:
            self.client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        if locked_for:
            rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": locked_for}}
            self.client.put_object_lock_configuration(
                Bucket=name, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
            )
        return self.settings(name)

    def settings(self, bucket: str) -> ObjectSettings:
        return ObjectSettings(
            url=f"s3://{bucket}/mail", endpoint=self.endpoint, region=REGION, key="key", secret="secret"
        )

    def versions(self, settings: ObjectSettings) -> list[str]:
        """The names of all versions that still have bytes."""
        said = self.client.list_object_versions(Bucket=urlsplit(settings.url).netloc)
        return [version["Key"].removeprefix("mail/") for version in said.get("Versions", ())]


class ObjectBench:
    """A store in a bucket of the test's own, and hands that reach it without the store."""

    def __init__(self, settings: ObjectSettings, objects: Any) -> None:
        self.settings = settings
        self.store = ObjectStore.create(settings)
        self.objects = objects

    def reopened(self) -> ObjectStore:
        return ObjectStore(self.settings)

    def files(self) -> int:
        return sum(name.endswith(".eml") for name in self.names())

    def sidecar(self, place: str) -> bytes:
        return self.read(f"{place}.json")

    def change(self, place: str, content: bytes | None) -> None:
        self.lay(f"{place}.eml", content)

    def change_sidecar(self, place: str, content: bytes | None) -> None:
        self.lay(f"{place}.json", content)

    def lay(self, name: str, content: bytes | None) -> None:
        if content is None:
            self.objects.delete(name)
        else:
            self.objects.write(name, content)

    def read(self, name: str) -> bytes:
        return bytes(self.objects.read(name))

    def names(self) -> set[str]:
        return {entry.path for entry in self.objects.list("", recursive=True)} - {MARK, "/"}


def s3_bench(settings: ObjectSettings) -> ObjectBench:
    return ObjectBench(
        settings,
        opendal.Operator(
            "s3",
            bucket=urlsplit(settings.url).netloc,
            root="/mail",
            endpoint=settings.endpoint,
            region=REGION,
            access_key_id="key",
            secret_access_key="secret",
            checksum_algorithm="md5",
        ),
    )
