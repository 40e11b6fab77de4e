"""A forger who changes what a packet says, everywhere alike, and makes its manifest anew: found by the entries."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from retention.packet.verifier.page import FRAME
from tests.packet.making import key
from tests.packet.unpacking import changed, copied, frame, listed, problems, rows, said

Change = Callable[[bytes], bytes]


def forged(folder: Path, table: str, column: str, value: str, row: int = 0) -> None:
    """One cell changed in the table's file, in proof.json and on the page, and the manifest made anew."""
    path = folder / f"{table}.csv"
    told = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))
    at = told[0].index(column)
    old, told[row + 1][at] = told[row + 1][at], value
    text = io.StringIO(newline="")
    csv.writer(text).writerows(told)
    path.write_bytes(text.getvalue().encode("utf-8-sig"))
    proof = said(folder)
    next(one for one in proof["tables"] if one["name"] == table)["rows"][row][at] = value
    (folder / "proof.json").write_text(json.dumps(proof), "utf-8")
    page = (folder / "proof.html").read_text("utf-8")
    head, section, rest = page.partition(f'<section id="{table}">')
    body, end, after = rest.partition("</section>")
    place = [m.span(1) for m in re.finditer(r"<t[dh][^>]*>(.*?)</t[dh]>", body)][(row + 1) * len(told[0]) + at]
    body = body[: place[0]] + value + body[place[1] :]
    (folder / "proof.html").write_text(head + section + body + end + after, "utf-8")
    assert old != value
    listed(folder)


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("facts", "value", "Gotham"),
        ("life", "at (UTC)", "2020-01-01 00:00:00"),
        ("life", "day", "2020-01-01"),
        ("life", "by", "pat@town.example"),
        ("life", "reason", "another"),
        ("life", "signed", "yes"),
        ("scope", "value", "joe@town.example"),
        ("coverage", "value", "joe@town.example"),
        ("coverage", "from", "2020-01-01"),
        ("coverage", "to", "2030-01-01"),
        ("standing", "in force", "yes, always"),
        ("daily", "in force", "yes"),
        ("daily", "mailboxes", "2"),
        ("runs", "asked", "never"),
        ("runs", "versions", "2"),
        ("runs", "blocked", "5"),
        ("runs", "kept", "9"),
        ("runs", "end", "9"),
        ("blocked", "because", "Held, of course"),
        ("blocked", "shown", "no"),
        ("deeds", "id", "another"),
        ("deeds", "under way", "yes"),
        ("vanished", "id", "another"),
        ("unreadable", "trouble", "none"),
        ("unread", "days", "0"),
        ("notices", "to", "joe@town.example"),
        ("acknowledgements", "on", "2020-01-01"),
        ("torn", "digest of the line", "0" * 64),
        ("signatures", "command", "true"),
    ],
)
def test_a_fact_that_was_changed_everywhere_alike_is_found_by_the_entries(
    folder: Path, table: str, column: str, value: str
) -> None:
    forged(folder, table, column, value)
    found = problems(folder)
    assert any(one.startswith(f"{table}.csv") for one in found), found
    assert not any("proof.html does not say" in one for one in found), "the page was forged alike"


def test_every_fact_that_is_counted_is_counted_again(sealed: Path, tmp_path: Path) -> None:
    for n, row in enumerate(rows(sealed, "facts")):
        spoilt = copied(sealed, tmp_path / str(n))
        forged(spoilt, "facts", "value", f"{row['value']}9", n)
        assert any(one.startswith("facts.csv") for one in problems(spoilt)), row


def test_what_nothing_proves_can_be_changed_and_says_so(folder: Path) -> None:
    """The columns with a star are the city's word: the test that the others are not."""
    forged(folder, "life", "office", "Mayor")
    assert problems(folder) == []


