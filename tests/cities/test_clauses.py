"""Every clause of the five policies is on its city's page, and every command that a page names is one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
import typer

from retention.cli.commands import build
from retention.cli.opening import read_city
from retention.cli.schedules import read_law, read_schedules
from tests.cities.walking import EXAMPLES, POLICIES

CLAUSES: dict[str, tuple[str, ...]] = {
    "san-jose": (
        *("1", "2", "3", "3.A", "3.B", "3.C", "3.D", "3.E", "3.F", "3.G", "3.H", "3.I", "4", "5", "6", "6.A", "6.B"),
        *("6.C", "6.D", "6.E", "6.F", "7", "7.A", "7.B", "7.C", "7.D", "7.E", "7.F", "7.G", "7.H", "7.I", "7.J", "8"),
        *("8.A", "8.B", "9", "9.A", "9.B", "10", "10.A", "10.B", "10.C", "10.D", "10.E", "10.F", "10.G", "10.H"),
        *("10.I", "10.J", "10.K"),
    ),
    "rosemount": (
        *("Data Practices", "Communications", "Confidentiality", "Passwords", "Harassment", "Unacceptable Use"),
        *("Security", "Violations"),
    ),
    "quincy": (
        *("I", "II", "III.A.1", "III.A.2", "III.A.3", "III.A.4", "III.A.5", "III.A.6", "III.A.7", "III.A.8", "III.B"),
        *("III.C", "III.D.1", "III.D.2", "III.D.3", "III.D.4", "III.E.1", "III.E.2", "III.E.3", "III.F.1", "III.F.2"),
        *("III.F.3", "III.G", "III.H", "III.H.1", "III.I.1"),
    ),
    "monroe": (
        *("1", "2", "3.05", "3.1", "3.2", "3.3", "3.4", "3.6", "3.7", "4", "5", "6", "7", "Acknowledgment"),
        *(f"3.5 ({number})" for number in range(1, 15)),
        *("Agreement 1", "Agreement 2", "Agreement 2.1", "Agreement 3"),
    ),
    "waterbury": (
        *("Purpose", "Scope", "User Responsibilities", "No Presumption of Privacy", "Acknowledgement of Receipt"),
    ),
}
ONE_PAGE = 45
"""Lines that a page has at most: what is longer is not read."""


def page(city: str) -> str:
    return (EXAMPLES / city / "README.md").read_text("utf-8")


def labels(city: str) -> list[str]:
    """The first cells of the page's tables, taken apart where one names several clauses."""
    cells = re.findall(r"^\| ([^|]+) \|", page(city), re.MULTILINE)
    return [label for cell in cells if cell not in ("clause", "---") for label in cell.split(", ")]


def commands(city: str) -> list[list[str]]:
    """Every command line that the page names, in words."""
    return [said.split()[1:] for said in re.findall(r"`(retention\s[^`]+)`", page(city))]


def sections(text: str) -> set[str]:
    """San José's numbers, in order, and the letters below each."""
    found, number = set(), 0
    for line in text.splitlines():
        if line.startswith(f"{number + 1}. "):
            number += 1
            found.add(str(number))
        elif (letter := re.match(r"(?:- )?([A-K])\. ", line)) and number:
            found.add(f"{number}.{letter[1]}")
    return found


@pytest.mark.parametrize("city", POLICIES)
def test_every_clause_of_the_policy_is_on_the_page(city: str) -> None:
    named = labels(city)
    missing = [
        clause
        for clause in CLAUSES[city]
        if not any(re.match(rf"{re.escape(clause)}\b|{re.escape(clause)}$", label) for label in named)
    ]
    assert missing == []
    exact = set(named) if city in ("san-jose", "quincy", "monroe") else set(CLAUSES[city])
    assert set(CLAUSES[city]) <= exact


@pytest.mark.parametrize("city", POLICIES)
def test_the_list_of_clauses_is_the_policys_own(shared: Path, city: str) -> None:
    text = (shared / "policies" / POLICIES[city]).read_text("utf-8")
    if city == "san-jose":
        assert sections(text) == set(CLAUSES[city])
    elif city == "monroe":
        numbered = set(re.findall(r"\b(3\.\d\d?) [A-Z]", text)) - {"3.5"}
        assert numbered == {clause for clause in CLAUSES[city] if re.fullmatch(r"3\.\d+", clause)}
        prohibited = text[text.index("3.5 Prohibited") : text.index("3.6 Violation")]
        assert len(re.findall(r" \d\d?\. [A-Z]", prohibited)) == sum(one.startswith("3.5 (") for one in CLAUSES[city])
    elif city != "quincy":  # of whose numbers the scanned page has lost many
        assert [clause for clause in CLAUSES[city] if clause not in text] == []


