"""What a policy of the app's own lets through that ours would not (CSP level 3 section 6; ASVS 3.4.3, 3.4.6).

It stays as it is: whoever wrote it may know why. But it is seen, once a route, in the log.

Not found: a nonce that is the same for every answer, and a host that serves scripts of anybody.
"""

import re
from collections.abc import Iterable
from typing import Final

_NONCE: Final = re.compile(rb"'nonce-[^' ;,]{1,128}'")
_PROOF: Final = re.compile(r"'(?:nonce|sha(?:256|384|512))-[a-z0-9+/_-]+={0,2}'")
_ANYWHERE: Final = re.compile(r"(?=.)(?:[a-z][a-z0-9+.-]*:(?://)?)?(?:\*(?::(?:\*|[0-9]+))?(?:/.*)?)?")
"""A scheme alone, or any host of it."""
_Directives = dict[str, list[str]]


def without_nonce(policy: bytes) -> bytes:
    """The same text for every answer of a page."""
    return _NONCE.sub(b"'nonce-x'", policy)


def weaknesses(policies: Iterable[bytes]) -> tuple[str, ...]:
    """What is missing from these policies together, or too wide; nothing where they are as strict as ours.

    A browser enforces all of them, so what one forbids is forbidden.
    """
    texts = b",".join(policies).decode("latin-1").split(",")
    found = [_of_one(text) for text in texts if text.strip()]
    return tuple(each for each in (found[0] if found else ()) if all(each in others for others in found))


def _of_one(text: str) -> list[str]:
    directives: _Directives = {}
    for each in text.lower().split(";"):
        name, *sources = each.split() or [""]
        directives.setdefault(name, sources)
    objects = directives.get("object-src", directives.get("default-src"))
    return [
        *_of_scripts(directives),
        *(() if objects in ([], ["'none'"]) else ("object-src",)),
        *(each for name in ("base-uri", "form-action", "frame-ancestors") for each in _of_reach(name, directives)),
    ]


def _of_reach(name: str, directives: _Directives) -> list[str]:
    """These have no default: without one everything is allowed."""
    if name not in directives:
        return [name]
    return [f"{name} {each}" for each in directives[name] if _ANYWHERE.fullmatch(each)]


def _of_scripts(directives: _Directives) -> list[str]:
    """Elements and attributes may each have a list of their own; a sandbox may run neither."""
    sandbox = directives.get("sandbox")
    if sandbox is not None and "allow-scripts" not in sandbox:
        return []
    sources = directives.get("script-src", directives.get("default-src"))
    found = [] if sources is None else _of_list("script-src", sources)
    if sources is None and not ("script-src-elem" in directives and "script-src-attr" in directives):
        found.append("script-src")
    for name in ("script-src-elem", "script-src-attr"):
        found += _of_list(name, directives.get(name, []))
    return found


def _of_list(name: str, sources: list[str]) -> list[str]:
    is_proved = any(_PROOF.fullmatch(each) for each in sources)
    found: list[str] = [each for each in ("'unsafe-eval'", "'unsafe-hashes'") if each in sources]
    # Beside a nonce or a hash browsers do not look at it (CSP level 3 section 6.7.3.2).
    if "'unsafe-inline'" in sources and not is_proved:
        found.append("'unsafe-inline'")
    # Whoever is trusted by its nonce alone names hosts for older browsers only (CSP level 3 section 8.2).
    is_strict = is_proved and "'strict-dynamic'" in sources
    wide = [] if is_strict else [each for each in sources if _ANYWHERE.fullmatch(each)]
    return [f"{name} {each}" for each in (*found, *wide)]
