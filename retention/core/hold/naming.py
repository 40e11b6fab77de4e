"""The one form in which addresses are compared, however they were spelt, and what each of them is named by.

Whose an address is, is not known here.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from msgspec import Struct

_PUNYCODE = "xn--"


class Names(Struct, frozen=True):
    """What names an address in a scope. ``clear``: it says for certain who is meant."""

    forms: tuple[str, ...]
    clear: bool


@lru_cache(maxsize=65536)
def names(address: str) -> Names:
    """An address itself, whatever follows a plus in its name, and each domain in which it lies."""
    plain = canonical(address)
    local, at, domain = (plain or address).rpartition("@")
    above = (f"@{domain[n + 1 :]}" for n, letter in enumerate(domain) if letter == ".")
    forms = (plain or address, f"{local.partition('+')[0]}@{domain}", f"@{domain}", *above)
    return Names(forms, clear=plain is not None and bool(at))


def canonical(address: str) -> str | None:
    """The address in its one spelling; ``None`` where it has none. ``@domain`` is taken for an address too.

    A domain is the same in letters as in Punycode, and with a dot at its end as without.
    """
    if address.isascii() and _PUNYCODE not in address and not address.endswith("."):
        return address
    local, at, domain = unicodedata.normalize("NFC", address.lower()).rpartition("@")
    domain = unicodedata.normalize("NFKC", domain).replace("\u3002", ".").rstrip(".")
    try:
        plain = f"{local}{at}{'.'.join(map(_label, domain.split('.')))}"
    except (ValueError, OverflowError):
        return None
    return None if any(unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Co", "Cn"} for letter in plain) else plain


def _label(label: str) -> str:
    """Raises ``ValueError`` or ``OverflowError`` where it is no Punycode."""
    if label.startswith(_PUNYCODE):
        label = label.removeprefix(_PUNYCODE).encode("ascii").decode("punycode")
    return unicodedata.normalize("NFKC", label.lower())
