"""The phrases and patterns that a schedule has for one field, compiled, and which of them a text holds.

What follows from a hit is in ``matcher.py``.
"""

from __future__ import annotations

from collections.abc import Iterable

from retention.core import words
from retention.core.words import PATTERN, Finder

_Numbered = list[tuple[str, int]]


class Texts:
    """All values of one field, each by its number, in the form that ``words.form`` gives."""

    def __init__(self, forms: Iterable[tuple[str, int]]) -> None:
        forms = list(forms)
        self._phrases = [(form, number) for form, number in forms if not form.startswith(PATTERN)]
        self._patterns = [(form.removeprefix(PATTERN), n) for form, n in forms if form.startswith(PATTERN)]
        plain = [(words.phrase_in_ascii(form), number) for form, number in self._phrases if form.isascii()]
        # Most mail is plain English: of that, one pass over the text as it stands tells all.
        self._in_ascii = _finder([*plain, *self._patterns], case_sensitive=False)
        self._in_words: Finder | None = None
        self._in_text: Finder | None = None

    def __call__(self, text: str) -> tuple[int, ...]:
        """The numbers of all values that the text holds, phrases first. Raises Undecided."""
        return self._in_ascii(text) if text.isascii() else self._in_any(text)

    def _in_any(self, text: str) -> tuple[int, ...]:
        if self._in_words is None or self._in_text is None:
            self._in_words = _finder(self._phrases, case_sensitive=True)
            self._in_text = _finder(self._patterns, case_sensitive=False)
        return self._in_words(words.words(text)) + self._in_text(text)


def _finder(patterns: _Numbered, *, case_sensitive: bool) -> Finder:
    finder = Finder(case_sensitive=case_sensitive)
    for pattern, number in patterns:
        finder.add(pattern, number)
    finder.compile()
    return finder
