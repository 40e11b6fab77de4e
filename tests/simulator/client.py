"""A bare HTTP client for the simulator: it signs in, sends what it is told, and repairs nothing.

It knows no mail system of the product, so that the simulator is tested by itself.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import msgspec
import urllib3

from retention.simulator.serve import Simulator

IMMUTABLE = 'IdType="ImmutableId"'


class Reply:
    """What came back: ``status``, ``headers`` and ``data`` (bytes); ``json`` reads the latter."""

    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.data = response.data

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.data)

    @property
    def code(self) -> str:
        """Graph's error code."""
        return str(self.json["error"]["code"])


class Client:
    """``prefer`` goes with every request; None sends no Prefer header at all."""

    def __init__(self, simulator: Simulator, prefer: str | None = IMMUTABLE) -> None:
        self.simulator = simulator
        self.prefer = prefer
        self.http = urllib3.PoolManager(ca_certs=str(simulator.ca_file), maxsize=8, timeout=20.0)
        self.token = ""

    def sign_in(self, **changed: str) -> Reply:
        form = {
            "client_id": self.simulator.client,
            "client_secret": self.simulator.secret,
            "grant_type": "client_credentials",
            "scope": f"{self.simulator.graph_url}/.default",
        }
        tenant = changed.pop("tenant", self.simulator.tenant)
        url = f"{self.simulator.authority_url}/{tenant}/oauth2/v2.0/token"
        body = urlencode({name: value for name, value in (form | changed).items() if value})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return Reply(self.http.request("POST", url, body=body, headers=headers, retries=False))

    def send(self, method: str, path: str, body: object = None, **headers: str) -> Reply:
        """Send to ``path`` below /v1.0, or to a whole link. Header names are given with underscores."""
        if not self.token:
            self.token = self.sign_in().json["access_token"]
        url = path if path.startswith("https:") else f"{self.simulator.graph_url}/v1.0{path}"
        sent = {"Authorization": f"Bearer {self.token}"} | ({"Prefer": self.prefer} if self.prefer else {})
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        content = None if body is None else msgspec.json.encode(body)
        return Reply(self.http.request(method, url, body=content, headers=sent, retries=False))

    def get(self, path: str, **headers: str) -> Reply:
        return self.send("GET", path, **headers)

    def post(self, path: str, body: object = None, **headers: str) -> Reply:
        return self.send("POST", path, body if body is not None else {}, **headers)

    def delete(self, path: str, **headers: str) -> Reply:
        return self.send("DELETE", path, **headers)

    def batch(self, *requests: dict[str, Any]) -> dict[str, Any]:
        """The answers of a batch by the ids of its parts."""
        reply = self.post("/$batch", {"requests": list(requests)})
        assert reply.status == 200, reply.data
        return {each["id"]: each for each in reply.json["responses"]}

    def values(self, path: str, **headers: str) -> list[dict[str, Any]]:
        """All rows of a list, page after page."""
        rows: list[dict[str, Any]] = []
        while path:
            page = self.get(path, **headers).json
            rows += page["value"]
            path = page.get("@odata.nextLink", "")
        return rows

    def round(self, path: str, size: int = 0) -> tuple[list[list[dict[str, Any]]], str]:
        """The pages of one delta round, and its deltaLink."""
        prefer = ", ".join(filter(None, [self.prefer, f"odata.maxpagesize={size}" if size else ""]))
        pages: list[list[dict[str, Any]]] = []
        while True:
            reply = self.get(path, Prefer=prefer)
            assert reply.status == 200, reply.data
            pages.append(reply.json["value"])
            if "@odata.deltaLink" in reply.json:
                return pages, reply.json["@odata.deltaLink"]
            path = reply.json["@odata.nextLink"]


def mail(subject: str = "Hello", *, date: str = "Mon, 01 Jan 2024 10:00:00 +0000", text: str = "Hello there.") -> bytes:
    """A small message."""
    lines = [
        "From: Ann Doe <ann@city.example>",
        "To: Bob <bob@city.example>, carla@city.example",
        f"Subject: {subject}",
        f"Date: {date}",
        f"Message-ID: <{re.sub(r'[^A-Za-z0-9]', '.', subject)[:60]}@city.example>",
        "",
        text,
    ]
    return "\r\n".join([*lines, ""]).encode()
