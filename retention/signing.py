"""Signatures of statements, made and checked with OpenSSH's own ``ssh-keygen -Y``.

What a statement says, and whether its person may do the act, is not known here.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from retention.core.statement import NAMESPACE
from retention.errors import BadConfiguration, SignatureInvalid, SignersMissing, StoreNotAnswering

TOOL = "ssh-keygen"
WAIT_FOR_PERSON = 300.0
"""Seconds in which a passphrase is typed or a key touched."""
WAIT_FOR_TOOL = 30.0
"""Seconds for one check, which takes a hundredth of one."""
ZONE = "UTC0"
"""The time zone in which the tool is run. It reads a day without a Z, in ``valid-after`` or as the time of a signature,
in the zone of whoever runs it (and an hour wrong in summer); every machine must judge a signature alike. Releases
before 9.1 do not know the Z."""
ADDRESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+_'&=/~%-]*@[A-Za-z0-9][A-Za-z0-9.-]*")
"""Whom a signature can be checked for: one person, so nothing that means more in a list of patterns (* ? ! ,)."""


class Signer:
    """Signs with one person's key, and checks anybody's signature against the city's allowed-signers file.

    A signature once found valid is not checked again as long as the file's content stays the same. The file is read
    each time: a time stamp could miss a change, and a key taken out of it must count for nothing at once.
    """

    def __init__(self, signers: Path, key: Path | None = None) -> None:
        self.signers = signers
        self.key = key
        self._judged: tuple[bytes, set[bytes]] = (b"", set())

    def sign(self, text: str) -> str:
        """The signature of this text, armoured. The tool asks at the terminal for what it needs to use the key.

        The key's file may be a private key, a public one whose private half an agent or a hardware key has, or a
        certificate. Raises ``BadConfiguration`` or ``SignatureInvalid``.
        """
        key = self._own_key()
        with _folder() as folder, _terminal() as terminal:
            statement = folder / "statement.json"
            statement.write_bytes(text.encode())
            asked = [_tool(), "-q", "-Y", "sign", "-f", os.path.abspath(key), "-n", NAMESPACE, str(statement)]
            # What the tool says ("touch your key") must reach the person; where nobody is there it is kept.
            said = None if terminal is not None and sys.stderr.isatty() else subprocess.PIPE
            code, _, words = _run(asked, os.environ, WAIT_FOR_PERSON, keyboard=terminal, stderr=said)
            signature = statement.with_name(f"{statement.name}.sig")
            if code == 0 and signature.is_file():
                return signature.read_text("ascii")
        raise self._unsigned(words, terminal is None)

    def check(self, text: str, signature: str, by: str, at: datetime) -> None:
        """Raises ``SignatureInvalid`` unless ``by`` signed exactly this text with a key that was theirs at ``at``.

        Raises ``SignersMissing`` or ``BadConfiguration`` where that cannot be told.
        """
        allowed = self._allowed()
        if not signature:
            raise SignatureInvalid(f"There is no signature of {by}.", "Have the act signed.")
        if not ADDRESS.fullmatch(by):
            raise SignatureInvalid(f"'{by}' is not the address of one person, so nobody can sign as that.")
        judged = self._judged
        if judged[0] != allowed:
            judged = self._judged = (allowed, set())
        valid = judged[1]
        question = sha256(repr((text, signature, by, at)).encode()).digest()
        if question not in valid:
            self._verify(allowed, text, signature, by, at)
            valid.add(question)

    def principals(self) -> dict[str, tuple[str, ...]]:
        """Every name of the signers file with its public keys. Raises ``SignersMissing`` where it cannot be read.

        A line is: names parted by commas, options if there are any, the kind of key, the key (ssh-keygen(1)).
        """
        found: dict[str, list[str]] = {}
        for line in self._allowed().decode("utf-8", "replace").splitlines():
            words = line.split()
            kinds = [at for at, word in enumerate(words) if re.match(r"(sk-)?(ssh|ecdsa)-", word)]
            if words and not words[0].startswith("#") and kinds and kinds[0] + 1 < len(words):
                for name in words[0].strip('"').split(","):
                    found.setdefault(name, []).append(words[kinds[0] + 1])
        return {name: tuple(keys) for name, keys in found.items()}

    def _verify(self, allowed: bytes, text: str, signature: str, by: str, at: datetime) -> None:
        with _folder() as folder:
            # The tool is given the very bytes that were read, whatever becomes of the file meanwhile.
            signers, armoured = folder / "signers", folder / "signature"
            signers.write_bytes(allowed)
            armoured.write_bytes(signature.encode(errors="surrogatepass"))
            asked = [_tool(), *_question(str(signers), by, at, str(armoured))]
            surroundings = {**os.environ, "TZ": ZONE, "LC_ALL": "C"}
            code, answer, words = _run(
                asked, surroundings, WAIT_FOR_TOOL, text=text.encode(errors="surrogatepass"), stderr=subprocess.PIPE
            )
            words = words.replace(str(signers), self.signers.name)
        # An exit code alone could come from anything of that name on the path.
        if code != 0 or not answer.startswith(f'Good "{NAMESPACE}" signature for {by} with '):
            raise SignatureInvalid(
                f"The signature of {by} is not valid: {words or f'no key of theirs in {self.signers} made it'}.",
                "Nothing rests on it; have the act signed again, or correct the allowed-signers file.",
            )

    def _allowed(self) -> bytes:
        try:
            return self.signers.read_bytes()
        except OSError as error:
            raise SignersMissing(
                f"The allowed-signers file {self.signers} cannot be read: {error.strerror}.",
                "Restore it, or correct 'city.signers'; no signature can be checked without it.",
            ) from error

    def _own_key(self) -> Path:
        if self.key is None:
            raise BadConfiguration(
                "No key to sign with was given.",
                "Give the file of your SSH key; its public half will do where an agent has the private one.",
            )
        if not self.key.is_file():
            raise BadConfiguration(f"The key to sign with, {self.key}, is not there.", "Give the file of your SSH key.")
        return self.key

    def _unsigned(self, words: str, nobody_there: bool) -> SignatureInvalid:
        if nobody_there and "passphrase" in words:
            return SignatureInvalid(
                f"The key {self.key} has a passphrase, and there is no terminal to ask for it.",
                "Nothing was signed; run this at a terminal, or load the key with `ssh-add` first.",
            )
        return SignatureInvalid(
            f"The statement was not signed with {self.key}{f': {words}' if words else ''}.",
            "Nothing was done; use your own key, in a file that nobody else can read.",
        )


def by_hand(signers: Path, by: str, at: datetime, statement: str, signature: str) -> str:
    """The command line with which anybody checks the signature in one file of the statement in another."""
    question = shlex.join([TOOL, *_question(str(signers), by, at, signature)])
    return f"TZ={ZONE} {question} < {shlex.quote(statement)}"


def _question(signers: str, by: str, at: datetime, signature: str) -> list[str]:
    moment = f"-Overify-time={at.astimezone(UTC):%Y%m%d%H%M%S}"
    return ["-Y", "verify", "-f", signers, "-I", by, "-n", NAMESPACE, "-s", signature, moment]


def _tool() -> str:
    found = shutil.which(TOOL)
    if found is None:
        raise BadConfiguration(
            f"The tool {TOOL} is not installed, or not on the PATH.",
            "Install OpenSSH; signatures need version 8.2 or later, and keys with a last day 8.8.",
        )
    return found


def _run(
    asked: list[str],
    surroundings: Mapping[str, str],
    seconds: float,
    *,
    text: bytes | None = None,
    keyboard: int | None = None,
    stderr: int | None,
) -> tuple[int, str, str]:
    """The tool's exit code, its answer, and what it complained of. It is given ``text``, or else the keyboard."""
    stdin = subprocess.PIPE if text is not None else subprocess.DEVNULL if keyboard is None else keyboard
    try:
        tool = subprocess.Popen(asked, stdin=stdin, stdout=subprocess.PIPE, stderr=stderr, env=dict(surroundings))
    except OSError as error:
        raise BadConfiguration(
            f"{asked[0]} cannot be started: {error.strerror}.", "Install OpenSSH 8.2 or later."
        ) from error
    with tool:
        try:
            answer, words = tool.communicate(text, seconds)
        except subprocess.TimeoutExpired:
            return 1, "", f"{TOOL} had not ended after {seconds:.0f} seconds"
        finally:
            _end(tool)
    return tool.returncode, answer.decode(errors="replace"), _in_one_line(words or b"")


def _end(tool: subprocess.Popen[bytes]) -> None:
    """Asked first: a tool that waits for a passphrase must put the terminal right before it goes."""
    if tool.poll() is None:
        tool.terminate()
        with suppress(subprocess.TimeoutExpired):
            tool.wait(2)
        tool.kill()


def _in_one_line(words: bytes) -> str:
    lines = (line.strip(" @.\r") for line in words.decode(errors="replace").split("\n"))
    return "; ".join(filter(None, lines))


@contextmanager
def _terminal() -> Iterator[int | None]:
    """The terminal of whoever runs this, even where standard input is a pipe; ``None`` where there is none."""
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | getattr(os, "O_NOCTTY", 0))
    except OSError:
        yield None
        return
    try:
        yield terminal
    finally:
        os.close(terminal)


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder of one's own that is gone afterwards."""
    try:
        with TemporaryDirectory(prefix="retention-") as folder:
            yield Path(folder)
    except OSError as error:
        raise StoreNotAnswering(
            f"The folder for temporary files cannot be used: {error.strerror}.", "Make room in it, or set TMPDIR."
        ) from error
