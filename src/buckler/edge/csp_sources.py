"""Which sources a policy for pages may name, directive by directive (CSP level 3 section 2.3.1).

What lets anything run is no source here: then an injected script runs too, and the policy is an ornament.
"""

import re
from collections.abc import Sequence
from typing import Final, cast

from buckler.errors import ConfigurationError

SELF: Final = "'self'"
NONE: Final = "'none'"
_HASH: Final = re.compile(r"'sha(?:256|384|512)-[A-Za-z0-9+/_-]{40,90}={0,2}'")
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST: Final = re.compile(
    rf"(?:(?P<scheme>https|wss|http|ws)://)?(?P<name>(?:\*\.)?{_LABEL}(?:\.{_LABEL})*)(?::(?P<port>[0-9]{{1,5}}))?"
    r"(?P<path>/[A-Za-z0-9/._~%@+-]*)?"
)
_LOCAL: Final = frozenset(("localhost", "127.0.0.1"))
_POLICY_NAME: Final = re.compile(r"[A-Za-z0-9#=_/@.%-]{1,64}")
_CODE: Final = frozenset(("default_src", "script_src", "style_src"))
_KEYWORDS: Final = {
    "script_src": frozenset(("'strict-dynamic'", "'wasm-unsafe-eval'", "'report-sample'")),
    "style_src": frozenset(("'report-sample'",)),
}
_SCHEMES: Final = {
    "font_src": frozenset(("data:", "https:")),
    "img_src": frozenset(("blob:", "data:", "https:")),
    "media_src": frozenset(("blob:", "data:", "https:")),
}
"""What shows something and runs nothing may come from anywhere."""
_ANYTHING: Final = {
    "'unsafe-inline'": "with it every injected script or style counts as the page's own; give the page's own a nonce,"
    ' <script nonce="{{ csp_nonce }}">, or name its hash',
    "'unsafe-eval'": "with it a text becomes a script; use what reads data, as JSON.parse",
    "'unsafe-hashes'": "with it an injected attribute may run a known script; listen for the event in a script",
    "*": "it is every site there is; name the hosts, as in 'https://cdn.example.com'",
}


_BARE: Final = frozenset(
    (
        "none",
        "report-sample",
        "self",
        "strict-dynamic",
        "unsafe-eval",
        "unsafe-hashes",
        "unsafe-inline",
        "wasm-unsafe-eval",
    )
)
"""Keywords (CSP level 3 section 2.3.1), which without their quotes would be names of hosts."""


def sources(name: str, given: object) -> tuple[str, ...]:
    """The sources of the directive `name`, as they are given. Raises `ConfigurationError`."""
    several = cast("Sequence[object]", given) if isinstance(given, list | tuple) else ()
    if not several:
        raise ConfigurationError(f"Csp({name}={given!r}): write a list of sources, as in {name}=[\"'self'\"].")
    for each in several:
        why = _why_not(name, each)
        if why is not None:
            raise ConfigurationError(f"Csp({name}=[{each!r}]): {why}.")
    found = tuple(map(str, several))
    if NONE in found and len(found) > 1:
        raise ConfigurationError(f"Csp({name}={given!r}): 'none' beside others means nothing; take one of them out.")
    return found


def policy_names(given: object) -> tuple[str, ...]:
    """The names of policies that may make trusted types (Trusted Types section 4.2)."""
    several = cast("Sequence[object]", given) if isinstance(given, list | tuple) else (None,)
    for each in several or (None,):
        if not isinstance(each, str) or not _POLICY_NAME.fullmatch(each):
            raise ConfigurationError(
                f"Csp(trusted_types={given!r}): write True, where no script makes HTML from text, or the names of the"
                " policies that may, as in trusted_types=('my-policy',)."
            )
    return tuple(map(str, several))


def _why_not(name: str, source: object) -> str | None:
    """Why this is no source; None where it is one."""
    if not isinstance(source, str):
        return "a source is a text, as in 'https://cdn.example.com'"
    if source in _ANYTHING:
        return _ANYTHING[source]
    if source in (SELF, NONE) or source in _KEYWORDS.get(name, ()) or source in _SCHEMES.get(name, ()):
        return None
    if _HASH.fullmatch(source):
        return None if name in _CODE else "a hash is that of a script or a style; write it in script_src or style_src"
    if source.startswith("'nonce-"):
        return "a nonce that stands in the settings is known to everybody; each answer gets its own by itself"
    if source.endswith(":"):
        return f"it is every place that this scheme reaches; {name} names hosts, as in 'https://cdn.example.com'"
    return _why_no_host(name, source)


def _why_no_host(name: str, source: str) -> str | None:
    found = _HOST.fullmatch(source)
    if found is None or int(found["port"] or 0) > 65_535:
        return "it is no source; write \"'self'\" or a host, as in 'https://cdn.example.com'"
    scheme = found["scheme"]
    if source.lower() in _BARE:
        return f"a keyword stands in quotes of its own: \"'{source.lower()}'\""
    if scheme is None:
        return f"say that it is reached over TLS: 'https://{source}'"
    if scheme in ("ws", "wss") and name != "connect_src":
        return "a WebSocket is named in connect_src"
    if scheme in ("http", "ws") and found["name"] not in _LOCAL:
        return f"whoever is between writes what comes over plain {scheme}; write '{scheme}s://{found['name']}'"
    return None
