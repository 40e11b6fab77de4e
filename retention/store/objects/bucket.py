"""Objects by their names: read, create, replace only what was read, list, and destroy in every version.

What the objects mean is in ``store.py``; how Azure is asked for what it still keeps, in ``azure.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from retention.errors import BadConfiguration, StillLocked, StoreNotAnswering
from retention.store.objects.azure import Azure

_TRIES, _TIMEOUT = 4, 60.0
_PIECE = 1 << 20


class ObjectSettings(Struct, frozen=True, kw_only=True):
    """Which bucket or container, and how to sign in. Without key and secret, S3 takes the machine's own role."""

    url: str
    endpoint: str = ""
    region: str = ""
    account: str = ""
    key: str = ""
    secret: str = ""

    def __repr__(self) -> str:
        return f"ObjectSettings({self.url})"


class Absent(Exception):
    """There is no such object, or no such bucket."""


class Changed(Exception):
    """Somebody else was faster: the object is there already, or is no longer the one that was read."""


class Refused(StoreNotAnswering):
    """The service understood, and will not, because of a lock or of what this account may do."""

    why = ""


class Unsupported(StoreNotAnswering):
    """The service does not know this question."""


class Bucket:
    """One bucket or container, below the prefix of its address. Raises ``StoreNotAnswering`` in every method."""

    def __init__(self, settings: ObjectSettings) -> None:
        try:
            from opendal import Operator, layers
        except ImportError as error:
            raise BadConfiguration(
                "Object storage needs a library that is not installed.",
                "Install it with `pip install retention[object]`.",
            ) from error
        self.url = settings.url
        self.azure = Azure(settings) if settings.url.startswith("az://") else None
        scheme, options = _options(settings)
        retries = layers.RetryLayer(max_times=_TRIES, factor=2.0, jitter=True, min_delay=0.2, max_delay=5.0)
        timeout = layers.TimeoutLayer(timeout=_TIMEOUT, io_timeout=_TIMEOUT)
        try:
            self._objects: Any = Operator(scheme, **options).layer(timeout).layer(retries)
        except Exception as error:
            raise BadConfiguration(
                f"The record store {self.url} cannot be opened: {_first_line(error)}.", "Correct [store]."
            ) from error

    def read(self, name: str) -> bytes:
        """Raises ``Absent``."""
        return bytes(self._ask(lambda objects: objects.read(name)))

    def pieces(self, name: str) -> Iterator[bytes]:
        """The object in pieces. Raises ``Absent``."""
        self._ask(lambda objects: objects.stat(name))
        try:
            with self._objects.open(name, "rb") as file:
                while piece := file.read(_PIECE):
                    yield bytes(piece)
        except OSError as error:
            raise not_answering(self.url, _first_line(error)) from error

    def tagged(self, name: str) -> tuple[bytes, str]:
        """The object, and the tag of exactly these bytes. Raises ``Absent``, and ``Changed`` where it never rests."""
        for _ in range(_TRIES):
            tag = str(self._ask(lambda objects: objects.stat(name)).etag)
            with suppress(Changed):
                return self._same(name, tag), tag
        raise Changed

    def _same(self, name: str, tag: str) -> bytes:
        return bytes(self._ask(lambda objects: objects.read(name, if_match=tag)))

    def has(self, name: str) -> bool:
        try:
            self._ask(lambda objects: objects.stat(name))
        except Absent:
            return False
        return True

    def create(self, name: str, data: bytes) -> bool:
        """Write a new object; whether there was none. One that is there is never written over."""
        return self._wrote(lambda objects: objects.write(name, data, if_not_exists=True))

    def replace(self, name: str, data: bytes, tag: str) -> bool:
        """Write over the object that was read with this tag; whether it was still that one."""
        return self._wrote(lambda objects: objects.write(name, data, if_match=tag))

    def _wrote(self, call: Callable[[Any], Any]) -> bool:
        try:
            self._ask(call)
        except (Changed, Absent):
            return False
        return True

    def names(self, folder: str = "") -> Iterator[str]:
        """The names of all objects below this folder, in order."""
        listed = iter(self._ask(lambda objects: objects.list(folder, recursive=True)))
        while (entry := self._ask(lambda _: next(listed, None))) is not None:
            if not entry.path.endswith("/"):
                yield entry.path

    def hide(self, name: str) -> None:
        """Take the object out of sight; where the service keeps versions, this one stays among them."""
        self._ask(lambda objects: objects.delete(name))

    def forget(self, name: str) -> None:
        """Take an object that says nothing of any mail out of sight, and its versions as far as they may go."""
        with suppress(StillLocked):
            if self.azure is None:
                self.purge(name)
        if self.has(name):
            self.hide(name)

    def purge(self, name: str) -> None:
        """Destroy the object in every version there ever was of it.

        Raises ``StillLocked`` where one is refused, or is still there after the service said it was gone.
        """
        try:
            if self.azure or not self._destroyed_versions(name):
                # A plain deletion where versions are kept only lays a marker over bytes that are still there.
                self.hide(name)
        except Refused as error:
            raise locked(self.url, name, f"it refuses ({error.why})") from error
        except Changed as error:
            raise locked(self.url, name, f"it refuses ({error})") from error
        if self.has(name) or self._kept(name):
            raise locked(self.url, name, "it says that it did, and still keeps its bytes")

    def _destroyed_versions(self, name: str) -> bool:
        """Whether the service keeps versions; if it does, every one of this object was destroyed by its own id."""
        try:
            versions = self._versions(name)
        except Unsupported:
            return False
        for version in versions:
            self._destroy_version(name, version)
        with suppress(Refused, Changed):
            for marker in self._versions(name, deleted=True):
                self._destroy_version(name, marker)
        return True

    def _destroy_version(self, name: str, version: str) -> None:
        self._ask(lambda objects: objects.delete(name, version=version))

    def _kept(self, name: str) -> bool:
        """Whether bytes of this object are left, though nobody sees it any more."""
        if self.azure:
            return self.azure.keeps(name)
        with suppress(Unsupported):
            return bool(self._versions(name))
        return False

    def _versions(self, name: str, deleted: bool = False) -> list[str]:
        """The ids of all versions with bytes, and with ``deleted`` of the markers of deletions too."""
        listed = self._ask(lambda objects: list(objects.list(name, versions=True, deleted=deleted)))
        return [entry.metadata.version for entry in listed if entry.path == name and entry.metadata.version]

    def _ask(self, call: Callable[[Any], Any]) -> Any:
        from opendal import exceptions

        try:
            return call(self._objects)
        except exceptions.NotFound as error:
            raise Absent from error
        except (exceptions.ConditionNotMatch, exceptions.AlreadyExists, exceptions.Conflict) as error:
            if "Immutable" in _first_line(error):
                raise not_answering(self.url, _first_line(error), Refused) from error
            raise Changed(_first_line(error)) from error
        except exceptions.PermissionDenied as error:
            raise not_answering(self.url, _first_line(error), Refused) from error
        except exceptions.ConfigInvalid as error:
            raise not_answering(self.url, _first_line(error)) from error
        except (exceptions.Unexpected, exceptions.RateLimited, exceptions.Unsupported, exceptions.Error) as error:
            if isinstance(error, exceptions.Unsupported) or "NotImplemented" in str(error):
                raise not_answering(self.url, _first_line(error), Unsupported) from error
            raise not_answering(self.url, _first_line(error)) from error


