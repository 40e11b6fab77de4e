"""Signing in as an application: by hand, and as msal does it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msal
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from retention.simulator.serve import Simulator
from tests.simulator.client import Client
from tests.simulator.conftest import ANN

PEM = serialization.Encoding.PEM


def certificate(days: int = 30) -> tuple[str, bytes]:
    """A key and a certificate for an application, in PEM; negative days: it is over already."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "retention")])
    since = datetime.now(UTC) - timedelta(days=400)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(since)
        .not_valid_after(datetime.now(UTC) + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return private.decode(), made.public_bytes(PEM)


def thumbprint(pem: bytes) -> str:
    return x509.load_pem_x509_certificate(pem).fingerprint(hashes.SHA1()).hex()


def through_msal(simulator: Simulator, credential: object, client: str = "", tenant: str = "") -> dict[str, Any]:
    application = msal.ConfidentialClientApplication(
        client or simulator.client,
        authority=f"{simulator.authority_url}/{tenant or simulator.tenant}",
        client_credential=credential,
        instance_discovery=False,
        verify=str(simulator.ca_file),
    )
    answer: dict[str, Any] = application.acquire_token_for_client([f"{simulator.graph_url}/.default"])
    return answer


@pytest.mark.usefixtures("own_trust")
def test_msal_signs_in_with_the_secret_and_the_token_opens_graph(simulator: Simulator, client: Client) -> None:
    client.token = through_msal(simulator, simulator.secret)["access_token"]
    assert client.get(f"/users/{ANN}").status == 200


@pytest.mark.usefixtures("own_trust")
def test_msal_is_told_why_a_secret_is_refused(simulator: Simulator) -> None:
    wrong = through_msal(simulator, "a guess")
    assert (wrong["error"], wrong["error_codes"]) == ("invalid_client", [7000215])
    assert wrong["error_description"].startswith("AADSTS7000215: Invalid client secret provided.")
    simulator.sign_in.secret_expired = True
    assert "AADSTS7000222" in through_msal(simulator, simulator.secret)["error_description"]


@pytest.mark.usefixtures("own_trust")
@pytest.mark.parametrize("form", ["sha1", "sha256"])
def test_msal_signs_in_with_a_certificate(simulator: Simulator, client: Client, form: str) -> None:
    key, public = certificate()
    simulator.sign_in.register(public)
    named = {"thumbprint": thumbprint(public)} if form == "sha1" else {"public_certificate": public.decode()}
    client.token = through_msal(simulator, {"private_key": key, **named})["access_token"]
    assert client.get("/users").status == 200


@pytest.mark.usefixtures("own_trust")
def test_a_certificate_that_is_not_registered_or_over_or_signed_by_another_key_is_refused(simulator: Simulator) -> None:
    key, public = certificate()
    unknown = through_msal(simulator, {"private_key": key, "thumbprint": thumbprint(public)})
    assert unknown["error_description"].startswith("AADSTS700027: The certificate with identifier")
    old_key, old = certificate(days=-1)
    simulator.sign_in.register(old)
    over = through_msal(simulator, {"private_key": old_key, "thumbprint": thumbprint(old)})
    assert "The key used is expired" in over["error_description"]
    simulator.sign_in.register(public)
    forged = through_msal(simulator, {"private_key": old_key, "thumbprint": thumbprint(public)})
    assert "AADSTS700027: Client assertion failed signature validation" in forged["error_description"]


@pytest.mark.usefixtures("own_trust")
def test_an_unknown_tenant_and_an_unknown_application_are_named(simulator: Simulator, client: Client) -> None:
    with pytest.raises(ValueError, match="tenant"):
        through_msal(simulator, simulator.secret, tenant="11111111-0000-0000-0000-000000000000")
    assert "AADSTS700016" in through_msal(simulator, simulator.secret, client="someone")["error_description"]
    reply = client.sign_in(tenant="elsewhere")
    assert (reply.status, reply.json["error_codes"]) == (400, [90002])


@pytest.mark.parametrize(
    ("changed", "status", "number"),
    [
        ({"client_secret": ""}, 401, 7000218),
        ({"grant_type": "password"}, 400, 70003),
        ({"scope": "https://graph.microsoft.com/Mail.Read"}, 400, 1002012),
        ({"scope": "https://elsewhere.example/.default"}, 400, 500011),
        ({"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, 400, 50027),
    ],
)
def test_a_form_that_is_not_right_is_refused_by_its_number(
    client: Client, changed: dict[str, str], status: int, number: int
) -> None:
    reply = client.sign_in(**changed)
    assert (reply.status, reply.json["error_codes"]) == (status, [number])
    assert reply.json["error_description"].startswith(f"AADSTS{number}: ")


@pytest.mark.parametrize("root", ["https://graph.microsoft.com", "https://graph.microsoft.us"])
def test_a_rehearsal_may_ask_for_the_scope_of_the_real_cloud(client: Client, root: str) -> None:
    assert client.sign_in(scope=f"{root}/.default").status == 200


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer made-up", "Basic abc"])
def test_without_a_token_nothing_opens(client: Client, header: str) -> None:
    client.get("/users")
    reply = client.get("/users", Authorization=header)
    assert (reply.status, reply.code) == (401, "InvalidAuthenticationToken")
    assert reply.headers["WWW-Authenticate"] == "Bearer"


def test_tokens_end_by_time_and_by_revocation(simulator: Simulator, client: Client) -> None:
    simulator.sign_in.lifetime = 60
    client.get("/users")
    now = simulator.sign_in.clock()
    simulator.sign_in.clock = lambda: now + 61
    assert client.get("/users").status == 401
    client.token = ""
    assert client.get("/users").status == 200
    simulator.sign_in.revoke()
    assert client.get("/users").status == 401


def test_only_the_two_versions_of_graph_are_known(client: Client) -> None:
    client.get("/users")
    assert client.get(f"{client.simulator.graph_url}/v2.0/users").status == 400
