"""A bare HTTP client that reads what a sync reads, parses it and drops it: the limit a sync is held against.

It asks nothing twice, keeps nothing and understands no error; four connections read each mailbox, as ours do.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Iterator
from http.client import HTTPSConnection
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

import msgspec
from msgspec import Struct, field

from retention.mail.graph.asked import EXPAND, SELECT
from tests.benchmarks.serving import Served

CONNECTIONS = 4
LISTING = "includeHiddenFolders=true&$top=100&$select=id"
PREFER = 'IdType="ImmutableId", odata.maxpagesize=1000'


class _Row(Struct, rename="camel", gc=False):
    """Every field that is asked for, taken as it comes."""

    id: str = ""
    change_key: str | None = None
    internet_message_id: str | None = None
    conversation_id: str | None = None
    subject: str | None = None
    from_: Any = field(default=None, name="from")
    to_recipients: Any = None
    cc_recipients: Any = None
    bcc_recipients: Any = None
    received_date_time: str | None = None
    sent_date_time: str | None = None
    categories: Any = None
    has_attachments: bool | None = None
    is_draft: bool | None = None
    is_read: bool | None = None
    body_preview: str | None = None
    single_value_extended_properties: Any = None


class _Page(Struct):
    value: list[_Row] = []
    next_link: str | None = field(default=None, name="@odata.nextLink")


class _Part(Struct):
    id: str
    body: _Page


class _Parts(Struct):
    responses: list[_Part]


_page, _parts = msgspec.json.Decoder(_Page), msgspec.json.Decoder(_Parts)


class Read(NamedTuple):
    """What one reading took: to sign in and find the folders, and to read them; and the rows that came."""

    finding: float
    reading: float
    rows: int

    @property
    def whole(self) -> float:
        return self.finding + self.reading


def read(served: Served, *, sizes: bool) -> Read:
    """Read every folder of every mailbox by delta; with ``sizes`` also the list of sizes and classes of each."""
    began = time.perf_counter()
    token = _Asking(served, "").token()
    users = msgspec.json.decode(_Asking(served, token).get("/v1.0/users?$select=id&$top=999"))["value"]
    found = _together([lambda id_=user["id"]: (id_, _folders(_Asking(served, token), id_)) for user in users])
    between = time.perf_counter()
    readers = []
    for mailbox, folders in found:
        todo = deque(folders)
        readers += [lambda m=mailbox, t=todo: _read(_Asking(served, token), m, t, sizes)] * CONNECTIONS
    rows = sum(_together(readers))
    return Read(between - began, time.perf_counter() - between, rows)


def _together(calls: list[Any]) -> list[Any]:
    """The results of calls made at the same time, each in its own thread."""
    results: queue.Queue[Any] = queue.Queue()
    threads = [threading.Thread(target=lambda call=call: results.put(call())) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [results.get_nowait() for _ in calls]


class _Asking:
    """One connection."""

    def __init__(self, served: Served, token: str) -> None:
        self._facts = served.facts
        url = urlsplit(served.facts["graph_url"])
        self._connection = HTTPSConnection(url.hostname or "", url.port, context=served.tls())
        self._headers = {"Authorization": f"Bearer {token}", "Prefer": PREFER}

    def token(self) -> str:
        form = {"client_id": self._facts["client"], "client_secret": self._facts["secret"]}
        form |= {"grant_type": "client_credentials", "scope": f"{self._facts['graph_url']}/.default"}
        self._headers = {"Content-Type": "application/x-www-form-urlencoded"}
        said = self._send("POST", f"/{self._facts['tenant']}/oauth2/v2.0/token", urlencode(form).encode())
        return str(msgspec.json.decode(said)["access_token"])

    def get(self, path: str) -> bytes:
        return self._send("GET", path)

    def batch(self, paths: list[str]) -> bytes:
        asked = [
            {"id": str(n), "method": "GET", "url": path, "headers": {"Prefer": PREFER}} for n, path in enumerate(paths)
        ]
        return self._send("POST", "/v1.0/$batch", msgspec.json.encode({"requests": asked}))

    def _send(self, method: str, path: str, body: bytes | None = None) -> bytes:
        self._connection.request(method, path, body, self._headers)
        answer = self._connection.getresponse()
        content = answer.read()
        assert answer.status == 200, content
        return content


def _folders(asking: _Asking, mailbox: str) -> list[str]:
    """The ids of all folders, level by level."""
    box = f"/users/{mailbox}/mailFolders"
    level = _ids(msgspec.json.decode(asking.get(f"/v1.0{box}?{LISTING}")))
    found = []
    while level:
        found += level
        below = []
        for start in range(0, len(level), 20):
            targets = [f"{box}/{id_}/childFolders?{LISTING}" for id_ in level[start : start + 20]]
            for part in msgspec.json.decode(asking.batch(targets))["responses"]:
                below += _ids(part["body"])
        level = below
    return found


def _ids(page: Any) -> list[str]:
    return [each["id"] for each in page["value"]]


def _read(asking: _Asking, mailbox: str, todo: deque[str], sizes: bool) -> int:
    rows = 0
    for folder in _taken(todo):
        path = f"/users/{mailbox}/mailFolders/{folder}/messages"
        first = f"{path}/delta?$select={SELECT}"
        if sizes:
            parts = {
                part.id: part.body
                for part in _parts.decode(
                    asking.batch([first, f"{path}?$select=id&$top=1000&$expand={EXPAND}"])
                ).responses
            }
            rows += len(parts["0"].value)
            links = [part.next_link for part in parts.values()]
        else:
            links = [f"/v1.0{first}"]
        for link in links:
            target = link
            while target:
                page = _page.decode(asking.get(target))
                target = page.next_link
                rows += len(page.value) if link is not None and "delta" in link else 0
    return rows


def _taken(todo: deque[str]) -> Iterator[str]:
    while True:
        try:
            yield todo.popleft()
        except IndexError:
            return
