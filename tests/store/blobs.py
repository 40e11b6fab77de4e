"""A small Azure Blob service on this very machine: what the store asks of one, and accounts that keep what is deleted.

It answers as Microsoft describes Put Blob, Get Blob, Delete Blob and List Blobs, and as Azure's own emulator does: the
same tests run on both. No signature is checked.
"""

from __future__ import annotations

import hashlib
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

import urllib3

ACCOUNT = "devstoreaccount1"
DATE = "Sat, 21 Nov 2026 15:00:00 GMT"
Change = tuple[str, str]


class Blob(NamedTuple):
    data: bytes
    tag: str


class Account:
    """What is in it, and how it treats what is deleted: ``versions`` and ``soft_delete`` keep it, ``immutable`` too."""

    def __init__(self) -> None:
        self.blobs: dict[Change, Blob] = {}
        self.kept: list[list[str]] = []
        self.versions = self.soft_delete = self.immutable = False
        self.forbids_listing = False
        self.alone = threading.Lock()
        self.tags = count(1)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    account = Account()

    def do_POST(self) -> None:
        """What a test wants of the account; Azure knows nothing of it."""
        for name, how in json.loads(self.rfile.read(int(self.headers["Content-Length"]))).items():
            setattr(self.account, name, how)
        self._answer(200)

    def do_PUT(self) -> None:
        name, _ = self._asked()
        data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with self.account.alone:
            there = self.account.blobs.get(name)
            wanted = self.headers.get("If-Match")
            if there and self.headers.get("If-None-Match") == "*":
                return self._refuse(409, "BlobAlreadyExists")
            if wanted and (there is None or there.tag != wanted):
                return self._refuse(412, "ConditionNotMet")
            if there and self.account.immutable:
                return self._refuse(409, "BlobImmutableDueToPolicy")
            tag = f'"0x{next(self.account.tags):X}"'
            self.account.blobs[name] = Blob(data, tag)
        self._answer(201, ETag=tag)

    def do_GET(self) -> None:
        name, asked = self._asked()
        if asked.get("comp") == "list":
            return self._list(name[0], asked)
        blob = self.account.blobs.get(name)
        if blob is None:
            return self._refuse(404, "BlobNotFound")
        if self.headers.get("If-Match", blob.tag) != blob.tag:
            return self._refuse(412, "ConditionNotMet")
        span = self.headers.get("Range") or self.headers.get("x-ms-range")
        data = blob.data
        if span:
            first, _, last = span.removeprefix("bytes=").partition("-")
            if int(first) >= len(data):
                return self._refuse(416, "InvalidRange")
            data = data[int(first) : int(last) + 1 if last else None]
        md5 = hashlib.md5(blob.data, usedforsecurity=False).hexdigest()
        self._answer(206 if span else 200, data, ETag=blob.tag, **{"Last-Modified": DATE, "x-md5": md5})

    do_HEAD = do_GET  # noqa: N815 - what the standard library calls it

    def do_DELETE(self) -> None:
        name, _ = self._asked()
        with self.account.alone:
            if name not in self.account.blobs:
                return self._refuse(404, "BlobNotFound")
            if self.account.immutable:
                return self._refuse(409, "BlobImmutableDueToPolicy")
            del self.account.blobs[name]
            if self.account.versions or self.account.soft_delete:
                self.account.kept.append(list(name))
        self._answer(202)

    def _list(self, container: str, asked: dict[str, str]) -> None:
        if self.account.forbids_listing and "include" in asked:
            return self._refuse(403, "AuthorizationPermissionMismatch")
        listed = [
            (name, len(blob.data), "") for (inside, name), blob in self.account.blobs.items() if inside == container
        ]
        told = {"versions": self.account.versions, "deleted": self.account.soft_delete}
        for include in asked.get("include", "").split(","):
            sign = "<VersionId>1</VersionId>" if include == "versions" else "<Deleted>true</Deleted>"
            listed += [
                (name, 0, sign) for inside, name in self.account.kept if inside == container and told.get(include)
            ]
        blobs = "".join(_blob(*one) for one in sorted(listed) if one[0].startswith(asked.get("prefix", "")))
        head = f'<?xml version="1.0" encoding="utf-8"?><EnumerationResults ContainerName="{container}">'
        self._answer(200, f"{head}<Blobs>{blobs}</Blobs><NextMarker /></EnumerationResults>".encode())

    def _asked(self) -> tuple[Change, dict[str, str]]:
        url = urlsplit(self.path)
        _, _, container, *name = unquote(url.path).split("/")
        return (container, "/".join(name)), {key: values[0] for key, values in parse_qs(url.query).items()}

    def _refuse(self, status: int, code: str) -> None:
        said = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>No.</Message></Error>'
        self._answer(status, said.encode(), **{"x-ms-error-code": code})

    def _answer(self, status: int, data: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Type": "application/xml", "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


def _blob(name: str, size: int, sign: str) -> str:
    told = f"<Content-Length>{size}</Content-Length><Content-Type>message/rfc822</Content-Type><Etag>0x1</Etag>"
    return (
        f"<Blob><Name>{escape(name)}</Name>{sign}<Properties><Last-Modified>{DATE}</Last-Modified>{told}"
        "<BlobType>BlockBlob</BlobType></Properties></Blob>"
    )


def tell(endpoint: str, **how: object) -> None:
    """Let the account treat from now on what is deleted so; ``kept=[]`` lets go of what it kept."""
    assert urllib3.request("POST", endpoint, body=json.dumps(how).encode()).status == 200


def main(port: int) -> None:
    """A process of its own: the store's library lists blobs without letting other threads of its process run."""
    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]))
