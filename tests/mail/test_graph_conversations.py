"""Which conversation a message is of: the same name in every mailbox of a tenant.

What one row says of it is tested in the neighbour for rows.
"""

from __future__ import annotations

from retention.mail.graph import GraphMail
from retention.simulator.world import World
from tests.mail.bench import LONG_AGO, letter
from tests.mail.conftest import ANN, box, folder


def test_a_conversation_has_one_name_in_every_mailbox(graph: GraphMail, world: World) -> None:
    world.add_mailbox("bob@city.example", "Bob Roe")
    index = "Thread-Index: AQHW1fQ4bW9yZSB0aGFuIGVub3VnaA=="
    world.add_message(ANN, "Inbox", letter(1, "Elm Street", index), received_at=LONG_AGO)
    world.add_message("bob@city.example", "Inbox", letter(2, "RE: Elm Street", index), received_at=LONG_AGO)
    world.add_message("bob@city.example", "Inbox", letter(3, "Oak Street"), received_at=LONG_AGO)
    said = {
        message.subject: message.conversation
        for address in (ANN, "bob@city.example")
        for page in graph.pages(box(graph, address), folder(graph, address=address), None)
        for message in page.messages
        if message.subject
    }
    assert said["Elm Street"] == said["RE: Elm Street"] != said["Oak Street"]
