"""Timestamps of RFC 3161: asked of a service, and checked against the certificates that the city trusts.

What is stamped, and when, is not known here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from retention.errors import BadConfiguration, TimestampMissing

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from rfc3161_client import TimeStampResponse, VerifierBuilder

WAIT = 30.0
"""Seconds for one answer of the service."""
LONGEST = 1 << 20
"""Bytes of an answer; one is of a few thousand."""
ASKED, ANSWERED = "application/timestamp-query", "application/timestamp-reply"


@dataclass(frozen=True)
class Stamp:
    """A timestamp that holds: the service's whole answer, the instant it attests, and whose certificate signed it."""

    token: bytes
    at: datetime
    by: str


class Stamper:
    """Asks one service for timestamps, and checks those of anybody whose certificate rests on these.

    ``certificates`` is a PEM file: roots, and whatever intermediate ones a service leaves out.
    """

    def __init__(self, url: str, certificates: Path) -> None:
        self.url = url
        self.certificates = certificates

    def ask(self, data: bytes) -> Stamp:
        """A timestamp of this data, checked. Raises ``TimestampMissing`` or ``BadConfiguration``."""
        from rfc3161_client import HashAlgorithm, TimestampRequestBuilder, VerifierBuilder

        trusted = self._trusted()
        request = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256).build()
        token = self._answer(request.as_bytes())
        return self._held(token, data, VerifierBuilder.from_request(request), trusted)

    def check(self, token: bytes, data: bytes) -> Stamp:
        """The timestamp of this data. Raises ``TimestampMissing`` where it does not hold, or is not of this data."""
        from rfc3161_client import VerifierBuilder

        return self._held(token, data, VerifierBuilder(), self._trusted())

    def _answer(self, request: bytes) -> bytes:
        import urllib3

        headers = {"Content-Type": ASKED, "Accept": ANSWERED}
        try:
            with (
                urllib3.PoolManager(timeout=urllib3.Timeout(total=WAIT), retries=False) as pool,
                pool.request("POST", self.url, body=request, headers=headers, preload_content=False) as answer,
            ):
                data = answer.read(LONGEST + 1)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise self._missing(f"cannot be asked: {error}") from error
        if answer.status != 200 or len(data) > LONGEST:
            raise self._missing(f"answered with status {answer.status} and {len(data)} bytes")
        return data

    def _held(self, token: bytes, data: bytes, verifier: VerifierBuilder, trusted: list[Certificate]) -> Stamp:
        from rfc3161_client import VerificationError

        for certificate in trusted:
            is_root = certificate.issuer == certificate.subject
            add = verifier.add_root_certificate if is_root else verifier.add_intermediate_certificate
            verifier = add(certificate)
        try:
            answer = _decoded(token)
            verifier.build().verify_message(answer, data)
            return Stamp(token, answer.tst_info.gen_time.astimezone(UTC), _signer(answer))
        except (VerificationError, ValueError) as error:
            raise self._missing(f"gave a timestamp that does not hold: {error}") from error

    def _trusted(self) -> list[Certificate]:
        from cryptography.x509 import load_pem_x509_certificates

        try:
            found = load_pem_x509_certificates(self.certificates.read_bytes())
        except (OSError, ValueError) as error:
            raise BadConfiguration(
                f"The certificates in {self.certificates} cannot be read: {error}.",
                "Correct 'audit.timestamp_certificates'; the timestamp service publishes its certificates.",
            ) from error
        if not any(certificate.issuer == certificate.subject for certificate in found):
            raise BadConfiguration(
                f"There is no root certificate in {self.certificates}.",
                "Put the one on which the timestamp service's own rests into it.",
            )
        return found

    def _missing(self, why: str) -> TimestampMissing:
        whose = f"The timestamp service {self.url}" if self.url else "The timestamp service"
        return TimestampMissing(f"{whose} {_one_line(why)}.", "Try again later, or leave --timestamp out.")


def _decoded(token: bytes) -> TimeStampResponse:
    from rfc3161_client import PKIStatus, decode_timestamp_response

    answer = decode_timestamp_response(token)
    if answer.status not in (PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS):
        said = "; ".join(answer.status_string) or f"status {answer.status}"
        raise ValueError(f"the service refused it ({said})")
    return answer


def _signer(answer: TimeStampResponse) -> str:
    """Whose certificate signed the token, by its subject."""
    from cryptography.x509 import load_der_x509_certificate

    named = next(iter(answer.signed_data.signer_infos))
    certificates = map(load_der_x509_certificate, answer.signed_data.certificates)
    found = (one for one in certificates if (one.issuer, one.serial_number) == (named.issuer, named.serial_number))
    return next((one.subject.rfc4514_string() for one in found), "")


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).rstrip(".")
