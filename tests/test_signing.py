"""Signatures, made and checked with real keys and the real tool."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retention import signing
from retention.errors import BadConfiguration, SignatureInvalid, SignersMissing
from retention.signing import Signer, by_hand

pytestmark = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="needs ssh-keygen, which is not installed")
needs_a_terminal = pytest.mark.skipif(not hasattr(os, "login_tty"), reason="this system has no terminals to open")

KIM, PAT = "kim.lee@town.example", "pat.ortiz@town.example"
AT = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
TEXT = '{"act":"approve","by":"kim.lee@town.example"}'
PASSPHRASE = "correct horse"
SIGNING = "import sys; from pathlib import Path; from retention.signing import Signer; "
SIGNING += "print(Signer(Path('signers'), Path(sys.argv[1])).sign('text'))"

type_of_key = {"kim": ("ed25519",), "pat": ("rsa", "-b", "2048"), "locked": ("ed25519",), "authority": ("ed25519",)}


@pytest.fixture(autouse=True)
def no_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSH_AUTH_SOCK", "SSH_ASKPASS", "SSH_ASKPASS_REQUIRE", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of keys, each with its public half beside it."""
    folder = tmp_path_factory.mktemp("keys")
    for name, kind in type_of_key.items():
        passphrase = PASSPHRASE if name == "locked" else ""
        tool("-q", "-t", *kind, "-N", passphrase, "-C", name, "-f", str(folder / name))
    return folder


def tool(*asked: str) -> None:
    subprocess.run(["ssh-keygen", *asked], check=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)


def public(keys: Path, name: str) -> str:
    return " ".join((keys / f"{name}.pub").read_text().split()[:2])


@pytest.fixture
def signers(keys: Path, tmp_path: Path) -> Path:
    path = tmp_path / "allowed signers"
    path.write_text(f"# of the city\n{KIM} {public(keys, 'kim')}\n{PAT} {public(keys, 'pat')}\n")
    return path


@pytest.fixture
def signer(keys: Path, signers: Path) -> Signer:
    return Signer(signers, keys / "kim")


@pytest.fixture(scope="session")
def signature(keys: Path) -> str:
    """Kim's, of ``TEXT``."""
    return Signer(keys / "none", keys / "kim").sign(TEXT)


def program(folder: Path, script: str) -> str:
    """A PATH on which a program of our own is called ssh-keygen."""
    folder.mkdir()
    path = folder / "ssh-keygen"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(folder)


@pytest.mark.parametrize(("name", "by"), [("kim", KIM), ("pat", PAT)])
def test_what_a_person_signed_is_valid(keys: Path, signers: Path, name: str, by: str) -> None:
    signer = Signer(signers, keys / name)
    made = signer.sign(TEXT)
    assert made.startswith("-----BEGIN SSH SIGNATURE-----\n")
    signer.check(TEXT, made, by, AT)


def test_a_text_of_any_letters_can_be_signed(signer: Signer) -> None:
    text = '{"reason":"Straße\u2028日本\\n"}\n\n'
    signer.check(text, signer.sign(text), KIM, AT)


@given(st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_signature_fits_no_other_text(signer: Signer, signature: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(TEXT)))
    changed = TEXT[:place] + data.draw(st.text(max_size=2)) + TEXT[place + data.draw(st.integers(0, 2)) :]
    if changed != TEXT:
        with pytest.raises(SignatureInvalid):
            signer.check(changed, signature, KIM, AT)
    signer.check(TEXT, signature, KIM, AT)


def test_an_altered_signature_is_not_valid(signer: Signer, signature: str) -> None:
    lines = signature.splitlines()
    other = "A" if lines[-2][5] != "A" else "B"
    altered = "\n".join([*lines[:-2], lines[-2][:5] + other + lines[-2][6:], lines[-1], ""])
    for made in (altered, signature[:80], "", "junk", "\ud800", "\n".join(lines[1:-1])):
        with pytest.raises(SignatureInvalid):
            signer.check(TEXT, made, KIM, AT)


def test_a_signature_made_with_anothers_key_is_not_valid(keys: Path, signers: Path, signature: str) -> None:
    signer = Signer(signers, keys / "pat")
    with pytest.raises(SignatureInvalid, match=r"pat\.ortiz.* is not valid"):
        signer.check(TEXT, signature, PAT, AT)
    with pytest.raises(SignatureInvalid, match="no key of theirs"):
        signer.check(TEXT, signer.sign(TEXT), KIM, AT)


