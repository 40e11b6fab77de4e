"""What ``retention.toml`` may say: every example checks, and whatever is wrong is told with its path and a way out."""

from __future__ import annotations

import re
import tomllib
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.core.authority import DEFAULT_ACTS
from retention.core.city import City, Limits, Mail, Place, Store, parse
from retention.core.message import Removal
from tests.conftest import ROOT

EXAMPLES = sorted((ROOT / "examples").glob("*/retention.toml"))
GOOD: dict[str, Any] = {
    "city": {"name": "Town", "time_zone": "America/Chicago"},
    "mail": {"system": "graph", "tenant": "t", "client": "c", "secret": "env:RETENTION_SECRET"},
    "people": {
        "kim.lee@town.example": {"name": "Kim Lee", "account": "klee"},
        "Pat.Ortiz@town.example": {"name": "Pat Ortiz", "account": "portiz"},
        "ana.holm@town.example": {},
    },
    "offices": {"City Attorney": ["kim.lee@town.example"], "Records Manager": ["pat.ortiz@town.example"]},
}


def with_(path: str, value: Any) -> dict[str, Any]:
    """The good settings with one value put at this path; ``None`` takes it away."""
    settings = deepcopy(GOOD)
    *sections, key = path.split("/")
    place = settings
    for section in sections:
        place = place.setdefault(section, {})
    if value is None:
        del place[key]
    else:
        place[key] = value
    return settings


def city(settings: dict[str, Any] = GOOD) -> City:
    parsed, problems = parse(deepcopy(settings))
    assert parsed is not None and problems == ()
    return parsed


def problems(settings: dict[str, Any]) -> tuple[str, ...]:
    parsed, found = parse(deepcopy(settings))
    assert parsed is None and found
    return found


# --- what is right


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_every_example_checks(path: Path) -> None:
    parsed = city(tomllib.loads(path.read_text("utf-8")))
    assert parsed.zone and parsed.rules.leave_for >= 1
    for act, default in DEFAULT_ACTS.items():
        offices = parsed.acts.get(act) or default
        assert any(parsed.offices.get(office) for office in offices) or act == "hold-audit", f"nobody can do {act}"


def test_there_are_examples() -> None:
    assert {path.parent.name for path in EXAMPLES} >= {"san-jose", "rosemount", "quincy"}


def test_what_is_not_said_is_careful() -> None:
    quiet = city()
    assert quiet.mail.removal is Removal.RECOVERABLE
    assert (quiet.rules.leave_for, quiet.rules.release_grace, quiet.rules.plan_valid_for) == (30, 30, 7)
    assert (quiet.rules.largest_purge, quiet.rules.largest_share) == (5000, 0.05)
    assert quiet.rules.fiscal_year_starts == (1, 1)
    assert quiet.rules.posting == 0
    assert quiet.mail.requests_in_flight == 16


@pytest.mark.parametrize(
    ("path", "value", "rule", "number"),
    [
        ("limits/plan_valid_for", "1 day", "plan_valid_for", 1),
        ("limits/release_grace", "365 days", "release_grace", 365),
        ("limits/leave_for", "0 days", "leave_for", 0),
        ("limits/largest_share", "5%", "largest_share", 0.05),
        ("limits/largest_share", "12.5 %", "largest_share", 0.125),
        ("limits/largest_share", "100 %", "largest_share", 1.0),
        ("limits/largest_purge", 1, "largest_purge", 1),
        ("city/fiscal_year_starts", "07-01", "fiscal_year_starts", (7, 1)),
        ("city/fiscal_year_starts", "12-28", "fiscal_year_starts", (12, 28)),
        ("limits/posting", "30 days", "posting", 30),
        ("city/time_zone", "Pacific/Honolulu", "time_zone", "Pacific/Honolulu"),
    ],
)
def test_limits_are_read_as_numbers(path: str, value: Any, rule: str, number: Any) -> None:
    assert getattr(city(with_(path, value)).rules, rule) == number


def test_an_address_is_the_same_in_capitals() -> None:
    roll = city().roll
    person = roll.with_address("PAT.ORTIZ@TOWN.EXAMPLE")
    assert person is not None and roll.offices_of(person.address, date(2026, 11, 21)) == ("Records Manager",)


