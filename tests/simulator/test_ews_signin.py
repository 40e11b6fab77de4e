"""Who may come in over EWS, and for whom: Basic, a bearer token, NTLM, and impersonation."""

from __future__ import annotations

import base64

import pytest

from retention.simulator.faults import Faults
from retention.simulator.serve import Simulator
from retention.simulator.world import World
from tests.simulator.client import Client, mail
from tests.simulator.conftest import ANN
from tests.simulator.soap import Soap


def basic(user: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()


def test_the_service_account_comes_in_with_its_domain_and_without(soap: Soap, simulator: Simulator) -> None:
    for user in (simulator.user, simulator.user.partition("\\")[2], simulator.user.lower()):
        soap.authorization = basic(user, simulator.secret)
        assert soap.get_folders("inbox").codes == ["NoError"]


@pytest.mark.parametrize(
    "authorization",
    ["", "Basic", "Basic !!", basic("svc.retention", "wrong"), basic("somebody", "x"), "Bearer x", "NTLM", "NTLM AAAA",
     "NTLM " + base64.b64encode(b"NTLMSSP\0\3\0\0\0").decode()],
)  # fmt: skip
def test_nobody_else_comes_in_and_is_told_how_one_could(authorization: str, soap: Soap) -> None:
    soap.authorization = authorization
    reply = soap.get_folders("inbox")
    assert reply.status == 401
    assert "NTLM" in reply.headers.getlist("www-authenticate")
    assert reply.data == b""


def test_a_token_of_the_simulator_opens_this_voice_too_until_it_ends(soap: Soap, client: Client) -> None:
    soap.authorization = f"Bearer {client.sign_in().json['access_token']}"
    assert soap.get_folders("inbox").codes == ["NoError"]
    client.simulator.sign_in.revoke()
    assert soap.get_folders("inbox").status == 401


def test_an_expired_token_is_dead_from_then_on(soap: Soap, client: Client, faults: Faults) -> None:
    soap.authorization = f"Bearer {client.sign_in().json['access_token']}"
    faults.add("expired-token", on="#GetFolder")
    assert [soap.get_folders("inbox").status for _ in range(2)] == [401, 401]


def test_ntlm_signs_in_the_connection(simulator: Simulator) -> None:
    requests = pytest.importorskip("requests")
    ntlm = pytest.importorskip("requests_ntlm")
    body = b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body/></s:Envelope>'

    def statuses(secret: str) -> list[int]:
        with requests.Session() as session:
            session.verify, session.trust_env = str(simulator.ca_file), False
            session.auth = ntlm.HttpNtlmAuth(simulator.user, secret)
            return [session.post(simulator.ews_url, data=body).status_code for _ in range(2)]

    assert statuses(simulator.secret) == [500, 500]
    assert len(simulator.requests) == 4
    assert statuses("wrong") == [401, 401]


def test_a_handshake_uses_up_no_fault(soap: Soap, faults: Faults) -> None:
    faults.add("unavailable", on="#GetFolder")
    known, soap.authorization = soap.authorization, ""
    assert soap.get_folders("inbox").status == 401
    soap.authorization = known
    assert [soap.get_folders("inbox").status for _ in range(2)] == [503, 200]


@pytest.mark.parametrize("name", ["PrimarySmtpAddress", "SmtpAddress", "PrincipalName"])
def test_it_acts_for_a_mailbox_by_any_of_its_names(name: str, soap: Soap, world: World) -> None:
    world.add_mailbox("clerk@city.example", aliases=("records@city.example",))
    world.add_message("clerk@city.example", "Inbox", mail())
    for soap.acts_as in ("clerk@city.example", "Clerk@City.Example", "records@city.example"):
        reply = soap.send(
            "<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape><m:FolderIds>"
            '<t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder>',
            as_name=name,
        )
        assert reply.texts("TotalCount") == ["1"]


def test_the_right_can_be_taken_away_for_all_or_for_one(soap: Soap, world: World, faults: Faults) -> None:
    other = Soap(soap.simulator, world.add_mailbox("ben@city.example").address)
    world.mailbox(ANN).impersonation = False
    assert soap.get_folders("inbox").fault == "ErrorImpersonateUserDenied"
    assert other.get_folders("inbox").codes == ["NoError"]
    faults.no_impersonation = True
    assert other.get_folders("inbox").fault == "ErrorImpersonateUserDenied"
    assert other.get_folders("inbox").status == 500


def test_a_mailbox_that_is_not_there_says_so(soap: Soap, world: World) -> None:
    world.add_mailbox("gone@city.example", rest=False)
    for soap.acts_as in ("gone@city.example", "nobody@city.example"):
        assert soap.get_folders("inbox").fault == "ErrorNonExistentMailbox"


def test_the_service_account_has_no_mailbox_of_its_own(soap: Soap) -> None:
    soap.acts_as = ""
    assert soap.get_folders("inbox").fault == "ErrorMissingEmailAddress"
