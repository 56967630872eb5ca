"""Origins, hosts, proxies and rates, judged as the operator wrote them (ASVS 12.3.1).

1. An origin is scheme, host and port in lower case, and in production over HTTPS.
2. A host is a name without scheme, port and wildcard.
3. What stands before an `@` may be a password, and is told as stars.

Each check raises `ConfigurationError`, which names the value, the reason and the remedy.
"""

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

from buckler.edge import cors_policy
from buckler.edge.host import Host
from buckler.edge.proxies import proxies_named
from buckler.edge.rates import Rate
from buckler.errors import ConfigurationError
from buckler.settings.words import PREFIX

LOOPBACK_HOSTS: Final = ("localhost", "127.0.0.1", "[::1]")
_PLAIN: Final = re.compile(r"[\x21\x23-\x29\x2b-\x40\x5b\x5d-\x7e]+")
"""Visible ASCII in lower case, without the quote, the star and the backslash."""
_PORTED: Final = re.compile(r":[^\]]*\Z")


def host_of(origin: str) -> str:
    """The host of an origin, as a Host field has it: an IPv6 address in brackets."""
    name = urlsplit(origin).hostname or ""
    return f"[{name}]" if ":" in name else name


def check_proxies(behind: str) -> None:
    """`behind`: a number of proxies or their networks."""
    if behind.strip() == "0":
        raise ConfigurationError(
            f"{PREFIX}BEHIND='0': where no proxy stands in front, leave it empty; else write how many do, from 1."
        )
    proxies_named(behind)


def check_host(name: str) -> None:
    """One name of `hosts`."""
    shown = _shown(name)
    try:
        Host((shown,))
    except ConfigurationError as error:
        raise ConfigurationError(
            f"{PREFIX}HOSTS: {error} That is the name alone, without scheme, port and path, as in"
            " api.example.com, www.example.com."
        ) from None


def check_rate(name: str, text: str) -> None:
    """A rate, as in `5/minute`, of the setting `name`."""
    try:
        Rate.parse(text)
    except ConfigurationError as error:
        raise ConfigurationError(f"{PREFIX}{name.upper()}: {error}") from None


def check_origin(origin: str, setting: str, *, development: bool) -> None:
    """An origin, for the variable `setting`. In development it may be plain HTTP."""
    shown = _shown(origin)
    parts = _split(origin)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError(
            f"{setting}={shown!r} is no origin: write scheme and host in lower case, as in https://api.example.com."
        )
    if parts.path or parts.query or parts.fragment or parts.username is not None:
        raise ConfigurationError(f"{setting}={shown!r} has more than scheme, host and port: write {_origin_in(parts)}.")
    if parts.scheme == "http" and not development:
        raise ConfigurationError(
            f"{setting}={shown!r} is plain HTTP: tokens would cross the network in clear. Use https."
        )


def check_reader(origin: str, *, development: bool) -> None:
    """One origin of `cors_origins`, as a browser sends it, or `*` for all."""
    try:
        cors_policy.check_origin(_shown(origin))
    except ConfigurationError as error:
        raise ConfigurationError(f"{PREFIX}CORS_ORIGINS: {error}") from None
    if origin != cors_policy.ANYBODY:
        check_origin(origin, f"{PREFIX}CORS_ORIGINS", development=development)


def _shown(text: str) -> str:
    return "***@" + text.rpartition("@")[2] if "@" in text else text


def _origin_in(parts: SplitResult) -> str:
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _split(origin: str) -> SplitResult | None:
    """The parts of a text that could be an origin; None for one that `urlsplit` would repair or cannot read."""
    try:
        parts = urlsplit(origin)
        sound = _PLAIN.fullmatch(origin) is not None and (parts.port is None) == (not _PORTED.search(parts.netloc))
    except ValueError:
        return None
    return parts if sound else None
