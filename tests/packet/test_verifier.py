"""The verifier in a packet: it needs nothing but Python, and finds whatever was altered, added, moved or left out."""

from __future__ import annotations

import ast
import csv
import io
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retention.core.proof import TABLES
from retention.packet.one_file import export_verifier, verifier
from tests.packet.unpacking import changed, entries, listed, problems, verified

SPOILT = [HealthCheck.function_scoped_fixture]
"""A test that spoils its packet mends it again."""
Change = Callable[[bytes], bytes]


def line(data: bytes, kind: str) -> bytes:
    """The first line of the ledger with an entry of this kind."""
    return next(one for one in data.splitlines(keepends=True) if f'"kind":"{kind}"'.encode() in one)


def without(kind: str) -> Change:
    """The entry of this kind left unsaid."""

    def change(data: bytes) -> bytes:
        whole = line(data, kind)
        return data.replace(whole, whole[: whole.index(b',"said":')] + b"}\n")

    return change


# As it was written


def test_a_packet_verifies_on_a_machine_without_the_product(folder: Path) -> None:
    told = verified(folder)
    assert told.returncode == 0, told.stdout + told.stderr
    assert "The packet is whole, its chain holds" in told.stdout
    assert "elm-street" in told.stdout and "WRONG" not in told.stdout
    assert "2 signatures are good" in told.stdout


def test_it_says_what_it_cannot_check(folder: Path) -> None:
    told = verified(folder)
    assert re.search(r"Note: \d+ entries are left unsaid", told.stdout)
    assert "1 of these are told of in the tables" in told.stdout
    assert "Columns with a star are the city's word" in told.stdout


def test_without_the_signing_tool_it_says_that_signatures_were_not_checked(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(folder))
    told = verified(folder)
    assert told.returncode == 0
    assert "2 signatures were not checked" in told.stdout


def test_the_digest_of_the_manifest_is_compared_with_the_one_that_was_told(folder: Path) -> None:
    digest = sha256((folder / "manifest.sha256").read_bytes()).hexdigest()
    assert verified(folder, "--manifest", digest).returncode == 0
    assert verified(folder, "--manifest", "0" * 64).returncode == 1


def test_another_copy_of_the_verifier_is_given_the_folder(folder: Path, sealed: Path) -> None:
    (folder / "proof.html").write_text("<html>", "utf-8")
    assert verified(sealed, str(folder)).returncode == 1


# Files


def test_a_file_that_is_missing_added_or_altered_is_found(folder: Path) -> None:
    (folder / "notices.csv").unlink()
    assert any("notices.csv is missing" in one for one in problems(folder))


@pytest.mark.parametrize("name", ["more.txt", "signatures/more.sig", ".hidden"])
def test_an_added_file_is_found_whether_it_is_listed_or_not(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"")
    assert f"{name} was added: the manifest does not list it." in problems(folder)
    listed(folder)
    assert problems(folder)


def test_a_link_is_no_file(folder: Path) -> None:
    (folder / "README.txt").rename(folder.parent / "README.txt")
    os.symlink(folder.parent / "README.txt", folder / "README.txt")
    assert "README.txt is no file of its own." in problems(folder)


@given(data=st.data())
@settings(suppress_health_check=SPOILT, max_examples=60)
def test_one_flipped_bit_anywhere_is_found(folder: Path, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(one for one in folder.rglob("*") if one.is_file() and one.stat().st_size)))
    flipped(path, data, lambda: bool(problems(folder)))


@given(data=st.data())
@settings(suppress_health_check=SPOILT, max_examples=60)
def test_a_flipped_bit_of_the_ledger_is_found_by_the_chain_alone(folder: Path, data: st.DataObject) -> None:
    def found() -> bool:
        listed(folder)
        return bool(problems(folder))

    flipped(folder / "ledger.jsonl", data, found)


@given(data=st.data(), name=st.sampled_from([table.name for table in TABLES]))
@settings(suppress_health_check=SPOILT, max_examples=60)
def test_a_flipped_bit_of_a_table_is_found_by_what_the_ledger_says(
    folder: Path, data: st.DataObject, name: str
) -> None:
    path = folder / f"{name}.csv"
    good = cells(path.read_bytes())

    def found() -> bool:
        listed(folder)
        return cells(path.read_bytes()) == good or bool(problems(folder))

    flipped(path, data, found)


def cells(data: bytes) -> Any:
    try:
        return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    except (UnicodeDecodeError, csv.Error):
        return None


