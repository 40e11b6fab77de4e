"""Each run that destroyed records has one certificate, which says what the ledger says and nothing of the mail."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
from hashlib import sha256
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from msgspec.structs import replace
from pypdf import PdfReader

from retention.core.destruction import Certified, RecordOutcome
from retention.core.elsewhere import Elsewhere
from retention.core.preserved import Copy
from retention.core.record import Record
from retention.errors import NotThisOffice, RecordMismatch, WrongUsage
from retention.jobs.record import certificate
from retention.jobs.record.copies import gather
from tests.jobs.archive import OLD, Archive, gate, gated
from tests.jobs.test_signed_acts import SignedTown
from tests.jobs.town import ATTORNEY, CLERK, RECORDS

NAMES = {
    *("certificate.json", "certificate.html", "certificate.pdf", "destroyed.csv", "stayed.csv", "manifest.sha256"),
}
SECRETS = (b"Quetzalcoatl", b"Hello.", b"someone@elsewhere.example", b"someone@")


@pytest.fixture(scope="module")
def over(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A town in which three records were destroyed, and one was held while it waited."""
    archive = Archive(tmp_path_factory.mktemp("over") / "town", gate())
    archive.capture(*(f"Requisition {n} for Quetzalcoatl" for n in range(3)))
    archive.capture("Requisition for Elm Street", mailbox=ATTORNEY)
    archive.put_away()
    archive.later(31)
    archive.hold(custodians=(ATTORNEY,))
    archive.destroy()
    return archive.folder


@pytest.fixture
def archive(over: Path, tmp_path: Path) -> Archive:
    """A copy of that town that the test may spoil."""
    shutil.copytree(over, tmp_path / "town")
    archive = Archive(tmp_path / "town", gate())
    archive.later(31)
    return archive


def folder(archive: Archive) -> Path:
    (found,) = [path for path in (archive.folder / "certificates").iterdir() if not path.name.startswith(".")]
    return found


def run_of(archive: Archive) -> int:
    (one,) = archive.see(certificate.certificates)
    return one.run


def issue(archive: Archive, by: str = RECORDS) -> Path:
    world = archive.world(by)
    try:
        return certificate.issue(world, run_of(archive))
    finally:
        world.close()


def certified(archive: Archive) -> list[Certified]:
    bodies = archive.see(lambda world: [link.entry.body for link in world.ledger.links()])
    return [body for body in bodies if isinstance(body, Certified)]


def test_a_run_leaves_a_certificate_that_the_ledger_knows(archive: Archive) -> None:
    assert {path.name for path in folder(archive).iterdir()} == NAMES
    (entry,) = certified(archive)
    assert entry.digest == sha256((folder(archive) / "certificate.json").read_bytes()).hexdigest()
    assert entry.records == 3 and entry.run == run_of(archive)
    subprocess.run(["sha256sum", "--quiet", "-c", "manifest.sha256"], cwd=folder(archive), check=True)


def test_its_figures_are_those_of_the_ledger(archive: Archive) -> None:
    said = json.loads((folder(archive) / "certificate.json").read_bytes())
    bodies = archive.see(lambda world: [link.entry.body for link in world.ledger.links()])
    gone = {b.place for b in bodies if isinstance(b, RecordOutcome) and b.result == "destroyed"}
    assert {one["tombstone"]["place"] for one in said["gone"]} == gone and said["records"] == len(gone) == 3
    assert said["planned"] == said["records"] + said["earlier"] + len(said["stayed"]) == 4
    rows = list(csv.reader(StringIO((folder(archive) / "destroyed.csv").read_text("utf-8-sig"))))
    assert {row[-1] for row in rows[1:]} == gone
    assert sum(int(row[7]) for row in rows[1:]) == said["size"] == sum(one["size"] for one in said["series"])
    assert said["consents"][0]["records"] == 3 and said["approvals"][0]["by"] == RECORDS


def test_nothing_of_the_mail_is_in_it(archive: Archive) -> None:
    for path in folder(archive).iterdir():
        data = path.read_bytes()
        if path.suffix == ".pdf":
            data = "\n".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages).encode()
            assert b"Certificate of destruction: Town" in data
        assert not [secret for secret in SECRETS if secret in data], path