def not_answering(url: str, why: str, kind: type[StoreNotAnswering] = StoreNotAnswering) -> StoreNotAnswering:
    error = kind(
        f"The record store {url} does not take or give records: {why}.",
        "Nothing was removed from any mailbox for it; correct [store] or wait for the service, then run this again.",
    )
    if isinstance(error, Refused):
        error.why = why
    return error


def locked(url: str, name: str, why: str) -> StillLocked:
    return StillLocked(
        f"The record store {url} does not let {name} go: {why}.",
        "It stays in quarantine; wait for the end of the object lock or of the service's own keeping, or give this "
        "account the right to delete versions, then run this again.",
    )


def _first_line(error: Exception) -> str:
    """What the service said, without the request, in which a signature may stand."""
    said = str(error).splitlines()[0] if str(error) else type(error).__name__
    told = re.search(r'code: "(\w+)", message: "([^"?]*)', said)
    return f"{told[1]}, {told[2].strip().rstrip('.')}" if told else said.partition(" => ")[0].rstrip(".")


def _options(settings: ObjectSettings) -> tuple[str, dict[str, str]]:
    """What the library asks for."""
    url = urlsplit(settings.url)
    options = {"root": url.path or "/"}
    if url.scheme == "az":
        endpoint = settings.endpoint or f"https://{settings.account}.blob.core.windows.net"
        options |= {"container": url.netloc, "account_name": settings.account, "endpoint": endpoint}
        return "azblob", options | {"sas_token" if "sig=" in settings.secret else "account_key": settings.secret}
    options |= {"bucket": url.netloc, "region": settings.region}
    # A bucket with object lock takes nothing without a digest of it (PutObject, Content-MD5).
    options |= {"endpoint": settings.endpoint or "https://s3.amazonaws.com", "checksum_algorithm": "md5"}
    if settings.key:
        options |= {"access_key_id": settings.key, "secret_access_key": settings.secret}
        options |= {"disable_config_load": "true", "disable_ec2_metadata": "true"}
    return "s3", options
