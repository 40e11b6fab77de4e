"""One credential reads, another removes: the one that reads could not remove, and the one that removes reads nothing.

What Graph and Exchange answer to a removal is tested in their own files.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from retention.core.message import MessageRef, Removal
from retention.errors import BadConfiguration, SignInRefused
from retention.mail.asking.credentials import WhenNeeded, refused_to_each
from retention.mail.graph import GraphMail, GraphSettings
from retention.mail.graph.granted import FOR_BOTH, TO_READ, TO_REMOVE, sentences
from retention.mail.interface import MailboxUnreadable, RemovalRefused, ReturnRefused
from retention.simulator.applications import Holder
from retention.simulator.serve import Simulator
from retention.simulator.world import World
from tests.mail.bench import letter
from tests.mail.conftest import ANN, Connect, Waits, box, read
from tests.mail.doubles import unasked
from tests.mail.exchanging import Open, opening, put  # noqa: F401
from tests.mail.exchanging import box as exchange_box

READER, REMOVER = "0b7e0000-0000-4000-8000-00000000000a", "0b7e0000-0000-4000-8000-00000000000b"
READING = {"client": READER, "secret": "reads-only"}
REMOVING = {"removal_client": REMOVER, "removal_secret": "removes-only"}
DELETIONS = "Recoverable Items/Deletions"


@pytest.fixture
def two(simulator: Simulator) -> Iterator[Simulator]:
    """A tenant with an application for each, which the others of this server do not see."""
    sign_in = simulator.sign_in
    sign_in.applications[READER] = Holder(READER, "reads-only", "Retention reads", ("Mail.Read", "User.Read.All"))
    sign_in.applications[REMOVER] = Holder(REMOVER, "removes-only", "Retention removes", ("Mail.ReadWrite",))
    sign_in.accounts["willowfalls\\svc.read"] = Holder(r"WILLOWFALLS\svc.read", "reads-only", roles=("Mail.Read",))
    sign_in.accounts["willowfalls\\svc.remove"] = Holder(r"WILLOWFALLS\svc.remove", "removes-only")
    yield simulator
    for name in (READER, REMOVER):
        del sign_in.applications[name]
    for name in ("willowfalls\\svc.read", "willowfalls\\svc.remove"):
        del sign_in.accounts[name]


def added(mail: GraphMail, world: World) -> MessageRef:
    return MessageRef(box(mail).id, world.add_message(ANN, "Inbox", letter(1)))


# -- Microsoft Graph


def test_the_credential_that_reads_is_refused_when_it_removes(two: Simulator, connect: Connect, world: World) -> None:
    mail = connect(**READING)
    ref = added(mail, world)
    with pytest.raises(RemovalRefused, match="403"):
        mail.purge(ref, mail.look(ref).version, Removal.RECOVERABLE, unasked)
    world.soft_delete(ANN, ref.id)
    with pytest.raises(ReturnRefused, match="403"):
        mail.put_back(ref, "")
    assert world.where(ANN, ref.id) == DELETIONS


def test_the_credential_that_removes_may_list_nobody(two: Simulator, connect: Connect, world: World) -> None:
    with pytest.raises(SignInRefused, match=r"User\.Read\.All"):
        list(connect(client=REMOVER, secret="removes-only").mailboxes())


def test_with_both_each_does_its_own(two: Simulator, connect: Connect, world: World) -> None:
    mail = connect(**READING, **REMOVING)
    ref = added(mail, world)
    assert [row.id for page in read(mail) for row in page.messages if row.subject] == [ref.id]
    assert mail.purge(ref, mail.look(ref).version, Removal.RECOVERABLE, unasked).startswith("201")
    assert world.where(ANN, ref.id) == DELETIONS
    assert [row.id for row in mail.recoverable(box(mail))] == [ref.id]
    assert mail.put_back(ref, "").ref == ref
    assert world.where(ANN, ref.id) == "Inbox"


def test_nothing_is_removed_with_the_credential_that_reads_where_the_other_is_refused(
    two: Simulator, connect: Connect, world: World
) -> None:
    """Even where the one that reads holds more than it should."""
    mail = connect(removal_client=REMOVER, removal_secret="wrong")
    ref = added(mail, world)
    with pytest.raises(SignInRefused) as refusal:
        mail.purge(ref, mail.look(ref).version, Removal.RECOVERABLE, unasked)
    assert "mail.removal_secret" in refusal.value.next_step and "wrong" not in str(refusal.value)
    assert world.where(ANN, ref.id) == "Inbox"


def test_who_signs_in_for_what_and_what_each_holds_is_said(two: Simulator, connect: Connect) -> None:
    mail = connect(**READING, **REMOVING)
    assert mail.check_sign_in().endswith(
        "as Retention reads with Mail.Read, User.Read.All; to remove and put back, as Retention removes with "
        "Mail.ReadWrite."
    )
    assert mail.permissions() == (
        "Retention reads signs in to read mail, and holds Mail.Read, User.Read.All.",
        "Retention removes signs in to remove mail and put it back, and holds Mail.ReadWrite.",
    )


def test_a_mailbox_out_of_scope_is_open_where_either_credential_opens_it(
    two: Simulator, connect: Connect, world: World
) -> None:
    world.add_mailbox("mayor@city.example")
    narrow = {"mailboxes": (ANN,), "roles": ("Mail.Read", "User.Read.All")}
    two.sign_in.applications[READER] = Holder(READER, "reads-only", **narrow)  # type: ignore[arg-type]
    assert connect(**READING).refuses("mayor@city.example") is True
    assert connect(**READING, **REMOVING).refuses("mayor@city.example") is False
    narrow["roles"] = ("Mail.ReadWrite",)
    two.sign_in.applications[REMOVER] = Holder(REMOVER, "removes-only", **narrow)  # type: ignore[arg-type]
    mail = connect(**READING, **REMOVING)
    assert mail.refuses("mayor@city.example") is True and mail.refuses(ANN) is False


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"removal_secret": ""}, "mail.removal_secret and mail.removal_certificate"),
        ({"removal_certificate": "/nowhere.pem"}, "mail.removal_secret and mail.removal_certificate"),
        ({"removal_secret": "", "removal_certificate": "/nowhere.pem"}, "mail.removal_certificate /nowhere.pem"),
    ],
)
def test_a_credential_for_removal_that_is_of_no_use_is_named_before_anything_is_removed(
    changed: dict[str, str], named: str, connect: Connect, world: World
) -> None:
    mail = connect(**REMOVING | changed)
    ref = added(mail, world)
    with pytest.raises(BadConfiguration, match=named):
        mail.purge(ref, mail.look(ref).version, Removal.RECOVERABLE, unasked)
    with pytest.raises(BadConfiguration, match=named):
        mail.put_back(ref, "")
    assert world.where(ANN, ref.id) == "Inbox"


def test_whoever_only_reads_needs_no_credential_for_removal(two: Simulator, connect: Connect, world: World) -> None:
    world.add_mailbox("mayor@city.example")
    narrow = ("Mail.Read", "User.Read.All")
    two.sign_in.applications[READER] = Holder(READER, "reads-only", "Retention reads", narrow, mailboxes=(ANN,))
    mail = connect(**READING, removal_client=REMOVER)
    ref = added(mail, world)
    assert [row.id for page in read(mail) for row in page.messages if row.subject] == [ref.id]
    assert mail.check_sign_in().endswith(f"as {REMOVER}, which cannot be checked from this account.")
    *_, said = mail.permissions()
    assert said.startswith(f"{REMOVER} signs in to remove mail and put it back; what it holds cannot be checked from ")
    assert mail.refuses(ANN) is False, "the one that reads opens it"
    assert mail.refuses("mayor@city.example") is None, "of the other nobody knows"


def test_the_secret_for_removal_is_looked_up_once_and_with_the_first_removal(two: Simulator, world: World) -> None:
    looked_up: list[str] = []

    def secret() -> str:
        looked_up.append("removes-only")
        return looked_up[-1]

    settings = GraphSettings(
        tenant=two.tenant,
        client=READER,
        secret="reads-only",
        removal_client=REMOVER,
        graph_url=two.graph_url,
        authority_url=two.authority_url,
        ca_file=str(two.ca_file),
    )
    with closing(GraphMail(settings, removal_secret=secret)) as mail:
        ref = added(mail, world)
        version = mail.look(ref).version
        assert looked_up == []
        mail.purge(ref, version, Removal.RECOVERABLE, unasked)
        mail.put_back(ref, "")
    assert len(looked_up) == 1


@pytest.mark.parametrize(
    ("reading", "removing", "expected"),
    [
        (True, True, True),
        (True, False, False),
        (False, None, False),
        (True, None, None),
        (None, True, None),
    ],
)
def test_a_mailbox_is_refused_only_where_each_credential_says_so(
    reading: bool | None, removing: bool | None, expected: bool | None
) -> None:
    answers = {"reading": reading, "removing": removing}
    assert refused_to_each(answers.__getitem__, "reading", WhenNeeded(lambda: "removing")) is expected
    assert refused_to_each(answers.__getitem__, "reading", None) is reading


@pytest.mark.parametrize(
    ("need", "roles", "said"),
    [
        (FOR_BOTH, ["Mail.ReadWrite", "User.Read.All"], []),
        (FOR_BOTH, ["Mail.Read", "Directory.Read.All"], ["has no Mail.ReadWrite for the whole tenant: unless RBAC"]),
        (FOR_BOTH, [], ["lacks User.Read.All.", "no mailbox can be read.", "nothing can be removed or put back."]),
        (TO_READ, ["Mail.Read", "User.Read.All"], []),
        (TO_READ, ["Mail.ReadWrite", "User.Read.All"], ["holds Mail.ReadWrite, more than it needs"]),
        (TO_READ, ["Mail.Read", "Mail.Send", "User.Read.All"], ["holds Mail.Send, more than it needs"]),
        (TO_REMOVE, ["Mail.ReadWrite"], []),
        (TO_REMOVE, ["Mail.ReadWrite", "User.Read.All"], ["holds User.Read.All, more than it needs"]),
        (TO_REMOVE, ["Mail.Read"], ["has no Mail.ReadWrite", "holds Mail.Read, more than it needs"]),
    ],
)
def test_what_is_missing_and_what_is_too_much_is_named(need: object, roles: list[str], said: list[str]) -> None:
    first, *further = sentences({"app_displayname": "App", "roles": roles}, "id", need)  # type: ignore[arg-type]
    assert all(role in first for role in roles)
    assert len(further) == len(said) and all(each in one for each, one in zip(said, further, strict=True))


def test_of_a_token_that_does_not_say_nothing_is_guessed() -> None:
    assert sentences({}, "id", TO_READ) == ("id signs in to read mail; the token does not list its permissions.",)


# -- Exchange Server


def exchange_settings(password: str = "removes-only") -> dict[str, str]:
    return {
        "user": r"WILLOWFALLS\svc.read",
        "secret": "reads-only",
        "removal_user": r"WILLOWFALLS\svc.remove",
        "removal_secret": password,
    }


def test_on_an_exchange_server_the_account_for_removal_alone_removes_and_puts_back(
    two: Simulator, open_exchange: Open, world: World
) -> None:
    alone = open_exchange(user=r"WILLOWFALLS\svc.read", secret="reads-only")
    ref = put(world, alone)
    with pytest.raises((RemovalRefused, MailboxUnreadable), match="ErrorAccessDenied"):
        alone.purge(ref, alone.look(ref).version, Removal.RECOVERABLE, unasked)
    mail = open_exchange(**exchange_settings())
    assert mail.purge(ref, mail.look(ref).version, Removal.RECOVERABLE, unasked).startswith("Success")
    (row,) = mail.recoverable(exchange_box(mail))
    with pytest.raises((ReturnRefused, MailboxUnreadable), match="ErrorAccessDenied"):
        alone.put_back(row.ref, "")
    assert mail.put_back(row.ref, "").answer == "Success, moved back"


def test_on_an_exchange_server_a_wrong_password_for_removal_is_named(
    two: Simulator, open_exchange: Open, world: World
) -> None:
    mail = open_exchange(**exchange_settings("wrong"))
    ref = put(world, mail)
    with pytest.raises(SignInRefused) as refusal:
        mail.purge(ref, mail.look(ref).version, Removal.RECOVERABLE, unasked)
    assert "svc.remove" in str(refusal.value) and "mail.removal_secret" in refusal.value.next_step
    assert mail.look(ref).version


def test_what_the_accounts_of_an_exchange_server_may_do_is_said(two: Simulator, open_exchange: Open) -> None:
    reads, removes, no_less = open_exchange(**exchange_settings()).permissions()
    assert "svc.read signs in to read: it may list the mailboxes" in reads
    assert removes.endswith(f"svc.remove signs in to remove and put back: it may open the mailbox of {ANN}.")
    assert "management scope" in no_less


def test_the_token_of_an_application_on_an_exchange_server_says_its_roles(two: Simulator, open_exchange: Open) -> None:
    oauth = {"sign_in": "oauth", "user": "", "tenant": two.tenant, "authority_url": two.authority_url}
    said = open_exchange(**oauth, **READING, **REMOVING).permissions()
    assert "Its token names Mail.Read, User.Read.All." in said and "Its token names Mail.ReadWrite." in said


@pytest.mark.parametrize("changed", [{"removal_secret": ""}, {"removal_secret": "", "removal_certificate": "x.pem"}])
def test_an_account_for_removal_without_a_password_is_refused_when_it_is_to_remove(
    changed: dict[str, str], two: Simulator, open_exchange: Open, world: World
) -> None:
    mail = open_exchange(**exchange_settings() | changed)
    ref = put(world, mail)
    with pytest.raises(BadConfiguration, match=r"mail\.removal_secret is empty"):
        mail.purge(ref, mail.look(ref).version, Removal.RECOVERABLE, unasked)
    with pytest.raises(BadConfiguration, match=r"mail\.removal_secret is empty"):
        mail.put_back(ref, "")
    assert mail.look(ref).version
    assert any("svc.remove" in said and "cannot be checked from this account" in said for said in mail.permissions())
    assert mail.refuses(ANN) is False


def test_waits_of_both_credentials_end_with_the_mail_system(two: Simulator, connect: Connect, waits: Waits) -> None:
    mail = connect(**READING, **REMOVING)
    mail.close()
    assert mail._removal().wire.patience is mail._wire.patience and waits.seconds == []
    assert mail._removal().wire._limits is mail._wire._limits, "both together keep to what may be in flight"


def test_secrets_of_both_credentials_are_never_shown(tmp_path: Path) -> None:
    from retention.mail.exchange import ExchangeSettings
    from retention.mail.graph import GraphSettings

    graph = GraphSettings(tenant="t", client="c", secret="hush", removal_client="r", removal_secret="hush-too")
    server = ExchangeSettings(server="https://m.example/EWS", version="SE", sign_in="basic", **exchange_settings())
    assert "hush" not in repr(graph) and "only" not in repr(server) + repr(server.that_removes)
