"""Publishing the ledger's head: filed, drafted, stamped by a real service on this machine, and handed to an auditor."""

from __future__ import annotations

import email
import shutil
import subprocess
import sys
from collections.abc import Iterator
from email.policy import SMTP
from pathlib import Path

import pytest
from msgspec.structs import replace

from retention.core.audit import HoldPlaced, Refused
from retention.core.authority import HoldKind
from retention.core.city import Audit
from retention.core.hold import Scope
from retention.core.publication import HeadPublished, LedgerExported, read
from retention.errors import (
    BadConfiguration,
    LedgerBroken,
    NotThisOffice,
    SignatureInvalid,
    StoreNotAnswering,
    TimestampMissing,
    WrongUsage,
)
from retention.jobs.audit import verify
from retention.jobs.audit.export import export
from retention.jobs.audit.publish import HeadTold, publish
from retention.jobs.hold import place
from retention.stamping import Stamper
from tests.jobs.tampering import by_a_stranger, handed, note, published, rewrite
from tests.jobs.test_signed_acts import SignedTown
from tests.jobs.town import ATTORNEY, CRON, RECORDS, Town
from tests.packet.unpacking import verified
from tests.timestamping import HAS_OPENSSL, Service

needs_openssl = pytest.mark.skipif(not HAS_OPENSSL, reason="there is no openssl on this machine")
needs_ssh = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="there is no ssh-keygen on this machine")
CLERK_OFFICE = "clerk.office@town.example"


@pytest.fixture
def town(tmp_path: Path) -> Town:
    town = Town(tmp_path / "town")
    town.city = replace(town.city, audit=Audit(publish_to=(CLERK_OFFICE,)))
    note(town, 3)
    return town


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(tmp_path_factory.mktemp("tsa") / "service").serving() as service:
        yield service


def told(town: Town, by: str = RECORDS, **asked: object) -> HeadTold:
    world = town.world(by)
    try:
        return publish(world, **asked)  # type: ignore[arg-type]
    finally:
        world.close()


def entries(town: Town, kind: type) -> list[object]:
    return [link.entry.body for link in town.world().ledger.links() if isinstance(link.entry.body, kind)]


def test_the_head_is_filed_copied_and_told_to_the_ledger(town: Town, tmp_path: Path) -> None:
    n, digest = town.world().ledger.head
    said = told(town, output=tmp_path / "head.json")
    filed, copy = map(Path, said.files)
    assert filed.parent == town.folder / "published" and copy.read_bytes() == filed.read_bytes() == said.text.encode()
    head = read(filed.read_bytes())
    assert (head.city, head.rehearsal, head.entries, head.digest, head.at) == ("Town", True, n, digest, town.at)
    (entry,) = entries(town, HeadPublished)
    assert (entry.entries, entry.digest, entry.file, entry.where) == (n, digest, filed.name, ("head.json",))


def test_the_head_tells_a_stranger_nothing_else(town: Town) -> None:
    text = told(town).text
    assert text.count('":') == 6 and "@" not in text


def test_only_an_office_publishes_and_the_attempt_is_written_down(town: Town) -> None:
    with pytest.raises(NotThisOffice):
        told(town, by=CRON)
    assert entries(town, Refused)[-1].act == "publish-head" and not (town.folder / "published").exists()  # type: ignore[attr-defined]


def test_the_draft_bears_the_head_and_goes_to_those_of_the_settings(town: Town, tmp_path: Path) -> None:
    said = told(town, email=tmp_path / "head.eml")
    draft = email.message_from_bytes((tmp_path / "head.eml").read_bytes(), policy=SMTP)
    assert (draft["To"], draft["From"], draft["X-Unsent"]) == (CLERK_OFFICE, RECORDS, "1")
    (attached,) = draft.iter_attachments()
    assert attached.get_content() == said.text.encode() and attached.get_filename() == Path(said.files[0]).name
    assert said.head.digest in draft.get_body().get_content() and "a rehearsal" in draft.get_body().get_content()
    assert said.to == (CLERK_OFFICE,) and entries(town, HeadPublished)[-1].where == ("head.eml", CLERK_OFFICE)  # type: ignore[attr-defined]


