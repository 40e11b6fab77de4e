"""What Azure still keeps of a blob that was deleted: earlier versions, and what its soft delete holds back.

The library that reads and writes blobs (``bucket.py``) cannot ask this. Nothing is changed here.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

import urllib3
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from retention.errors import StoreNotAnswering

if TYPE_CHECKING:
    from retention.store.objects.bucket import ObjectSettings

_VERSION = "2021-08-06"
_KEPT = "versions,deleted"


class Azure:
    """One container, asked with the account's key or with a shared access signature that may list."""

    def __init__(self, settings: ObjectSettings) -> None:
        url = urlsplit(settings.url)
        self._endpoint = (settings.endpoint or f"https://{settings.account}.blob.core.windows.net").rstrip("/")
        self._container, self._prefix = url.netloc, url.path.strip("/")
        self._account, self._secret = settings.account, settings.secret
        self._pool = urllib3.PoolManager(timeout=60.0, retries=urllib3.Retry(3, backoff_factor=0.2))

    def keeps(self, name: str) -> bool:
        """Whether any bytes of this blob are left, in a version or in soft delete."""
        full = f"{self._prefix}/{name}" if self._prefix else name
        asked = {"comp": "list", "include": _KEPT, "prefix": full, "restype": "container"}
        try:
            # A page may be empty and still name a next one (List Blobs, NextMarker).
            while True:
                page = fromstring(self._listed(asked))
                if any(blob.findtext("Name") == full for blob in page.iter("Blob")):
                    return True
                following = page.findtext("NextMarker")
                if not following:
                    return False
                asked["marker"] = following
        except (urllib3.exceptions.HTTPError, ParseError, DefusedXmlException) as error:
            raise _cannot_tell(full, type(error).__name__) from error

    def _listed(self, asked: dict[str, str]) -> bytes:
        path = f"{self._endpoint}/{self._container}"
        headers = {"x-ms-date": datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT"), "x-ms-version": _VERSION}
        if "sig=" in self._secret:
            url = f"{path}?{urlencode({**asked, **dict(parse_qsl(self._secret.lstrip('?')))})}"
        else:
            url = f"{path}?{urlencode(asked)}"
            signed = signature("GET", self._account, self._secret, urlsplit(path).path, asked, headers)
            headers["Authorization"] = f"SharedKey {self._account}:{signed}"
        answer = self._pool.request("GET", url, headers=headers)
        if answer.status != 200:
            raise _cannot_tell(asked["prefix"], f"it answered {answer.status}")
        return answer.data or b""


def signature(method: str, account: str, key: str, path: str, asked: dict[str, str], headers: dict[str, str]) -> str:
    """The signature of a request without a body (Microsoft, *Authorize with Shared Key*)."""
    named = [f"{name}:{value}" for name, value in sorted(headers.items())]
    resource = f"/{account}{path}" + "".join(f"\n{name}:{value}" for name, value in sorted(asked.items()))
    text = "\n".join([method, *([""] * 11), *named, resource])
    return base64.b64encode(hmac.new(base64.b64decode(key), text.encode(), hashlib.sha256).digest()).decode()


def _cannot_tell(name: str, why: str) -> StoreNotAnswering:
    return StoreNotAnswering(
        f"Azure does not say whether it still keeps {name}: {why}.",
        "It counts as not destroyed; let the account's key or signature list versions and deleted blobs, then run this "
        "again.",
    )
