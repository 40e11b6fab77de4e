"""How a report writes a number with its noun and its verb, so that none, one and many each read as people write them.

How numbers stand in tables is in ``retention/page/writing.py``.
"""

from __future__ import annotations


def counted(number: int, noun: str, many: str = "") -> str:
    if number < 2:
        return f"{'one' if number else 'no'} {noun}"
    return f"{number:,} {many or f'{noun}s'}"


def agreeing(number: int, one: str, many: str) -> str:
    """What agrees with so many: no message *is*, one message *is*, two messages *are*."""
    return one if number < 2 else many


def beginning(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
