"""A secret is shown to the service it is for and to nothing else: no file, no screen, no list of processes has it.

Each command runs as a process of its own, as from cron, with a folder for its temporary files.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from retention.cli.bugs import saved, without_secrets
from retention.mail.asking import signin
from retention.simulator.applications import Holder
from retention.simulator.serve import EWS_PATH
from tests.cli.desk import Desk

CANARY = "canary-7f3a_Zq~98.secret"
USER = r"WILLOWFALLS\svc.canary"
Change = Callable[[str, str], None]
RAISED = """\
import sys
from retention.mail.asking.transport import Transport
from retention.mail.exchange.connection import Connection

def broken(self, *given, **named):
    raise RuntimeError(f"Invalid header value {given!r} {named!r}")

Transport.send = Connection.send = broken
from retention.cli import main
main(sys.argv[1:])
"""
"""A bug in the middle of signing in, which says all that it was given, as the standard library does of a header."""


@pytest.fixture
def city(desk: Desk, change: Change) -> Iterator[Desk]:
    """A city that signs in to Graph with the canary, which is the right secret of an application and of an account."""
    applications, accounts = desk.simulator.sign_in.applications, desk.simulator.sign_in.accounts
    applications["canary"] = Holder("canary", CANARY)
    accounts[USER.lower()] = Holder(USER, CANARY)
    change('system = "simulator"\n', _graph(desk))
    yield desk
    del applications["canary"], accounts[USER.lower()]


def _graph(desk: Desk, secret: str = "env:CANARY") -> str:
    authority = desk.simulator.authority_url
    return (
        f'system = "graph"\ntenant = "{desk.simulator.tenant}"\nclient = "canary"\nsecret = "{secret}"\n'
        f'authority_url = "{authority}"\nremoval_client = "canary"\nremoval_secret = "{secret}"\n'
    )


def on_exchange(desk: Desk, change: Change) -> None:
    change(_graph(desk), _exchange(desk))
    change(f'graph_url = "{desk.simulator.graph_url}"\n', "")
    # A rehearsal and real mail, which an Exchange Server always is, each have a ledger of their own.
    for kept in (desk.ledger, *desk.folder.glob("retention.db*")):
        kept.unlink()
    assert ended(desk, begun(desk, "init"))[0] == 0


def _exchange(desk: Desk) -> str:
    user = USER.replace("\\", "\\\\")
    return (
        f'system = "exchange"\nserver = "{desk.simulator.graph_url}{EWS_PATH}"\nversion = "SE"\nsign_in = "basic"\n'
        f'user = "{user}"\nsecret = "env:CANARY"\nmailboxes = ["ann@city.example"]\n'
    )


def begun(desk: Desk, *arguments: str, code: str = "", secret: str = CANARY) -> subprocess.Popen[str]:
    temporary = desk.folder / "tmp"
    temporary.mkdir(exist_ok=True)
    program = ["-c", code] if code else ["-m", "retention"]
    return subprocess.Popen(
        [sys.executable, *program, "-c", str(desk.toml), *arguments],
        env={**os.environ, "CANARY": secret, "TMPDIR": str(temporary), "PYTHONPATH": str(Path.cwd())},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(desk: Desk, process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit code and everything said; nothing of it, and no file of the city, may hold the secret."""
    said = "".join(process.communicate(timeout=60))
    for name, text in (("the screen", said), *((str(file), _read(file)) for file in _files(desk))):
        assert CANARY not in text, name
    return process.returncode, said


def _files(desk: Desk) -> list[Path]:
    return [file for file in desk.folder.rglob("*") if file.is_file()]


def _read(file: Path) -> str:
    return file.read_bytes().decode("latin-1")


@pytest.mark.parametrize("command", ["sync", "doctor"])
def test_a_sign_in_that_is_refused_shows_no_secret(city: Desk, command: str) -> None:
    city.simulator.sign_in.secret_expired = True
    code, said = ended(city, begun(city, command))
    assert code == 12 and "are expired" in said


def test_a_wrong_secret_is_shown_nowhere(city: Desk) -> None:
    city.simulator.sign_in.applications["canary"] = Holder("canary", "another")
    code, said = ended(city, begun(city, "sync"))
    assert code == 12 and "AADSTS7000215" in said


def test_a_service_that_fails_after_the_sign_in_is_told_without_the_secret(city: Desk) -> None:
    city.simulator.faults.add("error", on="GET /v1.0/users", times=-1, status=403, code="Authorization_RequestDenied")
    code, said = ended(city, begun(city, "sync"))
    assert code == 12 and "User.Read.All" in said


