"""Which keys a message bears: by a pattern in its subject, its folder, or a category."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from retention.core.classify import Matcher
from retention.core.schedule import fingerprint, parse
from tests.core.matching import HEAD, NOTE, row

RULES = [
    {"type": "contract", "subject": r"re:\bcontract (?:no\.? ?)?(C-\d+)", "folder": r"re:^Contracts? (C-\d+)$"},
    {"type": "case", "category": r"re:^Case (\S+)$"},
]


def read(*keys):
    return parse({"schedule": HEAD, "keys": list(keys), "series": [row("a-b", {"subject": ["x"]})]}, "town")


def keys(**fields):
    schedule, problems = read(*RULES)
    assert schedule is not None, problems
    return Matcher((schedule,)).keys(replace(NOTE, **fields))


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"subject": "Contract C-2211, signed"}, ("contract c-2211",)),
        ({"subject": "RE: contract no. C-1 and contract C-2"}, ("contract c-1", "contract c-2")),
        ({"subject": "contracts"}, ()),
        ({"subject": None, "path": None, "categories": None}, ()),
        ({"path": "Inbox/Contract C-7/2024"}, ("contract c-7",)),
        ({"path": "Inbox/Contract C-7 old"}, ()),
        ({"categories": ("Case 24-117", "Red")}, ("case 24-117",)),
        ({"subject": "contract C-1", "path": "Contract C-1"}, ("contract c-1",)),
        ({"subject": "contract C-1 \ud800"}, ("contract c-1",)),
        ({"subject": "contract C-1, C-2"}, ("contract c-1",)),
        ({"subject": "contract C-1-2024"}, ("contract c-1-2024",)),
        ({"subject": "contract C-1B"}, ("contract c-1b",)),
        ({"subject": "contract C-1/A."}, ("contract c-1/a",)),
        ({"subject": "contract C-1\u200b2"}, ("contract c-12",)),
        ({"subject": "contract C-1\u00ad2"}, ("contract c-12",)),
        ({"categories": tuple(f"Case {n}" for n in range(80))}, tuple(f"case {n}" for n in range(80))),
    ],
)
def test_a_key_is_read_where_its_rule_looks(fields, found):
    assert keys(**fields) == found


@pytest.mark.parametrize(
    ("rule", "key", "sentence"),
    [
        ({"subject": r"re:(C-\d+)"}, "type", "is missing"),
        ({"type": "Contract No", "subject": r"re:(C-\d+)"}, "type", "is no type of key"),
        ({"type": "contract"}, "keys 1", "says nowhere"),
        ({"type": "contract", "subject": r"re:C-\d+"}, "subject", "has no group"),
        ({"type": "contract", "subject": r"(C-\d+)"}, "subject", "must be a pattern"),
        ({"type": "contract", "subject": r"re:(C-\d+)|(K-\d+)"}, "subject", "has 2 groups"),
        ({"type": "contract", "subject": r"re:(C-\d+"}, "subject", "is wrong at column"),
        ({"type": "contract", "sender": r"re:(C-\d+)"}, "sender", "is not a known key"),
    ],
)
def test_a_rule_that_finds_no_key_is_told(rule, key, sentence):
    schedule, problems = read(rule)
    assert schedule is None
    assert any(key in problem.key and sentence in problem.sentence for problem in problems), problems


def test_a_rule_of_keys_is_part_of_what_is_adopted():
    with_keys, _ = read(*RULES)
    without, _ = read()
    turned, _ = read(*reversed(RULES))
    assert with_keys is not None and without is not None and turned is not None
    assert fingerprint(with_keys) == fingerprint(turned) != fingerprint(without)
