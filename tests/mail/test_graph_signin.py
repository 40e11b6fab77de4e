"""Signing in as an application: secrets, certificates, tokens, and every way in which it is refused.

What is read after signing in is tested in the neighbours.
"""

from __future__ import annotations

import base64
import json
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import keyring
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, NoEncryption, pkcs12
from keyring.backend import KeyringBackend

from retention.errors import BadConfiguration, MailNotAnswering, SignInRefused
from retention.mail.asking.signin import claims_of, first_sentence, resolve_secret
from retention.mail.asking.urls import proxy_for
from retention.mail.graph import GraphMail, GraphSettings
from retention.simulator.certificates import make_certificates
from retention.simulator.faults import Faults
from retention.simulator.serve import Simulator
from tests.mail.conftest import ANN, Connect, Waits


def made_certificate() -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "retention of a city")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    return key, certificate


def as_pem(key: rsa.RSAPrivateKey, password: bytes = b"") -> bytes:
    kept = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, kept)


def public(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


# -- where the secret is


def test_a_secret_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITY_SECRET", "s3cret")
    assert resolve_secret("env:CITY_SECRET") == "s3cret"


def test_a_secret_that_is_not_in_the_environment_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CITY_SECRET", raising=False)
    with pytest.raises(BadConfiguration, match="CITY_SECRET"):
        resolve_secret("env:CITY_SECRET")


class _Keyring(KeyringBackend):
    priority = 1.0  # type: ignore[assignment]

    def get_password(self, service: str, username: str) -> str | None:
        return "from-the-keyring" if (service, username) == ("retention/graph", "rosemount") else None

    def set_password(self, service: str, username: str, password: str) -> None: ...

    def delete_password(self, service: str, username: str) -> None: ...


def test_a_secret_is_read_from_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(_Keyring())
    try:
        assert resolve_secret("keyring:retention/graph/rosemount") == "from-the-keyring"
        with pytest.raises(BadConfiguration, match="holds nothing"):
            resolve_secret("keyring:retention/waterbury")
    finally:
        keyring.set_keyring(before)


@pytest.mark.parametrize("written", ["Abc8Q~plain-secret", "env:", "keyring:nothing", "file:/etc/secret"])
def test_a_secret_in_the_file_itself_is_refused_and_not_repeated(written: str) -> None:
    with pytest.raises(BadConfiguration) as refusal:
        resolve_secret(written)
    assert "env:NAME" in refusal.value.next_step
    assert "plain-secret" not in str(refusal.value)


def test_no_secret_at_all_is_left_to_the_certificate() -> None:
    assert resolve_secret("") == ""


# -- signing in


def test_a_secret_signs_in_and_one_token_serves_many_threads(connect: Connect, simulator: Simulator) -> None:
    mail = connect()
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: mail._sign_in.token(), range(32)))) == 1
    assert [seen.path for seen in simulator.requests].count(f"/{simulator.tenant}/oauth2/v2.0/token") == 1


@pytest.mark.parametrize("form", ["pem", "pem with a password", "pfx", "pfx with a password", "key and thumbprint"])
def test_a_certificate_signs_in(form: str, connect: Connect, simulator: Simulator, tmp_path: Path) -> None:
    key, certificate = made_certificate()
    simulator.sign_in.register(public(certificate))
    file, password = tmp_path / "city", "open sesame" if "password" in form else ""
    thumbprint = certificate.fingerprint(hashes.SHA1()).hex() if "thumbprint" in form else ""
    if form.startswith("pfx"):
        kept = BestAvailableEncryption(password.encode()) if password else NoEncryption()
        file.write_bytes(pkcs12.serialize_key_and_certificates(b"city", key, certificate, None, kept))
    else:
        file.write_bytes(as_pem(key, password.encode()) + (b"" if thumbprint else public(certificate)))
    mail = connect(secret="", certificate=str(file), certificate_password=password, thumbprint=thumbprint)
    assert mail.check_sign_in().startswith("Signed in")


def test_a_certificate_the_service_does_not_know_is_refused_in_its_own_words(connect: Connect, tmp_path: Path) -> None:
    key, certificate = made_certificate()
    (tmp_path / "city.pem").write_bytes(as_pem(key) + public(certificate))
    with pytest.raises(SignInRefused, match="AADSTS700027") as refusal:
        connect(secret="", certificate=str(tmp_path / "city.pem")).check_sign_in()
    assert "certificate" in refusal.value.next_step


@pytest.mark.parametrize("content", [b"nothing of the kind", b"-----BEGIN PRIVATE KEY-----\nxx\n"])
def test_a_certificate_file_of_no_use_is_named(content: bytes, connect: Connect, tmp_path: Path) -> None:
    (tmp_path / "city.pem").write_bytes(content)
    with pytest.raises(BadConfiguration, match=r"city\.pem"):
        connect(secret="", certificate=str(tmp_path / "city.pem"))


