"""A town's ledger with three holds, runs, gaps and signed acts, and the packet of one of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from retention.core.audit import HoldAmended, HoldReleased, SyncEnded
from retention.core.hold import Scope
from retention.core.notice import CustodianAcknowledged, CustodianNoticed
from retention.core.preserved import HeldVanished
from tests.packet.making import ANA, BEGAN, HOLDS, KIM, Paper, key, packet, signed
from tests.packet.unpacking import copied


def lived(folder: Path) -> Paper:
    """Elm Street: placed, amended, released; what it stopped, alone and with another hold; and every kind of gap."""
    paper = Paper(folder)
    paper.write(SyncEnded(mailboxes=2, gone=0))
    paper.place(HOLDS[1])
    paper.later(days=1)
    paper.place(first_on=BEGAN.date())
    paper.run(
        ("box-ana", "held", HOLDS[:1]), ("box-ana", "held", HOLDS[:2]), ("box-ana", "purged", ()), held={HOLDS[0]: 4}
    )
    paper.later(days=2)
    paper.write(SyncEnded(mailboxes=2, gone=1, unreadable={ANA: "the mailbox is locked"}))
    gone = HeldVanished(
        mailbox="box-ana", address=ANA, id="v", internet_id="", holds=HOLDS[:1], seen_at=BEGAN, missed_at=BEGAN
    )
    paper.write(gone)
    paper.tear('{"digest":"000000')
    told = CustodianNoticed(hold=HOLDS[0], to=ANA, digest="d" * 64, answer_by=BEGAN.date())
    paper.write(told, CustodianAcknowledged(hold=HOLDS[0], custodian=ANA, on=BEGAN.date(), how="by telephone"))
    paper.run(("box-ana", "captured", ()), ("box-joe", "purged", ()), held={HOLDS[0]: 5, HOLDS[1]: 1})
    paper.later(days=1)
    paper.place(HOLDS[2])
    return paper


@pytest.fixture(scope="session")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Paper:
    if shutil.which("ssh-keygen") is None:
        pytest.skip("needs OpenSSH's ssh-keygen")
    folder = tmp_path_factory.mktemp("paper")
    paper = lived(folder)
    signer = key(folder)
    amended = HoldAmended(name=HOLDS[0], scope=Scope(custodians=(ANA,)), reason="wider", until=paper.at.date())
    paper.write(signed(paper, signer, amended), by=KIM)
    paper.later(days=10)
    released = HoldReleased(name=HOLDS[0], reason="settled", until=paper.at.date())
    paper.write(signed(paper, signer, released), by=KIM)
    paper.later(days=1)
    return paper


@pytest.fixture(scope="session")
def sealed(paper: Paper, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packet of Elm Street; nobody may change it."""
    signers = {"allowed_signers": (paper.path.parent / "allowed_signers").read_bytes()}
    to = tmp_path_factory.mktemp("packets") / "elm"
    return packet(paper, HOLDS[0], to, files=signers)


@pytest.fixture
def folder(sealed: Path, tmp_path: Path) -> Path:
    """A copy of the packet that the test may spoil."""
    return copied(sealed, tmp_path / "packet")
