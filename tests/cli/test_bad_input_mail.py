"""Bad input: a mail system that refuses, cannot be reached, or is not what it should be."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from tests.cli.desk import OPERATOR, Desk

Change = Callable[[str, str], None]
Graph = Callable[..., None]


@pytest.fixture
def graph(desk: Desk, change: Change, monkeypatch: pytest.MonkeyPatch) -> Graph:
    """Let the city sign in to Graph itself; keyword arguments are keys of ``[mail]``, empty ones are left out."""
    monkeypatch.setenv("RETENTION_SECRET", desk.simulator.secret)

    def set_up(**keys: str) -> None:
        given = {
            "tenant": desk.simulator.tenant,
            "client": desk.simulator.client,
            "secret": "env:RETENTION_SECRET",
            "authority_url": desk.simulator.authority_url,
            **keys,
        }
        lines = "".join(f'{key} = "{value}"\n' for key, value in given.items() if value)
        change('system = "simulator"\n', f'system = "graph"\n{lines}')

    return set_up


def certificate(path: Path, begin: datetime, end: datetime) -> bytes:
    """Write key and certificate of an application to a PEM file; returns the certificate."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "retention")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(begin)
        .not_valid_after(end)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + pem)
    path.chmod(0o600)
    return pem


def unused_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def test_the_right_secret_signs_in(desk: Desk, graph: Graph) -> None:
    graph()
    assert "signed in to tenant" in desk.done("doctor").out.lower()