@pytest.mark.parametrize("row", [b"999,2026-03-03 15:00:00,joe@town.example,2026-03-03,,\r\n"])
def test_a_row_that_was_added_or_taken_away_is_found(folder: Path, row: bytes) -> None:
    changed(folder, "acknowledgements.csv", lambda data: data + row)
    assert any("rows that the ledger does not prove" in one for one in problems(folder))
    changed(folder, "acknowledgements.csv", lambda data: b"".join(data.splitlines(keepends=True)[:1]))
    assert any("lacks a row" in one for one in problems(folder))


def test_a_row_about_an_entry_left_unsaid_is_bound_to_its_place(folder: Path) -> None:
    at = next(n for n, row in enumerate(rows(folder, "blocked")) if row["shown"] == "no")
    forged(folder, "blocked", "at (UTC)", "2026-03-03 16:00:00", at)
    assert any("does not fit its place" in one for one in problems(folder))


def test_a_packet_of_one_hold_is_not_passed_off_as_that_of_another(folder: Path) -> None:
    for name in ("proof.json", "proof.html"):
        changed(folder, name, lambda data: data.replace(b"elm-street", b"oak-street", 1))
    assert "Entry 4 is not shown as the one that placed the hold." in problems(folder)


# The page, the words, the signatures


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda data: data.replace(b"elm-street", b"elm-avenue", 1), id="another title"),
        pytest.param(lambda data: data.replace(b"<td>", b"<td hidden>", 1), id="a hidden cell"),
        pytest.param(lambda data: data.replace(b"</main>", b"<script>1</script></main>"), id="a script"),
        pytest.param(lambda data: data.replace(b"</main>", b"<p>2019.</p></main>"), id="a sentence more"),
        pytest.param(lambda data: data.replace(b"</main>", b"<!-- a --></main>"), id="a comment"),
        pytest.param(lambda data: data.replace(b"</main>", b"<![CDATA[>2019]]></main>"), id="data"),
        pytest.param(lambda data: data.replace(b"</main>", b"<?x > 2019 ?></main>"), id="an instruction"),
        pytest.param(lambda data: data.replace(b"max-width: 44rem", b"display: none  "), id="another style"),
        pytest.param(lambda data: data.replace(b'href="#life"', b'href="//x"'), id="a link to elsewhere"),
        pytest.param(lambda data: data.replace(b"<td></td><td>yes", b"<td>yes</td><td>", 1), id="a cell moved"),
        pytest.param(lambda data: data.replace(b"Days are the city", b"Days were the city"), id="another introduction"),
        pytest.param(lambda data: data.replace(b"</html>", b"</html><p>x</p>"), id="something after the end"),
    ],
)
def test_a_page_that_says_something_else_than_the_facts_is_found(folder: Path, change: Change) -> None:
    changed(folder, "proof.html", change)
    assert any("proof.html" in one for one in problems(folder))


@pytest.mark.parametrize("name", ["README.txt", "proof.json"])
def test_the_fixed_words_are_those_of_this_version(folder: Path, name: str) -> None:
    changed(
        folder,
        name,
        lambda data: data.replace(b"What this cannot prove", b"What this can prove").replace(b"In short", b"In long"),
    )
    assert any("fixed words" in one for one in problems(folder))


def test_the_verifier_holds_the_digest_of_the_words_as_they_are() -> None:
    assert frame() == FRAME, f"write FRAME = {frame()!r} into retention/packet/verifier/page.py"


def test_a_statement_or_signature_that_is_not_the_entrys_is_found(folder: Path) -> None:
    name = next(folder.glob("signatures/*.json")).name
    changed(folder, f"signatures/{name}", lambda data: data.replace(b"wider", b"other").replace(b"settled", b"other"))
    assert any("is not what entry" in one for one in problems(folder))


def test_a_signature_of_somebody_else_is_found(folder: Path) -> None:
    changed(folder, "allowed_signers", lambda data: data.replace(b"kim@", b"joe@"))
    assert any("The signature of entry" in one for one in problems(folder))


def test_a_signature_by_another_key_is_found(folder: Path, tmp_path: Path) -> None:
    key(tmp_path)
    changed(folder, "allowed_signers", lambda data: (tmp_path / "allowed_signers").read_bytes())
    assert any("The signature of entry" in one for one in problems(folder))