def flipped(path: Path, data: st.DataObject, found: Callable[[], bool]) -> None:
    good = path.read_bytes()
    bad = bytearray(good)
    bad[data.draw(st.integers(0, len(good) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(bad)
    try:
        assert found()
    finally:
        path.write_bytes(good)


# The chain, where a forger has made the manifest anew


def swapped(data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    lines[4], lines[5] = lines[5], lines[4]
    return b"".join(lines)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(swapped, id="two lines swapped"),
        pytest.param(lambda data: b"".join(data.splitlines(keepends=True)[1:]), id="the first line dropped"),
        pytest.param(lambda data: data.replace(line(data, "approved"), b""), id="a line dropped"),
        pytest.param(lambda data: data.replace(line(data, "approved"), line(data, "approved") * 2), id="a line twice"),
        pytest.param(lambda data: b"".join(data.splitlines(keepends=True)[:-1]), id="the tail cut"),
        pytest.param(lambda data: data[:-1], id="the last line's end cut"),
        pytest.param(lambda data: data + b"\n", id="an empty line at the end"),
        pytest.param(lambda data: b"", id="nothing left"),
        pytest.param(lambda data: data.replace(b'{"torn":', b'{"digest":'), id="a cut-off line called left out"),
        pytest.param(lambda data: re.sub(rb'\{"torn":"\w+"\}\n', b"", data), id="a cut-off line dropped"),
        pytest.param(lambda data: data.replace(b'"by":"pat', b'"by":"pa\\u0074', 1), id="said in other letters"),
        pytest.param(
            lambda data: data.replace(data.splitlines()[3], data.splitlines()[3][:75] + b"}", 1), id="an entry left out"
        ),
        *(
            pytest.param(without(kind), id=f"left unsaid: {kind}")
            for kind in (
                *("founded", "hold placed", "hold amended", "hold released", "hold reached", "approved", "torn"),
                *(
                    "apply started",
                    "hold asked",
                    "hold kept",
                    "apply ended",
                    "intent",
                    "stored",
                    "outcome",
                    "sync ended",
                    "custodian noticed",
                ),
                *("custodian acknowledged", "held mail vanished"),
            )
        ),
    ],
)
def test_a_ledger_that_was_cut_moved_or_silenced_is_found(folder: Path, change: Change) -> None:
    changed(folder, "ledger.jsonl", change)
    assert problems(folder)


def test_an_entry_that_was_made_up_and_chained_rightly_changes_what_the_ledger_proves(folder: Path) -> None:
    """Who chains an entry of their own to the end has another last digest, and another count of entries."""

    def add(data: bytes) -> bytes:
        last = json.loads(data.splitlines()[-1])
        said = b'{"body":{"kind":"hold reinstated","name":"elm-street","reason":"made up"},"by":"x"}'
        head = json.dumps(
            {
                "at": last["head"]["at"],
                "n": last["head"]["n"] + 1,
                "previous": last["digest"],
                "said": sha256(said).hexdigest(),
            },
            separators=(",", ":"),
        ).encode()
        return (
            data
            + b'{"digest":"'
            + sha256(head).hexdigest().encode()
            + b'","head":'
            + head
            + b',"said":'
            + said
            + b"}\n"
        )

    changed(folder, "ledger.jsonl", add)
    assert any("life.csv lacks a row" in one for one in problems(folder))


# The one file


@pytest.mark.parametrize("text", (verifier(), export_verifier()), ids=("packet", "export"))
def test_the_verifier_is_one_file_of_old_python_and_the_standard_library(text: bytes) -> None:
    tree = ast.parse(text, feature_version=(3, 8))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    # "zoneinfo" is younger than the oldest Python it runs on: it is asked for, and done without.
    assert {name.partition(".")[0] for name in imported} <= set(sys.stdlib_module_names)
    assert b"retention." not in text.replace(b"retention.toml", b"")


@pytest.mark.parametrize("text", (verifier(), export_verifier()), ids=("packet", "export"))
def test_no_part_of_the_verifier_hides_a_name_of_another(text: bytes) -> None:
    names: Counter[str] = Counter()
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names[node.name] += 1
        elif isinstance(node, ast.Assign):
            names.update(one.id for target in node.targets for one in ast.walk(target) if isinstance(one, ast.Name))
    assert [name for name, times in names.items() if times > 1] == []


def test_a_packet_of_another_form_is_not_taken_for_good(folder: Path) -> None:
    changed(folder, "proof.json", lambda data: data.replace(b'"format": 1', b'"format": 2'))
    assert problems(folder) == ["proof.json is of another form than this verifier knows."]


@pytest.mark.parametrize(
    "name", ["proof.json", "ledger.jsonl", "manifest.sha256", "proof.html", "README.txt", "life.csv"]
)
def test_a_file_that_is_not_there_is_a_sentence_and_no_traceback(folder: Path, name: str) -> None:
    (folder / name).unlink()
    told = verified(folder)
    assert told.returncode == 1 and told.stderr == "" and "WRONG" in told.stdout


def test_the_table_of_entries_is_what_the_file_has(sealed: Path) -> None:
    shown = [entry for entry in entries(sealed) if "said" in entry]
    assert 0 < len(shown) < len(entries(sealed))