@pytest.mark.parametrize("cloud", ["gcc-high", "dod", "china"])
def test_every_cloud_can_be_named(cloud: str) -> None:
    assert city(with_("mail/cloud", cloud)).mail.cloud == cloud


@pytest.mark.parametrize("removal", list(Removal))
def test_every_removal_can_be_named_in_the_global_cloud(removal: Removal) -> None:
    assert city(with_("mail/removal", str(removal))).mail.removal is removal


def test_a_certificate_does_in_place_of_a_secret() -> None:
    settings = with_("mail/secret", None)
    settings["mail"] |= {"certificate": "app.pem", "thumbprint": "ab"}
    assert city(settings).mail.certificate == "app.pem"


# --- what is wrong


UNKNOWN = [
    ("ciity", {"name": "x"}, "'ciity'", "'city'"),
    ("city/timezone", "America/Chicago", "'city.timezone'", "'city.time_zone'"),
    ("city/nmae", "x", "'city.nmae'", "'city.name'"),
    ("mail/tennant", "t", "'mail.tennant'", "'mail.tenant'"),
    ("mail/requests_in_fligth", 3, "'mail.requests_in_fligth'", "'mail.requests_in_flight'"),
    ("store/pth", "x", "'store.pth'", "'store.path'"),
    ("limits/largest_purges", 3, "'limits.largest_purges'", "'limits.largest_purge'"),
    ("limits/grace", "3 days", "'limits.grace'", "'limits.release_grace'"),
    ("acts/hold-leagl", ["City Attorney"], "'acts.hold-leagl'", "'acts.hold-legal'"),
    ("acts/adopt_schedule", ["Records Manager"], "'acts.adopt_schedule'", "'acts.adopt-schedule'"),
    ("office", {}, "'office'", "'offices'"),
]


@pytest.mark.parametrize(("path", "value", "named", "nearest"), UNKNOWN)
def test_a_misspelt_key_is_named_with_its_path_and_the_nearest_known_one(
    path: str, value: Any, named: str, nearest: str
) -> None:
    (problem,) = problems(with_(path, value))
    assert problem == f"{named} is not a key; did you mean {nearest}?"


@pytest.mark.parametrize("section", [Place, Mail, Store, Limits])
def test_every_key_with_one_letter_lost_is_led_back_to_itself(section: type) -> None:
    name = "city" if section is Place else section.__name__.lower()
    for key in section.__struct_fields__:
        short = key[:-1]
        if short not in section.__struct_fields__:
            assert f"'{name}.{key}'" in problems(with_(f"{name}/{short}", "x"))[0]


def test_a_key_that_is_near_to_nothing_is_told_which_there_are() -> None:
    (problem,) = problems(with_("store/xyzzy", 1))
    assert (
        problem
        == "'store.xyzzy' is not a key; known here: system, path, refuse, url, endpoint, region, account, key, secret."
    )


def test_all_unknown_keys_are_told_at_once() -> None:
    settings = with_("city/timezone", "x") | {"limit": {}}
    settings["limits"] = {"largest": 3}
    assert len(problems(settings)) == 3


def test_a_misspelt_key_of_a_person_names_the_person_and_the_nearest_known_one() -> None:
    (problem,) = problems(with_("people/kim.lee@town.example", {"acount": "klee"}))
    assert "kim.lee@town.example" in problem and ".acount'" in problem and ".account'" in problem


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("city", "Town", ("'city'", "object")),
        ("city/name", 5, ("'city.name'", "str", "int")),
        ("city/schedules", "minnesota-cities", ("'city.schedules'", "array")),
        ("mail/requests_in_flight", "16", ("'mail.requests_in_flight'", "int", "str")),
        ("mail/removal", "shred", ("'mail.removal'", "shred")),
        ("limits/largest_purge", 5.5, ("'limits.largest_purge'", "int", "float")),
        ("limits/largest_purge", True, ("'limits.largest_purge'", "int", "bool")),
        ("limits/leave_for", 30, ("'limits.leave_for'", "str", "int")),
        ("people", ["kim.lee@town.example"], ("'people'", "object")),
        ("people/kim.lee@town.example", "Kim Lee", ("people", "object")),
        ("offices/City Attorney", "kim.lee@town.example", ("offices", "array")),
    ],
)
def test_a_value_of_the_wrong_type_is_named_with_what_was_expected(path: str, value: Any, words: tuple) -> None:
    (problem,) = problems(with_(path, value))
    for word in words:
        assert word in problem


