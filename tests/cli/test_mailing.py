"""The mail system that the settings name is opened, and only what touches no real mail is a rehearsal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from retention.cli import mailing
from retention.core.city import Mail
from retention.core.files import file_source
from retention.core.message import MessageRef, Removal
from retention.errors import BadConfiguration
from retention.mail.together import Together
from tests.cli.desk import ANN, BOB, Desk

HERE, AWAY = "https://localhost:8443", "https://graph.microsoft.com"
EXCHANGE = {"system": "exchange", "server": "https://mail.city.example/EWS/Exchange.asmx", "version": "2019"}


@pytest.mark.parametrize(
    ("mail", "expected"),
    [
        ({"system": "simulator", "graph_url": HERE}, True),
        ({"system": "simulator", "graph_url": HERE, "voice": "ews"}, True),
        ({"system": "graph", "graph_url": HERE, "authority_url": HERE}, True),
        ({"system": "graph", "graph_url": HERE}, False),
        ({"system": "graph"}, False),
        (EXCHANGE, False),
        (
            {**EXCHANGE, "server": "https://localhost/EWS/Exchange.asmx", "graph_url": HERE, "authority_url": HERE},
            False,
        ),
        ({"system": "files", "graph_url": HERE, "authority_url": HERE}, False),
    ],
)
def test_only_what_touches_no_real_mail_is_a_rehearsal(mail: dict[str, Any], expected: bool) -> None:
    assert mailing.is_rehearsal(Mail(**mail)) is expected


def opened(mail: Mail, folder: Path, *paths: str) -> tuple[str, str]:
    """The kinds of the server's half and of the files' half."""
    found = mailing.open_mail(mail, folder, [file_source(path, ANN) for path in paths])
    assert isinstance(found, Together)
    return type(found._server).__name__, type(found._files).__name__


def test_the_system_of_the_settings_is_opened_and_files_where_some_were_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_SECRET", "secret")
    graph = Mail(system="graph", tenant="t", client="c", secret="env:MAIL_SECRET")
    exchange = Mail(**EXCHANGE, sign_in="ntlm", user="CITY\\retention", secret="env:MAIL_SECRET")
    assert opened(graph, tmp_path) == ("GraphMail", "NoneType")
    assert opened(exchange, tmp_path, "/share") == ("ExchangeMail", "FilesMail")
    assert opened(Mail(system="files"), tmp_path) == ("NoneType", "NoneType")
    assert opened(Mail(system="files"), tmp_path, "/share", "/other") == ("NoneType", "FilesMail")


def test_mail_is_opened_without_the_secret_for_removal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What runs every night to read must not need what can remove."""
    monkeypatch.setenv("MAIL_SECRET", "secret")
    both: dict[str, Any] = {"secret": "env:MAIL_SECRET", "removal_secret": "env:NOT_HERE"}
    for mail in (
        Mail(system="graph", tenant="t", client="c", removal_client="r", **both),
        Mail(**EXCHANGE, sign_in="ntlm", user="CITY\\reads", removal_user="CITY\\removes", **both),
    ):
        found, ref, why = (
            mailing.open_mail(mail, tmp_path, ()),
            MessageRef("box", "id"),
            "NOT_HERE that mail.removal_secret",
        )
        with pytest.raises(BadConfiguration, match=why):
            found.purge(ref, "1", Removal.RECOVERABLE, pytest.fail)
        with pytest.raises(BadConfiguration, match=why):
            found.put_back(ref, "")
        found.close()


def test_a_key_for_removal_that_everybody_can_read_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_SECRET", "secret")
    (tmp_path / "removal.pem").touch()
    (tmp_path / "removal.pem").chmod(0o644)
    mail = Mail(system="graph", tenant="t", client="c", secret="env:MAIL_SECRET", removal_client="r")
    with pytest.raises(BadConfiguration, match="can be read by everybody"):
        mailing.open_mail(replace(mail, removal_certificate="removal.pem"), tmp_path, ())


def test_the_simulator_is_spoken_to_in_the_voice_of_the_settings(
    desk: Desk, change: Callable[[str, str], None]
) -> None:
    before = {one["address"]: one["messages"] for one in desk.done("mailbox", "list", "--json").json}
    change('system = "simulator"', 'system = "simulator"\nvoice = "ews"')
    (desk.folder / "retention.db").unlink()
    desk.done("init")
    desk.simulator.forget_requests()
    desk.done("sync")
    assert {request.path.partition("#")[0] for request in desk.simulator.requests} == {mailing.EWS_PATH}
    after = {one["address"]: one["messages"] for one in desk.done("mailbox", "list", "--json").json}
    assert after == before and set(after) == {ANN, BOB}