def test_page_and_pdf_say_the_same(archive: Archive) -> None:
    page = (folder(archive) / "certificate.html").read_text()
    printed = " ".join(" ".join(p.extract_text() for p in PdfReader(folder(archive) / "certificate.pdf").pages).split())
    for said in ("3 were destroyed in this run", "1 stayed", "REHEARSAL", "brings these records back", "Res. 4"):
        assert said in page and said in printed, said


def test_the_same_again_changes_nothing(archive: Archive) -> None:
    before = {path.name: path.read_bytes() for path in folder(archive).iterdir()}
    assert issue(archive) == folder(archive)
    assert {path.name: path.read_bytes() for path in folder(archive).iterdir()} == before
    assert len(certified(archive)) == 1


def test_it_can_be_written_once_more_from_the_ledger_alone(archive: Archive, tmp_path: Path) -> None:
    original = {path.name: path.read_bytes() for path in folder(archive).iterdir()}
    archive.city = replace(
        archive.city, city=replace(archive.city.city, time_zone="Asia/Tokyo", backups_expire="9 days")
    )
    archive.see(lambda world: certificate.again(world, run_of(archive), tmp_path / "again"))
    assert {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()} == original
    with pytest.raises(WrongUsage, match="already something"):
        archive.see(lambda world: certificate.again(world, run_of(archive), tmp_path / "again"))


def test_one_that_was_taken_away_is_written_anew_and_certified_once(archive: Archive) -> None:
    before = (folder(archive) / "certificate.json").read_bytes()
    shutil.rmtree(folder(archive))
    issue(archive)
    assert (folder(archive) / "certificate.json").read_bytes() == before and len(certified(archive)) == 1


def test_one_that_was_changed_is_found_and_not_written_over(archive: Archive) -> None:
    page = folder(archive) / "certificate.html"
    page.write_text("forged")
    with pytest.raises(RecordMismatch, match=r"certificate\.html"):
        issue(archive)
    assert page.read_text() == "forged"


