"""Filing a catalog: what is filed when, whatever interrupts it, and what stays safe meanwhile.

Which series a message belongs to is tested in ``tests/core/test_classify.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from retention.catalog.filings import Filings
from retention.core.schedule import Schedule
from retention.jobs import classify, plan, sync
from tests.jobs.town import CLERK, RECORDS, Town, schedule, series

SUBJECTS = (
    *("Requisition 7", "Notice of lunch", "Minutes of May", "Nobody knows", "Newsletter", "Requisition and minutes"),
    *("A rumour", "Claim of Elm Street", "Notice about Elm Street"),
)
OTHER = schedule(
    series("requisitions", "3 years after received", "requisition"),
    series("lunches", "no retention required", "lunch", transitory=True),
    series("newsletters", "90 days after received", "newsletter", transitory=True),
)


class Killed(BaseException):
    """Stands for a kill: nothing may catch it."""


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    """Eighteen messages in two mailboxes, synced; the conversation of each is that of two others."""
    monkeypatch.setattr(classify, "BATCH", 4)
    return town_in(tmp_path / "town")


def town_in(folder: Path) -> Town:
    town = Town(folder)
    for number, subject in enumerate(SUBJECTS * 2):
        mailbox = CLERK if number < len(SUBJECTS) else RECORDS
        town.add(subject, mailbox, conversation=f"talk {number % 6}")
    world = town.world()
    sync.sync(world)
    world.close()
    return town


def run(town: Town) -> classify.Classified:
    world = town.world()
    try:
        return classify.classify(world)
    finally:
        world.close()


def known(town: Town) -> list[Any]:
    """All that filing tells of every message, and under what all is filed."""
    world = town.world()
    present = [
        (one.mailbox.address, one.message.subject, one.filing, one.filed_under, one.keys, one.in_record_thread)
        for one in world.catalog.present()
    ]
    under = world.catalog.filings.filed_under
    world.close()
    return [*present, under]


def killed_at(town: Town, monkeypatch: pytest.MonkeyPatch, step: int) -> bool:
    """Whether a run that is killed at this save, or as it finishes, got that far."""
    told = 0

    def killing(method: Any) -> Any:
        def wrapped(*arguments: Any) -> None:
            nonlocal told
            told += 1
            if told == step:
                raise Killed
            method(*arguments)

        return wrapped

    with monkeypatch.context() as patch:
        for name in ("save", "finish"):
            patch.setattr(Filings, name, killing(getattr(Filings, name)))
        try:
            run(town)
        except Killed:
            return True
    return False


@pytest.mark.parametrize("step", range(1, 8))
@pytest.mark.parametrize("before", [None, OTHER], ids=["never filed", "filed under other rules"])
def test_a_run_killed_at_any_batch_and_started_again_ends_as_one_that_was_not(
    tmp_path: Path, town: Town, monkeypatch: pytest.MonkeyPatch, before: Schedule | None, step: int
) -> None:
    whole = town_in(tmp_path / "whole")
    for each in (whole, town):
        if before is not None:
            each.schedule = before
            run(each)
            each.schedule = schedule()
    run(whole)
    if killed_at(town, monkeypatch, step):
        assert known(town)[-1] == "", "the catalog says that all is filed though it is not"
        assert run(town).filed == max(0, len(SUBJECTS) * 2 - 4 * (step - 1))
    assert known(town) == known(whole)


def test_a_batch_that_fails_half_way_leaves_nothing_of_it(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    number = Filings._number
    told: list[int] = []

    def failing(self: Filings, *arguments: Any) -> int:
        told.append(1)
        if len(told) == 6:
            raise Killed
        return number(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Filings, "_number", failing)
        with pytest.raises(Killed):
            run(town)
    assert sum(one[2] is not None for one in known(town)[:-1]) == 4
    whole = run(town)
    assert whole.filed == len(SUBJECTS) * 2 - 4


def test_nothing_transitory_leaves_while_filing_under_new_rules_is_not_over(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.adopt()
    run(town)
    assert steps(town) > 0
    town.schedule = replace(town.schedule, series=town.schedule.series[:-1])
    town.adopt()
    assert killed_at(town, monkeypatch, 5)
    world = town.world()
    made = plan.plan(world)
    purged = [step for step in made.steps if step.action == "purge"]
    world.close()
    assert purged == []


def steps(town: Town) -> int:
    world = town.world()
    made = plan.plan(world)
    world.close()
    return len(made.steps)


def test_a_second_run_compiles_nothing_and_files_nothing(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(town).filed == len(SUBJECTS) * 2

    def refuse(_: Iterable[Schedule]) -> None:
        raise AssertionError("nothing is to be filed")

    monkeypatch.setattr(classify, "Matcher", refuse)
    assert run(town).filed == 0


def test_what_is_read_to_be_filed_is_all_that_filing_asks(town: Town) -> None:
    world = town.world()
    filings = world.catalog.filings
    file = classify.Filer(world).file
    assert [file(one) for one in filings.to_file("rules")] == [file(one) for one in filings.present()]
    for part, whole in zip(filings.to_file("rules"), filings.present(), strict=True):
        left_out = ("version", "folder", "internet_id", "conversation", "sent_at", "size", "is_draft", "is_read")
        left_out += ("on_behalf", "linked", "sensitivity", "largest_attachment")
        assert part.message == replace(whole.message, **dict.fromkeys(left_out))
        assert (part.n, part.mailbox, part.decided) == (whole.n, whole.mailbox, whole.decided)
    world.close()
