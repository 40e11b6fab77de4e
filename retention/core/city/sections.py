"""The sections of ``retention.toml`` as a city writes them.

What of it cannot be right is found next door; reading the file, secrets and the system's user are not known here.
"""

from __future__ import annotations

import re
from datetime import date

from msgspec import Struct

from retention.core.message import Removal
from retention.core.person import Term

EXCHANGE_VERSIONS = ("2016", "2019", "SE")
SIGN_INS = ("ntlm", "basic", "oauth")
ONLINE = re.compile(r"(^|\.)(office365\.(com|us|cn)|outlook\.com|partner\.outlook\.cn)$")
"""Hosts of Exchange Online, in every cloud."""


class Mail(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The ``[mail]`` section. ``secret`` is a reference (``env:NAME`` or ``keyring:SERVICE/USER``), never a secret.

    ``recoverable_for`` is how long the mail system keeps what was removed, which the system itself does not tell:
    Exchange Online 14 days, and up to 30 where its administrator has said so (``Set-Mailbox -RetainDeletedItemsFor``).

    ``server``, ``version``, ``sign_in`` and ``user`` are of Exchange Server: the address of its web services, which
    version it is, how the service account signs in, and its name. ``voice`` says in which of the two the simulator is
    spoken to. What begins with ``removal_`` is the credential by which alone mail is removed and put back; where none
    is given it is the one that reads. ``out_of_scope`` is the address of a mailbox that the server must refuse to open.
    """

    system: str
    tenant: str = ""
    client: str = ""
    secret: str = ""
    certificate: str = ""
    thumbprint: str = ""
    cloud: str = "global"
    removal: Removal = Removal.RECOVERABLE
    recoverable_for: str = "14 days"
    requests_in_flight: int = 16
    mailboxes: tuple[str, ...] = ()
    graph_url: str = ""
    authority_url: str = ""
    ca_file: str = ""
    server: str = ""
    version: str = ""
    sign_in: str = ""
    user: str = ""
    voice: str = "graph"
    removal_client: str = ""
    removal_user: str = ""
    removal_secret: str = ""
    removal_certificate: str = ""
    removal_thumbprint: str = ""
    out_of_scope: str = ""


class Store(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The ``[store]`` section. ``refuse`` are the kinds of place where it must not lie; a city's policy may allow one.

    ``url`` and what follows are of object storage; ``key`` and ``secret`` are only ever references to where they are.
    """

    system: str = "disk"
    path: str = "records"
    refuse: tuple[str, ...] = ("home", "desktop", "removable", "pst")
    url: str = ""
    endpoint: str = ""
    region: str = ""
    account: str = ""
    key: str = ""
    secret: str = ""


class Limits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The ``[limits]`` section as written; ``Rules`` has it in numbers. What is 0 or empty sets no limit of its own."""

    largest_purge: int = 5000
    largest_share: str = "5 %"
    largest_run_share: str = ""
    largest_mailbox: int = 0
    largest_series: int = 0
    largest_series_share: str = ""
    plan_valid_for: str = "7 days"
    release_grace: str = "30 days"
    leave_for: str = "30 days"
    posting: str = "0 days"
    quarantine: str = "30 days"
    mailbox_quota: str = ""
    largest_attachment: str = ""


class Grant(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may grant access to whose content: ``of`` is an office, ``current`` or ``former`` staff, or ``anybody``."""

    of: str
    by: tuple[str, ...]


class Access(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The ``[access]`` section: who may let somebody read content, and under which conditions.

    A grant is never longer than ``longest``. ``agreement`` is the staff notice that the reader must have signed before,
    where they belong to one of the departments ``agreement_of`` (none named: whoever they are); ``notice`` is the one
    that the custodian must have been given. What is not written is the strictest: the City Manager, the Mayor for the
    City Manager's own mail, for seven days.
    """

    longest: str = "7 days"
    grants: tuple[Grant, ...] = ()
    agreement: str = ""
    agreement_of: tuple[str, ...] = ()
    notice: str = ""


class StaffNotice(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A notice or policy that staff are given: its current version, from when, and whose departments it is for.

    ``signed`` says that being given it is not enough. No department named: it is for everybody.
    """

    name: str
    version: str
    since: date
    title: str = ""
    signed: bool = True
    departments: tuple[str, ...] = ()


class Notices(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The ``[notices]`` section. ``hold`` is the file of the city's own text for custodians; empty: the shipped one."""

    hold: str = ""
    answer_within: str = "14 days"
    staff: tuple[StaffNotice, ...] = ()


class Audit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The ``[audit]`` section: who is told the ledger's head, and which service stamps its time (RFC 3161).

    ``timestamp_certificates`` is the file of the certificates that the service's own must rest on.
    """

    publish_to: tuple[str, ...] = ()
    timestamp_url: str = ""
    timestamp_certificates: str = ""


class Run(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The ``[run]`` section: what ``retention run`` leaves behind it beside the ledger. All of it is off where empty.

    ``late_after``: how old the last good run may be. ``metrics`` is a text file for Prometheus, ``log`` a file of JSON
    lines, ``syslog`` the local socket (``/dev/log``) or ``HOST:PORT``. None of them ever says what a mail says.
    """

    late_after: str = "26 hours"
    metrics: str = ""
    log: str = ""
    syslog: str = ""


class Notify(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The ``[notify]`` section: who is told when something is wrong. Off where empty.

    ``drafts`` is a folder for e-mail drafts to ``to``; ``webhook`` says where the address of one is kept
    (``env:NAME`` or ``keyring:SERVICE/USER``), because whoever has it can speak in the city's name.
    """

    drafts: str = ""
    to: tuple[str, ...] = ()
    webhook: str = ""


class Rules(Struct, frozen=True, kw_only=True):
    """What decisions and plans are bound by. Days are whole days; ``largest_share`` is a fraction of a mailbox.

    The other limits are ``None`` where the city has set none: ``largest_run_share`` is a fraction of all messages,
    ``largest_series_share`` of those of a series.

    ``leave_for``: no message younger than this many days leaves a mailbox, so that nobody's mail vanishes from
    under their hands. ``posting``: a schedule takes effect this many days after it was posted, at the earliest.
    ``quarantine``: a record that is to be destroyed can be had back for this many days.
    """

    largest_purge: int
    largest_share: float
    plan_valid_for: int
    release_grace: int
    leave_for: int
    posting: int = 0
    quarantine: int = 30
    largest_run_share: float | None = None
    largest_mailbox: int | None = None
    largest_series: int | None = None
    largest_series_share: float | None = None
    fiscal_year_starts: tuple[int, int]
    time_zone: str


class Place(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The ``[city]`` section.

    ``identity`` says by what the city knows who acts: the system's ``account``, or a signature with an ``ssh`` key that
    the file ``signers`` allows. ``seal_to`` are the public keys of those who can open a sealed matter.
    ``backups_expire``: after how many days the city's backups no longer hold what was destroyed; empty: nobody said.
    """

    name: str
    time_zone: str
    fiscal_year_starts: str = "01-01"
    domains: tuple[str, ...] = ()
    schedules: tuple[str, ...] = ()
    catalog: str = "retention.db"
    ledger: str = "ledger.jsonl"
    identity: str = "account"
    signers: str = "allowed_signers"
    seal_to: tuple[str, ...] = ()
    backups_expire: str = ""


class During(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_on": "from", "to_on": "to"}):
    """A department of a person, or the person in an office, from a day to a day, both included."""

    department: str = ""
    person: str = ""
    from_on: date | None = None
    to_on: date | None = None

    def term(self) -> Term:
        return Term(of=self.department or self.person.lower(), from_on=self.from_on, to_on=self.to_on)


class Named(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of ``[people]``. ``service``: it is no person but the account of what runs by itself."""

    name: str = ""
    account: str = ""
    service: bool = False
    departments: tuple[str | During, ...] = ()
