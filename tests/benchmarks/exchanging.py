"""A first sync through Exchange Web Services, beside plain exchangelib walking the same folders for the same fields.

The simulator runs in its own process and adds 50 ms to each request. Plain exchangelib gets a thread for each mailbox
and as many connections as ours; it drops what it read, and asks for no headers.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from retention.jobs.sync import sync
from retention.mail.exchange import ExchangeMail, ExchangeSettings
from tests.benchmarks.serving import Served, served
from tests.benchmarks.table import Figure, seconds, share
from tests.jobs.town import Town

MAILBOXES, EACH, FOLDERS = 4, 5000, 33
LATENCY = 0.05
TIMES = 3
FIELDS = (
    *("item_class", "subject", "categories", "size", "datetime_received", "datetime_sent", "is_draft", "is_read"),
    *("has_attachments", "attachments", "author", "sender", "to_recipients", "cc_recipients", "bcc_recipients"),
    *("message_id", "conversation_index"),
)
AIM = "200 % or more"


def benchmark() -> Iterator[Figure]:
    ours, again, plain = [], [], []
    with (
        served(f"synthetic:{MAILBOXES}x{EACH}x{FOLDERS}", LATENCY) as simulator,
        tempfile.TemporaryDirectory() as folder,
    ):
        # Once for each, so that the simulator has made its rows and this process has imported what it needs.
        _synced(simulator, Path(folder) / "warm")
        for number in range(TIMES):
            plain.append(_walked(simulator))
            ours.append(_synced(simulator, Path(folder) / str(number)))
            again.append(_synced(simulator, Path(folder) / str(number)))
    what = f"first sync by EWS, {MAILBOXES} x {EACH:,} messages in {FOLDERS} folders, 50 ms a request"
    yield Figure(what, f"{MAILBOXES * EACH / sorted(ours)[TIMES // 2]:,.0f} messages/s")
    yield Figure(
        "the same, beside plain exchangelib reading it", seconds(ours), seconds(plain), share(ours, plain), AIM
    )
    yield Figure("second sync by EWS, nothing changed", seconds(again))


def _mail(simulator: Served) -> ExchangeMail:
    facts = simulator.facts
    return ExchangeMail(
        ExchangeSettings(
            server=facts["ews_url"],
            version="SE",
            sign_in="basic",
            user=facts["user"],
            secret=facts["secret"],
            ca_file=facts["ca_file"],
        )
    )


def _synced(simulator: Served, folder: Path) -> float:
    """How long one whole sync takes, with a mail system that has not signed in yet."""
    mail = _mail(simulator)
    town = Town(folder, mail=mail)
    world = town.world()
    began = time.perf_counter()
    done = sync(world)
    took = time.perf_counter() - began
    world.close()
    mail.close()
    assert [(each.messages, each.folders) for each in done.mailboxes] == [(EACH, FOLDERS)] * MAILBOXES
    return took


def _walked(simulator: Served) -> float:
    """How long exchangelib takes to give every item of every folder."""
    from exchangelib import BASIC, IMPERSONATION, Account, Build, Configuration, Credentials, Version
    from exchangelib.protocol import BaseProtocol, close_connections
    from requests.adapters import HTTPAdapter

    facts = simulator.facts

    class Trusting(HTTPAdapter):
        def cert_verify(self, conn: object, url: str, verify: object, cert: object) -> None:
            super().cert_verify(conn, url, facts["ca_file"], cert)

    BaseProtocol.HTTP_ADAPTER_CLS = Trusting
    mail = _mail(simulator)
    addresses = [box.address for box in mail.mailboxes()]
    mail.close()
    began = time.perf_counter()
    settings = Configuration(
        service_endpoint=facts["ews_url"],
        credentials=Credentials(facts["user"], facts["secret"]),
        auth_type=BASIC,
        version=Version(Build(15, 2)),
        max_connections=4 * MAILBOXES,
    )

    def read(address: str) -> int:
        account = Account(address, config=settings, autodiscover=False, access_type=IMPERSONATION)
        folders = list(account.msg_folder_root.walk())
        return sum(sum(1 for _ in folder.all().only(*FIELDS)) for folder in folders)

    with ThreadPoolExecutor(MAILBOXES) as pool:
        rows = sum(pool.map(read, addresses))
    took = time.perf_counter() - began
    close_connections()
    assert rows == MAILBOXES * EACH
    return took
