"""The same mailbox read through Graph and through Exchange Web Services: every field that a decision rests on is equal.

That each voice keeps the contract is tested in the neighbours.
"""

from __future__ import annotations

import pytest
from msgspec.structs import asdict

from retention.core.message import Message
from retention.mail.exchange import ExchangeMail
from retention.mail.graph import GraphMail
from retention.mail.interface import MailSystem
from retention.simulator.world import World
from tests.mail.bench import LONG_AGO, Copy, letter, with_file
from tests.mail.conftest import ANN
from tests.mail.exchanging import opened_exchange, opening  # noqa: F401

HTML = (
    b"From: B <b@c.example>\r\nTo: Ann <ann@city.example>, Undisclosed <>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
    b"Message-ID: <html@c.example>\r\nDate: Mon, 04 Mar 2019 09:30:00 -0600\r\nContent-Type: text/html\r\n\r\n"
    b"<p>The <b>budget</b> &amp; the plan</p>" + b"<p>more words</p>" * 60
)
UNDATED = b"From: nobody\r\nSubject: no date, no id\r\n\r\n.\r\n"
REPLY = letter(3, "Re: Letter 1", "In-Reply-To: <letter-1@example.org>", "References: <letter-1@example.org>")


def filled(world: World) -> None:
    mails = [letter(1), with_file(2, "Plan of Elm Street.pdf"), REPLY, HTML, UNDATED]
    mails += [letter(4, "", "List-Id: <news.city.example>"), letter(5, "", "Sender: Dee <Dee@City.example>")]
    mails += [letter(6, "", "Auto-Submitted: auto-replied", "List-Unsubscribe: <mailto:x@y.example>")]
    ids = [world.add_message(ANN, "Inbox", mime, received_at=LONG_AGO) for mime in mails]
    world.add_message(ANN, "Inbox", UNDATED.replace(b"no date", b"nor received"))
    world.add_message(ANN, "Sent Items", letter(7), is_read=False, categories=("PW-07", "Rück & fall"))
    world.add_message(ANN, "Drafts", letter(8), is_draft=True)
    world.add_message(ANN, "Inbox", letter(9), kind="IPM.Schedule.Meeting.Request")
    world.add_message(ANN, "Inbox", letter(10), kind="IPM.Note.SMIME")
    world.add_reference(ANN, ids[1], "Budget.xlsx", "https://city.example/budget")


def told(mail: MailSystem) -> dict[str, dict[str, object]]:
    """Every message by its subject, path and Message-ID; without the ids, which are the system's own."""
    box = next(each for each in mail.mailboxes() if each.address == ANN)
    found: dict[str, dict[str, object]] = {}
    for folder in mail.folders(box):
        copy = Copy()
        copy.follow(mail.pages(box, folder, None))
        for row in copy.rows.values():
            said = asdict(row) | {"id": "", "folder": folder.path}
            found[f"{folder.path}: {row.subject} {row.internet_id}"] = said
    return found


def test_both_voices_tell_the_same(graph: GraphMail, exchange: ExchangeMail, world: World) -> None:
    filled(world)
    through_graph, through_exchange = told(graph), told(exchange)
    assert len(through_graph) == 13
    assert through_exchange == through_graph


def test_both_voices_name_the_same_mailboxes_and_folders(
    graph: GraphMail, exchange: ExchangeMail, world: World
) -> None:
    world.add_folder(ANN, "Inbox/Projects/Harbor", hidden=True)
    (one,), (other,) = list(graph.mailboxes()), list(exchange.mailboxes())
    assert (one.id, one.address, one.name) == (other.id, other.address, other.name)
    assert {(each.path, each.hidden, each.well_known) for each in graph.folders(one)} == {
        (each.path, each.hidden, each.well_known) for each in exchange.folders(other)
    }


@pytest.mark.parametrize("mime", [letter(1), HTML, UNDATED])
def test_both_voices_hand_over_the_same_content(
    mime: bytes, graph: GraphMail, exchange: ExchangeMail, world: World
) -> None:
    world.add_message(ANN, "Inbox", mime)

    def content(mail: MailSystem) -> bytes:
        (box,) = mail.mailboxes()
        inbox = next(each for each in mail.folders(box) if each.path == "Inbox")
        rows: list[Message] = [row for page in mail.pages(box, inbox, None) for row in page.messages if row.subject]
        return b"".join(mail.content(rows[0].ref))

    assert content(graph) == content(exchange) == mime
