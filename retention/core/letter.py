"""The text of a hold's notice to a custodian: the city's own or the shipped one, with what it is about put in.

No file is read or written here, and nobody is looked up.
"""

from __future__ import annotations

import unicodedata
from datetime import date
from difflib import get_close_matches
from string import Template

from msgspec import Struct
from msgspec.structs import asdict, replace

from retention.core.hold import Scope
from retention.core.hold.printing import lines

SHIPPED = """\
Subject: Notice to preserve records: $matter

To:         $name <$address>
From:       $placed_by, for $city
Date:       $date
Reference:  $reference

NOTICE TO PRESERVE RECORDS. PLEASE READ IT TO THE END.

You may have records that the City must keep because of this matter:

  $matter

From now on, and until you are told in writing that this notice is at an end,
you must not delete, throw away, change or hide anything that has to do with
it. That goes before the retention schedule, and before any habit of tidying
up or any setting that deletes by itself.

WHAT TO KEEP

The City has stopped deleting the following from its mail system:

$scope

Your duty is wider than that. Keep everything that has to do with the matter:

  - mail, with its attachments, in every folder: sent, drafts, archives and
    the deleted items too
  - documents, spreadsheets, photographs, recordings, calendars and notes, on
    a computer, a shared drive, a phone, a stick or on paper
  - texts, chats and voice mail
  - drafts and copies as well as finals, and what you believe somebody else
    has as well

Private accounts and devices are no exception. If you used your own mail
account, phone, messages or computer for anything that has to do with the
matter, keep it there and tell us where it is. Do not forward, move or tidy
it: to collect it is our work.

What you write and receive from now on is covered in the same way.

WHAT TO DO NOW

  1. Turn off whatever deletes by itself: rules of your mailbox, chats that
     disappear, a phone that drops old messages.
  2. Before you hand in, replace or reset a phone or a computer, or change
     your work or leave, talk to us first.
  3. If somebody else may have such records, or some are already gone, tell
     us. Do not look into the matter yourself, and do not discuss it with
     others beyond what you need in order to keep the records.
  4. Answer by $answer_by. To answer this message with the words
     "I have read the notice $reference and will keep these records"
     is enough.

If you are not sure whether something is covered, keep it and ask. Questions
go to $placed_by, who sent this.

That you receive this notice does not mean that you did anything wrong. But
whoever destroys records that are under it may do the City great harm, and may
have to answer for it in person.
"""
"""What a city sends that has no text of its own."""
SUBJECT = "Notice to preserve records ($reference)"
"""The subject where the city's own text does not begin with one."""
REMINDER = """\
REMINDER. This notice was first sent to you on $noticed_on, and no answer
of yours is recorded. Please answer by $answer_by. The notice is below.

"""
CONFIDENTIAL = "a confidential matter"
WITHHELD = "confidential"
"""What stands for the matter and the reason of a sealed hold."""
EVERYTHING = "everything, whatever it is about"


class Said(Struct, frozen=True, kw_only=True):
    """What a text may name, as ``$name`` and so on."""

    name: str
    address: str
    matter: str
    scope: str
    reason: str
    city: str
    placed_by: str
    date: str
    answer_by: str
    reference: str


PLACEHOLDERS = Said.__struct_fields__


class Form(Struct, frozen=True):
    """A text with its placeholders, made sure of."""

    subject: str
    text: str


class Letter(Struct, frozen=True):
    """One notice as it is sent: its subject is one line."""

    subject: str
    text: str


def read(text: str, file: str) -> Form:
    """The form that a city's text is. Raises ``ValueError`` with every problem, each naming the file."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    subject, _, rest = text.partition("\n")
    if subject.lower().startswith("subject:"):
        subject, body = subject[len("subject:") :].strip(), rest.strip("\n")
    else:
        subject, body = SUBJECT, text
    problems = [*_problems(text)]
    if not body.strip():
        problems.append("it says nothing.")
    if not subject:
        problems.append("its subject says nothing.")
    if problems:
        raise ValueError("\n  ".join(f"{file}: {problem}" for problem in problems))
    return Form(subject, body.rstrip() + "\n")


def shipped() -> Form:
    return read(SHIPPED, "the shipped notice")


def letter(form: Form, said: Said, *, noticed_on: date | None = None) -> Letter:
    """The notice to one custodian; ``noticed_on``: it reminds of the one that they were sent on that day.

    Whatever is put in is one line of plain text, except the scope, which is whole lines.
    """
    named = {name: one_line(value) for name, value in asdict(replace(said, scope="")).items()}
    named["scope"] = "\n".join(f"  {_indent(line)}{one_line(line)}" for line in said.scope.split("\n"))
    subject = one_line(Template(form.subject).substitute(named))
    text = Template(form.text).substitute(named)
    if noticed_on is not None:
        subject = f"Reminder: {subject}"
        text = Template(REMINDER).substitute(noticed_on=day(noticed_on), answer_by=named["answer_by"]) + text
    return Letter(subject, text)


def one_line(text: str) -> str:
    """The text without anything that ends a line, steers a terminal or turns what is read around."""
    plain = "".join(" " if (kind := unicodedata.category(c)) in _BREAKS else "" if kind in _UNSEEN else c for c in text)
    return " ".join(plain.split())


def _indent(line: str) -> str:
    return " " * (len(line) - len(line.lstrip(" ")))


_BREAKS = {"Cc", "Zl", "Zp"}
_UNSEEN = {"Cf", "Co", "Cs", "Cn"}


def day(on: date) -> str:
    """``November 21, 2026``."""
    return f"{on:%B} {on.day}, {on.year}"


def scope_told(scope: Scope) -> str:
    """What a hold covers as its custodians are told it: what about, and never whose mailboxes.

    Whom else it reaches is not theirs to know. An exception that names people is left out: it may not be of them.
    """
    told = _of_mail(scope)
    return EVERYTHING if told.is_empty else "\n".join(lines(told, noun="mail"))


def _of_mail(scope: Scope) -> Scope:
    any_of = tuple(map(_of_mail, scope.any_of))
    return replace(
        scope,
        custodians=(),
        departments=(),
        offices=(),
        mailboxes=(),
        all_of=tuple(part for part in map(_of_mail, scope.all_of) if not part.is_empty),
        # Where one way into the scope asks for nothing but a mailbox, everything in that mailbox is covered.
        any_of=() if any(part.is_empty for part in any_of) else any_of,
        none_of=tuple(part for part in scope.none_of if not any(one.names_people for one, _ in part.parts())),
    )


def _problems(text: str) -> list[str]:
    problems = []
    for found in Template.pattern.finditer(text):
        at = f"line {text.count(chr(10), 0, found.start()) + 1}"
        name = found["named"] or found["braced"]
        if name and name not in PLACEHOLDERS:
            near = get_close_matches(name.lower(), PLACEHOLDERS, n=1)
            hint = (
                f"perhaps ${near[0]} is meant."
                if near
                else f"there are {', '.join(f'${one}' for one in PLACEHOLDERS)}."
            )
            problems.append(f"{at}: there is no placeholder ${name}; {hint}")
        elif found["invalid"] is not None:
            problems.append(f"{at}: a $ stands before no placeholder; write $$ for the sign itself.")
    return problems
