"""The tables of a proof: what each is called, what it says, and which of its columns the ledger does not prove.

How rows are found in the ledger is not known here, nor how they are written. Whoever changes a word here changes the
digest of these words in the verifier (``packet/verifier/page.py``), which a test asks for.
"""

from __future__ import annotations

import re

from msgspec import Struct

Row = tuple[str, ...]

SHOWN = 1000
"""Rows of one table that the page shows; the CSV file always has all."""

SEALED = "sealed"
YES, NO = "yes", "no"
BEFORE, WAITS = "destroyed before", "in quarantine"
"""How a record stands that was captured from a mailbox of the hold, and that no deed under it has destroyed."""

_UNSAFE = re.compile("[\0-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]")
"""What could steer a terminal or a page, or hide itself. Spelt out, because newer Unicode data say something else."""


class Table(Struct, frozen=True, kw_only=True):
    """One table. ``given`` are the columns that settings or catalog said and that no entry of the ledger proves."""

    name: str
    title: str
    text: str
    columns: tuple[str, ...]
    given: tuple[str, ...] = ()


def plain(text: object) -> str:
    """The text of one cell, on one line, with everything that could steer or hide shown as ``·`` instead."""
    return _UNSAFE.sub("·", str(text))


def _table(name: str, title: str, columns: str, text: str) -> Table:
    """The columns are separated by commas; a star marks those that the ledger does not prove."""
    listed = [column.strip() for column in columns.split(",")]
    return Table(
        name=name,
        title=title,
        text=" ".join(text.split()),
        columns=tuple(column.rstrip("*") for column in listed),
        given=tuple(column.rstrip("*") for column in listed if column.endswith("*")),
    )


