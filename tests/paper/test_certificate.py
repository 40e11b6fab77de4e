"""A certificate on paper says what somebody wrote as they wrote it, and as much of a long list as one can read."""

from __future__ import annotations

import csv
from datetime import date
from io import BytesIO, StringIO

from pypdf import PdfReader

from retention.core.account import Account
from retention.core.certificate import Certificate, certificate
from retention.core.consent import ConsentRecorded
from retention.core.destruction import RecordRestored
from retention.core.proof import SHOWN
from retention.paper import html, listing, pdf
from retention.paper.certificate import LISTED, STAYS, document, listed, stays
from tests.core.destroying import FOLDER, PLAN, Telling, place
from tests.paper.test_page import HOSTILE, Reading


def made(text: str = "plain", records: int = 2) -> Certificate:
    """All but the last of a plan's records are destroyed; whatever a person may write says ``text``."""
    told = Telling(city=f"San José {text}")
    told.approved(records)
    consent = told.tell(
        ConsentRecorded(
            gate="attorney",
            schedule="town",
            reference=text,
            given_by=text,
            given_on=date(2026, 12, 1),
            until=None,
            records={FOLDER: ()},
        )
    )
    told.quarantine(*range(1, records + 1))
    told.tell(RecordRestored(places=(place(records),), reason=text))
    run = told.start("destroy", records)
    told.copies(*range(1, records + 1), mailboxes={text: (0,)}, recipients={text: (0,)}, unread=(text,))
    told.destroy(*range(1, records), consents=(consent,))
    told.end("destroy")
    account = Account(PLAN, run)
    for entry in told.entries:
        account.add(entry)
    return certificate(account)


def test_nothing_that_somebody_wrote_becomes_markup() -> None:
    calm, hostile = (Reading(html(document(made(text), "d" * 64, text))) for text in ("calm", HOSTILE))
    assert calm.tags == hostile.tags and "script" not in hostile.tags
    assert "".join(hostile.said).count("<script src=") >= 7
    assert pdf(document(made(HOSTILE), "d" * 64, HOSTILE)).startswith(b"%PDF")


def test_no_cell_of_its_lists_is_a_formula() -> None:
    data = listing(STAYS, stays(made("=cmd|'/c calc'!A1")))
    assert list(csv.reader(StringIO(data.decode("utf-8-sig"))))[1][2] == "'=cmd|'/c calc'!A1"


def test_names_of_other_scripts_are_told_in_the_pdf_and_whole_in_the_page() -> None:
    one = document(made("Nguyễn 北京"), "d" * 64, "")
    said = " ".join(page.extract_text() for page in PdfReader(BytesIO(pdf(one))).pages)
    assert "San José Nguyen <U+5317><U+4EAC>" in " ".join(said.split()) and "U+1EC5 as e" in said
    assert "Nguyễn 北京" in html(one).decode()


def test_a_long_list_is_cut_on_paper_and_whole_in_the_file() -> None:
    one = made(records=SHOWN + 51)
    page = html(document(one, "d" * 64, "")).decode()
    assert "The first 1,000 of 1,050 rows; all are in destroyed.csv." in page
    assert place(SHOWN) in page and place(SHOWN + 1) not in page
    rows = list(csv.reader(StringIO(listing(LISTED, listed(one)).decode("utf-8-sig"))))
    assert len(rows) == 1 + one.records == 1 + len(one.gone) and all(len(row) == len(LISTED) for row in rows)
