"""The nouns of a retention schedule: the schedule, its series, and what a message must look like to belong to one.

How they are read and checked is in ``reading.py``; which series a message belongs to, in ``core/classify``.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from msgspec import Struct

from retention.core.period import Period
from retention.core.words import Field


class Then(StrEnum):
    """What follows when the period is over."""

    DESTROY = "destroy"
    KEEP = "keep"
    REVIEW = "review"


class Standing(StrEnum):
    """What a series rests on: a statute, a policy, a schedule in force, or that of a comparable city."""

    STATUTE = "statute"
    POLICY = "policy"
    IN_FORCE = "in force"
    COMPARABLE = "comparable"


class Problem(Struct, frozen=True, order=True):
    """Something a schedule's author has to mend: in which series (empty: the schedule itself), at which key, what."""

    series: str
    key: str
    sentence: str

    def __str__(self) -> str:
        where = f"series {self.series}, {self.key}" if self.series else self.key
        return f"{where}: {self.sentence}"


class Condition(Struct, frozen=True):
    """One field and the values of which one must fit; with ``excluded``, none may. An unknown field never fits."""

    field: Field
    values: tuple[str, ...]
    excluded: bool = False


class Match(Struct, frozen=True):
    """One way to belong to a series: every condition must fit. ``name`` says which way, for people."""

    conditions: tuple[Condition, ...]
    has_attachments: bool | None = None
    name: str = ""


class Example(Struct, frozen=True, kw_only=True):
    """A message that must, or must not, belong to the series. What is left out is that of a plain note in the Inbox."""

    belongs: bool
    subject: str = ""
    sender: str = ""
    to: tuple[str, ...] = ()
    folder: str = "Inbox"
    category: tuple[str, ...] = ()
    kind: str = "IPM.Note"
    preview: str = ""
    has_attachments: bool = False
    attachment: tuple[str, ...] = ()
    department: tuple[str, ...] = ()
    office: tuple[str, ...] = ()
    direction: str = ""
    origin: str = ""


class KeyRule(Struct, frozen=True):
    """How messages bear a key of ``type``: where ``pattern`` fits in ``field``, its first group is the key's value."""

    type: str
    field: Field
    pattern: str


NO_LAW = "none"
"""Said of a schedule whose jurisdiction is none of those whose law is shipped."""
NO_GATES = "none"
"""Said of a schedule whose records may be destroyed without anybody's consent."""
When = Literal["always", "unscheduled"]
"""Of which records a gate asks for a consent: of every one, or only of those that no schedule lists."""
NOT_REQUIRED = "not required"
"""What a series says of a permission that its source says is not asked for."""


class Gate(Struct, frozen=True, kw_only=True):
    """A consent that is asked for before a record is destroyed. ``by`` is who gives it, in words.

    ``office`` is the office of the city whose holder must have given it; empty where nobody of the city gives it.
    ``reference`` says what is written on the consent, such as a resolution's number. A consent counts for ``valid_for``
    days from the day it was given. ``form`` is the id of the form that is written for it, empty where there is none.
    A ``waivable`` gate is not asked of a series that says that the permission is not required.

    It stands whether or not ``verified`` says that it was read in its ``source``: a doubt may never open a gate.
    """

    id: str
    title: str
    by: str
    office: str
    reference: str
    citation: str
    source: str
    verified: bool
    valid_for: int
    when: When
    waivable: bool
    form: str
    note: str


class Series(Struct, frozen=True, kw_only=True):
    """One row of a schedule.

    ``code`` is what the source prints; where it prints none, ``id`` names the row. ``published`` is the period in the
    source's own words. ``verified`` says that the row was read in ``source``. ``transitory`` mail may leave the mailbox
    without becoming a record. ``fallback`` is asked only when nothing else matched.

    ``retain`` is the period as it is written; ``enforced`` is what is counted: with the series it refers to put in, and
    never under what the jurisdiction's law asks. ``key_type`` is the type of key whose events start its clock; empty:
    any. ``not_class`` names classes of the law's never-destroyed records that its title only seems to name.
    ``permission`` is ``not required`` where its source says that no permission is asked for before it is destroyed.
    """

    code: str
    id: str
    title: str
    covers: str
    retain: Period
    enforced: Period
    published: str
    then: Then
    transitory: bool
    fallback: bool
    citation: str
    source: str
    verified: bool
    access: str
    note: str
    standing: Standing | None
    key_type: str
    not_class: tuple[str, ...]
    match: tuple[Match, ...]
    examples: tuple[Example, ...]
    permission: str = ""

    @property
    def key(self) -> str:
        """What the series is called in every file, entry and command."""
        return self.code or self.id

    @property
    def filed_as(self) -> str:
        """What a folder or category must be called for a person's filing to be seen in it; empty where nothing is.

        An id of one word, such as ``complaints``, is what people call a folder anyway: it says nothing of the schedule.
        """
        return self.code or (self.id if "-" in self.id else "")


class Schedule(Struct, frozen=True, kw_only=True):
    """A jurisdiction's retention schedule.

    ``law`` is the title of the law it stands under, ``none`` where its file says that no shipped law is its own, and
    empty where nobody looked. ``gates`` are all its gates, the law's and its ``own_gates``. Until it is ``gated``
    nobody has said which gates there are, and nothing of it may be destroyed.
    """

    name: str
    title: str
    authority: str
    edition: str
    jurisdiction: str
    notice: str
    keys: tuple[KeyRule, ...]
    series: tuple[Series, ...]
    law: str = ""
    gates: tuple[Gate, ...] = ()
    own_gates: tuple[Gate, ...] = ()
    gated: bool = False

    def find(self, key: str) -> Series | None:
        """The series with that code or id, capitals and spacing ignored."""
        wanted = filing(key)
        return next((series for series in self.series if filing(series.key) == wanted), None)


def filing(text: str) -> str:
    """A series code, folder name or category in the form in which they are compared."""
    return " ".join(text.split()).casefold()
