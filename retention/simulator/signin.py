"""Sign-in as Entra ID does it for an application: discovery, a token for a secret or a certificate, its end.

Only client credentials are known here; what a token opens is not.
"""

from __future__ import annotations

import base64
import secrets
import threading
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from retention.simulator.applications import EVERYBODY, Holder

TENANT = "6f1c0000-0000-4000-8000-000000000001"
CLIENT = "0b7e0000-0000-4000-8000-000000000002"
SECRET = "rehearsal-only-opens-nothing-else"  # noqa: S105 - it is printed by `simulator serve` and opens no real system
EXCHANGE_USER = "WILLOWFALLS\\svc.retention"
"""The service account of the EWS voice; its secret is the same as the application's."""
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
GRAPH_ROOTS = (
    "https://graph.microsoft.com",
    "https://graph.microsoft.us",
    "https://dod-graph.microsoft.us",
    "https://microsoftgraph.chinacloudapi.cn",
)
Body = dict[str, object]


class SignInError(Exception):
    """A refusal: the HTTP status, the OAuth error, the AADSTS number, and the sentence."""

    def __init__(self, status: int, error: str, number: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.error = error
        self.number = number

    def body(self) -> Body:
        """The answer as Entra ID writes it, with the number in front of the sentence."""
        now, trace, correlation = datetime.now(UTC), str(uuid.uuid4()), str(uuid.uuid4())
        moment = now.strftime("%Y-%m-%d %H:%M:%SZ")
        tail = f"Trace ID: {trace} Correlation ID: {correlation} Timestamp: {moment}"
        return {
            "error": self.error,
            "error_description": f"AADSTS{self.number}: {self} {tail}",
            "error_codes": [self.number],
            "timestamp": moment,
            "trace_id": trace,
            "correlation_id": correlation,
        }


class SignIn:
    """One tenant with its applications. Safe to use from several threads.

    ``lifetime`` is in seconds and counts for tokens given from now on. ``clock`` gives seconds since 1970.
    ``secret_expired`` lets the right secret be refused as one whose time is over. ``applications`` and ``accounts``
    (of EWS, in small letters) are those that may sign in beside the fixed ones: put further ones there.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.tenant, self.client, self.secret, self.user = TENANT, CLIENT, SECRET, EXCHANGE_USER
        self.lifetime = 3599
        self.secret_expired = False
        self.clock = clock
        self._lock = threading.Lock()
        self.applications = {CLIENT: Holder(CLIENT, SECRET)}
        self.accounts = {EXCHANGE_USER.lower(): Holder(EXCHANGE_USER, SECRET)}
        self._ends: dict[str, float] = {}
        self._holders: dict[str, Holder] = {}
        self._certificates: list[x509.Certificate] = []

    def register(self, certificate: bytes) -> None:
        """Let the holder of this certificate (PEM) sign in with it."""
        with self._lock:
            self._certificates.append(x509.load_pem_x509_certificate(certificate))

    def revoke(self, token: str | None = None) -> None:
        """Let one token, or every one given so far, open nothing any more."""
        with self._lock:
            for each in [token] if token else list(self._ends):
                self._ends[each] = 0.0

    def trouble(self, token: str) -> str:
        """Why this bearer token opens nothing, or an empty text when it does."""
        if not token:
            return "Access token is empty."
        end = self._ends.get(token)
        if end is None:
            return "CompactToken parsing failed with error code: 80049217"
        return "" if self.clock() < end else "Lifetime validation failed, the token is expired."

    def holder(self, token: str) -> Holder:
        """Whom this token was given to."""
        return self._holders.get(token, EVERYBODY)

    def discovery(self, root: str, tenant: str) -> Body:
        """The OpenID configuration of the tenant. Raises ``SignInError``."""
        self._check_tenant(tenant)
        return {
            "token_endpoint": f"{root}/{tenant}/oauth2/v2.0/token",
            "authorization_endpoint": f"{root}/{tenant}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{root}/{tenant}/oauth2/v2.0/devicecode",
            "jwks_uri": f"{root}/{tenant}/discovery/v2.0/keys",
            "issuer": f"{root}/{tenant}/v2.0",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            "response_types_supported": ["code"],
            "scopes_supported": ["openid"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "cloud_instance_name": "localhost",
        }

    def give_token(self, root: str, tenant: str, form: dict[str, str]) -> Body:
        """A bearer token for the form of a client-credentials grant. Raises ``SignInError``."""
        self._check_tenant(tenant)
        if form.get("grant_type") != "client_credentials":
            raise SignInError(400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.")
        holder = self.applications.get(form.get("client_id", ""))
        if holder is None:
            sentence = f"Application with identifier '{form.get('client_id', '')}' was not found in the directory."
            raise SignInError(400, "unauthorized_client", 700016, sentence)
        self._check_scope(root, form.get("scope", ""))
        if form.get("client_assertion_type") == ASSERTION_TYPE:
            self._check_assertion(holder.name, form.get("client_assertion", ""), f"{root}/{tenant}/oauth2/v2.0/token")
        else:
            self._check_secret(holder, form.get("client_secret", ""))
        token = self._token(holder, form.get("scope", ""))
        with self._lock:
            self._ends[token] = self.clock() + self.lifetime
            self._holders[token] = holder
        return {
            "token_type": "Bearer",
            "expires_in": self.lifetime,
            "ext_expires_in": self.lifetime,
            "access_token": token,
        }

    def _token(self, holder: Holder, scope: str) -> str:
        """A token in the form of Entra ID's: what it says can be read, and no client may rely on it."""
        claims: Body = {
            "aud": scope.partition("/.default")[0],
            "tid": self.tenant,
            "appid": holder.name,
            "app_displayname": holder.title,
            "roles": sorted(holder.roles),
            "exp": int(self.clock() + self.lifetime),
        }
        head, body = (_base64url(msgspec.json.encode(part)) for part in ({"typ": "JWT", "alg": "RS256"}, claims))
        return f"{head}.{body}.{secrets.token_urlsafe(48)}"

    def _check_tenant(self, tenant: str) -> None:
        if tenant.lower() != self.tenant:
            sentence = f"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID."
            raise SignInError(400, "invalid_request", 90002, sentence)

    def _check_scope(self, root: str, scope: str) -> None:
        asked = scope.partition(" ")[0]
        resource = asked.removesuffix("/.default")
        if resource == asked:
            sentence = f"The provided value for scope {scope} is not valid. It must end in /.default."
            raise SignInError(400, "invalid_scope", 1002012, sentence)
        # The simulator is one service under each of its names: the token of one is good for the others.
        same_port = tuple(f"https://{host}:{urlsplit(root).port}" for host in ("localhost", "127.0.0.1", "[::1]"))
        if resource.rstrip("/") not in (root, *same_port, *GRAPH_ROOTS):
            sentence = f"The resource principal named {resource} was not found in the tenant."
            raise SignInError(400, "invalid_resource", 500011, sentence)

    def _check_secret(self, holder: Holder, secret: str) -> None:
        if not secret:
            sentence = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."
            raise SignInError(401, "invalid_client", 7000218, sentence)
        if not secrets.compare_digest(secret.encode(), holder.secret.encode()):
            sentence = (
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret "
                f"value, not the client secret ID, for a secret added to app '{holder.name}'."
            )
            raise SignInError(401, "invalid_client", 7000215, sentence)
        if self.secret_expired:
            sentence = f"The provided client secret keys for app '{holder.name}' are expired."
            raise SignInError(401, "invalid_client", 7000222, sentence)

    def _check_assertion(self, client: str, assertion: str, audience: str) -> None:
        """A JWT signed by a registered certificate that is in force, for this endpoint and not yet over."""
        head, claims, signed, signature = _taken_apart(assertion)
        certificate = self._registered(head)
        if certificate is None:
            named = head.get("x5t#S256") or head.get("x5t")
            sentence = f"The certificate with identifier used to sign the client assertion is not registered: {named}."
            raise SignInError(401, "invalid_client", 700027, sentence)
        now = datetime.fromtimestamp(self.clock(), UTC)
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            end = certificate.not_valid_after_utc.strftime("%m/%d/%Y %H:%M:%S")
            sentence = f"Client assertion failed signature validation. [Reason - The key used is expired., End: {end}]"
            raise SignInError(401, "invalid_client", 700027, sentence)
        if not _signed_by(certificate, str(head.get("alg")), signed, signature):
            raise SignInError(401, "invalid_client", 700027, "Client assertion failed signature validation.")
        if claims.get("aud") != audience or {claims.get("iss"), claims.get("sub")} != {client}:
            raise SignInError(401, "invalid_client", 700023, "Client assertion audience or subject does not match.")
        end_claim = claims.get("exp")
        if not isinstance(end_claim, int | float) or end_claim < self.clock():
            raise SignInError(401, "invalid_client", 700024, "Client assertion is not within its valid time range.")

    def _registered(self, head: Body) -> x509.Certificate | None:
        for certificate in self._certificates:
            for name, algorithm in (("x5t#S256", hashes.SHA256()), ("x5t", hashes.SHA1())):  # noqa: S303 - JWT's own
                if str(head.get(name, "")).rstrip("=") == _base64url(certificate.fingerprint(algorithm)):
                    return certificate
        return None


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _from_base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _taken_apart(assertion: str) -> tuple[Body, Body, bytes, bytes]:
    """A JWT's head and claims, the bytes that were signed, and the signature. Raises ``SignInError``."""
    try:
        head, claims, signature = assertion.split(".")
        parts = [msgspec.json.decode(_from_base64url(part), type=dict[str, object]) for part in (head, claims)]
        return parts[0], parts[1], f"{head}.{claims}".encode(), _from_base64url(signature)
    except (ValueError, msgspec.MsgspecError) as error:
        sentence = "Invalid JWT token. Token format not valid."
        raise SignInError(400, "invalid_request", 50027, sentence) from error


def _signed_by(certificate: x509.Certificate, algorithm: str, content: bytes, signature: bytes) -> bool:
    """Whether the certificate's key made this signature; PS256 and RS256 are what msal uses."""
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey) or algorithm not in ("PS256", "RS256"):
        return False
    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=padding.PSS.AUTO)
    try:
        key.verify(signature, content, pss if algorithm == "PS256" else padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True
