"""Signing in to an Exchange Server: NTLM, Basic and OAuth, what is refused, and what is said of it.

No mail is read here.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from retention.errors import BadConfiguration, MailNotAnswering, SignInRefused
from retention.mail.exchange import ExchangeMail, ExchangeSettings
from retention.simulator.faults import Faults
from retention.simulator.serve import Simulator
from retention.simulator.world import World
from tests.mail.conftest import ANN
from tests.mail.exchanging import Open, opened_exchange, opening, put, settings_of, told  # noqa: F401


@pytest.mark.parametrize("sign_in", ["basic", "ntlm"])
def test_a_service_account_signs_in_by_the_way_that_was_set(sign_in: str, open_exchange: Open) -> None:
    said = open_exchange(sign_in=sign_in).check_sign_in()
    assert said.startswith("Signed in to localhost:") and f"svc.retention ({sign_in})" in said
    assert said.endswith(f"it may open the mailbox of {ANN}.")


def oauth(open_exchange: Open, simulator: Simulator, **changed: object) -> ExchangeMail:
    told: dict[str, object] = {
        "sign_in": "oauth",
        "user": "",
        "tenant": simulator.tenant,
        "client": simulator.client,
        "authority_url": simulator.authority_url,
    }
    return open_exchange(**told | changed)


def test_an_application_signs_in_with_a_token_and_gets_another_when_it_ends(
    open_exchange: Open, simulator: Simulator, world: World, faults: Faults
) -> None:
    mail = oauth(open_exchange, simulator)
    assert f"{simulator.client} (oauth)" in mail.check_sign_in()
    faults.add("expired-token", on="#GetItem")
    assert mail.look(put(world, mail)).version


def test_a_token_that_is_never_accepted_is_refused_and_not_asked_for_for_ever(
    open_exchange: Open, simulator: Simulator, faults: Faults
) -> None:
    faults.add("expired-token", on="#GetSearchableMailboxes", times=-1)
    with pytest.raises(SignInRefused, match="oauth"):
        list(oauth(open_exchange, simulator).mailboxes())
    assert told(simulator).count("GetSearchableMailboxes") == 2


@pytest.mark.parametrize("sign_in", ["basic", "ntlm"])
def test_a_wrong_password_is_said_and_tried_twice_at_most(
    sign_in: str, open_exchange: Open, simulator: Simulator
) -> None:
    with pytest.raises(SignInRefused, match=r"svc\.retention") as refusal:
        list(open_exchange(sign_in=sign_in, secret="wrong").mailboxes())
    assert "wrong" not in str(refusal.value) and "mail.secret" in refusal.value.next_step


def test_an_account_without_rights_is_told_so_in_one_sentence(
    open_exchange: Open, world: World, faults: Faults
) -> None:
    faults.no_impersonation = faults.no_discovery = True
    said = open_exchange(mailboxes=(ANN,)).check_sign_in()
    assert "may not list the mailboxes (ErrorAccessDenied)" in said
    assert said.endswith(f"it may not open the mailbox of {ANN} (ErrorImpersonateUserDenied).")


def test_a_certificate_that_is_not_trusted_is_named_and_asked_once(open_exchange: Open) -> None:
    with pytest.raises(MailNotAnswering, match="is not trusted") as trouble:
        list(open_exchange(ca_file="").mailboxes())
    assert "mail.ca_file" in trouble.value.next_step


def test_what_the_environment_says_replaces_neither_trust_nor_account(
    open_exchange: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", f"{tmp_path}/none.pem")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    assert [box.address for box in open_exchange().mailboxes()] == [ANN]


def test_a_server_that_is_not_there_is_said_after_a_few_attempts(open_exchange: Open) -> None:
    with pytest.raises(MailNotAnswering, match=r"127\.0\.0\.1:9"):
        list(open_exchange(server="https://127.0.0.1:9/EWS/Exchange.asmx").mailboxes())


def test_an_address_without_web_services_is_said(open_exchange: Open, simulator: Simulator) -> None:
    with pytest.raises((MailNotAnswering, BadConfiguration)):
        list(open_exchange(server=f"{simulator.graph_url}/nothing/here").mailboxes())


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"server": "https://outlook.office365.com/EWS/Exchange.asmx"}, "Graph"),
        ({"server": "https://outlook.office365.us/EWS/Exchange.asmx"}, "Graph"),
        ({"server": "http://mail.city.example/EWS/Exchange.asmx"}, "not encrypted"),
        ({"server": "mail.city.example"}, "no address"),
        ({"version": "2010"}, "mail.version"),
        ({"sign_in": "kerberos"}, "mail.sign_in"),
        ({"secret": ""}, "mail.secret"),
        ({"user": ""}, "mail.user"),
        ({"sign_in": "oauth"}, "mail.tenant"),
        ({"ca_file": "/nowhere.pem"}, "/nowhere.pem"),
    ],
)
def test_settings_of_no_use_are_refused_before_anything_is_sent(
    changed: dict[str, object], said: str, simulator: Simulator
) -> None:
    with pytest.raises(BadConfiguration, match=said):
        ExchangeMail(settings_of(simulator, **changed))
    assert simulator.requests == []


def test_settings_never_show_the_password() -> None:
    server = "https://m.example/EWS/Exchange.asmx"
    told = ExchangeSettings(server=server, version="SE", sign_in="ntlm", user="svc", secret="hush")
    assert "hush" not in repr(told) and "hush" not in str(told)


def test_exchangelib_is_not_imported_before_something_is_sent() -> None:
    code = (
        "import sys; from retention.mail.exchange import ExchangeMail, ExchangeSettings as S;"
        "told = S(server='https://m.example/EWS/Exchange.asmx', version='SE', sign_in='ntlm', user='a', secret='b');"
        "ExchangeMail(told).close();"
        "sys.exit(', '.join({'exchangelib', 'lxml', 'requests', 'msal'} & set(sys.modules)) or 0)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