def test_a_certificate_that_is_not_there_and_a_key_alone_are_named(connect: Connect, tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match=r"no\.pem"):
        connect(secret="", certificate=str(tmp_path / "no.pem"))
    (tmp_path / "key.pem").write_bytes(as_pem(made_certificate()[0]))
    with pytest.raises(BadConfiguration, match="no certificate") as refusal:
        connect(secret="", certificate=str(tmp_path / "key.pem"))
    assert "thumbprint" in refusal.value.next_step


@pytest.mark.parametrize("given", [{"secret": ""}, {"certificate": "x.pem"}])
def test_neither_or_both_of_secret_and_certificate_are_refused(given: dict[str, str], connect: Connect) -> None:
    with pytest.raises(BadConfiguration, match="a secret"):
        connect(**given)


@pytest.mark.parametrize("empty", ["tenant", "client"])
def test_an_empty_tenant_or_client_is_named(empty: str, connect: Connect) -> None:
    with pytest.raises(BadConfiguration, match=f"mail.{empty}"):
        connect(**{empty: ""})


# -- refusals


def refused(mail: GraphMail) -> SignInRefused:
    with pytest.raises(SignInRefused) as refusal:
        mail.check_sign_in()
    assert "\n" not in str(refusal.value)
    assert "Trace ID" not in refusal.value.message
    return refusal.value


def test_a_wrong_secret_is_refused_in_the_services_own_words(connect: Connect) -> None:
    error = refused(connect(secret="wrong"))
    assert "AADSTS7000215: Invalid client secret provided" in error.message
    assert "value" in error.next_step and error.exit_code == 12
    assert "wrong" not in error.message


def test_an_expired_secret_says_that_it_expired(connect: Connect, simulator: Simulator) -> None:
    simulator.sign_in.secret_expired = True
    error = refused(connect())
    assert "AADSTS7000222" in error.message and "expired" in error.next_step


def test_an_unknown_tenant_is_named_in_the_services_own_words(connect: Connect) -> None:
    error = refused(connect(tenant="no-such-tenant"))
    assert "no-such-tenant" in error.message and "AADSTS90002" in error.message
    assert "mail.tenant" in error.next_step


def test_an_unknown_application_is_named(connect: Connect) -> None:
    error = refused(connect(client="no-such-app"))
    assert "AADSTS700016" in error.message and "mail.client" in error.next_step


def test_a_refusal_is_not_asked_for_again_by_every_thread(connect: Connect, simulator: Simulator) -> None:
    mail = connect(secret="wrong")
    for _ in range(5):
        refused(mail)
    assert [seen.method for seen in simulator.requests].count("POST") == 1


def test_an_application_that_may_not_list_users_is_told_the_permission(graph: GraphMail, faults: Faults) -> None:
    faults.add("error", on="GET /v1.0/users", times=-1, status=403, code="Authorization_RequestDenied")
    with pytest.raises(SignInRefused, match="Authorization_RequestDenied") as refusal:
        list(graph.mailboxes())
    assert "User.Read.All" in refusal.value.next_step


def test_the_services_words_end_where_its_trace_begins() -> None:
    assert first_sentence("AADSTS1: No. Trace ID: 7 Correlation ID: 8") == "AADSTS1: No."
    assert first_sentence("") == "no reason was given."


# -- tokens


