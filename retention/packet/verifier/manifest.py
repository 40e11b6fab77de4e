"""The manifest: every file of the packet and its digest, as ``sha256sum -c`` reads it.

What is in the files is not known here.
"""

from __future__ import annotations

import hashlib
import os
import re

from retention.packet.verifier.text import Found, sha256

MANIFEST = "manifest.sha256"


def check_files(folder: str, found: Found) -> str:
    """No file may be missing, added or altered. Returns the digest of the manifest itself."""
    with open(os.path.join(folder, MANIFEST), "rb") as file:
        data = file.read()
    listed: dict[str, str] = {}
    for line in data.decode("utf-8", "replace").split("\n"):
        match = re.fullmatch("([0-9a-f]{64})  (.+)", line)
        if match and match.group(2) not in listed:
            listed[match.group(2)] = match.group(1)
        elif line:
            found.wrong("The manifest has a line that is none: " + line)
    present = files_of(folder)
    for name in sorted(set(present) | set(listed)):
        if name not in listed:
            found.wrong(f"{name} was added: the manifest does not list it.")
        elif name not in present:
            found.wrong(f"{name} is missing.")
        elif not os.path.isfile(present[name]) or os.path.islink(present[name]):
            found.wrong(f"{name} is no file of its own.")
        elif digest_of(present[name]) != listed[name]:
            found.wrong(f"{name} was altered: its digest is not the one in the manifest.")
    return sha256(data)


def files_of(folder: str) -> dict[str, str]:
    """Where everything in the folder lies, by its name with slashes; the manifest apart."""
    present = {}
    for where, folders, files in os.walk(folder):
        links = [name for name in folders if os.path.islink(os.path.join(where, name))]
        for path in (os.path.join(where, name) for name in files + links):
            present[os.path.relpath(path, folder).replace(os.sep, "/")] = path
    present.pop(MANIFEST, None)
    return present


def digest_of(path: str) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()
