"""``retention consent`` as it is typed: a consent is filed for a plan's records, listed, and taken back."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from retention.simulator.serve import Simulator
from tests.cli.desk import ATTORNEY, HOSTILE, OPERATOR, RECORDS, Desk, schedule, town
from tests.jobs.archive import gate


def today() -> date:
    """In the city: the commands go by the machine's own clock."""
    return datetime.now(ZoneInfo("America/Chicago")).date()


def gated() -> str:
    """The city's schedule with two gates, by which requisitions are due after a year."""
    text = schedule().replace("3 years after received", "1 year after received")
    for one in (gate(), gate("attorney-consent", title="Consent of the City Attorney", office="City Attorney")):
        text += "\n[[gate]]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in one.items())
    return text


def _toml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f'"{value}"'


@pytest.fixture(scope="module")
def archived(running: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A city with four requisitions in its record store, and a plan to destroy them."""
    desk = Desk(tmp_path_factory.mktemp("archived"), running, town())
    desk.found()
    (desk.folder / "city.toml").write_text(gated(), "utf-8")
    desk.read()
    desk.approved()
    desk.done("apply", desk.plan, by=OPERATOR)
    desk.done("record", "destroy", "--plan", "-o", destruction(desk), by=OPERATOR)
    return desk


@pytest.fixture
def desk(archived: Desk, simulator: Simulator, tmp_path: Path) -> Desk:
    return archived.copied(tmp_path / "city", town())


def destruction(desk: Desk) -> str:
    return str(desk.folder / "destroy.json")


def typed(desk: Desk, *more: str, **changed: str) -> tuple[str, ...]:
    """``consent record`` with all it needs; what is changed to nothing is left out."""
    options = {
        "plan": destruction(desk),
        "gate": "council-resolution",
        "reference": "R 2026-14",
        "given-by": "City Council",
        "given-on": str(today()),
        **{key.replace("_", "-"): value for key, value in changed.items()},
    }
    said = (word for key, value in options.items() for word in (f"--{key}", value))
    return ("consent", "record", *said, *more)


def test_a_consent_is_filed_with_its_document_listed_and_withdrawn(desk: Desk) -> None:
    scan = desk.folder / "resolution.pdf"
    scan.write_bytes(b"%PDF scanned")
    told = desk.done(*typed(desk, "--document", str(scan), "--note", "read twice", "--json"), by=RECORDS)
    (filed,) = told.json
    assert (filed["document"], filed["file"]) == (hashlib.sha256(b"%PDF scanned").hexdigest(), "resolution.pdf")
    assert filed["records"] == 4 and filed["covers"] == {"city-requisitions": ["2024"]}
    assert filed["until"] == str(today() + timedelta(days=365)) and filed["standing"] == "in force"
    assert b"scanned" not in desk.ledger.read_bytes()
    assert (
        f"  Document: resolution.pdf, SHA-256 {filed['document']}.\n  read twice\n" in desk.done("consent", "list").out
    )
    (listed,) = desk.done("consent", "list", "--gate", "council-resolution", "--json").json["consents"]
    assert listed == filed
    said = desk.done("consent", "withdraw", str(filed["entry"]), "--reason", "rescinded", by=RECORDS).out
    assert said == f"Withdrawn: R 2026-14 of {today()}, for 4 records.\n"
    assert desk.done("consent", "list", "--json").json["consents"][0]["standing"] == "withdrawn"
    desk.done("audit", "verify")


def test_the_list_shows_which_gates_of_a_plan_are_open_and_why_others_are_not(desk: Desk) -> None:
    said = desk.done("consent", "list", "--plan", destruction(desk)).out
    assert "0 consents on file." in said
    assert "Resolution of the council (council-resolution): open for 0 of 4 records." in said
    assert "  4 records: Resolution of the council: no consent is on file; it is given by Town Council." in said
    desk.done(*typed(desk), by=RECORDS)
    said = desk.done("consent", "list", "--plan", destruction(desk)).out
    assert "Resolution of the council (council-resolution): open for 4 of 4 records." in said
    assert "Consent of the City Attorney (attorney-consent): open for 0 of 4 records." in said
    assert f"Resolution of the council, in force until {today() + timedelta(days=365)}." in said
    assert (
        f"  R 2026-14 of {today()}, given by City Council.\n  For 4 records of city: city-requisitions 2024.\n" in said
    )


def test_what_was_filed_is_said_with_how_long_it_counts(desk: Desk) -> None:
    told = desk.done(*typed(desk, until=str(today() + timedelta(days=30))), by=RECORDS).out
    assert "Resolution of the council, for 4 records of city." in told
    assert f"It counts until {today() + timedelta(days=30)}" in told


def test_with_all_consents_on_file_the_plan_is_applied(desk: Desk) -> None:
    desk.done("approve", destruction(desk), by=RECORDS)
    desk.done(*typed(desk), by=RECORDS)
    assert "City Attorney" in desk.refused("apply", destruction(desk), code=25, by=OPERATOR).error
    desk.done(*typed(desk, gate="attorney-consent", given_by=ATTORNEY), by=RECORDS)
    desk.done("apply", destruction(desk), by=OPERATOR)


@pytest.mark.parametrize(
    ("changed", "code", "said"),
    [
        ({"gate": "council"}, 2, "has no gate 'council'"),
        ({"reference": ""}, 2, "needs its reference"),
        ({"given_on": "1 May"}, 2, "'1 May' after --given-on is not a day"),
        ({"given_on": "2999-01-01"}, 2, "has not come yet"),
        ({"given_on": "2020-01-01"}, 2, "ended on 2020-12-31"),
        ({"given_on": str(today() - timedelta(days=30))}, 2, "captured after"),
        ({"until": "soon"}, 2, "'soon' after --until is not a day"),
        ({"until": "2020-01-01"}, 2, "before it was given"),
        ({"until": "2999-01-01"}, 2, "at the longest"),
        ({"gate": "attorney-consent"}, 2, "Nobody listed under [people]"),
        ({"gate": "attorney-consent", "given_by": RECORDS}, 2, "was not City Attorney"),
        ({"plan": "nothing.json"}, 2, "nothing.json cannot be read"),
        ({"document": "nothing.pdf"}, 2, "The document nothing.pdf cannot be read: No such file"),
        ({"document": "."}, 2, "The document . cannot be read: Is a directory"),
    ],
)
def test_what_is_no_consent_is_refused(desk: Desk, changed: dict[str, str], code: int, said: str) -> None:
    assert said in desk.refused(*typed(desk, **changed), code=code, by=RECORDS).error


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("consent", "withdraw", "0", "--reason", "x"), "Ledger entry 0 is no consent"),
        (("consent", "withdraw", "99999", "--reason", "x"), "is no consent"),
        (("consent", "list", "--gate", "council"), "have no gate 'council'"),
        (("consent", "list", "--plan", "nothing.json"), "cannot be read"),
    ],
)
def test_what_is_not_there_cannot_be_asked_for(desk: Desk, arguments: tuple[str, ...], said: str) -> None:
    assert said in desk.refused(*arguments, code=2, by=RECORDS).error


def test_a_plan_that_was_changed_binds_no_consent(desk: Desk) -> None:
    path = Path(destruction(desk))
    path.write_text(path.read_text("utf-8").replace("city-requisitions", "city-contracts", 1), "utf-8")
    assert "changed after it was made" in desk.refused(*typed(desk), code=23, by=RECORDS).error


def test_a_plan_for_mailboxes_binds_no_consent(desk: Desk) -> None:
    assert "is for mail in mailboxes" in desk.refused(*typed(desk, plan=desk.plan), code=2, by=RECORDS).error


def test_only_the_office_files_a_consent(desk: Desk) -> None:
    assert "recording consents is an act of" in desk.refused(*typed(desk), code=32, by=OPERATOR, said="refused").error


def test_what_is_written_on_a_consent_cannot_steer_the_terminal(desk: Desk) -> None:
    desk.done(*typed(desk, reference=HOSTILE, given_by=HOSTILE, note=HOSTILE), by=RECORDS)
    said = desk.done("consent", "list", "--plan", destruction(desk)).out
    assert "\x1b" not in said and "\u202e" not in said
