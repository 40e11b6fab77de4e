"""The ledger for strangers: what was cut, moved or rewritten before a published head is found, here and elsewhere."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from retention.core.audit import Refused, Stored
from retention.core.destruction import RecordDeed, RecordOutcome
from retention.errors import LedgerBroken, RecordMismatch
from retention.jobs.audit.verify import verify
from retention.ledger import Ledger
from tests.jobs.tampering import audited, by_a_stranger, cases, handed, lived, note, published
from tests.jobs.town import RECORDS, Town

ENTRIES, LAST_HEAD = 12, 9
WAYS = list(cases(ENTRIES, LAST_HEAD))


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> tuple[Town, Path]:
    """A town's ledger and an export of it; nobody may change them."""
    town = lived(tmp_path_factory.mktemp("lived") / "town")
    ledger = (town.folder / "ledger.jsonl").read_bytes()
    folder = handed(town, town.folder.parent / "export")
    (town.folder / "ledger.jsonl").write_bytes(ledger)
    return town, folder


@pytest.mark.parametrize(("spoil", "found"), [way[1:] for way in WAYS], ids=[way[0] for way in WAYS])
def test_tampering_is_found_by_the_audit_and_by_the_exported_verifier_alike(
    good: tuple[Town, Path], tmp_path: Path, spoil: object, found: bool
) -> None:
    town = Town(shutil.copytree(good[0].folder, tmp_path / "town"))
    folder = shutil.copytree(good[1], tmp_path / "export")
    for ledger in (town.folder / "ledger.jsonl", folder / "ledger.jsonl"):
        spoil(ledger)  # type: ignore[operator]
    said, wrong = audited(town), by_a_stranger(folder)
    assert bool(said) == found, said
    assert bool(wrong) == found, wrong


def test_the_lived_ledger_is_as_long_as_the_cases_say(good: tuple[Town, Path]) -> None:
    world = good[0].world()
    verified = verify(world)
    assert (verified.entries, verified.heads, verified.open) == (ENTRIES, 2, ())
    assert max(published.entries for _, published in world.catalog.told.heads) == LAST_HEAD
    world.close()


def test_the_head_and_the_entry_are_named(good: tuple[Town, Path], tmp_path: Path) -> None:
    ways = {name: spoil for name, spoil, _ in WAYS}
    for name, words in (("cut to 5", "entry 5 and what came after it were cut off"), ("rewritten from 2", "entry 3")):
        town = Town(shutil.copytree(good[0].folder, tmp_path / name))
        ways[name](town.folder / "ledger.jsonl")
        said = audited(town)
        assert words in said and re.search(r"published head 0{11}[49]-[0-9a-f]{64}\.json", said), said


def test_a_head_that_somebody_else_kept_is_enough(good: tuple[Town, Path], tmp_path: Path) -> None:
    """Whoever rewrites the ledger takes the folder beside it away too; what was mailed is out of reach."""
    town = Town(shutil.copytree(good[0].folder, tmp_path / "town"))
    kept = sorted((town.folder / "published").glob("*.json"))[0].rename(tmp_path / "mailed.json")
    shutil.rmtree(town.folder / "published")
    assert audited(town, kept) == ""
    {name: spoil for name, spoil, _ in WAYS}["rewritten from 1"](town.folder / "ledger.jsonl")
    # The entries that tell of heads were kept as they were: they give it away before any file does.
    assert "never its own" in audited(town) and "mailed.json" in audited(town, kept)


def test_what_the_ledger_tells_of_and_is_not_in_a_file_is_said(good: tuple[Town, Path], tmp_path: Path) -> None:
    town = Town(shutil.copytree(good[0].folder, tmp_path / "town"))
    sorted((town.folder / "published").iterdir())[0].unlink()
    world = town.world()
    verified = verify(world)
    assert verified.heads == 1 and "1 published heads" in verified.open[0]
    world.close()


def test_a_head_is_published_once_more_under_the_same_name_after_a_crash(tmp_path: Path) -> None:
    """Killed between the file and the entry: the head may be known outside by then."""
    town = Town(tmp_path / "town")
    note(town, 2)
    ledger = (town.folder / "ledger.jsonl").read_bytes()
    first = published(town)
    data = first.read_bytes()
    (town.folder / "ledger.jsonl").write_bytes(ledger)
    assert published(town) == first and first.read_bytes() == data
    assert audited(town) == ""


def test_a_long_ledger_knows_every_digest_it_had(tmp_path: Path) -> None:
    """Those of a long ledger are kept on the disk, those of its end in memory, and none is mistaken for another."""
    town = Town(tmp_path / "town")
    world = town.world()
    world.ledger.append(*(Refused(act="approve", why=str(n)) for n in range(4500)))
    digests = {link.entry.n: link.digest for link in world.ledger.links()}
    for ledger in (world.ledger, town.world().ledger):
        entries, head = ledger.head
        assert ledger.had(entries, head) and ledger.had(0, "") and not ledger.had(entries + 1, head)
        for n in (0, 1, 2046, 2047, 2048, 2049, 4095, 4096, entries - 1):
            assert ledger.had(n + 1, digests[n]) and not ledger.had(n + 1, digests[(n + 1) % entries])


def test_a_ledger_that_is_rewritten_while_it_is_read_is_found(tmp_path: Path) -> None:
    town = Town(tmp_path / "town")
    note(town, 3)
    world = town.world(RECORDS)
    ledger = town.folder / "ledger.jsonl"
    ledger.write_bytes(ledger.read_bytes().replace(b"reason 1", b"reason 2"))
    with pytest.raises(LedgerBroken):
        verify(world)
    world.close()


def test_without_a_fold_nothing_is_in_force_and_the_chain_is_checked(good: tuple[Town, Path], tmp_path: Path) -> None:
    path = good[0].folder / "ledger.jsonl"
    plain = Ledger(path, now=good[0].now, by="", fold=False)
    assert plain.head == Ledger(path, now=good[0].now, by="").head and plain.founded == "Town"
    copy = tmp_path / "ledger.jsonl"
    copy.write_bytes(path.read_bytes().replace(b"reason 1", b"reason 2"))
    with pytest.raises(LedgerBroken):
        Ledger(copy, now=good[0].now, by="", fold=False)


def test_of_a_destroyed_record_nothing_may_lie_on_the_store_any_more(tmp_path: Path) -> None:
    town, place = Town(tmp_path / "town"), f"town/town-minutes/2020/{'d' * 64}"
    world = town.world(RECORDS)
    said = {"plan": "p", "step": 1, "deed": "destroy", "place": place}
    kept = Stored(plan="p", step=1, digest="d" * 64, place=place, sidecar="s")
    world.ledger.append(kept, RecordDeed(**said, digest="d" * 64))
    assert verify(world).destroyed == 0, "a run that was cut off may have destroyed it, or not"
    world.ledger.append(RecordOutcome(**said, result="destroyed"))
    assert (verify(world).destroyed, verify(world).records) == (1, 0)
    path = town.folder / "records" / f"{place}.eml"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"back again")
    with pytest.raises(RecordMismatch, match="was destroyed, as the ledger says"):
        verify(world)
    world.ledger.append(kept)
    with pytest.raises(RecordMismatch, match=r"digest|match"):
        verify(world)
    world.close()
