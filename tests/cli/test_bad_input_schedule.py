"""Bad input: whatever is wrong with a schedule gives one list with places and a next step, and adopts nothing."""

from __future__ import annotations

import pytest

from tests.cli.desk import RECORDS, Desk, schedule

ROW = """
[[series]]
code = "FIN 1"
title = "Bills"
retain = "3 years after received"
then = "destroy"
citation = "c"
source = "s"
verified = true
match = [{ subject = ["bill"] }]
example = [{ subject = "bill", belongs = true }]
"""


def with_(old: str, new: str) -> str:
    assert old in ROW
    return schedule() + ROW.replace(old, new)


MADE_WRONG = {
    "a syntax error": (with_('title = "Bills"', "title = Bills"), "is not TOML", "line"),
    "a duplicate code": (schedule() + ROW + ROW, "fin 1, code", "used by more than one series"),
    "an unknown key": (with_("citation =", "citaton ="), "citaton", "is 'citation' meant?"),
    "a missing key": (with_('citation = "c"', ""), "FIN 1, citation", "is missing"),
    "an impossible period": (with_("3 years after received", "3 yeers after received"), "FIN 1, retain", "3 yeers"),
    "a misspelt date": (with_("3 years after received", "3 years after recieved"), "FIN 1, retain", "recieved"),
    "a period of no length": (with_("3 years", "0 years"), "FIN 1, retain", "no length"),
    "an unknown series": (with_("3 years after received", "as FIN 9"), "FIN 1, retain", "FIN 9"),
    "itself": (with_("3 years after received", "as FIN 1"), "FIN 1, retain", "FIN 1 -> FIN 1"),
    "a circle": (
        with_("3 years after received", "as FIN 2")
        + ROW.replace("FIN 1", "FIN 2").replace("3 years after received", "as FIN 1"),
        "FIN 1, retain",
        "in a circle: FIN 2 -> FIN 1 -> FIN 2",
    ),
    "an example that fails": (
        with_('subject = "bill", belongs', 'subject = "bell", belongs'),
        "example 1",
        "must belong",
    ),
    "a counterexample that fails": (
        with_("example = [{", 'example = [{ subject = "the bill", belongs = false }, {'),
        "example 1",
        "must not belong",
    ),
    "a pattern with a lone bracket": (with_('["bill"]', "['re:bill (x']"), "match 1.subject", "column 9"),
    "a pattern that looks back": (with_('["bill"]', r"['re:(bill)\1']"), "match 1.subject", "column"),
    "a pattern as large as the memory": (with_('["bill"]', "['re:((x{100}){100}){100}']"), "match 1.subject", "wrong"),
    "a pattern that fits everything": (with_('["bill"]', "['re:(bill)*']"), "match 1.subject", "empty text"),
    "a pattern in double quotes": (with_('["bill"]', '["re:\\binvoice"]'), "match 1.subject", "single quotes"),
    "a slip of a key's type": (
        '[[keys]]\ntype = "contract"\nsubject = "re:(C-9)"\n'
        + with_('code = "FIN 1"', 'code = "FIN 1"\nkey = "contrct"'),
        "FIN 1, key",
        "is 'contract' meant?",
    ),
    "a match of nothing": (with_('match = [{ subject = ["bill"] }]', "match = [{}]"), "match 1", "no condition"),
    "no jurisdiction": (schedule().replace('jurisdiction = "City"\n', ""), "schedule.jurisdiction", "is missing"),
    "under the law's floor": (
        schedule().replace('"City"\nlaw = "none"', '"California"').replace("3 years after", "1 year after"),
        "city-requisitions, law",
        "34090",
    ),
    "a class the law never destroys": (
        schedule().replace('"City"\nlaw = "none"', '"California"') + ROW.replace("Bills", "City ordinances"),
        "FIN 1, law",
        "never destroyed",
    ),
}