TABLES = (
    _table(
        "facts",
        "In short",
        "what, value",
        """Counted from the tables below. Days are those of the period; all else is of the hold's whole life.""",
    ),
    _table(
        "life",
        "Who did what with the hold, and on whose authority",
        "entry, at (UTC), day, what, by, office*, reason, until, signed",
        """Every act on this hold, in order. The office is the one that the city's settings say the person held on that
        day. Until is the day on which the grace period of a release or an amendment is over: before it, everything
        stays held.""",
    ),
    _table(
        "opened",
        "What was sealed",
        "entry*, what*, text*",
        """Matter and reasons of a sealed hold, opened with a key of the Legal office. The entries of the ledger hold
        them encrypted.""",
    ),
    _table(
        "scope",
        "What the hold covers, in every version of its scope",
        "version, entry, part, condition, value",
        """Every condition that is given must be met, by any one of its values; the custodians, departments, offices and
        mailboxes of one part are one condition. What cannot be judged is held. The mailboxes named are those that were
        reached when the scope was written. Of the parts within, all of 'all of' must be met, one of 'any of', and none
        of 'none of'.""",
    ),
    _table(
        "coverage",
        "Whom it reached, from which day to which",
        "version, term, what, value, known as*, entry, from, to",
        """Each address and each mailbox by the term of the scope through which it was reached. What was once reached
        stays reached, whoever changes office or department later. An empty last day means that it still holds. A scope
        that names no people covers any mailbox, and has no rows here.""",
    ),
    _table(
        "standing",
        "On which days it was in force",
        "from, to, in force, versions, mailboxes",
        """The days of the period, those put together on which nothing changed. Mailboxes are counted; 'any' says that
        the scope is not bound to some.""",
    ),
    _table(
        "runs",
        "Every run that could have deleted something while it was in force",
        "entry, started (UTC), by, plan, stage, holds, approved by, asked, versions, captured, purged, destroyed, "
        "blocked, skipped, end, ended (UTC), kept",
        """Runs over mail have no stage. Stored records are destroyed in two stages: 'quarantine' sets them apart, and
        after some time 'destroy' takes their bytes. A run asks all holds that are in force before it starts, and again
        right before each deed. 'From its start' says that an entry written together with the run's first one names this
        hold, with the versions that it asked. 'In force, and not named' says that there is no such entry: the hold
        reached no mailbox of that run's plan, the run was cut off while it started, or it is older than such entries.
        Holds is the fingerprint of all holds that were asked. Captured, purged, destroyed and skipped are deeds in
        mailboxes that this hold had reached, or on records captured from them; blocked are those that this hold
        stopped; kept are all messages or records that it kept in that run, those among them that never came into its
        plan. A run without an end was cut off: a later one went on with its plan, or the stage goes on once it is taken
        up again. Or it is of an older ledger, whose ends tell of all mailboxes.""",
    ),
    _table(
        "blocked",
        "Every deed that it stopped",
        "entry, at (UTC), day, plan, step, mailbox, address, id, series, place, because, shown",
        """A message that was about to leave its mailbox and stayed, because this hold covered it; or, with its place in
        the record store, a record that was about to be set apart or destroyed and stayed. Where 'shown' says no, the
        entry says something of another matter too: it is left unsaid here, its place in the chain is proven, and the
        city can show it to the court alone.""",
    ),
    _table(
        "deeds",
        "Every message that did leave a mailbox it had reached, and every record from one that was destroyed",
        "entry, at (UTC), day, plan, step, result, mailbox, address, id, series, place, begun in, under way, "
        "allowed because*",
        """A hold that is bound to dates, words or people lets go what it does not cover. Captured messages are kept as
        records; purged ones were of short-term value; destroyed are stored records that had been captured from such a
        mailbox. Place is where the record lies or lay. Under way are deeds that had begun before this hold reached
        the mailbox. Why a deed was allowed is said from what the catalog knows of the message now.""",
    ),
    _table(
        "unended",
        "Deeds that were begun and whose end is not written",
        "entry, at (UTC), plan, step, action, mailbox, address, id, place",
        """A run was interrupted between its word and its deed; the next run finds out which of these were done.""",
    ),
    _table(
        "records",
        "Stored records from its mailboxes that wait to be destroyed, or were destroyed before it reached them",
        "entry, at (UTC), day, state, plan, step, mailbox, address, id, series, place",
        """A record 'in quarantine' has been set apart since this day and is not destroyed: the holds are asked again
        before it is. One 'destroyed before' was gone before this hold reached the mailbox from which it had been
        captured; whether it would have been covered, nobody can tell, for its words are gone. Who approved its plan and
        who began it stands in entries that are shown.""",
    ),
    _table(
        "gone",
        "Mail that had gone, or has gone since",
        "what*, mailbox*, address*, id*, message-id*, received (UTC)*, missed (UTC)*",
        """Messages that the hold covers, as far as the catalog ever knew them, and that are no longer in their mailbox:
        deleted by somebody else, or removed by a run before the hold was placed.""",
    ),
    _table(
        "vanished",
        "Held mail that vanished from its mailbox",
        "entry, at (UTC), day, mailbox, address, id, last seen (UTC), missed (UTC), copy, shown",
        """A held message was no longer in its mailbox, and this product did not take it out. Copy is the digest of its
        preservation copy. 'Shown' as above.""",
    ),
    _table(
        "answers",
        "Who answered for vanished mail",
        "entry, at (UTC), by, entries, reason, shown",
        """The entries named are those of the table above. 'Shown' as above.""",
    ),
    _table(
        "unreadable",
        "Mailboxes of the hold that could not be read",
        "entry, at (UTC), day, address, trouble",
        """Of every sync while it was in force: the mailboxes it had reached, or that it may reach, of which
        something could not be read.""",
    ),
    _table(
        "unread",
        "Days without a sync while it was in force",
        "from, to, days",
        """Nothing was read from the mail system on these days: what came and was deleted by its reader within them was
        never seen. The last day of the period was not over when this was made.""",
    ),
    _table(
        "doubts",
        "What nobody can say",
        "what*, detail*",
        """Days on which nobody is known to have held an office the scope names, people named of whom no mailbox is
        known, and mailboxes that cannot be read now.""",
    ),
    _table(
        "notices",
        "Notices to custodians",
        "entry, at (UTC), to, kind, answer by, digest",
        """Each notice that was written for a custodian of this hold, with the digest of its text.""",
    ),
    _table(
        "acknowledgements",
        "Acknowledgements",
        "entry, at (UTC), written by, custodian, on, how",
        """Custodians who said that they will keep what the hold covers.""",
    ),
    _table(
        "collections",
        "Preservation copies",
        "entry, at (UTC), covered, copied, had, failed",
        """Each collection of copies for this hold: covered = copied + had a copy already + failed.""",
    ),
    _table(
        "discarded",
        "Preservation copies that were destroyed",
        "entry, at (UTC), by, copies, reason, shown",
        """An office had copies destroyed that no hold needed any more; copies counts those once made for this hold.
        'Shown' as above.""",
    ),
    _table(
        "refused",
        "Acts on holds of its kind that were refused",
        "entry, at (UTC), by, why",
        """Somebody tried what is not their office's. The entry does not say on which hold.""",
    ),
    _table(
        "torn",
        "Lines that were cut off",
        "entry, at (UTC), digest of the line",
        """A crash cut off an entry while it was being written; the entry after it says so. Nothing rests on such a
        line.""",
    ),
    _table(
        "proofs",
        "Earlier proofs of this hold",
        "entry, at (UTC), by, manifest",
        """Packets that were written before this one. Manifest is the SHA-256 of a packet's manifest.sha256.""",
    ),
    _table(
        "daily",
        "Day by day",
        "day, in force, versions, mailboxes, runs, asked, blocked, left, syncs, mailboxes read, unreadable, vanished",
        """Every day of the period in the city's time zone, as it stood at the end of that day. Runs are those that
        started on it and asked are those of them that had this hold to ask; blocked, left and vanished count messages
        and records; mailboxes read are those of its largest sync.""",
    ),
    _table(
        "signatures",
        "Signatures, and how to check them by hand",
        "entry, by, act, command",
        """Signed acts. The command is typed in the folder of this packet, in a shell; it is OpenSSH's own tool.""",
    ),
)