def test_a_wrong_secret_is_told_in_the_services_own_words(
    desk: Desk, graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph()
    monkeypatch.setenv("RETENTION_SECRET", "wrong-and-never-shown")
    told = desk.refused("sync", code=12)
    assert "AADSTS7000215: Invalid client secret provided." in told.error
    assert "mail.secret" in told.next_step
    assert "Trace ID" not in told.err and "wrong-and-never-shown" not in told.err


def test_an_expired_secret_is_told_with_the_next_step(desk: Desk, graph: Graph) -> None:
    graph()
    desk.simulator.sign_in.secret_expired = True
    told = desk.refused("sync", code=12)
    assert "are expired" in told.error and "make a new one" in told.next_step


def test_a_secret_that_is_not_in_the_environment_is_named(
    desk: Desk, graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph()
    monkeypatch.delenv("RETENTION_SECRET")
    told = desk.refused("sync", code=10)
    assert "environment variable RETENTION_SECRET" in told.error


def test_a_secret_in_the_settings_file_is_refused_and_not_repeated(desk: Desk, graph: Graph) -> None:
    graph(secret="hunter2-hunter2")
    told = desk.refused("sync", code=10)
    assert any("mail.secret" in problem and "env:NAME" in problem for problem in told.problems)
    assert "hunter2" not in told.err


def test_an_unknown_certificate_is_refused(desk: Desk, graph: Graph) -> None:
    today = datetime.now(UTC)
    certificate(desk.folder / "app.pem", today - timedelta(days=1), today + timedelta(days=1))
    graph(secret="", certificate="app.pem")
    told = desk.refused("sync", code=12)
    assert "AADSTS700027" in told.error and "is not registered" in told.error
    assert "mail.certificate" in told.next_step


def test_a_certificate_whose_key_everybody_can_read_is_refused(desk: Desk, graph: Graph) -> None:
    today = datetime.now(UTC)
    public = certificate(desk.folder / "app.pem", today - timedelta(days=1), today + timedelta(days=1))
    desk.simulator.sign_in.register(public)
    graph(secret="", certificate="app.pem")
    (desk.folder / "app.pem").chmod(0o644)
    told = desk.refused("sync", code=10)
    assert "private key" in told.error and "chmod o-rwx" in told.next_step


def test_an_expired_certificate_is_refused(desk: Desk, graph: Graph) -> None:
    today = datetime.now(UTC)
    public = certificate(desk.folder / "app.pem", today - timedelta(days=9), today - timedelta(days=1))
    desk.simulator.sign_in.register(public)
    graph(secret="", certificate="app.pem")
    told = desk.refused("sync", code=12)
    assert "AADSTS700027" in told.error and "expired" in told.error
    assert "has not expired" in told.next_step


@pytest.mark.parametrize("content", [None, b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nxx\n"])
def test_a_certificate_file_of_no_use_is_named(desk: Desk, graph: Graph, content: bytes | None) -> None:
    if content is not None:
        (desk.folder / "app.pem").write_bytes(content)
        (desk.folder / "app.pem").chmod(0o600)
    graph(secret="", certificate="app.pem")
    assert "app.pem" in desk.refused("sync", code=10).error


def test_an_unknown_tenant_is_told(desk: Desk, graph: Graph) -> None:
    graph(tenant="11111111-1111-1111-1111-111111111111")
    told = desk.refused("sync", code=12)
    assert "11111111-1111-1111-1111-111111111111" in told.error and "AADSTS90002" in told.error
    assert "mail.tenant" in told.next_step


def test_an_unknown_application_is_told(desk: Desk, graph: Graph) -> None:
    graph(client="11111111-1111-1111-1111-111111111111")
    told = desk.refused("sync", code=12)
    assert "AADSTS700016" in told.error and "mail.client" in told.next_step


def test_an_unknown_mailbox_is_named(desk: Desk) -> None:
    told = desk.refused("sync", "nobody@city.example", "ann@city.example", code=10)
    assert "nobody@city.example" in told.error and "ann@" not in told.error


def test_a_misspelt_mailbox_is_no_run_that_did_not_end(desk: Desk) -> None:
    desk.refused("sync", "nobody@city.example", code=10)
    assert "did not end" not in desk.done("status").out


def test_a_mailbox_in_the_settings_that_the_tenant_does_not_have_is_named(desk: Desk, change: Change) -> None:
    change("[mail]\n", '[mail]\nmailboxes = ["nobody@city.example"]\n')
    told = desk.refused("sync", code=10)
    assert "nobody@city.example" in told.error and "mail.mailboxes" in told.next_step


@pytest.mark.parametrize("command", [("sync",), ("sync", "ann@city.example"), ("apply",)])
@pytest.mark.usefixtures("at_once")
def test_where_nothing_listens_it_says_so(desk: Desk, change: Change, command: tuple[str, ...]) -> None:
    port = unused_port()
    change(desk.simulator.graph_url, f"https://localhost:{port}")
    before = desk.state()
    told = desk.run(*command, *([desk.plan] if command == ("apply",) else []), by=OPERATOR)
    assert told.code == 13 and f"localhost:{port}" in told.error and "Connection refused" in told.error
    assert f"simulator serve --port {port}" in told.next_step and told.out == "" and len(told.err.splitlines()) == 2
    after = desk.state()
    assert {**after, "ledger": b""} == {**before, "ledger": b""}
    assert b'"outcome"' not in after["ledger"]


@pytest.mark.usefixtures("at_once")
def test_a_name_that_cannot_be_looked_up_is_told(desk: Desk, graph: Graph, change: Change) -> None:
    graph(authority_url="https://no-such-host.invalid")
    change(desk.simulator.graph_url, "https://no-such-host.invalid")
    # This is real mail: it has a ledger and a catalog of its own.
    desk.ledger.unlink()
    (desk.folder / "retention.db").unlink()
    desk.done("init")
    told = desk.refused("sync", code=13)
    assert "no-such-host.invalid" in told.error


@pytest.mark.usefixtures("at_once")
def test_a_mail_system_that_is_down_for_long_is_told(desk: Desk) -> None:
    desk.simulator.faults.add("unavailable", on="/users", times=-1)
    told = desk.refused("sync", code=13)
    assert "503" in told.error and "run again later" in told.next_step


@pytest.mark.usefixtures("at_once")
def test_a_folder_that_cannot_be_read_to_its_end_is_partly_done_and_can_be_read_again(desk: Desk) -> None:
    desk.world.reset_delta("ann@city.example", "Inbox")
    desk.simulator.faults.add("error", on="/messages/delta", times=-1, status=400, code="ErrorItemCorrupt")
    before = desk.state()
    told = desk.run("sync", "--json")
    assert told.code == 3 and "read to their end" in told.error and "`retention sync`" in told.next_step
    assert all(box["folder_troubles"] and not box["gone"] for box in told.json["mailboxes"])
    whole = "^Not covered: 9 folders .*: Archive, .* Inbox, .*'Archive' of ann@city.example"
    assert re.search(whole, desk.run("sync").out, re.MULTILINE)
    assert unchanged(desk, before)
    waiting = desk.done("status", "--json").json["waiting"]
    assert any("not wholly covered: ann@city.example" in sentence for sentence in waiting)
    desk.simulator.faults.clear()
    desk.done("sync")
    desk.done("classify")
    assert unchanged(desk, before)


def unchanged(desk: Desk, before: dict[str, Any]) -> bool:
    """Nothing but the ledger's word that mailboxes were read, and which could not be."""
    after = desk.state()
    more = after["ledger"][len(before["ledger"]) :].splitlines()
    assert {json.loads(line)["said"]["body"]["kind"] for line in more} == {"sync ended"}
    return {**after, "ledger": before["ledger"]} == before and after["ledger"].startswith(before["ledger"])


@pytest.mark.usefixtures("at_once")
def test_the_doctor_names_a_mailbox_of_which_a_folder_could_not_be_read(desk: Desk) -> None:
    desk.simulator.faults.add("error", on="/messages/delta", times=-1, status=400, code="ErrorItemCorrupt")
    desk.run("sync")
    assert "ann@city.example" in desk.run("doctor").out


def test_an_untrusted_certificate_is_named_with_its_issuer(desk: Desk, change: Change) -> None:
    change('ca_file = "ca.pem"\n', "")
    told = desk.refused("sync", code=13)
    assert "is not trusted" in told.error and "Rehearsal CA of the retention simulator" in told.error
    assert "mail.ca_file" in told.next_step


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_a_ca_file_of_no_use_is_named(desk: Desk, content: bytes | None) -> None:
    file = desk.folder / "ca.pem"
    file.unlink() if content is None else file.write_bytes(content)
    told = desk.refused("sync", code=10)
    assert "mail.ca_file" in told.error and "PEM" in told.next_step


@pytest.mark.parametrize("url", ["localhost", "ftp://localhost", "http://mail.city.example", "https://localhost?x=1"])
def test_a_url_of_no_use_is_named(desk: Desk, change: Change, url: str) -> None:
    change(desk.simulator.graph_url, url)
    told = desk.refused("sync", code=10)
    assert "mail.graph_url" in told.err and "https://" in told.err


def test_the_doctor_names_every_trouble_and_goes_on(desk: Desk, graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    graph()
    monkeypatch.setenv("RETENTION_SECRET", "wrong")
    told = desk.run("doctor")
    assert told.code == 12 and "MEND  sign in: Signing in to tenant" in told.out and "ok    ledger" in told.out
    assert "next: Look up the application's secret" in told.out
    assert [check["code"] for check in desk.run("doctor", "--json").json if check["code"]] == [12]
