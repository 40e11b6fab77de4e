"""A certificate says what the ledger says of one run, and its figures add up however the run went."""

from __future__ import annotations

from hashlib import sha256

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.core.account import Account
from retention.core.audit import Approved, Stored
from retention.core.certificate import Certificate, Unfinished, certificate, encoded
from retention.core.destruction import Certified, RecordRestored
from tests.core.destroying import ANA, KIM, PAT, PLAN, Telling, place, stone


def account(told: Telling, run: int, plan: str = PLAN) -> Account:
    found = Account(plan, run)
    for entry in told.entries:
        found.add(entry)
    return found


def one_run(records: int = 3) -> tuple[Telling, int]:
    """All of a plan's records went into quarantine, and one of them was held at the last moment."""
    told = Telling()
    consent = told.approved(records)
    told.quarantine(*range(1, records + 1))
    told.end("quarantine")
    run = told.start("destroy", records)
    told.copies(*range(1, records + 1), mailboxes={KIM: (0,)}, recipients={"elsewhere.example": (0, 1)}, senders=(2,))
    told.destroy(1, 2, consents=(consent,))
    told.destroy(3, result="held", answer="Held by 'elm' (Elm Street) because its subject says 'elm'.", holds=("elm",))
    told.end("destroy")
    return told, run


def test_it_says_what_went_by_whom_and_by_whose_consent() -> None:
    told, run = one_run()
    made = certificate(account(told, run))
    assert (made.city, made.plan, made.run, made.by, made.made_by) == ("San José", PLAN, run, PAT, ANA)
    assert (made.planned, made.records, made.earlier, len(made.stayed)) == (3, 2, 0, 1)
    assert made.size == 1001 + 1002 == made.series[0].size
    assert [one.tombstone for one in made.gone] == [stone(1), stone(2)]
    assert [(one.by, one.entry) for one in made.approvals] == [(KIM, 2)]
    assert [(one.reference, one.records, one.document) for one in made.consents] == [("Res. 4", 2, "e" * 64)]
    assert made.series[0].years == {"2020": 2}
    # In the city's zone the first of them came on the evening before.
    assert str(made.series[0].first_on) == "2020-05-01"
    assert "overwritten is not claimed" in made.method and "brings these records back" in made.final


def test_why_a_hold_kept_a_record_is_not_said_beyond_its_name() -> None:
    told, run = one_run()
    made = certificate(account(told, run))
    assert [(one.step, one.state, one.why) for one in made.stayed] == [(3, "held", "elm")]
    assert b"Elm Street" not in encoded(made) and b"subject" not in encoded(made)


def test_copies_are_counted_for_what_went_and_not_for_what_stayed() -> None:
    told, run = one_run()
    made = certificate(account(told, run))
    assert [(one.what, one.where, one.records) for one in made.elsewhere] == [
        ("The same message in another mailbox", KIM, 1),
        ("Copies of recipients outside the city", "elsewhere.example", 2),
    ]
    assert made.backups.startswith("Not known: nobody has said when the city's backups expire.")


def test_backups_expire_so_many_days_after_the_run_ended() -> None:
    told = Telling()
    told.approved(1)
    told.quarantine(1)
    run = told.start("destroy", 1)
    told.copies(1, backups="90 days")
    told.destroy(1)
    told.end("destroy")
    assert "from 2027-03-22 on" in certificate(account(told, run)).backups


def test_a_record_for_which_nobody_looked_around_is_a_doubt() -> None:
    told = Telling()
    told.approved(2)
    told.quarantine(1, 2)
    run = told.start("destroy", 2)
    told.copies(1, nameless=(0,), unread=(KIM,))
    told.destroy(1, 2)
    told.end("destroy")
    assert certificate(account(told, run)).doubts == (
        "Messages without a Message-ID, of which copies could not be looked for: 1.",
        f"These mailboxes could not be read to their end, and may have copies: {KIM}.",
        "Records of which nobody had looked for copies elsewhere: 1.",
    )