def test_somebody_who_is_not_in_the_file_signs_nothing(keys: Path, signers: Path) -> None:
    signer = Signer(signers, keys / "authority")
    with pytest.raises(SignatureInvalid):
        signer.check(TEXT, signer.sign(TEXT), KIM, AT)


def test_a_signature_made_for_another_purpose_does_not_count(keys: Path, signer: Signer, tmp_path: Path) -> None:
    file = tmp_path / "text"
    file.write_text(TEXT)
    tool("-Y", "sign", "-f", str(keys / "kim"), "-n", "git", str(file))
    with pytest.raises(SignatureInvalid, match="namespace"):
        signer.check(TEXT, (tmp_path / "text.sig").read_text(), KIM, AT)


def test_a_key_that_the_file_allows_for_another_purpose_only_does_not_count(
    keys: Path, signer: Signer, signature: str
) -> None:
    signer.signers.write_text(f'{KIM} namespaces="git" {public(keys, "kim")}\n')
    with pytest.raises(SignatureInvalid, match="namespace"):
        signer.check(TEXT, signature, KIM, AT)
    signer.signers.write_text(f'{KIM} namespaces="git,retention" {public(keys, "kim")}\n')
    signer.check(TEXT, signature, KIM, AT)


@pytest.mark.parametrize("zone", ["UTC", "America/Chicago", "Asia/Tokyo"])
@pytest.mark.parametrize("z", ["", "Z"], ids=["bare", "Z"])
def test_a_key_is_judged_on_the_day_of_the_signature_alike_on_every_machine(
    keys: Path, signer: Signer, signature: str, zone: str, z: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", zone)
    window = f'valid-after="20260101{z}",valid-before="20260701{z}"'
    signer.signers.write_text(f"{KIM} {window} {public(keys, 'kim')}\n")
    first, last = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
    for at in (first, AT, last, last + timedelta(microseconds=5)):
        signer.check(TEXT, signature, KIM, at)
    with pytest.raises(SignatureInvalid, match="allowed signers:1: key is not yet valid"):
        signer.check(TEXT, signature, KIM, first - timedelta(seconds=1))
    with pytest.raises(SignatureInvalid, match="key has expired"):
        signer.check(TEXT, signature, KIM, last + timedelta(seconds=1))


def test_without_the_signers_file_nothing_is_valid(signer: Signer, signature: str, tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(SignersMissing, match="cannot be read"):
            Signer(path).check(TEXT, signature, KIM, AT)
    signer.check(TEXT, signature, KIM, AT)
    signer.signers.unlink()
    with pytest.raises(SignersMissing):
        signer.check(TEXT, signature, KIM, AT)
    signer.signers.write_text("")
    with pytest.raises(SignatureInvalid):
        signer.check(TEXT, signature, KIM, AT)


def test_a_key_taken_out_of_the_file_counts_for_nothing_at_once(keys: Path, signer: Signer, signature: str) -> None:
    signer.check(TEXT, signature, KIM, AT)
    stamp = signer.signers.stat()
    text = signer.signers.read_text()
    signer.signers.write_text(text.replace(public(keys, "kim"), public(keys, "authority")))
    os.utime(signer.signers, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert signer.signers.stat().st_size == stamp.st_size
    with pytest.raises(SignatureInvalid):
        signer.check(TEXT, signature, KIM, AT)
    signer.signers.write_text(text)
    signer.check(TEXT, signature, KIM, AT)


def test_a_valid_signature_is_checked_once_and_an_invalid_one_each_time(
    signer: Signer, signature: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[str] = []
    real: Callable[..., tuple[int, str, str]] = signing._run
    monkeypatch.setattr(signing, "_run", lambda *given, **named: runs.append("run") or real(*given, **named))
    for _ in range(3):
        signer.check(TEXT, signature, KIM, AT)
    assert len(runs) == 1
    for _ in range(2):
        with pytest.raises(SignatureInvalid):
            signer.check(TEXT, signature, PAT, AT)
    assert len(runs) == 3
    signer.check(TEXT, signature, KIM, AT + timedelta(days=1))
    assert len(runs) == 4


def test_without_the_tool_nothing_is_signed_and_nothing_valid(
    signer: Signer, signature: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in ("", str(tmp_path)):
        monkeypatch.setenv("PATH", path)
        with pytest.raises(BadConfiguration, match="ssh-keygen is not installed"):
            signer.check(TEXT, signature, KIM, AT)
        with pytest.raises(BadConfiguration, match="ssh-keygen is not installed"):
            signer.sign(TEXT)


@pytest.mark.parametrize("script", ["exit 0", "cat; exit 0", "echo 'Good \"retention\" signature for kim'", "exit 1"])
def test_a_program_that_only_says_yes_is_not_believed(
    signer: Signer, signature: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    monkeypatch.setenv("PATH", program(tmp_path / "bin", script), prepend=os.pathsep)
    for ask in (lambda: signer.check(TEXT, signature, KIM, AT), lambda: signer.sign(TEXT)):
        with pytest.raises(SignatureInvalid):
            ask()


def test_a_program_that_cannot_be_started_is_named(
    signer: Signer, signature: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", program(tmp_path / "bin", ""))
    (tmp_path / "bin" / "ssh-keygen").write_bytes(b"\x7fELF")
    with pytest.raises(BadConfiguration, match="cannot be started"):
        signer.check(TEXT, signature, KIM, AT)


def test_a_program_that_never_ends_is_ended(
    signer: Signer, signature: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", program(tmp_path / "bin", "exec sleep 600"), prepend=os.pathsep)
    monkeypatch.setattr(signing, "WAIT_FOR_TOOL", 0.05)
    monkeypatch.setattr(signing, "WAIT_FOR_PERSON", 0.05)
    for ask in (lambda: signer.check(TEXT, signature, KIM, AT), lambda: signer.sign(TEXT)):
        with pytest.raises(SignatureInvalid, match="had not ended"):
            ask()


@pytest.mark.parametrize(
    "by",
    ["*@town.example", "ki?@town.example", f"{KIM},{PAT}", f"{PAT} {KIM}", f"!{PAT}", "", " ", "klee", f"{KIM}\n",
     f"-f{KIM}", f'"{KIM}"', "@town.example"],
)  # fmt: skip
def test_only_the_address_of_one_person_can_have_signed(keys: Path, signer: Signer, signature: str, by: str) -> None:
    signer.signers.write_text(f"* {public(keys, 'kim')}\n")
    signer.check(TEXT, signature, KIM, AT)
    with pytest.raises(SignatureInvalid, match="is not the address of one person"):
        signer.check(TEXT, signature, by, AT)


def test_a_certificate_speaks_only_for_whom_it_names(keys: Path, signers: Path, tmp_path: Path) -> None:
    for name in ("kim", "kim.pub"):
        shutil.copy(keys / name, tmp_path / name)
    tool("-q", "-s", str(keys / "authority"), "-I", "kim", "-n", KIM, str(tmp_path / "kim.pub"))
    signers.write_text(f"*@town.example cert-authority {public(keys, 'authority')}\n")
    signer = Signer(signers, tmp_path / "kim-cert.pub")
    made = signer.sign(TEXT)
    signer.check(TEXT, made, KIM, AT)
    with pytest.raises(SignatureInvalid, match="not a listed principal"):
        signer.check(TEXT, made, PAT, AT)


def test_the_command_line_for_anybody_checks_the_same(signer: Signer, signature: str, tmp_path: Path) -> None:
    statement, made = tmp_path / "a statement.json", tmp_path / "it's.sig"
    statement.write_text(TEXT)
    made.write_text(signature)
    line = by_hand(signer.signers, KIM, AT, str(statement), str(made))
    assert line.startswith("TZ=UTC0 ssh-keygen -Y verify -f ")
    assert line.split(" -Overify-time=")[1].startswith("20260615120000 < ")
    done = subprocess.run(line, shell=True, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert done.stdout.startswith(f'Good "retention" signature for {KIM} with ED25519 key SHA256:')
    statement.write_text(TEXT.replace("kim", "pat"))
    assert subprocess.run(line, shell=True, check=False, capture_output=True, timeout=60).returncode != 0


def test_a_key_that_cannot_sign_is_named_with_the_reason(keys: Path, signers: Path, tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match="No key to sign with was given"):
        Signer(signers).sign(TEXT)
    with pytest.raises(BadConfiguration, match="nowhere, is not there"):
        Signer(signers, tmp_path / "nowhere").sign(TEXT)
    with pytest.raises(SignatureInvalid, match=r"was not signed with .*signers"):
        Signer(signers, signers).sign(TEXT)
    with pytest.raises(SignatureInvalid, match=r"was not signed with .*kim\.pub"):
        Signer(signers, Path(shutil.copy(keys / "kim.pub", tmp_path / "kim.pub"))).sign(TEXT)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no file modes")
def test_a_key_that_others_can_read_does_not_sign(keys: Path, signers: Path, tmp_path: Path) -> None:
    open_key = Path(shutil.copy(keys / "kim", tmp_path / "open"))
    open_key.chmod(0o644)
    with pytest.raises(SignatureInvalid, match=r"Permissions 0644 .* are too open"):
        Signer(signers, open_key).sign(TEXT)


@pytest.mark.parametrize("askpass", ["never", "prefer", ""])
def test_a_key_with_a_passphrase_is_refused_in_batch_and_nothing_hangs(keys: Path, askpass: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SIGNING, str(keys / "locked")],
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        start_new_session=True,
        env={**os.environ, "SSH_ASKPASS_REQUIRE": askpass},
    )
    assert done.returncode == 1
    assert "SignatureInvalid: The key" in done.stderr
    assert "has a passphrase, and there is no terminal to ask for it" in done.stderr


@needs_a_terminal
@pytest.mark.parametrize(("typed", "signed"), [(PASSPHRASE, True), ("wrong", False)])
def test_at_a_terminal_the_passphrase_is_asked_for(keys: Path, typed: str, signed: bool) -> None:
    """Standard input and output are pipes, as in a script that somebody runs at their desk."""
    ours, theirs = os.openpty()
    read_end, write_end = os.pipe()
    at_desk = f"import os; os.login_tty({theirs}); os.dup2({write_end}, 1); os.close({write_end}); "
    at_desk += "os.dup2(os.open(os.devnull, os.O_RDONLY), 0); "
    asked = [sys.executable, "-c", at_desk + SIGNING, str(keys / "locked")]
    with subprocess.Popen(asked, pass_fds=(theirs, write_end)) as person:
        os.close(theirs)
        os.close(write_end)
        shown = b""
        while b"passphrase" not in shown and (part := _rest(ours)):
            shown += part
        os.write(ours, typed.encode() + b"\n")
        with os.fdopen(read_end) as answer:
            said = answer.read()
        while part := _rest(ours):
            shown += part
        code = person.wait(60)
    os.close(ours)
    assert typed.encode() not in shown
    assert (code == 0, "BEGIN SSH SIGNATURE" in said) == (signed, signed)
    assert signed or b"incorrect passphrase" in shown


def _rest(terminal: int) -> bytes:
    """Nothing once the other side has hung up, which Linux reports as an error."""
    try:
        return os.read(terminal, 1000)
    except OSError:
        return b""


@pytest.mark.skipif(shutil.which("ssh-agent") is None, reason="needs ssh-agent, which is not installed")
def test_an_agent_signs_for_whoever_has_only_the_public_half(
    keys: Path, signers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    # The path of a socket must be short.
    socket = tmp_path_factory.getbasetemp().parent / f"agent-{os.getpid()}"
    agent = subprocess.run(["ssh-agent", "-s", "-a", str(socket)], capture_output=True, text=True, check=True)
    pid = int(re.findall(r"SSH_AGENT_PID=(\d+)", agent.stdout)[0])
    try:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
        subprocess.run(["ssh-add", "-q", str(keys / "kim")], check=True, capture_output=True, timeout=60)
        signer = Signer(signers, Path(shutil.copy(keys / "kim.pub", tmp_path / "kim.pub")))
        signer.check(TEXT, signer.sign(TEXT), KIM, AT)
    finally:
        os.kill(pid, signal.SIGTERM)


def test_nothing_is_left_in_the_folder_for_temporary_files(
    signer: Signer, signature: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    signer.sign(TEXT)
    signer.check(TEXT, signature, KIM, AT)
    with pytest.raises(SignatureInvalid):
        signer.check(TEXT, signature, PAT, AT)
    assert not list((tmp_path / "tmp").iterdir())
