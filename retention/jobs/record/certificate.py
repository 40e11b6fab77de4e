"""Certify: write the certificate of a run that destroyed records, sign it as an act, and write it again when asked.

What it says is decided in ``core/certificate.py``; nothing is destroyed here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from filelock import FileLock, Timeout
from msgspec import Struct

from retention.core import certificate as certifying
from retention.core.account import Account
from retention.core.audit import Entry
from retention.core.authority import Act
from retention.core.certificate import Certificate, Unfinished
from retention.core.destruction import Certified, DestructionEnded, DestructionStarted
from retention.errors import AnotherRun, Disagreement, StoreNotAnswering, WrongUsage
from retention.jobs.acting import signed
from retention.jobs.record.copies import gather, told
from retention.jobs.world import World
from retention.paper import html, keep_folder, listing, mark, pdf, with_manifest, write_folder
from retention.paper.certificate import JSON, LIST, LISTED, STAYED, STAYS, document, listed, stays
from retention.signing import by_hand

__all__ = ["Issued", "again", "certificates", "finish", "gather", "issue", "told"]

FOLDER = "certificates"
_BEGUN = ".begun-"
"""What a file is called that stands for a certificate being written, before the entry that began its run."""
WAIT_FOR_LOCK = 600.0
"""Seconds to wait for another process that writes a certificate; one of 100,000 records takes half a minute."""
STATEMENT, SIGNATURE = "statement.json", "statement.json.sig"


class Issued(Struct, frozen=True, kw_only=True):
    """A run that destroyed records, and its certificate: its entry (-1: none yet), when, by whom, and where it lies."""

    run: int
    plan: str
    begun_at: str
    records: int
    entry: int
    at: str
    by: str
    digest: str
    folder: str


def issue(world: World, run: int) -> Path:
    """Write the certificate of the run that entry ``run`` began, once it has ended; return its folder.

    Killed at any point and run again, there is one certificate and one entry of it; the same again changes nothing.
    Raises ``NotThisOffice``, ``WrongUsage`` where there is no such run, ``Disagreement`` where the ledger no longer
    gives what was certified, and ``RecordMismatch`` where the certificate was changed.
    """
    folder = world.ledger.path.parent / FOLDER
    begun = folder / f"{_BEGUN}{run}"
    with _alone(folder):
        account, made = _account(world, run)
        if account.certified is None:
            world.require(Act.DESTROY_RECORDS)
            digest = sha256(certifying.encoded(made)).hexdigest()
            said = Certified(plan=made.plan, run=run, records=made.records, digest=digest)
            mark(begun)
            # Written down first: a certificate that the ledger does not know of would look like somebody else's.
            world.ledger.append(signed(world, Act.DESTROY_RECORDS, said))
            account, made = _account(world, run)
        place = folder / f"{run}-{made.plan[:12]}"
        keep_folder(place, _files(world, made, account), JSON)
        begun.unlink(missing_ok=True)
    return place


def finish(world: World) -> tuple[Path, ...]:
    """Write what a crash kept from being written after the ledger had it; return the folders."""
    begun = (path.name.removeprefix(_BEGUN) for path in (world.ledger.path.parent / FOLDER).glob(f"{_BEGUN}*"))
    return tuple(issue(world, int(run)) for run in sorted(begun) if run.isdecimal())


def again(world: World, run: int, folder: Path) -> Certificate:
    """Write a certificate that was issued once more, into a folder that is not there yet; the very same bytes."""
    account, made = _account(world, run)
    if account.certified is None:
        raise WrongUsage(f"The run of entry {run} has no certificate yet.", "Run the command without --output.")
    write_folder(folder, _files(world, made, account))
    return made


def certificates(world: World) -> tuple[Issued, ...]:
    """Every run that destroyed records and has ended, in order, with its certificate where it has one."""
    started: dict[str, tuple[Entry, DestructionStarted]] = {}
    ended: dict[int, tuple[Entry, DestructionStarted, int]] = {}
    issued: dict[int, Entry] = {}
    for link in world.ledger.links():
        entry = link.entry
        match entry.body:
            case DestructionStarted(plan=plan, stage="destroy") as said:
                started[plan] = entry, said
            case DestructionEnded(plan=plan, stage="destroy", counts=counts) if plan in started:
                begun, said = started.pop(plan)
                ended[begun.n] = begun, said, counts.get("destroyed", 0)
            case Certified(run=run):
                issued.setdefault(run, entry)
    return tuple(_issued(world, *run, issued.get(n)) for n, run in ended.items())


def _issued(world: World, begun: Entry, said: DestructionStarted, records: int, entry: Entry | None) -> Issued:
    folder = world.ledger.path.parent / FOLDER / f"{begun.n}-{said.plan[:12]}"
    body = entry.body if entry else None
    return Issued(
        run=begun.n,
        plan=said.plan,
        begun_at=f"{begun.at:%Y-%m-%d %H:%M:%S}",
        records=records,
        entry=entry.n if entry else -1,
        at=f"{entry.at:%Y-%m-%d %H:%M:%S}" if entry else "",
        by=entry.by if entry else "",
        digest=body.digest if isinstance(body, Certified) else "",
        folder=str(folder) if folder.is_dir() else "",
    )


def _account(world: World, run: int) -> tuple[Account, Certificate]:
    """What the ledger tells of this run, and its certificate."""
    account = Account(_plan_of(world, run), run)
    for link in world.ledger.links():
        account.add(link.entry)
    try:
        made = certifying.certificate(account)
    except Unfinished as unfinished:
        raise WrongUsage(f"There is nothing to certify: {unfinished}.", _LIST) from unfinished
    certified = account.certified.body if account.certified else None
    if isinstance(certified, Certified) and certified.digest != sha256(certifying.encoded(made)).hexdigest():
        raise Disagreement(
            f"The certificate of the run of entry {run} is not what the ledger gives today.",
            "Another version of this product wrote it, and its files still count; or the ledger was changed: check.",
        )
    return account, made


def _plan_of(world: World, run: int) -> str:
    plan = world.ledger.in_force.destructions.uncertified.get(run)
    if plan is not None:
        return plan
    for link in world.ledger.links():
        body = link.entry.body
        if link.entry.n == run:
            if isinstance(body, DestructionStarted) and body.stage == "destroy":
                return body.plan
            break
    raise WrongUsage(f"Entry {run} of the ledger begins no run that destroys records.", _LIST)


_LIST = "Run `retention record certificate`: it lists every run."


def _files(world: World, made: Certificate, account: Account) -> dict[str, bytes]:
    entry = account.certified
    assert entry is not None  # it was written before anything else is
    said = certifying.encoded(made)
    check = ""
    files = {}
    if entry.signature:
        check = by_hand(Path(world.city.city.signers), entry.by, entry.at, STATEMENT, SIGNATURE)
        files = {STATEMENT: entry.statement.encode(), SIGNATURE: entry.signature.encode()}
    page = document(made, sha256(said).hexdigest(), check)
    files |= {
        JSON: said,
        "certificate.html": html(page),
        "certificate.pdf": pdf(page),
        LIST: listing(LISTED, listed(made)),
        STAYED: listing(STAYS, stays(made)),
    }
    return with_manifest(files)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Only one process of a city writes certificates at a time."""
    lock = FileLock(f"{folder}.lock", timeout=WAIT_FOR_LOCK, mode=0o660)
    try:
        lock.acquire()
    except Timeout as error:
        raise AnotherRun("Another process has been writing a certificate for long.", "Wait for it to end.") from error
    except OSError as error:
        raise StoreNotAnswering(
            f"The lock {folder}.lock cannot be taken: {error.strerror}.",
            "Make the ledger's folder writable for the group of those who run retention.",
        ) from error
    try:
        yield
    finally:
        lock.release()
