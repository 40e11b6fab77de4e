"""Reading an mbox and a Maildir as the catalog needs it, beside Python's ``mailbox`` module merely walking over them.

Ours also tells both digests, the people, the dates, the beginning of the text and the attachments, page by page.
"""

from __future__ import annotations

import mailbox
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from retention.core.files import file_source
from retention.mail.files.system import FilesMail
from tests.benchmarks.table import Figure, seconds, share
from tests.conftest import SHARED
from tests.mail.bench import letter, with_file

MESSAGES = 5000
TIMES = 3
AIM = "33 % or more"


def benchmark() -> Iterator[Figure]:
    contents = _contents()
    with tempfile.TemporaryDirectory() as folder:
        mbox, maildir = Path(folder) / "Inbox", Path(folder) / "Mail"
        mbox.write_bytes(b"".join(b"From a@x Mon Mar  4 15:30:00 2019\n" + each + b"\n" for each in contents))
        for place in ("cur", "new", "tmp"):
            (maildir / place).mkdir(parents=True)
        for number, each in enumerate(contents):
            (maildir / "cur" / f"{1551713400 + number}.city:2,S").write_bytes(each)
        for path, bare in ((mbox, mailbox.mbox), (maildir, mailbox.Maildir)):
            # By turns, so that a machine that is busy elsewhere slows both.
            times = [(_read(path), _walked(path, bare)) for _ in range(TIMES)]
            ours, limit = zip(*times, strict=True)
            what = f"{bare.__name__}, {len(contents):,} messages, {sum(map(len, contents)) / 1e6:,.0f} MB"
            yield Figure(what, f"{len(contents) / sorted(ours)[TIMES // 2]:,.0f} messages/s")
            yield Figure("the same, beside walking over it", seconds(ours), seconds(limit), share(ours, limit), AIM)


def _contents() -> list[bytes]:
    """Real mail again and again where it lies beside the project, and made-up mail where it does not."""
    real = [path.read_bytes() for path in sorted((SHARED / "data" / "raw-mail").glob("*.eml"))]
    found = [each for each in real if not each.startswith(b"From ") and b"\n\nFrom " not in each]
    found = found or [letter(number) if number % 4 else with_file(number, "plan.pdf") for number in range(100)]
    whole = [each if each.endswith(b"\n") else each + b"\n" for each in found]
    return [whole[number % len(whole)] for number in range(MESSAGES)]


def _read(path: Path) -> float:
    mail = FilesMail((file_source(str(path), "ann@city.example"),))
    (box,) = mail.mailboxes()
    began = time.perf_counter()
    pages = (page for folder in mail.folders(box) for page in mail.pages(box, folder, None))
    told = sum(len(page.messages) for page in pages)
    took = time.perf_counter() - began
    mail.close()
    assert told == MESSAGES
    return took


def _walked(path: Path, bare: Callable[[Path], mailbox.Mailbox[mailbox.Message]]) -> float:
    began = time.perf_counter()
    with_all = sum(1 for _ in bare(path))
    took = time.perf_counter() - began
    assert with_all == MESSAGES
    return took
