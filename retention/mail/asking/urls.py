"""URLs of servers: what of them is shown, which of them are on this machine, and what lies between.

Nothing is sent here.
"""

from __future__ import annotations

import ipaddress
import urllib.request
from urllib.parse import urlsplit


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL: what a token is shown to, and nothing else."""
    return "/".join(url.split("/", 3)[:3]).lower()


def host_of(url: str) -> str:
    """Host, and the port where it is not the usual one; for sentences."""
    parts = urlsplit(url)
    return (parts.hostname or url) + (f":{parts.port}" if parts.port else "")


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def proxy_for(url: str) -> str:
    """The proxy that the environment names for this URL, or ``""``. Loopback is always reached directly."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_loopback(host) or urllib.request.proxy_bypass(host):
        return ""
    proxies = urllib.request.getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all") or ""
    if not proxy:
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"
