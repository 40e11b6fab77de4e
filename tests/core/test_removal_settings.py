"""A credential for removal that is half written, or not how the mail system signs in, is a problem: never passed over.

Otherwise mail would be removed with the one that should only read.
"""

from __future__ import annotations

from typing import Any

import pytest

from retention.core.city import parse

CITY = {"name": "City", "time_zone": "America/Chicago"}
GRAPH = {"system": "graph", "tenant": "t", "client": "c", "secret": "env:READS"}
SERVER = {
    "system": "exchange",
    "server": "https://mail.city.example/EWS/Exchange.asmx",
    "version": "SE",
    "sign_in": "ntlm",
    "user": "CITY\\svc",
    "secret": "env:READS",
}
OAUTH = SERVER | {"sign_in": "oauth", "user": "", "tenant": "t", "client": "c"}


def problems(mail: dict[str, Any]) -> tuple[str, ...]:
    return parse({"city": CITY, "mail": mail})[1]


@pytest.mark.parametrize(
    "mail",
    [
        GRAPH | {"removal_client": "r", "removal_secret": "env:REMOVES"},
        GRAPH | {"removal_client": "r", "removal_certificate": "file:app.pem", "removal_thumbprint": "AB"},
        SERVER | {"removal_user": "CITY\\other", "removal_secret": "keyring:exchange/other"},
        OAUTH | {"removal_client": "r", "removal_secret": "env:REMOVES"},
    ],
)
def test_a_whole_credential_for_removal_is_no_problem(mail: dict[str, Any]) -> None:
    assert problems(mail) == ()


@pytest.mark.parametrize(
    ("mail", "named"),
    [
        (GRAPH | {"removal_secret": "env:REMOVES"}, "removal_client"),
        (GRAPH | {"removal_client": "r"}, "removal_secret"),
        (GRAPH | {"removal_user": "CITY\\other", "removal_secret": "env:REMOVES"}, "write 'mail.removal_client'"),
        (SERVER | {"removal_client": "r", "removal_secret": "env:REMOVES"}, "write 'mail.removal_user'"),
        (OAUTH | {"removal_user": "other", "removal_secret": "env:REMOVES"}, "write 'mail.removal_client'"),
        (GRAPH | {"removal_client": "r", "removal_secret": "hush"}, "never written here"),
        (GRAPH | {"out_of_scope": "nobody"}, "is no address"),
    ],
)
def test_a_credential_that_would_be_passed_over_is_named(mail: dict[str, Any], named: str) -> None:
    told = problems(mail)
    assert any(named in problem for problem in told) and not any("hush" in problem for problem in told)
