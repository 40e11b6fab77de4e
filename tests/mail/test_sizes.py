"""What a mail system may say of sizes, and what is believed of it."""

from __future__ import annotations

import pytest

from retention.mail.sizes import largest, size_of


@pytest.mark.parametrize(
    ("told", "bytes_"),
    [
        ("2048", 2048), (" 7 ", 7), ("0", 0), (2048, 2048), (0, 0),
        (None, None), ("", None), ("-1", None), (-1, None), ("1e3", None), ("\u0663", None), ("many", None),
        ("9" * 18, 10**18 - 1), ("9" * 19, None), ("9" * 5000, None), (2**80, None),
    ],
)  # fmt: skip
def test_a_size_is_a_number_that_can_be(told: str | int | None, bytes_: int | None) -> None:
    assert size_of(told) == bytes_


@pytest.mark.parametrize(
    ("told", "bytes_"), [((), 0), (("3", "20"), 20), ((3, 20, 0), 20), (("3", None), None), (("3", "?"), None)]
)
def test_the_largest_is_known_where_all_are(told: tuple[str | int | None, ...], bytes_: int | None) -> None:
    assert largest(told) == bytes_
