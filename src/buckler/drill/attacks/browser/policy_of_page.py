"""A Content-Security-Policy as a browser reads it (CSP level 3): what it lets run, and from where."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from buckler.drill.transport.answer import Answer

_NONCE_OR_HASH: Final = re.compile(r"'(nonce-|sha(256|384|512)-)", re.IGNORECASE)
_META: Final = re.compile(
    r"<meta[^>]+http-equiv=[\"']?content-security-policy[\"']?[^>]+content=(\"[^\"]*\"|'[^']*')", re.IGNORECASE
)
_ANYWHERE: Final = frozenset(("*", "https:", "http:", "data:", "blob:", "https://*", "http://*"))


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy. The first of several directives of a name counts (CSP section 2.2.1)."""

    directives: Mapping[str, tuple[str, ...]]

    def sources(self, name: str) -> tuple[str, ...] | None:
        """Where something may come from; None where it may come from anywhere."""
        return self.directives.get(name, self.directives.get("default-src"))

    def weaknesses(self) -> Iterator[str]:
        """What it leaves open of what it is there for."""
        scripts = self.sources("script-src")
        if scripts is None:
            yield "scripts may come from anywhere (neither script-src nor default-src)"
            return
        said = {each.lower() for each in scripts}
        fixed = any(_NONCE_OR_HASH.match(each) for each in scripts)
        if "'unsafe-inline'" in said and not fixed and "'strict-dynamic'" not in said:
            yield "scripts may stand in the page ('unsafe-inline' without nonces or hashes)"
        if "'unsafe-eval'" in said:
            yield "texts may be run as scripts ('unsafe-eval')"
        if said & _ANYWHERE and not (fixed and "'strict-dynamic'" in said):
            yield f"scripts may come from anywhere ({', '.join(sorted(said & _ANYWHERE))})"
        if said == {"'none'"}:
            return
        if self.sources("object-src") is None:
            yield "plugins may come from anywhere (object-src)"
        if "base-uri" not in self.directives:
            yield "the base of links may be changed (base-uri)"

    @property
    def keeps_frames_out(self) -> bool:
        """Whether other sites cannot frame the page."""
        ancestors = self.directives.get("frame-ancestors")
        return ancestors is not None and not set(map(str.lower, ancestors)) & _ANYWHERE


def policies_of(answer: Answer) -> tuple[Policy, ...]:
    """Every policy that an answer enforces. A page may bring one of its own, without a word on frames."""
    lines = [part for line in answer.all("content-security-policy") for part in line.split(",")]
    found = [_read(line) for line in lines if line.strip()]
    for match in _META.finditer(answer.text if answer.is_html else ""):
        own = dict(_read(match[1][1:-1]).directives)
        own.pop("frame-ancestors", None)
        found.append(Policy(own))
    return tuple(found)


def weak(answer: Answer) -> tuple[str, ...]:
    """What the policies of a page leave open, all of them together: what one forbids is forbidden."""
    several = [tuple(policy.weaknesses()) for policy in policies_of(answer)]
    if not several:
        return ("there is no Content-Security-Policy",)
    return min(several, key=len)


def is_framed_by_anybody(answer: Answer) -> bool:
    """Whether pages of other sites can show it in a frame."""
    said = (answer.header("x-frame-options") or "").strip().lower()
    if any("frame-ancestors" in policy.directives for policy in policies_of(answer)):
        return not any(policy.keeps_frames_out for policy in policies_of(answer))
    return said not in ("deny", "sameorigin")


def _read(line: str) -> Policy:
    found: dict[str, tuple[str, ...]] = {}
    for part in line.split(";"):
        words = part.split()
        if words:
            found.setdefault(words[0].lower(), tuple(words[1:]))
    return Policy(found)