@pytest.mark.parametrize("city", POLICIES)
def test_every_command_of_a_page_is_one_and_takes_what_the_page_gives_it(city: str) -> None:
    assert len(commands(city)) > 10
    wrong = [problem for words in commands(city) for problem in problems(words)]
    assert wrong == []


def problems(words: list[str]) -> Iterator[str]:
    command, rest = typer.main.get_command(build()), list(words)
    while inner := getattr(command, "commands", None):
        if not rest or rest[0] not in inner:
            yield f"there is no `retention {' '.join(words)}`"
            return
        command = inner[rest.pop(0)]
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    yield from (f"`retention {' '.join(words)}`: no {w}" for w in rest if w.startswith("-") and w not in known)


@pytest.mark.parametrize("city", POLICIES)
def test_what_a_page_names_by_its_name_is_in_the_citys_settings_and_schedules(city: str) -> None:
    config = EXAMPLES / city / "retention.toml"
    settings = read_city(config)
    (schedule,) = read_schedules(settings, config)
    law = read_law(schedule.jurisdiction)
    assert law is not None
    given = [pair for words in commands(city) for pair in pairwise(words)]
    assert {series for option, series in given if option == "--series"} <= {one.key for one in schedule.series}
    assert {gate for option, gate in given if option == "--gate"} <= {gate.id for gate in law.gates}
    assert {kind for option, kind in given if option == "--kind"} <= {"request", "employee-relations"}
    notices = {name for verb, name in given if verb in ("due", "record") and re.fullmatch(r"[a-z]+-[a-z-]+", name)}
    assert notices <= {notice.name for notice in settings.notices.staff}
    assert {name for verb, name in given if verb == "adopt" and name.islower()} <= {schedule.name}


@pytest.mark.parametrize("city", POLICIES)
def test_a_page_is_one_page_and_says_what_no_software_can_do(city: str) -> None:
    text = page(city)
    assert len(text.splitlines()) <= ONE_PAGE
    done, _, never = text.partition("## What no software can carry out")
    assert "## What is carried out" in done and never.count("\n| ") > 2
    assert f"tests/cities/test_{city.replace('-', '_')}.py" in text
    assert f"retention init --city {city}" in text


@pytest.mark.parametrize("city", POLICIES)
def test_a_page_names_the_standing_approval_the_nightly_run_and_the_yearly_report(city: str) -> None:
    named = [" ".join(words) for words in commands(city)]
    assert any(one.startswith("approve --standing --series") for one in named)
    assert {"run", "status", "report --annual"} <= set(named)


@pytest.mark.parametrize("city", POLICIES)
def test_what_a_page_links_to_is_there(city: str) -> None:
    for link in re.findall(r"\]\(([^)]+)\)", page(city)):
        assert (EXAMPLES / city / link).exists(), link


@pytest.mark.parametrize("city", POLICIES)
def test_a_citys_settings_say_what_runs_by_itself_and_what_one_run_may_not_pass(city: str) -> None:
    text = (EXAMPLES / city / "retention.toml").read_text("utf-8")
    settings = read_city(EXAMPLES / city / "retention.toml")
    rules = settings.rules
    assert settings.run.late_after == "26 hours" and "[run]" in text and "[notify]" in text
    assert settings.notify.drafts == settings.notify.webhook == ""
    assert None not in (
        rules.largest_run_share,
        rules.largest_mailbox,
        rules.largest_series,
        rules.largest_series_share,
    )
    assert settings.mail.removal_client and settings.mail.removal_secret != settings.mail.secret
    assert set(settings.store.refuse) == {"home", "desktop", "removable", "pst"}
    assert max(map(len, text.splitlines())) <= 120


@pytest.mark.parametrize(
    ("city", "text"),
    [("monroe", "policy-acknowledgement"), ("monroe", "it-agreement"), ("waterbury", "monitoring-notice")],
)
def test_a_notice_that_a_policy_asks_for_has_a_text_to_start_from_in_our_own_words(
    shared: Path, city: str, text: str
) -> None:
    ours = (EXAMPLES / city / "notices" / f"{text}.txt").read_text("utf-8")
    assert f"retention notice record {text}" in ours
    assert text in {notice.name for notice in read_city(EXAMPLES / city / "retention.toml").notices.staff}
    theirs = plain((shared / "policies" / POLICIES[city]).read_text("utf-8"))
    words = plain(ours).split()
    runs = (" ".join(words[start : start + 14]) for start in range(len(words) - 14))
    assert [run for run in runs if run in theirs] == []


def plain(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))
