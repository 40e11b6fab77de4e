"""Requests as Exchange's own schema wants them, and nothing in them that removes more than one message.

What a server answers is tested in the neighbours.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

import retention.mail.exchange
from retention.core.message import Removal
from retention.mail.exchange import asked, removal

T, M = f"{{{asked.T}}}", f"{{{asked.M}}}"
OPERATIONS = {
    "first changes": asked.sync_folder_items("inbox", "", 512),
    "next changes": asked.sync_folder_items("AQMk=", "H4sI=", 512),
    "all of some": asked.get_items(["AAMk1=", "AAMk2="], asked.WHOLE),
    "little of some": asked.get_items(["AAMk1="], asked.PLAIN),
    "where one lies": asked.get_items(["AAMk1="], asked.WHERE),
    "content": asked.get_content("AAMk1="),
    "folders": asked.get_folders(["inbox", "archivemsgfolderroot", "AQMk="]),
    "counts": asked.get_folders(["recoverableitemsdiscoveryholds"], counted=True),
    "tree": asked.find_folders("msgfolderroot", 500),
    "move": asked.move_item("AAMk1=", "CQAA", "AQMk="),
    "mailboxes": asked.SEARCHABLE_MAILBOXES,
    "searches": asked.HOLD_CONFIGURATIONS,
    "hold": asked.get_hold("6fe063689404a5b8"),
    **{str(how): asked.delete_item("AAMk1=", "CQAA", type_) for how, type_ in removal.DELETE_TYPES.items()},
}


@pytest.fixture(scope="module")
def complaints(shared: Path) -> object:
    pytest.importorskip("xmlschema", reason="requests are checked with xmlschema, which is not installed")
    from tests.simulator.ews_contract import EwsContract

    return EwsContract(shared / "contracts" / "ews").complaints


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_request_is_valid_by_exchange_s_own_schema(name: str, complaints: object) -> None:
    for address in ("", "ann@city.example"):
        assert complaints(asked.envelope(OPERATIONS[name], "Exchange2016", address)) == []  # type: ignore[operator]


def test_the_schema_would_find_a_request_that_is_wrong(complaints: object) -> None:
    wrong = asked.delete_item("AAMk1=", "CQAA", "Shred")
    assert complaints(asked.envelope(wrong, "Exchange2016"))  # type: ignore[operator]


@given(id_=st.text(min_size=1), state=st.text(), address=st.text())
def test_whatever_an_id_or_a_state_holds_it_stays_one(id_: str, state: str, address: str) -> None:
    root = ET.fromstring(asked.envelope(asked.sync_folder_items(f"A{id_}", f"s{state}", 512), "Exchange2016", address))
    (folder,) = root.iter(f"{T}FolderId")
    (known,) = root.iter(f"{M}SyncState")
    assert (folder.get("Id") or "").startswith("A") and (known.text or "").startswith("s")
    assert len(list(root.iter())) == len(list(ET.fromstring(_plain(address)).iter()))


def _plain(address: str) -> bytes:
    return asked.envelope(asked.sync_folder_items("Ab", "s", 512), "Exchange2016", "a" if address else "")


# -- the code itself

SOURCES = sorted(Path(retention.mail.exchange.__file__).parent.glob("*.py"))
FORBIDDEN = ("EmptyFolder", "DeleteFolder", "MarkAsJunk", "UpdateItem", "SendItem", "CreateItem", "ArchiveItem")
CALLS = {"empty", "wipe", "delete", "bulk_delete", "soft_delete", "move_to_trash", "bulk_move", "export", "save"}


def test_nothing_of_the_library_that_removes_is_ever_called() -> None:
    for source in SOURCES:
        tree = ast.parse(source.read_text())
        calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
        assert not CALLS & {call.attr for call in calls if isinstance(call, ast.Attribute)}, source.name
        imported = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
        names = {alias.name for node in imported for alias in node.names}
        modules = {node.module or "" for node in imported if isinstance(node, ast.ImportFrom)} | names
        if any(each.split(".")[0] == "exchangelib" for each in modules):
            assert source.name == "sessions.py"
            assert not names & {"Account", "HARD_DELETE", "SOFT_DELETE", "DeleteItem", "EmptyFolder"}


def test_a_hard_deletion_is_asked_for_by_its_name_only() -> None:
    assert removal.DELETE_TYPES == {
        Removal.DELETED_ITEMS: "MoveToDeletedItems",
        Removal.RECOVERABLE: "SoftDelete",
        Removal.PERMANENT: "HardDelete",
    }
    for source in SOURCES:
        text = source.read_text()
        assert not re.search("<m:(" + "|".join(FORBIDDEN) + ")", text), source.name
        if source.name != "removal.py":
            assert "HardDelete" not in text, source.name
        if source.name not in ("removal.py", "asked.py"):
            assert "delete_item" not in text, source.name
        if source.name not in ("returning.py", "asked.py"):
            assert "move_item" not in text, source.name
        assert "destroyed" not in " ".join(_strings(text)).replace("nothing is destroyed", ""), source.name


def _strings(text: str) -> list[str]:
    found = [node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)]
    return [each.lower() for each in found if isinstance(each, str)]
