"""A certificate of destruction as a document, and its list of what was destroyed.

What it says is decided in ``core/certificate.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from retention.core.certificate import Certificate
from retention.core.proof import Row
from retention.paper.document import Document, Section
from retention.paper.figures import bytes_of, counted, instant

LIST, STAYED = "destroyed.csv", "stayed.csv"
JSON = "certificate.json"
LISTED: Row = (
    "step",
    "series",
    "schedule",
    "received on",
    "due on",
    "quarantined (UTC)",
    "destroyed (UTC)",
    "bytes",
    "consents (entries)",
    "SHA-256 of its metadata",
    "record (the last part is its SHA-256)",
)
STAYS: Row = ("step", "what", "why", "record (the last part is its SHA-256)")


def listed(certificate: Certificate) -> Iterator[Row]:
    """Every record that was destroyed, one a row: the list that some states ask a city to keep."""
    zone = ZoneInfo(certificate.time_zone)
    for one in certificate.gone:
        stone = one.tombstone
        yield (
            str(one.step),
            f"{stone.series} {stone.title}",
            stone.schedule,
            str(stone.received_at.astimezone(zone).date()) if stone.received_at else "",
            str(stone.due_on or ""),
            instant(one.quarantined_at),
            instant(one.destroyed_at),
            str(stone.size),
            " ".join(map(str, one.consents)),
            stone.sidecar,
            stone.place,
        )


def stays(certificate: Certificate) -> Iterator[Row]:
    for one in certificate.stayed:
        yield str(one.step), one.state, one.why, one.place


def document(certificate: Certificate, digest: str, check: str) -> Document:
    """The certificate to be read: ``digest`` is its JSON's SHA-256, ``check`` the command that checks its signature."""
    return Document(
        title=f"Certificate of destruction: {certificate.city}",
        words=tuple(_introduction(certificate)),
        sections=tuple(_sections(certificate, digest, check)),
        made_at=certificate.ended_at,
        foot=f"Run {certificate.run} of plan {certificate.plan[:12]}; SHA-256 of {JSON}: {digest}",
    )


def _introduction(said: Certificate) -> Iterator[str]:
    if said.rehearsal:
        yield "THIS WAS A REHEARSAL. No record of the city was destroyed."
    yield (
        f"{counted(said.records, 'record')} ({bytes_of(said.size)}) of {said.city} at the end of their time were "
        f"destroyed from {instant(said.begun_at)} to {instant(said.ended_at)} UTC. {said.final}"
    )
    yield (
        f"The plan had {counted(said.planned, 'record')}: {said.records:,} were destroyed in this run, "
        f"{said.earlier:,} in earlier ones, and {len(said.stayed):,} stayed. This certificate is made from the city's "
        "ledger and nothing else, and says nothing of what stood in a record, from whom it came or what it was about."
    )


def _sections(said: Certificate, digest: str, check: str) -> Iterator[Section]:
    yield Section(title="The run", columns=("what", "value"), rows=tuple(_run(said, digest)))
    yield Section(
        title="What was destroyed",
        columns=(
            "series",
            "title",
            "schedule",
            "kept for",
            "citation",
            "years received",
            "records",
            "bytes",
            "first",
            "last",
        ),
        rows=tuple(_series(said)),
    )
    yield Section(
        title="Who approved it",
        words=("An approval is of exactly the plan above, and never by whoever made it.",),
        columns=("by", "at (UTC)", "entry of the ledger"),
        rows=tuple((one.by, instant(one.at), str(one.entry)) for one in said.approvals),
    )
    yield Section(
        title="By whose consent",
        words=("A consent is of exactly the records that it lists. Records counts those of this run that went by it.",),
        columns=(
            "gate",
            "reference",
            "given by",
            "given on",
            "until",
            "filed by",
            "entry",
            "records",
            "SHA-256 of the document",
        ),
        rows=tuple(_consents(said)),
    )
    if said.reviewed:
        yield Section(
            title="What a person looked at before",
            columns=("series", "what they say"),
            rows=tuple(said.reviewed.items()),
        )
    yield Section(title="How", words=(said.method,))
    yield Section(
        title="Known copies elsewhere",
        words=(
            "To destroy a record does not destroy what others have of the same message. Records counts those of this "
            "run of which such a copy was known right before it.",
            *said.doubts,
        ),
        columns=("what", "where", "records", "was it reached"),
        rows=(*_elsewhere(said), ("Backups of the city", "", "", said.backups)),
    )
    yield Section(
        title="What was to go and stayed",
        columns=STAYS,
        rows=tuple(stays(said)),
        file=STAYED,
    )
    yield Section(
        title="What stays of each record: its tombstone",
        words=(f"All that the ledger keeps of each is in {JSON}.",),
        columns=(
            "step",
            "series",
            "received",
            "due",
            "destroyed (UTC)",
            "bytes",
            "record (the last part is its SHA-256)",
        ),
        rows=tuple((row[0], row[1], row[3], row[4], row[6], row[7], row[10]) for row in listed(said)),
        file=LIST,
    )
    yield Section(title="To check it", words=tuple(_checking(check)))


def _run(said: Certificate, digest: str) -> Iterator[Row]:
    yield "City", said.city
    yield "Plan (its digest)", said.plan
    yield "The plan was made by", said.made_by
    yield "Entry of the ledger that began the run", str(said.run)
    yield "Begun (UTC)", instant(said.begun_at)
    yield "Ended (UTC)", instant(said.ended_at)
    yield "By", said.by
    yield "Records destroyed", f"{said.records:,}"
    yield "Bytes destroyed", f"{said.size:,}"
    since = [one.quarantined_at for one in said.gone if one.quarantined_at]
    yield "Put into quarantine (UTC)", _span(since)
    yield "Destroyed (UTC)", _span([one.destroyed_at for one in said.gone])
    if said.one_time:
        yield "One-time authority", "Records that no schedule lists any more went by it too."
    yield f"SHA-256 of {JSON}", digest


def _span(instants: list[datetime]) -> str:
    if not instants:
        return "none"
    first, last = instant(min(instants)), instant(max(instants))
    return first if first == last else f"from {first} to {last}"


def _series(said: Certificate) -> Iterator[Row]:
    for one in said.series:
        years = ", ".join(f"{year}: {records:,}" for year, records in one.years.items())
        schedule = f"{one.schedule}, {one.edition}" if one.edition else one.schedule
        extent = (f"{one.records:,}", f"{one.size:,}", str(one.first_on or ""), str(one.last_on or ""))
        yield one.series, one.title, schedule, one.retain, one.citation, years, *extent


def _consents(said: Certificate) -> Iterator[Row]:
    for one in said.consents:
        filed = f"{one.filed_by}, {instant(one.filed_at)} UTC"
        given = (one.given_by, str(one.given_on), str(one.until or ""))
        yield (
            f"{one.gate} ({one.schedule})",
            one.reference,
            *given,
            filed,
            str(one.entry),
            f"{one.records:,}",
            one.document,
        )


def _elsewhere(said: Certificate) -> Iterator[Row]:
    for one in said.elsewhere:
        yield one.what, one.where, f"{one.records:,}", one.reach


def _checking(check: str) -> Iterator[str]:
    yield (
        f"The SHA-256 of {JSON} stands in the ledger's entry of this certificate; manifest.sha256 has that of every "
        "file in this folder. `sha256sum -c manifest.sha256` compares them, and `retention audit verify` the ledger."
    )
    if check:
        yield f"The entry is signed. With the city's file of allowed signers beside these files: {check}"
    else:
        yield "The city knows people by their accounts: the entry bears no signature, and the chain vouches for it."
