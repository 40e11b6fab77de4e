"""Classify: file every message that is new, changed, or was filed under other rules.

Which series a message belongs to is decided in ``core/classify``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import chain, repeat

from msgspec import Struct

from retention.catalog import Unfiled
from retention.core.around import NOT_KNOWN, Looker
from retention.core.audit import Entry, Link, Reviewed
from retention.core.classify import Classification, Decided, Matcher, People
from retention.core.message import MessageRef
from retention.errors import SignatureInvalid
from retention.jobs.acting import believed
from retention.jobs.world import Progress, World, silent

BATCH = 20_000
"""Messages whose filings are put on the disk together: what an interruption loses."""
Filed = tuple[int, Classification, tuple[str, ...]]
"""A message's short number, its filing, and the keys it bears."""


class Classified(Struct, frozen=True, kw_only=True):
    """How many messages were filed now, by series key; ``""`` counts those no series fits, or more than one.

    ``by_mailbox`` has the same for each mailbox of which any were, by its address: filed = series + review.
    """

    filed: int
    by_series: dict[str, int]
    by_mailbox: dict[str, dict[str, int]] = {}


def classify(world: World, progress: Progress = silent) -> Classified:
    """File what is not filed under the rules in use; a second run with nothing changed files nothing."""
    with world.alone():
        run = world.catalog.runs.begin("classify", world.now())
        read_reviews(world)
        rules = world.filing_rules
        filings = world.catalog.filings
        total = filings.begin(rules)
        counts: Counter[str] = Counter()
        by_mailbox: Counter[tuple[str, bool]] = Counter()
        batch: list[Filed] = []
        file = Filer(world).file
        for one in filings.to_file(rules):
            filed = file(one)
            counts[filed[1].series_key or ""] += 1
            by_mailbox[one.mailbox.address, filed[1].series_key is not None] += 1
            batch.append(filed)
            if len(batch) >= BATCH:
                filings.save(batch, rules)
                batch.clear()
                progress(counts.total(), total, one.mailbox.address)
        filings.save(batch, rules)
        filings.finish(rules)
        progress(counts.total(), total, "done")
        classified = Classified(filed=counts.total(), by_series=dict(counts), by_mailbox=_per_mailbox(by_mailbox))
        world.catalog.runs.end(run, world.now(), classified)
        return classified


def _per_mailbox(counts: Counter[tuple[str, bool]]) -> dict[str, dict[str, int]]:
    addresses = sorted({address for address, _ in counts})
    pairs = {address: (counts[address, True], counts[address, False]) for address in addresses}
    return {at: {"filed": series + none, "series": series, "review": none} for at, (series, none) in pairs.items()}


def read_reviews(world: World) -> None:
    """Take what people decided in reviews from the ledger, from where it was last read."""
    filings = world.catalog.filings
    new = {n for n in world.ledger.in_force.reviewed if n >= filings.reviews_read}
    if new:
        links = (link for link in world.ledger.links() if link.entry.n in new)
        filings.decide((pair for link in links for pair in decisions(world, link)), max(new) + 1)


def _refuse_unsigned(world: World, entry: Entry) -> None:
    """Where acts are signed, a review that nobody signed stops every run: to pass it over could shorten a life too."""
    asked = world.city.city.identity == "ssh" and entry.n > world.ledger.in_force.signed_before
    if asked and not believed(world, entry):
        raise SignatureInvalid(
            f"Entry {entry.n} of the ledger is a review by {entry.by} that nobody signed.",
            "Nothing was filed or deleted; compare the ledger with a copy.",
        )


class Filer:
    """Files messages one by one. Compiled for the first of them: mostly there is none."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._opened = False

    def file(self, one: Unfiled) -> Filed:
        if not self._opened:
            self._open()
        around = self._looker.around(one.message, one.mailbox) if self._looker else NOT_KNOWN
        if not one.decided:
            return one.n, self._matcher.classify(one.message, around), self._matcher.keys(one.message)
        return one.n, *self._people.file(one.message, around, one.decided)

    def _open(self) -> None:
        self._matcher = Matcher(self._world.schedules)
        self._people = People(self._world.schedules, self._matcher)
        self._looker = Looker(self._world.surroundings) if self._matcher.looks_around else None
        self._opened = True


def decisions(world: World, link: Link) -> Iterator[tuple[MessageRef, str, Decided]]:
    """For every message of an entry its Message-ID, as far as it is there, and what was decided."""
    body = link.entry.body
    if isinstance(body, Reviewed):
        _refuse_unsigned(world, link.entry)
        why = f"{link.entry.by} on {link.entry.at:%Y-%m-%d}, because: {body.reason}"
        known = zip(
            body.ids,
            chain(body.internet_ids, repeat("")),
            chain(body.judged, repeat("")),
            chain(body.filed, repeat(())),
            strict=False,
        )
        for id_, internet_id, seen, filed in known:
            decided = Decided(body.schedule, body.series, body.keys, why, seen, filed)
            yield MessageRef(body.mailbox, id_), internet_id, decided