def test_a_token_is_renewed_before_it_ends(
    connect: Connect, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("retention.mail.asking.signin.time", SimpleNamespace(monotonic=lambda: now))
    simulator.sign_in.lifetime = 3600
    mail = connect()
    first = mail._sign_in.token()
    now += 3200
    assert mail._sign_in.token() == first
    now += 150
    mail._sign_in._application.remove_tokens_for_client()
    assert mail._sign_in.token() != first


def test_an_expired_token_is_replaced_once_and_the_request_goes_on(
    graph: GraphMail, faults: Faults, waits: Waits, simulator: Simulator
) -> None:
    assert [each.address for each in graph.mailboxes()] == [ANN]
    faults.add("expired-token", on="GET /v1.0/users")
    assert [each.address for each in graph.mailboxes()] == [ANN]
    assert waits.seconds == []
    assert [seen.path for seen in simulator.requests].count(f"/{simulator.tenant}/oauth2/v2.0/token") == 2


def test_a_fresh_token_that_is_refused_too_ends_it(graph: GraphMail, faults: Faults) -> None:
    faults.add("expired-token", on="GET /v1.0/users", times=-1)
    with pytest.raises(SignInRefused, match="does not accept the token"):
        list(graph.mailboxes())


def jwt(**claims: object) -> str:
    def packed(part: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")

    return f"{packed({'alg': 'none'})}.{packed(claims)}.x"


def test_who_we_are_and_what_we_may_is_read_from_the_token(graph: GraphMail, monkeypatch: pytest.MonkeyPatch) -> None:
    token = jwt(app_displayname="Retention\x1b[31m", tid="t-1", roles=["User.Read.All", "Mail.Read"])
    monkeypatch.setattr(graph._sign_in, "token", lambda: token)
    said = graph.check_sign_in()
    assert "Retention [31m" in said and "t-1" in said
    assert said.endswith("with Mail.Read, User.Read.All.")
    assert any("has no Mail.ReadWrite for the whole tenant" in sentence for sentence in graph.permissions())


@pytest.mark.parametrize("token", ["opaque", "a.b.c", "a.!!!.c", jwt().replace(".", "..")])
def test_a_token_that_says_nothing_is_no_trouble(token: str) -> None:
    assert claims_of(token) == {}


# -- the way there


def test_no_network_is_said_with_the_host(simulator: Simulator, connect: Connect, waits: Waits) -> None:
    mail = connect(authority_url="https://localhost:1", graph_url="https://localhost:1")
    with pytest.raises(MailNotAnswering, match="localhost:1") as trouble:
        mail.check_sign_in()
    assert trouble.value.exit_code == 13 and "\n" not in str(trouble.value)
    assert len(waits.seconds) == 3


def test_a_busy_sign_in_service_is_asked_again(connect: Connect, faults: Faults, waits: Waits) -> None:
    faults.add("unavailable", on="oauth2", times=1, retry_after=7)
    faults.add("drop", on="oauth2", times=1)
    assert connect().check_sign_in().startswith("Signed in")
    assert waits.seconds[0] == 7 and len(waits.seconds) == 2


def test_a_sign_in_service_that_stays_busy_is_not_answering(connect: Connect, faults: Faults) -> None:
    faults.add("unavailable", on="oauth2", times=-1)
    with pytest.raises(MailNotAnswering, match="503"):
        connect().check_sign_in()


def test_an_untrusted_certificate_is_named_and_ca_file_is_offered(connect: Connect, waits: Waits) -> None:
    with pytest.raises(MailNotAnswering, match=r"localhost:\d+ is not trusted") as trouble:
        connect(ca_file="").check_sign_in()
    assert "issued by" in trouble.value.message and "CN=" in trouble.value.message
    assert "mail.ca_file" in trouble.value.next_step
    assert waits.seconds == []


def test_another_authority_in_ca_file_does_not_help(connect: Connect, tmp_path: Path) -> None:
    (tmp_path / "other.pem").write_bytes(make_certificates(("localhost",)).ca)
    with pytest.raises(MailNotAnswering, match="is not trusted"):
        connect(ca_file=str(tmp_path / "other.pem")).check_sign_in()


def test_a_ca_file_that_is_missing_or_empty_is_named(connect: Connect, tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_bytes(b"")
    for name in ("missing.pem", "empty.pem"):
        with pytest.raises(BadConfiguration, match=name):
            connect(ca_file=str(tmp_path / name))


def test_requests_ca_bundle_cannot_override_ca_file(
    connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other.pem").write_bytes(make_certificates(("localhost",)).ca)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "other.pem"))
    monkeypatch.setenv("CURL_CA_BUNDLE", str(tmp_path / "other.pem"))
    assert connect().check_sign_in().startswith("Signed in")


def test_proxies_come_from_the_environment_and_never_for_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY", "http_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", "proxy.city.example:3128")
    assert proxy_for("https://graph.microsoft.com/v1.0/users") == "http://proxy.city.example:3128"
    for host in ("localhost:8443", "127.0.0.1", "127.9.9.9:1", "[::1]:8443"):
        assert proxy_for(f"https://{host}/v1.0/users") == ""
    monkeypatch.setenv("no_proxy", "graph.microsoft.com")
    assert proxy_for("https://graph.microsoft.com/v1.0/users") == ""


def test_a_proxy_is_asked_to_connect_and_is_named_when_it_does_not(
    monkeypatch: pytest.MonkeyPatch, waits: Waits
) -> None:
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as proxy:

        def refuse() -> None:
            while True:
                try:
                    connection, _ = proxy.accept()
                except OSError:
                    return
                with connection:
                    asked.append(connection.recv(4096))
                    connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

        threading.Thread(target=refuse, daemon=True).start()
        monkeypatch.setenv("https_proxy", f"http://kim:lee@127.0.0.1:{proxy.getsockname()[1]}")
        monkeypatch.setenv("no_proxy", "")
        mail = GraphMail(GraphSettings(tenant="t", client="c", secret="s"), pause=waits, jitter=lambda: 0.0)
        with pytest.raises(MailNotAnswering, match=r"login\.microsoftonline\.com through the proxy"):
            mail.check_sign_in()
        proxy.shutdown(socket.SHUT_RDWR)
    assert asked[0].startswith(b"CONNECT login.microsoftonline.com:443 ")
    assert base64.b64encode(b"kim:lee") in asked[0]


def test_msal_is_not_imported_until_somebody_signs_in() -> None:
    script = (
        "import sys, retention.mail.graph as g; print([m for m in ('msal', 'requests', 'keyring') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
