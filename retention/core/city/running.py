"""What of the sections ``[run]`` and ``[notify]``, and of a credential for removal, cannot be right.

What a run is, is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from retention.core.city.sections import Mail
from retention.core.city.settings import City

ADDRESS = re.compile(r"[^\s@,;<>\"]+@[\w-]+(\.[\w-]+)+")
REFERENCE = re.compile(r"env:\w+|keyring:[^/]+/.+")


def running_problems(city: City) -> Iterator[str]:
    """One sentence for each value that has the right type and cannot be right all the same."""
    if not re.fullmatch(r"[1-9]\d{0,3} (hours?|days?)", city.run.late_after):
        yield "'run.late_after': write hours or days, such as '26 hours'."
    if city.run.syslog and not re.fullmatch(r"/\S+|[\w.-]+:\d{1,5}", city.run.syslog):
        yield "'run.syslog': write the local socket, '/dev/log', or 'HOST:PORT'."
    for address in city.notify.to:
        if not ADDRESS.fullmatch(address):
            yield f"'notify.to': '{address}' is no address."
    if bool(city.notify.drafts) != bool(city.notify.to):
        yield "'notify.drafts' and 'notify.to': neither is of use without the other."
    if city.notify.webhook and not REFERENCE.fullmatch(city.notify.webhook):
        yield "'notify.webhook': its address is a secret; write 'env:NAME' or 'keyring:SERVICE/USER'."
    yield from _removal_problems(city.mail)


def _removal_problems(mail: Mail) -> Iterator[str]:
    """A credential that is half written would remove with the one that should only read."""
    if mail.removal_secret and not REFERENCE.fullmatch(mail.removal_secret):
        yield "'mail.removal_secret': a secret is never written here; write 'env:NAME' or 'keyring:SERVICE/USER'."
    given = [key for key in ("client", "user") if getattr(mail, f"removal_{key}")]
    proofs = [key for key in ("secret", "certificate") if getattr(mail, f"removal_{key}")]
    if proofs and not given:
        yield f"'mail.removal_{proofs[0]}': whose it is has to be said in 'mail.removal_client' (or 'removal_user')."
    fitting = "user" if mail.system == "exchange" and mail.sign_in != "oauth" else "client"
    for key in given:
        if key != fitting and mail.system in ("graph", "exchange"):
            yield f"'mail.removal_{key}' is not how this mail system signs in; write 'mail.removal_{fitting}'."
        if not proofs:
            yield f"'mail.removal_{key}': 'mail.removal_secret' or 'mail.removal_certificate' is missing."
    if mail.removal_thumbprint and not mail.removal_certificate:
        yield "'mail.removal_thumbprint' is of use with 'mail.removal_certificate' only."
    if mail.out_of_scope and not ADDRESS.fullmatch(mail.out_of_scope):
        yield f"'mail.out_of_scope': '{mail.out_of_scope}' is no address."