def test_what_is_there_is_never_written_over_and_nothing_is_begun(town: Town, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("mine")
    for asked in (
        {"output": tmp_path / "there"},
        {"email": tmp_path / "there"},
        {"output": tmp_path / "a", "email": tmp_path / "a"},
        {"output": tmp_path / "no folder" / "a"},
    ):
        with pytest.raises(WrongUsage):
            told(town, **asked)
    town.city = replace(town.city, audit=Audit())
    with pytest.raises(BadConfiguration, match="publish_to"):
        told(town, email=tmp_path / "head.eml")
    assert not (town.folder / "published").exists() and (tmp_path / "there").read_text() == "mine"


@needs_openssl
def test_a_timestamp_is_kept_beside_the_head_and_checked(town: Town, tmp_path: Path, service: Service) -> None:
    said = told(town, output=tmp_path / "head.json", stamps=service.stamper)
    assert said.stamped_by == "CN=Town Timestamps"
    assert (tmp_path / "head.tsr").read_bytes() == Path(said.files[0]).with_suffix(".tsr").read_bytes()
    world = town.world()
    checked = verify(world, stamps=service.stamper, published=[tmp_path / "head.json"])
    assert (checked.heads, checked.stamped, checked.open) == (2, 2, ())
    assert "1 timestamps were not checked" in verify(world).open[0]
    world.close()


@needs_openssl
def test_a_timestamp_that_was_changed_swapped_or_taken_away_is_found(
    town: Town, tmp_path: Path, service: Service
) -> None:
    first = Path(told(town, stamps=service.stamper).files[0]).with_suffix(".tsr")
    second = Path(told(town, stamps=service.stamper).files[0]).with_suffix(".tsr")
    folder = handed(town, tmp_path / "export")
    shutil.copy(service.certificates, folder / "timestamp_certificates.pem")
    assert by_a_stranger(folder) == []
    good = first.read_bytes()
    for data in (second.read_bytes(), good[:-1] + bytes([good[-1] ^ 1]), b""):
        for path in (first, folder / "published" / first.name):
            path.write_bytes(data)
            if not data:
                path.unlink()
        with pytest.raises(LedgerBroken, match="timestamp"):
            verify(town.world(), stamps=service.stamper)
        assert any("timestamp" in problem for problem in by_a_stranger(folder))


@needs_openssl
def test_without_a_timestamp_nothing_is_told_to_the_ledger(town: Town, service: Service) -> None:
    with pytest.raises(TimestampMissing):
        told(town, stamps=Stamper("http://127.0.0.1:1/tsr", service.certificates))
    assert entries(town, HeadPublished) == []
    # The head that was filed by then is the one that is published once the service answers.
    assert told(town, stamps=service.stamper).stamped_at
    assert verify(town.world(), stamps=service.stamper).heads == 1


@needs_ssh
def test_every_signature_is_checked_here_and_by_a_stranger(tmp_path: Path) -> None:
    town = SignedTown(tmp_path / "town")
    world = town.world(ATTORNEY)
    place.place(world, matter="Elm", kind=HoldKind.LEGAL, reason="a claim", scope=Scope(words=("elm",)))
    published(town)
    checked = verify(town.world())
    assert (checked.signed, checked.heads, checked.open) == (2, 1, ())
    folder = tmp_path / "export"
    export(town.world(), folder, signers=town.signers)
    assert "2 signatures are good" in verified(folder).stdout
    town.signers.write_text(town.signers.read_text().replace(ATTORNEY, "somebody@town.example"))
    with pytest.raises(SignatureInvalid, match="Entry 1 of the ledger"):
        verify(town.world())
    shutil.copy(town.signers, folder / "allowed_signers")
    assert any("signature of entry 1" in problem for problem in by_a_stranger(folder))


@needs_ssh
def test_a_signed_act_over_a_rewritten_ledger_is_found_without_any_head(tmp_path: Path) -> None:
    """Whoever chains all anew cannot sign anew."""
    town = SignedTown(tmp_path / "town")
    note(town, 2)
    world = town.world(ATTORNEY)
    place.place(world, matter="Elm", kind=HoldKind.LEGAL, reason="a claim", scope=Scope(words=("elm",)))
    folder = handed(town, tmp_path / "export")
    shutil.copy(town.signers, folder / "allowed_signers")
    for ledger in (town.folder / "ledger.jsonl", folder / "ledger.jsonl"):
        rewrite(ledger, 1)
    with pytest.raises(SignatureInvalid, match="over another ledger"):
        verify(town.world())
    assert any("over another ledger" in problem for problem in by_a_stranger(folder))


def test_the_export_is_checked_with_nothing_but_python(town: Town, tmp_path: Path) -> None:
    published(town)
    world = town.world(RECORDS)
    made = export(world, tmp_path / "export")
    folder = Path(made.folder)
    done = verified(folder, "--manifest", made.manifest)
    assert done.returncode == 0 and "agrees with every published head" in done.stdout, done.stdout
    assert (entries(town, LedgerExported)[-1].manifest, made.heads) == (made.manifest, 1)  # type: ignore[attr-defined]
    assert (town.folder / "ledger.jsonl").read_bytes().startswith((folder / "ledger.jsonl").read_bytes())
    assert folder.stat().st_mode & 0o077 == 0
    ledger = folder / "ledger.jsonl"
    ledger.write_bytes(ledger.read_bytes().replace(b"reason 1", b"reason 2"))
    done = verified(folder)
    assert done.returncode == 1 and "is NOT as it was written" in done.stdout and "entry 2" in done.stdout
    assert verified(folder, "--manifest", "0" * 64).returncode == 1


def test_the_export_holds_nothing_that_is_not_in_the_ledger_or_public(town: Town, tmp_path: Path) -> None:
    """A sealed matter is sealed in it; what was opened of it elsewhere is not looked at."""
    world = town.world(ATTORNEY)
    place.place(world, matter="Elm", kind=HoldKind.LEGAL, reason="a claim", scope=Scope(words=("elm",)))
    assert entries(town, HoldPlaced)
    folder = handed(town, tmp_path / "export")
    names = {path.name for path in folder.rglob("*")}
    assert names == {"ledger.jsonl", "export.json", "README.txt", "verify.py", "manifest.sha256"}
    (tmp_path / "signers").write_text("-----BEGIN OPENSSH PRIVATE KEY-----")
    with pytest.raises(BadConfiguration, match="private key"):
        export(town.world(), tmp_path / "other", signers=tmp_path / "signers")
    assert not (tmp_path / "other").exists()


def test_an_export_is_whole_or_not_there(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(WrongUsage):
        handed(town, tmp_path / "there")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StoreNotAnswering, match="No space left"):
        handed(town, tmp_path / "export")
    monkeypatch.undo()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["there", "town"]
    assert entries(town, LedgerExported) == []


def test_the_exported_verifier_is_one_file_for_an_old_python(town: Town, tmp_path: Path) -> None:
    folder = handed(town, tmp_path / "export")
    run = [sys.executable, "-I", "-S", "verify.py"]
    done = subprocess.run(run, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "No published head is here" in done.stdout
    text = (folder / "verify.py").read_text("utf-8")
    assert "retention." not in "".join(line for line in text.splitlines() if line.startswith(("import", "from")))
