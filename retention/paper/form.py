"""A form's content as a document to be signed.

What it says is decided in ``core/form.py``.
"""

from __future__ import annotations

from collections.abc import Iterator

from retention.core.form import COLUMNS, Form
from retention.paper.document import Document, Section
from retention.paper.figures import bytes_of, counted

BLANK = "______________________________"


def document(form: Form, digest: str) -> Document:
    """The sheets that are signed; ``digest`` is the SHA-256 of the list of records that lies beside them."""
    return Document(
        title=form.title,
        words=tuple(_introduction(form)),
        sections=(
            Section(
                title="What is asked for",
                columns=("field", "content"),
                rows=tuple((label, value or BLANK) for label, value in form.facts),
            ),
            Section(
                title="The records",
                words=(_volume(form),),
                columns=COLUMNS,
                rows=form.rows,
                file=f"{form.name}.csv",
            ),
            Section(title="What this binds to", words=_binding(form, digest)),
            Section(title="Declared", words=form.declares, signatures=form.signers),
        ),
        made_at=form.made_at,
        foot=f"Plan {form.plan[:16]}; {counted(len(form.steps), 'record')}; SHA-256 of the list {digest}",
    )


def _introduction(form: Form) -> Iterator[str]:
    if form.rehearsal:
        yield "THIS IS OF A REHEARSAL. No record of the city is meant."
    if form.form:
        yield (
            f"This is the content for {form.form}, in words of our own: it goes on the official form, or is attached "
            "to it. It is not that form. Lines are left where only the city can fill in."
        )


def _volume(form: Form) -> str:
    return f"{counted(len(form.steps), 'record')}, {bytes_of(sum(step.size for step in form.steps))}."


def _binding(form: Form, digest: str) -> tuple[str, ...]:
    return (
        f"Whatever is signed here is of exactly {counted(len(form.steps), 'record')}, and of no others: those that "
        f"{form.name}-records.csv lists, one a line.",
        f"SHA-256 of that list: {digest}",
        f"Plan of destruction: {form.plan}",
    )