@pytest.mark.parametrize("at", ["_files", "keep_folder"])
def test_killed_in_between_it_ends_with_one_certificate_and_one_entry(
    tmp_path: Path, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = Archive(tmp_path / "town", gate())
    archive.capture("Requisition 1")
    archive.put_away()
    archive.later(31)
    with monkeypatch.context() as broken:
        broken.setattr(certificate, at, _killed)
        with pytest.raises(KeyboardInterrupt):
            archive.destroy()
    assert len(certified(archive)) == 1 and not list((archive.folder / "certificates").glob("[0-9]*"))
    archive.destroy()
    assert [path.name for path in (archive.folder / "certificates").iterdir()] == [folder(archive).name]
    assert len(certified(archive)) == 1 and {path.name for path in folder(archive).iterdir()} == NAMES


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_only_the_office_certifies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = Archive(tmp_path / "town", gate())
    archive.capture("Requisition 1")
    archive.put_away()
    archive.later(31)
    with monkeypatch.context() as broken:
        broken.setattr(certificate, "signed", _killed)
        with pytest.raises(KeyboardInterrupt):
            archive.destroy()
    (one,) = archive.see(certificate.certificates)
    assert (one.entry, one.at, one.folder) == (-1, "", "")
    with pytest.raises(NotThisOffice):
        issue(archive, by=CLERK)
    assert issue(archive, by=RECORDS).is_dir()


def test_there_is_none_of_what_is_no_run(archive: Archive) -> None:
    world = archive.world(RECORDS)
    for run in (0, 10_000):
        with pytest.raises(WrongUsage, match="begins no run"):
            certificate.issue(world, run)
    world.close()


class SignedArchive(Archive, SignedTown):
    """The archive of a city that knows its people by their keys."""

    def __init__(self, folder: Path) -> None:
        SignedTown.__init__(self, folder)
        self.schedule = gated(gate())


def test_a_signature_is_checked_with_nothing_but_ssh_keygen(tmp_path: Path) -> None:
    archive = SignedArchive(tmp_path / "town")
    archive.capture("Requisition 1")
    archive.put_away()
    archive.later(31)
    archive.destroy()
    page = (folder(archive) / "certificate.html").read_text()
    command = page.partition("beside these files: ")[2].partition("</p>")[0].replace("&lt;", "<").replace("&#x27;", "'")
    shutil.copy(archive.signers, folder(archive) / "allowed_signers")
    done = subprocess.run(command, shell=True, cwd=folder(archive), capture_output=True, text=True, check=False)
    assert done.returncode == 0 and f'Good "retention" signature for {RECORDS}' in done.stdout, (command, done)
    statement = json.loads((folder(archive) / "statement.json").read_text())
    digest = sha256((folder(archive) / "certificate.json").read_bytes()).hexdigest()
    assert statement["what"]["digest"] == digest and statement["act"] == "destroy-records"
    (folder(archive) / "statement.json").write_text(json.dumps(statement | {"by": CLERK}))
    assert subprocess.run(command, shell=True, cwd=folder(archive), capture_output=True, check=False).returncode != 0


# Copies elsewhere


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    archive = Archive(tmp_path_factory.mktemp("stored") / "town", gate())
    archive.capture("Requisition 1", "Requisition 2")
    return archive


def found(archive: Archive, **changed: object) -> Elsewhere:
    """What is known of copies of the first record, were it as changed."""

    def look(world: object) -> Elsewhere:
        records = [world.store.record(place) for place in world.store.places()]  # type: ignore[attr-defined]
        return gather(world, [replace(records[0], **changed), records[1]])  # type: ignore[arg-type]

    return archive.see(look)


def test_the_record_s_own_mailbox_that_it_was_taken_from_is_no_copy(stored: Archive) -> None:
    assert found(stored).mailboxes == {}


def test_the_same_message_in_another_mailbox_is_found_and_a_message_id_alone_is_not_enough(stored: Archive) -> None:
    stored.add("Requisition 1 again", mailbox=ATTORNEY, received_at=OLD, internet_id="<known@x>")
    gone = stored.add("Requisition 1 gone", mailbox=RECORDS, received_at=OLD, internet_id="<known@x>")
    stored.read()
    stored.mail.delete(gone)  # type: ignore[attr-defined]
    stored.read()
    told = found(stored, internet_id="<known@x>", subject="Requisition 1 again")
    assert told.mailboxes == {ATTORNEY: (0,)}
    assert found(stored, internet_id="<known@x>", subject="Payroll", sender="dan@y.example").mailboxes == {}
    assert found(stored, internet_id="").nameless == ()
    assert found(stored, internet_id="", sender="").nameless == (0,)


def test_recipients_outside_are_counted_by_domain_and_never_named(stored: Archive) -> None:
    to = (CLERK, "a@One.example", "b@one.example", "c@sub.town.example")
    told = found(stored, to=to, cc=("d@two.example",), bcc=("e@three.example",))
    assert {"one.example", "two.example", "three.example"} == {name for name, n in told.recipients.items() if 0 in n}
    assert "a@" not in repr(told).casefold() and 0 in told.senders


def test_a_colleague_whose_mailbox_nobody_reads_is_a_doubt(stored: Archive) -> None:
    outside = {"sender": "x@one.example", "to": (CLERK,), "cc": (), "bcc": ()}
    assert 0 not in found(stored, **outside).inside
    assert 0 in found(stored, **{**outside, "cc": ("nobody@town.example",)}).inside
    assert 0 in found(stored, **{**outside, "sender": "/o=Old/cn=Somebody"}).inside


def test_a_preservation_copy_is_told(stored: Archive) -> None:
    def keep(world: object) -> Record:
        place = next(iter(world.store.places()))  # type: ignore[attr-defined]
        record = world.store.record(place)  # type: ignore[attr-defined]
        copy = Copy(digest=record.digest, size=record.size, found=())
        world.store.put_copy(copy, world.store.get(place))  # type: ignore[attr-defined]
        return record  # type: ignore[no-any-return]

    assert found(stored).preserved == ()
    stored.see(keep)
    assert found(stored).preserved == (0,)