def test_every_run_of_a_plan_has_a_certificate_of_its_own_and_later_ones_change_nothing() -> None:
    told, first = one_run()
    before = encoded(certificate(account(told, first)))
    told.tell(Approved(plan=PLAN, steps=3), by=KIM)
    second = told.start("destroy", 1)
    told.copies(3)
    told.destroy(3)
    told.end("destroy")
    told.tell(Certified(plan=PLAN, run=first, records=2, digest="c" * 64))
    assert encoded(certificate(account(told, first))) == before
    later = certificate(account(told, second))
    assert (later.planned, later.earlier, later.records, later.stayed) == (3, 2, 1, ())
    assert account(told, first).certified is not None and account(told, second).certified is None


def test_what_was_restored_or_captured_again_stayed() -> None:
    told = Telling()
    told.approved(4)
    told.quarantine(1, 2, 3)
    told.quarantine(4, result="skipped", answer="it is not known, and was to be kept")
    told.end("quarantine")
    told.tell(RecordRestored(places=(place(1),), reason="asked for"))
    told.tell(Stored(plan="another", step=1, digest="d" * 64, place=place(2), sidecar="s" * 64))
    run = told.start("destroy", 1)
    told.destroy(3)
    told.end("destroy")
    made = certificate(account(told, run))
    assert [(one.step, one.state) for one in made.stayed] == [
        (1, "taken out of quarantine"),
        (2, "captured again"),
        (4, "skipped"),
    ]


@pytest.mark.parametrize("what", ["not there", "not ended", "first stage"])
def test_there_is_nothing_to_certify_before_the_end(what: str) -> None:
    told = Telling()
    told.approved(1)
    told.quarantine(1)
    run = told.start("destroy", 1)
    told.destroy(1)
    wanted = {"not there": 99, "not ended": run, "first stage": 3}[what]
    with pytest.raises(Unfinished):
        certificate(account(told, wanted))


FATES = st.sampled_from(["destroyed", "held", "skipped", "waits", "held before", "restored", "open", "later"])


@given(st.lists(FATES, min_size=1, max_size=12))
def test_figures_add_up_whatever_became_of_the_records(fates: list[str]) -> None:
    told = Telling()
    told.approved(len(fates))
    steps = dict(enumerate(fates, 1))
    for step, fate in steps.items():
        told.quarantine(step, result="held" if fate == "held before" else "quarantined")
    for step, fate in steps.items():
        if fate == "restored":
            told.tell(RecordRestored(places=(place(step),), reason="asked for"))
    run = told.start("destroy", len(fates))
    for step, fate in steps.items():
        if fate in ("destroyed", "held", "skipped"):
            told.destroy(step, result=fate)
        elif fate == "open":
            told.begin(step)
    told.end("destroy")
    later = told.start("destroy", len(fates))
    told.destroy(*(step for step, fate in steps.items() if fate == "later"))
    told.end("destroy")
    for made in (certificate(account(told, run)), certificate(account(told, later))):
        assert made.planned == made.records + made.earlier + len(made.stayed) == len(fates)
        assert made.records == len(made.gone) == sum(one.records for one in made.series)
        assert made.size == sum(one.tombstone.size for one in made.gone) == sum(one.size for one in made.series)
        assert msgspec.json.decode(encoded(made), type=Certificate) == made
    assert certificate(account(told, later)).earlier == fates.count("destroyed")


def test_what_was_certified_by_an_earlier_version_can_be_made_again_to_the_byte() -> None:
    """The ledger has the digest of the JSON. Where this fails, keep the old words and fields, and add a new format."""
    told, run = one_run()
    digest = "8e7045a699691578fb32c01ea453397b7377d1240264b6870c82b5dc3805460e"
    assert sha256(encoded(certificate(account(told, run)))).hexdigest() == digest