def test_mail_that_is_read_with_a_secret_leaves_none_in_catalog_and_ledger(city: Desk) -> None:
    assert ended(city, begun(city, "sync"))[0] == 0
    assert len(_files(city)) > 5


def test_an_exchange_server_that_refuses_is_told_without_the_password(city: Desk, change: Change) -> None:
    on_exchange(city, change)
    city.simulator.sign_in.accounts[USER.lower()] = Holder(USER, "another")
    code, said = ended(city, begun(city, "sync"))
    assert code == 12 and "svc.canary" in said


def test_a_secret_written_into_the_settings_is_refused_and_not_repeated(city: Desk, change: Change) -> None:
    change(_graph(city), _graph(city, CANARY))
    process = begun(city, "sync")
    said = "".join(process.communicate(timeout=60))
    assert process.returncode == 10 and CANARY not in said


@pytest.mark.parametrize("system", ["graph", "exchange"])
def test_what_is_kept_of_a_bug_is_private_and_holds_no_secret(city: Desk, change: Change, system: str) -> None:
    if system == "exchange":
        on_exchange(city, change)
    code, said = ended(city, begun(city, "sync", code=RAISED))
    assert code == 1, said
    (file,) = (city.folder / "tmp").glob("retention-bug-*.txt")
    assert code == 1 and str(file) in said
    assert "Invalid header value" in file.read_text("utf-8") and "Traceback" in file.read_text("utf-8")
    if os.name == "posix":
        assert f"{file.stat().st_mode & 0o777:o}" == "600"


@pytest.mark.skipif(
    not Path("/proc/self/cmdline").is_file(), reason="this system does not list what processes are told"
)
@pytest.mark.parametrize("system", ["graph", "exchange"])
def test_no_process_is_told_a_secret_by_its_arguments(city: Desk, change: Change, system: str) -> None:
    if system == "exchange":
        on_exchange(city, change)
    city.simulator.faults.latency = 0.05
    process, looked = begun(city, "sync"), 0
    while process.poll() is None:
        assert CANARY not in "\n".join(map(_told, Path("/proc").glob("[0-9]*/cmdline")))
        looked += 1
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
    code, said = ended(city, process)
    assert code == 0 and looked > 3, said


def _told(cmdline: Path) -> str:
    try:
        return _read(cmdline)
    except OSError:
        return ""


@pytest.mark.skipif(os.name != "posix", reason="Windows gives what is made the rights of its folder")
def test_what_a_command_makes_is_for_nobody_else(city: Desk) -> None:
    before = {file: file.stat().st_ino for file in _files(city)}
    for arguments in (("sync",), ("classify",), ("plan", "-o", str(city.folder / "new.json"))):
        assert ended(city, begun(city, *arguments))[0] == 0
    made = [file for file in _files(city) if before.get(file) != file.stat().st_ino]
    assert any(file.name == "new.json" for file in made)
    assert [str(file) for file in made if file.stat().st_mode & 0o077] == []


# -- what is taken out of what is kept of a bug


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    secrets: set[str] = set()
    monkeypatch.setattr(signin, "LOOKED_UP", secrets)
    return secrets


@pytest.mark.parametrize("secret", ["plain", 'it\'s "quoted"', "back\\slash\n", "żółw"])
def test_a_secret_is_taken_out_however_it_is_written(looked_up: set[str], secret: str) -> None:
    looked_up.add(secret)
    told = without_secrets(f"a {secret} b {secret!r} c {secret.encode()!r} d")
    assert secret not in told and repr(secret)[1:-1] not in told
    assert told.count("(a secret)") == 3


def test_the_longer_of_two_secrets_is_taken_out_whole(looked_up: set[str]) -> None:
    looked_up |= {"abc", "abcdef"}
    assert without_secrets("abcdef abc") == "(a secret) (a secret)"


@pytest.mark.parametrize("scheme", ["Bearer", "Basic", "NTLM", "Negotiate"])
def test_what_is_shown_to_a_server_to_sign_in_is_taken_out(looked_up: set[str], scheme: str) -> None:
    assert without_secrets(f"b'{scheme} eyJhbGciOi.JIUzI1_-+/Q==' more") == f"b'{scheme} (a secret)' more"


def test_what_is_no_secret_stays(looked_up: set[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    kept = Path(saved(ValueError("Basic words of a \ud800 message")))
    assert "ValueError: Basic words of a ? message" in kept.read_text("utf-8")
