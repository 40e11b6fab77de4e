"""Whether a request may come in: Basic, a bearer token, or NTLM, each with the simulator's own fixed values.

Whom the service account may act for is not decided here.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
import struct

from starlette.datastructures import Headers

from retention.simulator.applications import Holder
from retention.simulator.signin import EXCHANGE_USER, SignIn

OFFERED = ("NTLM", 'Basic realm="simulator"', "Bearer")
NT_HASH = bytes.fromhex("5a075a4d899359d7f355f9715e425b62")
"""The MD4 of the rehearsal secret: [MS-NLMP] asks for it, and Python's hashlib has no MD4 any more."""
SIGNATURE = b"NTLMSSP\0"
FLAGS = 0x00000001 | 0x00000004 | 0x00000200 | 0x00008000 | 0x00010000 | 0x00080000 | 0x00800000 | 0x20000000
"""Unicode, a target, NTLM, always signed, the target is a domain, version 2 session security, target info, 128 bit."""
CHALLENGE_AT = 48

Connection = dict[str, object]
"""What is remembered of one connection: NTLM signs in the connection and not the request."""


def challenges(headers: Headers, connection: Connection, sign_in: SignIn) -> tuple[str, ...]:
    """What a request that may not come in is told to answer; empty for one that may."""
    scheme, _, told = headers.get("authorization", "").partition(" ")
    match scheme.lower():
        case "bearer":
            return OFFERED if sign_in.trouble(told.strip()) else ()
        case "basic":
            return () if _account(told.strip(), sign_in) else OFFERED
        case "ntlm" | "negotiate":
            return _ntlm(_decoded(told), connection)
    return () if connection.get("signed in") else OFFERED


def bearer(headers: Headers) -> str:
    """The token that was shown, or an empty text."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def holder(headers: Headers, sign_in: SignIn) -> Holder:
    """Who asks: by NTLM it is the fixed service account."""
    scheme, _, told = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return sign_in.holder(told.strip())
    named = _account(told.strip(), sign_in) if scheme.lower() == "basic" else None
    return named or sign_in.accounts[EXCHANGE_USER.lower()]


def _account(told: str, sign_in: SignIn) -> Holder | None:
    """The account that a Basic header names, with its domain or without, and proves with its secret."""
    try:
        user, _, word = _decoded(told).decode().partition(":")
    except UnicodeDecodeError:
        return None
    known = (each for name, each in sign_in.accounts.items() if user.lower() in (name, name.partition("\\")[2]))
    return next((each for each in known if secrets.compare_digest(word.encode(), each.secret.encode())), None)


def _decoded(told: str) -> bytes:
    try:
        return base64.b64decode(told.strip(), validate=True)
    except binascii.Error:
        return b""


def _ntlm(told: bytes, connection: Connection) -> tuple[str, ...]:
    kind = int.from_bytes(told[8:12], "little") if told.startswith(SIGNATURE) else 0
    if kind == 1:
        connection["challenge"] = challenge = secrets.token_bytes(8)
        return (f"NTLM {base64.b64encode(_challenge_message(challenge)).decode()}",)
    asked = connection.pop("challenge", None)
    if kind == 3 and isinstance(asked, bytes) and _proves(told, asked):
        connection["signed in"] = True
        return ()
    return OFFERED


def _challenge_message(challenge: bytes) -> bytes:
    """CHALLENGE_MESSAGE of [MS-NLMP] 2.2.1.2, with no more target information than has to be."""
    domain = EXCHANGE_USER.partition("\\")[0].encode("utf-16-le")
    pairs = b"".join(struct.pack("<HH", kind, len(domain)) + domain for kind in (1, 2)) + bytes(4)
    name = struct.pack("<HHI", len(domain), len(domain), CHALLENGE_AT)
    info = struct.pack("<HHI", len(pairs), len(pairs), CHALLENGE_AT + len(domain))
    return (
        SIGNATURE
        + struct.pack("<I", 2)
        + name
        + struct.pack("<I", FLAGS)
        + challenge
        + bytes(8)
        + info
        + domain
        + pairs
    )


def _proves(told: bytes, challenge: bytes) -> bool:
    """Whether an AUTHENTICATE_MESSAGE was made with the secret, for this challenge ([MS-NLMP] 3.3.2)."""
    try:
        response, domain, user = (_field(told, place) for place in (20, 28, 36))
    except struct.error:
        return False
    name = user.decode("utf-16-le", "replace")
    if name.lower() != EXCHANGE_USER.partition("\\")[2].lower() or len(response) < 17:
        return False
    key = _hmac_md5(NT_HASH, name.upper().encode("utf-16-le") + domain)
    return hmac.compare_digest(response[:16], _hmac_md5(key, challenge + response[16:]))


def _field(told: bytes, place: int) -> bytes:
    length, _, begin = struct.unpack_from("<HHI", told, place)
    return told[begin : begin + length]


def _hmac_md5(key: bytes, content: bytes) -> bytes:
    return hmac.new(key, content, "md5").digest()
