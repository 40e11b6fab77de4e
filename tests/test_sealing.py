"""Texts sealed for an office: who opens them, and what is said to whoever cannot."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.errors import BadConfiguration, NotThisOffice, RecordMismatch, RetentionError
from retention.sealing import open_seal, seal

TEXT = "reason: a claim of Straße 12, 日本\nsecond line"
KINDS = ("age", "ed25519", "rsa")
needs_ssh = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="needs ssh-keygen, which is not installed")


def make(folder: Path, name: str, *kind: str, passphrase: str = "") -> None:
    asked = ["ssh-keygen", "-q", "-t", *kind, "-N", passphrase, "-C", f"{name} of the office", "-f", str(folder / name)]
    subprocess.run(asked, check=True, capture_output=True, timeout=60)


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of identities, each with its public key beside it."""
    folder = tmp_path_factory.mktemp("office")
    for name in ("age", "stranger"):
        identity = pyrage.x25519.Identity.generate()
        (folder / name).write_text(f"# created: 2026\n\n# public key: {identity.to_public()}\n{identity}\n")
        (folder / f"{name}.pub").write_text(f"{identity.to_public()}\n")
    if shutil.which("ssh-keygen"):
        make(folder, "ed25519", "ed25519")
        make(folder, "rsa", "rsa", "-b", "2048")
        make(folder, "old", "rsa", "-b", "2048", "-m", "PEM")
        make(folder, "ecdsa", "ecdsa")
        make(folder, "locked", "ed25519", passphrase="secret")
        make(folder, "old-locked", "rsa", "-b", "2048", "-m", "PEM", passphrase="secret")
    return folder


def public(keys: Path, *names: str) -> tuple[str, ...]:
    return tuple((keys / f"{name}.pub").read_text() for name in names)


@pytest.mark.parametrize("name", ["age", *(pytest.param(kind, marks=needs_ssh) for kind in ("ed25519", "rsa", "old"))])
def test_whoever_it_was_sealed_to_opens_it(keys: Path, name: str) -> None:
    for to in (public(keys, name), public(keys, "stranger", name)):
        sealed = seal(TEXT, to)
        assert "claim" not in sealed
        assert open_seal(sealed, keys / name) == TEXT


@needs_ssh
def test_every_key_of_the_office_opens_the_same_seal(keys: Path) -> None:
    sealed = seal(TEXT, public(keys, *KINDS))
    assert [open_seal(sealed, keys / kind) for kind in KINDS] == [TEXT] * 3


def test_a_seal_is_armoured_so_that_it_can_stand_in_a_text(keys: Path) -> None:
    sealed = seal(TEXT * 100, public(keys, "age"))
    lines = sealed.splitlines()
    assert (lines[0], lines[-1]) == ("-----BEGIN AGE ENCRYPTED FILE-----", "-----END AGE ENCRYPTED FILE-----")
    assert sealed.isascii()
    assert max(map(len, lines)) == 64
    assert open_seal(f"\n  {sealed.replace(chr(10), chr(13) + chr(10))}\n", keys / "age") == TEXT * 100


def test_the_same_text_is_sealed_differently_each_time(keys: Path) -> None:
    assert seal(TEXT, public(keys, "age")) != seal(TEXT, public(keys, "age"))


@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_comes_back_as_it_was(keys: Path, text: str) -> None:
    assert open_seal(seal(text, public(keys, "age")), keys / "age") == text


def test_one_identity_of_several_in_a_file_is_enough(keys: Path, tmp_path: Path) -> None:
    both = tmp_path / "both"
    both.write_text((keys / "stranger").read_text() + (keys / "age").read_text())
    assert open_seal(seal(TEXT, public(keys, "age")), both) == TEXT


@pytest.mark.parametrize("name", ["stranger", pytest.param("rsa", marks=needs_ssh)])
def test_a_key_it_was_not_sealed_to_opens_nothing(keys: Path, name: str) -> None:
    with pytest.raises(NotThisOffice, match=f"{name} does not open this"):
        open_seal(seal(TEXT, public(keys, "age")), keys / name)


@needs_ssh
@pytest.mark.parametrize("name", ["locked", "old-locked"])
def test_for_a_key_with_a_passphrase_it_is_said_what_to_do(keys: Path, name: str) -> None:
    with pytest.raises(BadConfiguration, match=r"has a passphrase.*`age --decrypt --identity .*asks for it"):
        open_seal(seal(TEXT, public(keys, name)), keys / name)


def test_an_identity_file_under_a_passphrase_is_known_as_one(keys: Path, tmp_path: Path) -> None:
    for armored in (True, False):
        locked = tmp_path / f"locked-{armored}"
        locked.write_bytes(seal("x", public(keys, "age")).encode() if armored else b"age-encryption.org/v1\n")
        with pytest.raises(BadConfiguration, match="has a passphrase"):
            open_seal(seal(TEXT, public(keys, "age")), locked)


