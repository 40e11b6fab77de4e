"""The figures of a report: they add up, they agree with plan, ledger and catalog, and they name what is not well."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from retention.catalog import Catalog
from retention.core.audit import Outcome
from retention.core.message import Cursor, Folder, Mailbox, Message, Page
from retention.jobs import restore
from retention.jobs.files.dropping import drop
from retention.jobs.report import Report, Told, last_year, period, report, year
from retention.page import Figure
from tests.jobs.custodians import ANN, acting
from tests.jobs.filed import FiledTown, letter
from tests.jobs.town import CLERK, NOW, RECORDS, Town
from tests.report.busy import HOSTILE, LONG_ADDRESS, MATTER, reported


def figure(made: Report, name: str) -> Figure:
    return next(one for one in made.figures if one.name == name)


def rows(made: Report, name: str) -> list[dict[str, Any]]:
    one = figure(made, name)
    return [dict(zip((column.key for column in one.table.columns), row, strict=True)) for row in one.table.rows]


def total(made: Report, name: str) -> dict[str, Any]:
    one = figure(made, name)
    assert one.table.total is not None
    return dict(zip((column.key for column in one.table.columns), one.table.total, strict=True))


def test_every_total_is_the_sum_of_its_rows(made: Report) -> None:
    unsummed = {"share", "largest", "half", "nine_in_ten", "longest", "since", "decision"}
    for one in made.figures:
        if one.table.total is None or not one.table.rows:
            continue
        for at, column in enumerate(one.table.columns[1:], start=1):
            if column.key not in unsummed:
                assert one.table.total[at] == sum(row[at] or 0 for row in one.table.rows), (one.name, column.key)


def test_every_message_is_counted_once_in_every_figure_that_counts_all(made: Report, town: Town) -> None:
    catalog = Catalog(town.folder / "retention.db")
    tally = catalog.tally()
    catalog.close()
    ever = sum(one["ever"] for one in rows(made, "reconciliation"))
    assert ever == total(made, "mail-by-month-received")["all"] == 75
    assert total(made, "mail-by-month-received")["in_mailbox"] == tally["present"]
    assert total(made, "decisions-today")["messages"] == tally["present"] == total(made, "mail-by-series")["in_mailbox"]
    assert total(made, "storage-by-mailbox")["messages"] == tally["present"]


def test_what_was_done_is_what_the_ledger_says(made: Report, town: Town) -> None:
    world = town.world()
    counted = Counter(link.entry.body.result for link in world.ledger.links() if isinstance(link.entry.body, Outcome))
    world.close()
    done = total(made, "done-by-month")
    assert (done["captured"], done["removed"]) == (counted["captured"], counted["purged"]) == (30, 25)
    assert total(made, "done-by-series")["all"] == 55
    assert [row["captured"] for row in rows(made, "done-by-month") if row["captured"]] == [4, 5, 6, 7, 8]


def test_the_decisions_are_those_of_a_plan_made_now(made: Report, town: Town) -> None:
    planned = town.plan()
    tallies = list(planned.counts.values())
    by_series = total(made, "mail-by-series")
    assert by_series["held"] == sum(one.held for one in tallies) == 5
    assert by_series["kept"] == sum(one.kept for one in tallies)
    assert by_series["to_capture"] + by_series["to_remove"] == len(planned.steps)
    assert sum(one["messages"] for one in rows(made, "holds-timeline")) == sum(planned.held.values())


def test_a_released_hold_is_shown_with_its_days_and_its_grace(made: Report) -> None:
    first, second = rows(made, "holds-timeline")
    assert first["matter"] == MATTER and first["released_on"] is None and first["messages"] == 5
    assert second["until"] == second["released_on"] + timedelta(days=30)
    picture = figure(made, "holds-timeline").picture
    assert picture is not None
    before, lasts, after = (one.values for one in picture.series)
    assert before[0] + lasts[0] == picture.upto  # it goes on to the last day
    assert (before[1], lasts[1], after[1]) == (266, 31, 30)


def test_a_mailbox_over_its_quota_and_large_attachments_are_named(made: Report) -> None:
    (full,) = [one for section in made.sections for one in section.looks]
    assert full == f"{CLERK} has used 320 % of its quota."
    largest = rows(made, "largest-attachments")
    assert [one["size"] for one in largest[: len(HOSTILE)]] == [30_000_000] * len(HOSTILE)
    assert figure(made, "largest-attachments").text.startswith(
        "5 messages have attachments that are larger than 20.0 MB."
    )


def test_the_review_backlog_is_counted_by_age(made: Report) -> None:
    found = {row["age"]: row["all"] for row in rows(made, "review-backlog")}
    assert sum(found.values()) == 15 and found["one to three years"] == 10 and found["over three years"] == 0


def test_an_annual_report_names_neither_a_matter_nor_a_subject(annual: Report) -> None:
    shown = repr(annual)
    assert "Smith" not in shown and "Audit of the tax" not in shown and "audit-of-the-tax" not in shown
    assert not any(subject[:20] in shown for subject in HOSTILE) and "bridge" not in shown
    assert rows(annual, "holds-timeline")[0]["hold"] == "Hold 1"
    assert "held-mail-vanished" not in {one.name for one in annual.figures}  # it would say whose mail is held


def test_an_annual_reports_plain_words_are_the_sums_of_its_tables(annual: Report) -> None:
    done = total(annual, "done-by-month")
    assert annual.title == "Annual report on e-mail records, calendar year 2026"
    assert f"{done['captured']} messages were captured" in annual.preface[0]
    assert f"{done['removed']} messages of short-term value" in annual.preface[0]
    assert any("The ledger begins on November 21, 2026" in sentence for sentence in annual.preface)


def test_a_report_of_days_before_the_city_began_counts_nothing_as_done(town: Town) -> None:
    early = reported(town, period(datetime(2020, 1, 1).date(), datetime(2020, 12, 31).date(), town.city.zone))
    assert total(early, "done-by-month")["captured"] == 0
    assert figure(early, "holds-timeline").table.rows == ()
    assert total(early, "mail-by-month-received")["all"] == 75  # all that came later is in a row of its own


def test_a_city_that_has_just_begun_has_a_report(tmp_path: Path) -> None:
    made = reported(Town(tmp_path))
    assert all(one.picture is None for one in made.figures)
    words = made.preface
    assert words[:3] == (
        "No message was captured from December 1, 2025 to November 21, 2026, and none was removed from the mailboxes.",
        "No stored record was destroyed.",
        "No hold is in force today. The holds are asked again right before each deed: in these days that stopped "
        "nothing.",
    )
    assert words[3] == "No message lies in any mailbox today."
    assert "the digest of the last is" in made.closing[1] and "1 entries" not in made.closing[1]


def test_an_annual_report_of_a_quiet_year_says_so_plainly(tmp_path: Path) -> None:
    town = Town(tmp_path)
    made = reported(town, year("2026", (1, 1), town.at.date(), town.city.zone), annual=True)
    assert made.preface[4:6] == (
        "No access to the content of anybody’s mail was granted.",
        "Nobody was refused an act because it is for another office to do.",
    )


def test_of_little_mail_every_sentence_agrees_with_its_number(tmp_path: Path) -> None:
    town = Town(tmp_path)
    town.add("Minutes")
    town.add("Who knows")
    town.apply(town.approved_plan())
    made = reported(town)
    assert (
        "one message was captured as a record in one series of the retention schedule, and no message of"
        in made.preface[0]
    )
    assert "One message lies in one mailbox today; one message of these waits for a person to decide." in made.preface
    assert [fact.text for fact in made.facts if fact.name == "Wait for review"] == ["message, today"]


def test_of_a_mailbox_that_was_read_wholly_nothing_is_said_to_be_uncovered(made: Report) -> None:
    assert {row["covered"] for row in rows(made, "coverage-by-mailbox")} <= {"nothing", "nothing more"}


def test_where_mail_lies_in_files_the_tables_say_what_they_count(tmp_path: Path) -> None:
    town = FiledTown(tmp_path / "town")
    town.add("Requisition 1")
    town.add("Requisition 2")
    town.add_files(town.write("ann.mail", letter("Requisition 3", id_="c@x"), letter("Who knows", id_="d@x")))
    town.read()
    town.apply(town.approved_plan())
    made = reported(town)
    assert [total(made, name)[key] for name, key in COUNTS] == [2, 0, 0, 3, 2, 3]
    (said,) = made.sections[0].text[1:]
    assert said == (
        "Of 2 messages in mailboxes today, 2 lie in files that the city added. 1 of these was captured as a record and "
        "stays in its file: the first table counts it as captured, the others with the mail in mailboxes."
    )
    assert (
        "One record that was captured from a file and stays in it is not counted here."
        in figure(made, "capture-gap").text
    )
    assert "2 messages in files take no room in the mail system" in figure(made, "storage-by-mailbox").text
    assert made.facts[0].text.startswith("messages, 2 of them in files, ")
    assert "2 messages lie in one mailbox and in files today" in made.preface[3]


COUNTS = (
    ("decisions-today", "messages"),
    ("storage-by-mailbox", "messages"),
    ("mail-by-month-received", "gone"),
    ("mail-by-month-received", "captured"),
    ("capture-gap", "captured"),
    ("done-by-month", "captured"),
)


def test_what_lay_in_files_that_are_read_no_longer_is_in_no_mailbox(tmp_path: Path) -> None:
    town = FiledTown(tmp_path / "town")
    town.add_files(town.write("old.mail", letter("Requisition 3", id_="c@x")))
    town.read()
    with acting(town, RECORDS) as world:
        drop(world, f"{ANN}/old.mail", reason="added by mistake")
    made = reported(town)
    received = total(made, "mail-by-month-received")
    assert (received["in_mailbox"], received["dropped"], received["all"]) == (0, 1, 1)
    assert total(made, "reconciliation")["dropped"] == 1
    assert [one for section in made.sections for one in section.looks] == []


def test_mail_that_was_put_back_is_counted_and_explains_itself(tmp_path: Path) -> None:
    town = Town(tmp_path)
    town.add("Notice about lunch")
    town.apply(town.approved_plan())
    world = town.world(RECORDS)
    (known,) = world.catalog.find("1")
    restore.put_back(world, str(known.n), "it was wanted")
    world.close()
    made = reported(town)
    (row,) = rows(made, "reconciliation")
    assert (row["in_mailbox"], row["removed"], row["ledger_removed"], row["ledger_put_back"]) == (1, 0, 1, 1)
    assert not [one for section in made.sections for one in section.looks if "differently" in one]


def test_a_catalog_that_forgot_a_removal_is_told_of(tmp_path: Path) -> None:
    town = Town(tmp_path)
    town.add("Notice about lunch")
    town.apply(town.approved_plan())
    world = town.world()
    with world.catalog.together():
        world.catalog._db.execute("UPDATE messages SET left_at = NULL")
    world.close()
    looks = [one for section in reported(town).sections for one in section.looks]
    assert any("ledger and catalog count differently" in one for one in looks)


def test_told_while_the_ledger_is_opened_is_the_same_as_read_again(town: Town) -> None:
    world = town.world()
    told = Told(town.city.zone)
    for link in world.ledger.links():
        told.add(link.entry)
    world.close()
    assert reported(town, told=told) == reported(town)


INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)).map(lambda one: one.replace(tzinfo=UTC))


@settings(max_examples=15)
@given(st.lists(st.one_of(st.none(), INSTANTS), max_size=40))
def test_a_message_lies_in_the_month_in_which_the_city_received_it(instants: list[datetime | None]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        town = Town(Path(name))
        catalog = Catalog(town.folder / "retention.db")
        box, place = Mailbox(id="box", address=LONG_ADDRESS), Folder(id="in", path="Inbox")
        run = catalog.runs.begin("sync", NOW)
        catalog.save_mailbox(box, ())
        catalog.save_folders(box, (place,), run)
        messages = tuple(
            Message(mailbox="box", id=f"m{n}", folder="in", version="1", received_at=at, size=n)
            for n, at in enumerate(instants)
        )
        catalog.save_page(box, place, Page(messages=messages, cursor=Cursor("all"), complete=True), run, NOW, "")
        days = period(datetime(2026, 3, 1).date(), datetime(2026, 10, 31).date(), town.city.zone)
        found = Counter({mass.when: mass.messages for mass in catalog.figures.masses(days.bounds)})
        catalog.close()
    expected: Counter[int | None] = Counter()
    for at in instants:
        expected[None if at is None else sum(bound <= at for bound in days.bounds)] += 1
    assert found == expected


def test_held_mail_that_vanished_is_named_and_asks_to_be_looked_at(tmp_path: Path) -> None:
    town = Town(tmp_path)
    ref = town.add("Minutes of the Elm Street inquiry")
    town.read()
    town.adopt()
    town.hold(words=("Elm Street",))
    town.mail.delete(ref)  # type: ignore[attr-defined]
    town.read()
    made = reported(town)
    (row,) = rows(made, "held-mail-vanished")
    assert (row["mailbox"], row["holds"]) == (CLERK, "elm-street")
    looks = [one for section in made.sections for one in section.looks]
    assert "1 held message vanished, and nobody has answered for that: `retention hold vanished`." in looks
    assert [fact.tone for fact in made.facts if "vanished" in fact.name] == ["look"]


def test_a_mailbox_that_was_not_read_is_named(tmp_path: Path) -> None:
    town = Town(tmp_path)
    town.add("Minutes")
    town.read()
    world = town.world()
    world.catalog.mailbox_trouble(world.catalog.mailboxes()[0], "The server refused it.")
    world.close()
    made = reported(town)
    assert f"{CLERK}: The server refused it." in [one for section in made.sections for one in section.looks]
    assert [fact.value for fact in made.facts if fact.name == "Mailboxes wholly read"] == ["0 of 1"]


def test_where_the_store_does_not_answer_the_rest_is_reported_and_that_is_said(tmp_path: Path) -> None:
    from retention.errors import StoreNotAnswering

    town = Town(tmp_path)
    town.add("Minutes")
    town.apply(town.approved_plan())
    world = town.world()

    def gone() -> Any:
        raise StoreNotAnswering("The record store is not there.", "Mount it.")

    world.open_store = gone
    made = report(world, last_year(world.today, town.city.zone))
    world.close()
    assert "The record store is not there." in [one for section in made.sections for one in section.looks]
    assert total(made, "done-by-month")["captured"] == 1