@pytest.mark.parametrize("case", MADE_WRONG)
def test_what_is_wrong_is_listed_with_its_place(desk: Desk, case: str) -> None:
    text, place, sentence = MADE_WRONG[case]
    file = desk.folder / "city.toml"
    file.write_text(text, "utf-8")
    told = desk.refused("schedule", "check", str(file), code=20)
    listed = [told.error, *told.problems]
    assert any(place in line and sentence in line for line in listed), told.err
    assert told.next_step
    desk.refused("schedule", "adopt", "city", "--authority", "R", code=20, by=RECORDS)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (schedule().replace("Requisitions", "Réquisitions").encode("latin-1"), "not UTF-8"),
        (schedule().encode() + "# résumé\n".encode() + "# résumé\n".encode("cp1252"), "not UTF-8"),
        (schedule().encode("utf-16"), "not UTF-8"),
        (schedule().encode() + b"\x00", "not TOML"),
        (b"", "problem"),
        (schedule().encode() + b"#" * (10 << 20), "larger than 4 MiB"),
    ],
    ids=["latin-1", "mixed", "utf-16", "a NUL", "empty", "10 MB"],
)
def test_a_file_that_is_no_schedule_is_named(desk: Desk, content: bytes, said: str) -> None:
    file = desk.folder / "city.toml"
    file.write_bytes(content)
    told = desk.refused("schedule", "check", str(file), code=20)
    assert "city.toml" in told.error and said in told.error, told.err
    desk.refused("schedule", "adopt", "city", "--authority", "R", code=20, by=RECORDS)


def test_all_problems_of_a_schedule_are_told_at_once(desk: Desk) -> None:
    rows = ROW.replace("3 years", "3 yeers"), ROW.replace("FIN 1", "FIN 2").replace("destroy", "burn")
    (desk.folder / "city.toml").write_text(schedule() + "".join(rows), "utf-8")
    told = desk.refused("schedule", "check", str(desk.folder / "city.toml"), code=20)
    assert [line.partition(":")[0] for line in told.problems] == ["series FIN 1, retain", "series FIN 2, then"]


@pytest.mark.parametrize(
    "state", ["CA", "State of California", "Calif.", "Californai", "California (charter city)", "Texas"]
)
def test_a_state_whose_law_is_not_found_is_told_and_never_passed_over(desk: Desk, state: str) -> None:
    text = schedule().replace('"City"\nlaw = "none"', f'"{state}"')
    (desk.folder / "city.toml").write_text(text, "utf-8")
    told = desk.refused("schedule", "check", str(desk.folder / "city.toml"), code=20)
    assert "no law of" in told.problems[0] and "California, Connecticut" in told.problems[0]
    desk.refused("schedule", "adopt", "city", "--authority", "R", code=20, by=RECORDS)


@pytest.mark.parametrize("state", ["California", " cALIFORNIA "])
def test_a_state_is_found_in_whatever_capitals(desk: Desk, state: str) -> None:
    text = schedule().replace('"City"\nlaw = "none"', f'"{state}"')
    (desk.folder / "city.toml").write_text(text, "utf-8")
    assert "34090" in desk.done("schedule", "check", str(desk.folder / "city.toml")).out


def test_two_files_that_call_themselves_by_one_name_are_refused(desk: Desk) -> None:
    (desk.folder / "draft.toml").write_text(schedule().replace("3 years", "1 year"), "utf-8")
    desk.toml.write_text(desk.toml.read_text("utf-8").replace('"city.toml"', '"draft.toml", "city.toml"'), "utf-8")
    assert "two files are called 'city'" in desk.refused("plan", "-o", desk.plan, code=20).problems[0]


def test_a_jurisdiction_cannot_lead_out_of_the_folder_of_laws(desk: Desk) -> None:
    text = schedule().replace('"City"\nlaw = "none"', '"../../minnesota-cities"')
    (desk.folder / "city.toml").write_text(text, "utf-8")
    assert "no law of" in desk.refused("schedule", "check", str(desk.folder / "city.toml"), code=20).problems[0]