@pytest.mark.parametrize("path", ["city", "mail", "city/name", "city/time_zone", "mail/system"])
def test_what_is_missing_is_named(path: str) -> None:
    (problem,) = problems(with_(path, None))
    assert problem == f"'{path.replace('/', '.')}' is missing."


BAD_VALUES = [
    ("city/time_zone", "America/Chigaco", "America/Chigaco"),
    ("city/time_zone", "", "time zone"),
    ("city/time_zone", "../../etc/passwd", "time zone"),
    ("city/time_zone", "America", "time zone"),
    ("city/fiscal_year_starts", "7-1", "07-01"),
    ("city/fiscal_year_starts", "13-01", "07-01"),
    ("city/fiscal_year_starts", "02-30", "07-01"),
    ("city/fiscal_year_starts", "July 1", "07-01"),
    ("limits/plan_valid_for", "a week", "30 days"),
    ("limits/plan_valid_for", "7", "30 days"),
    ("limits/release_grace", "1 month", "30 days"),
    ("limits/release_grace", "-1 days", "30 days"),
    ("limits/leave_for", "1.5 days", "30 days"),
    ("limits/leave_for", "30 days ago", "30 days"),
    ("limits/largest_share", "5", "5 %"),
    ("limits/largest_share", "-5 %", "5 %"),
    ("limits/largest_share", "a few", "5 %"),
    ("limits/largest_purge", 0, "at least 1"),
    ("limits/largest_purge", -1, "at least 1"),
    ("mail/requests_in_flight", 0, "at least 1"),
    ("mail/system", "grpah", "did you mean 'graph'"),
    ("mail/system", "notes", "graph"),
    ("mail/cloud", "gcc-hihg", "did you mean 'gcc-high'"),
    ("mail/cloud", "gcc", "global"),
    ("store/system", "tape", "disk"),
    ("mail/tenant", "", "'mail.tenant' is missing"),
    ("mail/client", "", "'mail.client' is missing"),
    ("mail/secret", "", "'mail.secret' or 'mail.certificate' is missing"),
]


@pytest.mark.parametrize(("path", "value", "word"), BAD_VALUES)
def test_a_value_that_cannot_be_right_is_told_with_one_that_could(path: str, value: Any, word: str) -> None:
    (problem,) = problems(with_(path, value))
    assert word in problem
    assert path.replace("/", ".") in problem


def test_a_rehearsal_needs_the_simulators_address() -> None:
    (problem,) = problems(GOOD | {"mail": {"system": "simulator"}})
    assert "'mail.graph_url'" in problem and "retention simulator serve" in problem


EXCHANGE = {
    "system": "exchange",
    "server": "https://mail.town.example/EWS/Exchange.asmx",
    "version": "2019",
    "sign_in": "ntlm",
    "user": "TOWN\\svc-retention",
    "secret": "env:RETENTION_SECRET",
}


@pytest.mark.parametrize("sign_in", ["ntlm", "basic", "oauth"])
def test_an_exchange_server_can_be_named_with_every_way_to_sign_in(sign_in: str) -> None:
    told = EXCHANGE | {"sign_in": sign_in} | ({"tenant": "t", "client": "c"} if sign_in == "oauth" else {})
    assert city(GOOD | {"mail": told}).mail.sign_in == sign_in


@pytest.mark.parametrize(
    "host",
    [
        "outlook.office365.com", "Outlook.Office365.com", "outlook.office365.us", "webmail.apps.mil.outlook.com",
        "partner.outlook.cn", "outlook.office365.com:443",
    ],
)  # fmt: skip
def test_exchange_online_is_not_read_through_web_services_and_graph_is_named(host: str) -> None:
    (problem,) = problems(GOOD | {"mail": EXCHANGE | {"server": f"https://{host}/EWS/Exchange.asmx"}})
    assert "Microsoft Graph" in problem and 'system = "graph"' in problem


