"""What of a city's settings is no key, has the wrong type, or cannot be right all the same.

Nothing is opened or asked here.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Struct

from retention.core.access import ANYBODY, CURRENT, FORMER
from retention.core.authority import DEFAULT_ACTS
from retention.core.city.running import REFERENCE, running_problems
from retention.core.city.sections import (
    EXCHANGE_VERSIONS,
    ONLINE,
    SIGN_INS,
    Access,
    Audit,
    Limits,
    Mail,
    Named,
    Notices,
    Notify,
    Place,
    Run,
    Store,
)
from retention.core.city.settings import City, share
from retention.core.message import Removal

MAIL_SYSTEMS = ("graph", "exchange", "files", "simulator")
VOICES = ("graph", "ews")
STORES = ("disk", "object")
REFUSABLE = ("home", "desktop", "removable", "pst")
CLOUDS = ("global", "gcc-high", "dod", "china")
IDENTITIES = ("account", "ssh")


def parse(data: dict[str, Any]) -> tuple[City | None, tuple[str, ...]]:
    """The city these settings describe, or ``None`` and every problem found, one sentence each."""
    problems = [*_unknown_keys(data)]
    if problems:
        return None, tuple(problems)
    try:
        city = msgspec.convert(data, City)
    except msgspec.ValidationError as error:
        return None, (_humane(error),)
    problems = [*_problems(city)]
    return (None if problems else city), tuple(problems)


def _unknown_keys(data: Mapping[str, Any]) -> Iterator[str]:
    sections: dict[str, type[Struct]] = {
        "city": Place,
        "mail": Mail,
        "store": Store,
        "limits": Limits,
        "access": Access,
        "notices": Notices,
        "audit": Audit,
        "run": Run,
        "notify": Notify,
    }
    yield from _unknown("", data, City.__struct_fields__)
    for section, struct in sections.items():
        if isinstance(data.get(section), dict):
            yield from _unknown(f"{section}.", data[section], struct.__struct_fields__)
    if isinstance(data.get("people"), dict):
        for address, named in data["people"].items():
            if isinstance(named, dict):
                yield from _unknown(f"people.{address}.", named, Named.__struct_fields__)
    if isinstance(data.get("acts"), dict):
        yield from _unknown("acts.", data["acts"], tuple(DEFAULT_ACTS))


def _unknown(prefix: str, given: Mapping[str, Any], known: tuple[str, ...]) -> Iterator[str]:
    for key in given:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
            hint = f"did you mean '{prefix}{near[0]}'?" if near else f"known here: {', '.join(known)}."
            yield f"'{prefix}{key}' is not a key; {hint}"


def _humane(error: msgspec.ValidationError) -> str:
    text, _, path = str(error).partition(" - at `$")
    path = path.rstrip("`").lstrip(".")
    missing = re.search(r"missing required field `(\w+)`", text)
    if missing:
        return f"'{'.'.join(filter(None, [path, missing[1]]))}' is missing."
    if "enum value" in text and path == "mail.removal":
        return f"'{path}': {text[0].lower()}{text[1:]}; one of {', '.join(Removal)} was expected."
    return f"'{path}': {text[0].lower()}{text[1:]}."


def _problems(city: City) -> Iterator[str]:
    """Every value that has the right type and cannot be right all the same."""
    yield from _one_of("mail.system", city.mail.system, MAIL_SYSTEMS)
    yield from _one_of("mail.cloud", city.mail.cloud, CLOUDS)
    yield from _one_of("store.system", city.store.system, STORES)
    yield from _one_of("city.identity", city.city.identity, IDENTITIES)
    try:
        ZoneInfo(city.city.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield f"'city.time_zone': '{city.city.time_zone}' is no time zone; write one such as 'America/Chicago'."
    if not re.fullmatch(r"(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])", city.city.fiscal_year_starts):
        yield "'city.fiscal_year_starts': write month and day, such as '07-01'."
    for key in ("plan_valid_for", "release_grace", "leave_for", "posting", "quarantine"):
        if not re.fullmatch(r"\d{1,4} days?", getattr(city.limits, key)):
            yield f"'limits.{key}': write whole days, such as '30 days'."
    if city.limits.release_grace.startswith("0"):
        yield "'limits.release_grace': a released hold holds on for at least '1 day'."
    if city.limits.quarantine.startswith("0"):
        yield "'limits.quarantine': what is to be destroyed can be had back for at least '1 day'."
    if city.city.backups_expire and not re.fullmatch(r"[1-9]\d{0,3} days?", city.city.backups_expire):
        yield "'city.backups_expire': write whole days, such as '90 days'."
    for domain in city.city.domains:
        if not re.fullmatch(r"[\w-]+(\.[\w-]+)+", domain):
            yield f"'city.domains': '{domain}' is no domain; write such as 'rosemount.example', without an @."
    yield from _limit_problems(city.limits)
    if city.mail.requests_in_flight < 1:
        yield "'mail.requests_in_flight' must be at least 1."
    yield from running_problems(city)
    yield from _mail_problems(city.mail)
    yield from _store_problems(city.store)
    yield from _access_problems(city)
    yield from _audit_problems(city.audit)
    yield from _people_problems(city)


def _limit_problems(limits: Limits) -> Iterator[str]:
    for key in ("largest_share", "largest_run_share", "largest_series_share"):
        text = getattr(limits, key)
        if not text and key != "largest_share":
            continue
        if not re.fullmatch(r"\d{1,3}(\.\d+)? ?%", text):
            yield f"'limits.{key}': write a share, such as '5 %'."
        elif share(text) > 1:
            yield f"'limits.{key}': nothing can take more than '100 %'."
    if limits.largest_purge < 1:
        yield "'limits.largest_purge' must be at least 1."
    for key in ("largest_mailbox", "largest_series"):
        if getattr(limits, key) < 0:
            yield f"'limits.{key}' must be at least 1; leave it out where it sets no limit."
    for key in ("mailbox_quota", "largest_attachment"):
        if not re.fullmatch(r"([1-9]\d{0,5} (kB|MB|GB|TB))?", getattr(limits, key)):
            yield f"'limits.{key}': write a size, such as '50 GB'."


def _mail_problems(mail: Mail) -> Iterator[str]:
    if mail.secret and not REFERENCE.fullmatch(mail.secret):
        yield "'mail.secret': a secret is never written here; write 'env:NAME' or 'keyring:SERVICE/USER'."
    if not re.fullmatch(r"[1-9]\d{0,3} days?", mail.recoverable_for):
        yield "'mail.recoverable_for': write whole days, such as '14 days'."
    if mail.system == "graph":
        for key in ("tenant", "client"):
            if not getattr(mail, key):
                yield f"'mail.{key}' is missing: the app registration's {key} id."
        if not (mail.secret or mail.certificate):
            yield "'mail.secret' or 'mail.certificate' is missing: how to sign in."
    if mail.system == "exchange":
        yield from _exchange_problems(mail)
    yield from _one_of("mail.voice", mail.voice, VOICES)
    if mail.system == "simulator" and not mail.graph_url:
        yield "'mail.graph_url' is missing: the address `retention simulator serve` prints."
    elif mail.system == "simulator" and not re.match(
        r"https://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?/?$", mail.graph_url
    ):
        yield "'mail.graph_url': the simulator is on this very machine; write https://localhost:8443."
    if mail.removal is Removal.PERMANENT and mail.cloud != "global":
        yield f"'mail.removal': the cloud '{mail.cloud}' has no permanentDelete; write 'recoverable'."


def _exchange_problems(mail: Mail) -> Iterator[str]:
    """What an Exchange Server must be told; nothing of it is guessed, because a guess would send the password about."""
    yield from _one_of("mail.sign_in", mail.sign_in, SIGN_INS)
    if mail.version not in EXCHANGE_VERSIONS:
        yield f"'mail.version': write which Exchange Server it is, one of {', '.join(EXCHANGE_VERSIONS)}."
    server = re.fullmatch(r"https://([\w.-]+|\[[0-9a-f:]+\])(:\d+)?/\S+", mail.server)
    if not server:
        yield (
            "'mail.server': write the address of its web services, with https, because a password goes there: "
            "https://mail.city.example/EWS/Exchange.asmx."
        )
    elif ONLINE.search(server[1].lower()):
        yield (
            "'mail.server': Exchange Online has switched Exchange Web Services off; read it through Microsoft Graph: "
            'write system = "graph".'
        )
    needed = ("tenant", "client") if mail.sign_in == "oauth" else ("user", "secret")
    for key in needed:
        if not getattr(mail, key):
            yield f"'mail.{key}' is missing: how the service account signs in ({mail.sign_in})."
    if mail.sign_in == "oauth" and not (mail.secret or mail.certificate):
        yield "'mail.secret' or 'mail.certificate' is missing: how to sign in."
    if not mail.user.isprintable():
        yield "'mail.user': in TOML a backslash is written twice, such as \"CITY\\\\svc-retention\"."


def _store_problems(store: Store) -> Iterator[str]:
    for kind in store.refuse:
        yield from _one_of("store.refuse", kind, REFUSABLE)
    for key in ("key", "secret"):
        if getattr(store, key) and not REFERENCE.fullmatch(getattr(store, key)):
            yield f"'store.{key}': a secret is never written here; write 'env:NAME' or 'keyring:SERVICE/USER'."
    if store.system == "disk":
        for key in ("url", "endpoint", "region", "account", "key", "secret"):
            if getattr(store, key):
                yield f"'store.{key}' is of object storage; write 'store.system = \"object\"', or leave it out."
    elif store.system == "object":
        yield from _object_problems(store)


def _object_problems(store: Store) -> Iterator[str]:
    service, bucket = re.fullmatch(r"(s3|az)://[a-z0-9][a-z0-9.-]*(/[\w.-]+)*/?", store.url), "a bucket or container"
    if not service:
        yield f"'store.url': write {bucket}, such as 's3://bucket/records' or 'az://container/records'."
    if store.endpoint and not re.match(r"https://[^/@]+|http://(localhost|127\.0\.0\.1|\[::1\])[:/]", store.endpoint):
        yield "'store.endpoint': write an address that begins with https://; records never travel unencrypted."
    if service and service[1] == "s3":
        if not store.region:
            yield "'store.region' is missing: where the bucket is, such as 'us-west-2'."
        if bool(store.key) != bool(store.secret):
            yield "'store.key' and 'store.secret' belong together; leave both out to use the machine's own role."
        if store.account:
            yield "'store.account' is of Azure; an S3 service has 'store.key'."
    elif service:
        if not store.account:
            yield "'store.account' is missing: the name of the storage account."
        if not store.secret:
            yield "'store.secret' is missing: where the account's key or a shared access signature is ('env:NAME')."
        for key in ("key", "region"):
            if getattr(store, key):
                yield f"'store.{key}' is of S3; an Azure account has 'store.account' and 'store.secret'."


def _access_problems(city: City) -> Iterator[str]:
    for key, text in (("access.longest", city.access.longest), ("notices.answer_within", city.notices.answer_within)):
        if not re.fullmatch(r"[1-9]\d{0,3} days?", text):
            yield f"'{key}': write whole days, such as '7 days'."
    yield from _grant_problems(city)
    names = [notice.name for notice in city.notices.staff]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"'notices.staff': '{name}' is there twice; each notice has one current version."
    for key, name in (("agreement", city.access.agreement), ("notice", city.access.notice)):
        if name and name not in names:
            yield f"'access.{key}': there is no notice '{name}' under [[notices.staff]]."


def _audit_problems(audit: Audit) -> Iterator[str]:
    for address in audit.publish_to:
        if not re.fullmatch(r"[^\s@,;<>\"]+@[\w-]+(\.[\w-]+)+", address):
            yield f"'audit.publish_to': '{address}' is no address."
    if audit.timestamp_url and not re.match(r"https?://[^\s/]+", audit.timestamp_url):
        yield "'audit.timestamp_url': write the address of the service, such as 'https://timestamp.example/tsr'."
    if bool(audit.timestamp_url) != bool(audit.timestamp_certificates):
        yield "'audit.timestamp_url' and 'audit.timestamp_certificates': neither is of use without the other."


def _grant_problems(city: City) -> Iterator[str]:
    """An office misspelt here would let nobody in, or leave the mail it is about to another rule."""
    offices = tuple(city.offices)
    for grant in city.access.grants:
        yield from _one_of("access.grants", grant.of, (CURRENT, FORMER, ANYBODY, *offices))
        if not grant.by:
            yield f"'access.grants': nobody is named who may grant access to '{grant.of}'."
        for office in grant.by:
            if office not in offices:
                yield f"'access.grants': '{office}' is no office under [offices]; nobody could grant anything."
    whose = [grant.of for grant in city.access.grants]
    for of in sorted({of for of in whose if whose.count(of) > 1}):
        yield f"'access.grants': '{of}' is there twice; name all who may grant access to it in one."


def _people_problems(city: City) -> Iterator[str]:
    spellings = [address.lower() for address in city.people]
    for address in sorted({a for a in spellings if spellings.count(a) > 1}):
        yield f"'people.{address}' is listed twice, in other capitals; one person is listed once."
    known = set(spellings)
    for office, terms in city.roll.offices.items():
        for term in terms:
            if term.of not in known:
                yield f"'offices.{office}': {term.of or 'nobody'} is not listed under [people]."
            if (term.from_on or date.min) > (term.to_on or date.max):
                yield f"'offices.{office}': {term.of} leaves on {term.to_on}, before the first day, {term.from_on}."
    for person in city.roll.people:
        for term in person.departments:
            if not term.of:
                yield f"'people.{person.address}.departments': a department has no name."
            if (term.from_on or date.min) > (term.to_on or date.max):
                yield f"'people.{person.address}.departments': {term.of} ends on {term.to_on}, before it begins."
    accounts = [named.account for named in city.people.values() if named.account]
    for account in sorted({a for a in accounts if accounts.count(a) > 1}):
        yield f"'people': two people have the account '{account}'; each needs their own."


def _one_of(key: str, value: str, allowed: tuple[str, ...]) -> Iterator[str]:
    if value not in allowed:
        near = difflib.get_close_matches(value, allowed, n=1)
        said = f"'{key}' is missing" if not value else f"'{key}': '{value}' is not known"
        yield f"{said}; " + (f"did you mean '{near[0]}'?" if near else f"one of {', '.join(allowed)}.")