@pytest.mark.parametrize(
    "key",
    [
        *(
            "",
            "kim.lee@town.example",
            "age1",
            "age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t",
        ),
        *("ssh-ed25519 AAAA", "ssh-ed25519", "sk-ssh-ed25519@openssh.com AAAA", 'from="10.0.0.1" ssh-ed25519 AAAA'),
    ],
)
def test_a_key_that_cannot_be_sealed_to_is_named_and_nothing_is_sealed(keys: Path, key: str) -> None:
    with pytest.raises(BadConfiguration) as refused:
        seal(TEXT, (*public(keys, "age"), key))
    assert f"'{key[:30]}" in refused.value.message


@needs_ssh
def test_a_key_of_a_kind_that_age_does_not_know_is_named(keys: Path) -> None:
    with pytest.raises(BadConfiguration, match="ecdsa-sha2-nistp256"):
        seal(TEXT, public(keys, "ecdsa"))
    with pytest.raises(BadConfiguration, match="ecdsa is of a kind that opens nothing"):
        open_seal(seal(TEXT, public(keys, "age")), keys / "ecdsa")


def test_two_keys_in_one_line_are_refused_rather_than_one_left_out(keys: Path) -> None:
    with pytest.raises(BadConfiguration):
        seal(TEXT, ("".join(public(keys, "age", "stranger")),))


@needs_ssh
def test_two_ssh_keys_in_one_text_are_refused_rather_than_one_left_out(keys: Path) -> None:
    with pytest.raises(BadConfiguration):
        seal(TEXT, ("".join(public(keys, "ed25519", "rsa")),))


def test_nothing_is_sealed_to_nobody() -> None:
    with pytest.raises(BadConfiguration, match="no public key"):
        seal(TEXT, ())


def test_a_private_key_among_the_public_ones_is_refused_and_never_shown(keys: Path) -> None:
    secret = (keys / "age").read_text().splitlines()[-1]
    for written in (secret, secret.lower(), f"  {secret}"):
        with pytest.raises(BadConfiguration, match="A private key") as refused:
            seal(TEXT, (written,))
        assert secret[20:30].lower() not in str(refused.value).lower()


@pytest.mark.parametrize("line", ["AGE-SECRET-KEY-1ABCDEF", "AGE-PLUGIN-YUBIKEY-1QQ", "hunter2", "age1public", "\xff"])
def test_a_line_that_is_no_identity_is_named_by_its_number_and_never_shown(
    keys: Path, tmp_path: Path, line: str
) -> None:
    identity = tmp_path / "identity"
    identity.write_bytes(f"# mine\n{line}\n".encode("latin-1"))
    with pytest.raises(BadConfiguration, match="Line 2 of") as refused:
        open_seal(seal(TEXT, public(keys, "age")), identity)
    assert line not in str(refused.value)


def test_an_identity_file_that_is_missing_or_empty_is_named(keys: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("# nothing\n")
    sealed = seal(TEXT, public(keys, "age"))
    for path, words in ((tmp_path / "nowhere", "cannot be read"), (tmp_path / "empty", "There is no key in")):
        with pytest.raises(BadConfiguration, match=words):
            open_seal(sealed, path)


@pytest.mark.parametrize("sealed", ["", "hello", "\ud800", "-----BEGIN AGE ENCRYPTED FILE-----\n"])
def test_what_is_no_seal_is_called_damaged(keys: Path, sealed: str) -> None:
    with pytest.raises(RecordMismatch, match="damaged, or is none"):
        open_seal(sealed, keys / "age")


def test_a_cut_seal_is_called_damaged(keys: Path) -> None:
    sealed = seal(TEXT, public(keys, "age"))
    with pytest.raises(RecordMismatch):
        open_seal(sealed[: len(sealed) // 2], keys / "age")


def test_bytes_that_are_no_text_are_called_damaged(keys: Path) -> None:
    sealed = pyrage.encrypt(
        b"\xff\xfe", [pyrage.x25519.Recipient.from_str(public(keys, "age")[0].strip())], armored=True
    )
    with pytest.raises(RecordMismatch):
        open_seal(sealed.decode(), keys / "age")


@given(place=st.integers(0, 1000), letter=st.characters(codec="ascii"))
def test_a_seal_altered_anywhere_never_opens_to_another_text(keys: Path, place: int, letter: str) -> None:
    sealed = seal(TEXT, public(keys, "age"))
    place %= len(sealed)
    try:
        assert open_seal(sealed[:place] + letter + sealed[place + 1 :], keys / "age") == TEXT
    except RetentionError as error:
        assert isinstance(error, RecordMismatch | NotThisOffice)


@pytest.mark.skipif(shutil.which("age") is None, reason="needs the age tool, which is not installed")
def test_the_age_tool_opens_it(keys: Path, tmp_path: Path) -> None:
    (tmp_path / "sealed").write_text(seal(TEXT, public(keys, *KINDS)))
    for kind in KINDS:
        asked = ["age", "--decrypt", "--identity", str(keys / kind), str(tmp_path / "sealed")]
        done = subprocess.run(asked, capture_output=True, check=True, timeout=60, stdin=subprocess.DEVNULL)
        assert done.stdout.decode() == TEXT


def test_the_encryption_is_loaded_only_when_something_is_sealed() -> None:
    line = "import sys, retention.sealing; sys.exit('pyrage' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", line], check=False, timeout=60).returncode == 0