@pytest.mark.parametrize(
    ("key", "value", "word"),
    [
        ("server", "mail.town.example", "https://mail.city.example/EWS/Exchange.asmx"),
        ("server", "http://mail.town.example/EWS/Exchange.asmx", "https://"),
        ("version", "2013", "2019"),
        ("version", "", "SE"),
        ("sign_in", "", "ntlm, basic, oauth"),
        ("user", "CITY\retention", "twice"),
        ("sign_in", "kerberos", "basic"),
        ("removal", "hard", "deleted-items, recoverable, permanent"),
        ("user", "", "'mail.user' is missing"),
        ("secret", "", "'mail.secret' is missing"),
    ],
)
def test_nothing_of_an_exchange_server_is_guessed(key: str, value: str, word: str) -> None:
    (problem,) = problems(GOOD | {"mail": EXCHANGE | {key: value}})
    assert word in problem and f"mail.{key}" in problem


def test_a_city_may_have_files_and_no_mail_system() -> None:
    assert city(GOOD | {"mail": {"system": "files"}}).mail.system == "files"


@pytest.mark.parametrize("cloud", ["gcc-high", "dod", "china"])
def test_a_permanent_removal_is_refused_in_a_cloud_that_has_none(cloud: str) -> None:
    settings = with_("mail/cloud", cloud)
    settings["mail"]["removal"] = "permanent"
    (problem,) = problems(settings)
    assert f"'{cloud}' has no permanentDelete" in problem and "'recoverable'" in problem


def test_an_office_held_by_nobody_who_is_listed_is_told() -> None:
    (problem,) = problems(with_("offices/City Clerk", ["stranger@town.example"]))
    assert problem == "'offices.City Clerk': stranger@town.example is not listed under [people]."


def test_two_people_with_one_account_are_told() -> None:
    (problem,) = problems(with_("people/ana.holm@town.example", {"account": "klee"}))
    assert problem == "'people': two people have the account 'klee'; each needs their own."


def test_several_people_may_have_no_account() -> None:
    assert len(city(with_("people/jo@town.example", {})).roll.people) == 4


def test_all_values_that_cannot_be_right_are_told_at_once() -> None:
    settings = with_("city/time_zone", "Nowhere/At_all")
    settings["limits"] = {"leave_for": "soon", "largest_purge": 0}
    settings["offices"]["City Clerk"] = ["stranger@town.example"]
    assert len(problems(settings)) == 4


@pytest.mark.parametrize(
    "secret", ["hunter2", "Q~8xyzSecretValue", "file:secret.txt", "env:", "keyring:", "keyring:service"]
)
def test_a_secret_written_in_the_file_itself_is_refused_and_not_repeated(secret: str) -> None:
    (problem,) = problems(with_("mail/secret", secret))
    assert "'mail.secret'" in problem and "env:" in problem and "keyring:" in problem
    assert "hunter2" not in problem and "SecretValue" not in problem


def test_a_share_of_more_than_the_whole_is_refused() -> None:
    assert "'limits.largest_share'" in problems(with_("limits/largest_share", "150 %"))[0]


def test_one_person_listed_twice_in_other_capitals_is_told() -> None:
    assert "kim.lee@town.example" in problems(with_("people/Kim.Lee@town.example", {"account": "kim2"}))[0].lower()


@pytest.mark.parametrize(
    "settings",
    [{}, *(with_(path, value) for path, value, *_ in UNKNOWN), *(with_(path, value) for path, value, _ in BAD_VALUES)],
)
def test_every_problem_is_a_full_sentence_of_one_line(settings: dict[str, Any]) -> None:
    for problem in problems(settings):
        assert re.fullmatch(r"'[^\n]+[.?]", problem)
        assert "$" not in problem and "`$" not in problem


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
PATHS = [
    *(
        f"{section}/{key}"
        for section, kind in (("city", Place), ("mail", Mail), ("store", Store), ("limits", Limits))
        for key in kind.__struct_fields__
    ),
    *("city", "mail", "store", "limits", "people", "offices", "acts", "people/x@y", "offices/X", "acts/approve"),
]


@given(path=st.sampled_from(PATHS), value=JSON.filter(lambda value: value is not None))
def test_whatever_is_written_there_is_taken_or_told_and_never_a_traceback(path: str, value: Any) -> None:
    parsed, found = parse(with_(path, value))
    assert (parsed is None) == bool(found)
    if parsed is not None:
        assert parsed.rules.largest_purge >= 1 and parsed.zone and parsed.roll
