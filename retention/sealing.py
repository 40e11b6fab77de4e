"""Texts sealed for an office: encrypted with age to its public keys, opened with one of its private keys.

What a sealed text says, and who may open it by the city's rules, is not known here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from retention.errors import BadConfiguration, NotThisOffice, RecordMismatch

AGE, AGE_SECRET, SSH = "age1", "AGE-SECRET-KEY-1", ("ssh-ed25519 ", "ssh-rsa ")
SHOWN = 30
"""How much of a public key is shown, so that one can tell which it is."""


def seal(text: str, to: tuple[str, ...]) -> str:
    """The text encrypted to every one of these public keys (age1…, ssh-ed25519, ssh-rsa), as lines of ASCII.

    Any one of their private keys opens it, here or with the ``age`` tool. Raises ``BadConfiguration`` unless each of
    the keys can be sealed to: a text that the whole office is meant to read must not go to a part of it.
    """
    import pyrage

    if not to:
        raise BadConfiguration("There is no public key to seal to.", "Write the office's in 'city.seal_to'.")
    return str(pyrage.encrypt(text.encode(), [_recipient(key) for key in to], armored=True), "ascii")


def open_seal(sealed: str, identity: Path) -> str:
    """The text, opened with an age identity file or an SSH private key.

    Raises ``BadConfiguration`` where that is no such key, ``NotThisOffice`` where it was not sealed to it, and
    ``RecordMismatch`` where the sealed text is damaged.
    """
    import pyrage

    keys = _identities(identity)
    try:
        return bytes(pyrage.decrypt(sealed.strip().encode(errors="surrogatepass"), keys)).decode()
    except pyrage.DecryptError as error:
        if "no matching keys" in str(error).lower():
            raise NotThisOffice(
                f"The key {identity} does not open this: it was not sealed to it.",
                "Use the key of an office that it was sealed to.",
            ) from None
        raise _damaged() from None
    except UnicodeDecodeError:
        raise _damaged() from None


def _damaged() -> RecordMismatch:
    return RecordMismatch("The sealed text is damaged, or is none.", "Take it from a copy of the ledger.")


def _recipient(key: str) -> Any:
    """The public key as age takes it; what looks like a private key is never repeated."""
    import pyrage

    key = key.strip()
    if "SECRET" in key.upper() or "PRIVATE" in key.upper():
        raise BadConfiguration(
            "A private key is written where a public key to seal to belongs.",
            "Write the public key (age1…), take the private one out of the file, and do not use it again.",
        )
    kind = pyrage.x25519 if key.startswith(AGE) else pyrage.ssh if key.startswith(SSH) else None
    try:
        # Of several lines only the first would be sealed to.
        if kind is None or "\n" in key:
            raise ValueError
        return kind.Recipient.from_str(key)
    except (ValueError, pyrage.RecipientError):
        shown = key if len(key) <= SHOWN else f"{key[:SHOWN]}…"
        raise BadConfiguration(
            f"'{shown}' is no public key that a text can be sealed to.",
            "Write one that begins with age1, ssh-ed25519 or ssh-rsa, whole and on one line.",
        ) from None


def _identities(path: Path) -> list[Any]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadConfiguration(
            f"The key {path} cannot be read: {error.strerror}.", "Give your own key's file."
        ) from error
    if content.startswith(b"-----BEGIN AGE ENCRYPTED FILE") or content.startswith(b"age-encryption.org/"):
        raise _locked(path)
    return [_ssh_identity(path, content)] if content.startswith(b"-----BEGIN") else _age_identities(path, content)


def _ssh_identity(path: Path, content: bytes) -> Any:
    import pyrage

    try:
        return pyrage.ssh.Identity.from_buffer(content)
    except pyrage.IdentityError as error:
        if "decrypted first" in str(error) or "Encrypted" in str(error):
            raise _locked(path) from None
        raise BadConfiguration(
            f"The SSH key {path} is of a kind that opens nothing sealed, or damaged.",
            "Use an ed25519 or RSA key whose private half is in the file, or an age identity file.",
        ) from None


def _age_identities(path: Path, content: bytes) -> list[Any]:
    import pyrage

    found = []
    for number, line in enumerate(content.decode(errors="replace").splitlines(), 1):
        key = line.strip()
        if not key or key.startswith("#"):
            continue
        try:
            if not key.startswith(AGE_SECRET):
                raise ValueError
            found.append(pyrage.x25519.Identity.from_str(key))
        except (ValueError, pyrage.IdentityError):
            raise BadConfiguration(
                f"Line {number} of {path} is no private key that opens something sealed.",
                f"Give an age identity file, whose keys begin with {AGE_SECRET}, or an SSH private key.",
            ) from None
    if not found:
        raise BadConfiguration(f"There is no key in {path}.", "Give an age identity file or an SSH private key.")
    return found


def _locked(path: Path) -> BadConfiguration:
    return BadConfiguration(
        f"The key {path} has a passphrase, which is not asked for here.",
        f"Save the sealed text in a file and open it with `age --decrypt --identity {path} FILE`, which asks for it.",
    )
