"""What one cookie of an app may do beside the rules of `cookies.py`: a named exception with its reason."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from buckler.edge.host import Host
from buckler.errors import ConfigurationError
from buckler.ip_addresses import parse

SameSite = Literal["lax", "strict", "none"]

LETTERS: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]"
"""Of what the names of cookies and of their attributes are made (RFC 9110 section 5.6.2)."""
NAME: Final = re.compile(LETTERS + "{1,128}")
PREFIXES: Final = ("__Host-Http-", "__Http-", "__Host-", "__Secure-")
"""What browsers hold a cookie to by its name alone (RFC 6265bis section 4.1.3); the longest first."""
_IN_ANY_CASE: Final = tuple((each.lower(), each) for each in PREFIXES)
OURS: Final = "buckler-"
"""What follows a prefix in the names of cookies that Buckler sets."""
_SAME_SITE: Final = ("lax", "strict", "none")


def prefix_of(name: str) -> str:
    """The prefix of a name in whatever case, as it should be written; empty for none."""
    if not name.startswith("__"):
        return ""
    lower = name.lower()
    return next((each for begin, each in _IN_ANY_CASE if lower.startswith(begin)), "")


def is_own(name: str) -> bool:
    """Whether this is a name of Buckler's own cookies, or one that looks like it."""
    prefix = prefix_of(name)
    return bool(prefix) and name.lower()[len(prefix) :].startswith(OURS)


def fault_of_name(name: object) -> str | None:
    """Why an app can have no cookie of this name, and what to write instead; None where it can."""
    if not isinstance(name, str) or not NAME.fullmatch(name):
        return "write the name of the cookie, a word without blanks, = and ;, of at most 128 letters."
    if is_own(name):
        return "that is a cookie of Buckler's own; give yours another name."
    prefix = prefix_of(name)
    if not name.startswith(prefix):
        return f"some browsers read the prefix in any case, some in one; write {prefix}."
    return None


@dataclass(frozen=True, slots=True, init=False)
class Cookie:
    """An exception for the cookie `name`, with the `reason` that an auditor reads in the log of each start.

    - `script`: scripts of your own pages may read it; without this it gets `HttpOnly`.
    - `same_site`: what it states where the app says nothing, `"lax"`, `"strict"` or `"none"`. Only with `"none"` may
      the app state that itself: pages of other sites then send the cookie too.
    - `domain`: the name whose other hosts get the cookie too, as in `example.com`; an answer may name no other one.

    With none of them it says that a name without the prefix `__Host-` is meant. Raises `ConfigurationError` for what
    no browser would keep. ASVS 3.3.1 to 3.3.4.
    """

    name: str
    reason: str
    script: bool
    same_site: SameSite
    domain: str | None

    def __init__(
        self, name: str, *, reason: str, script: bool = False, same_site: SameSite = "lax", domain: str | None = None
    ) -> None:
        _check_name(name)
        _check_reason(name, reason)
        if not isinstance(script, bool):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ConfigurationError(f"Cookie({name!r}, script={script!r}): it is a switch; write script=True.")
        if same_site not in _SAME_SITE:
            raise ConfigurationError(
                f"Cookie({name!r}, same_site={same_site!r}): write 'lax', 'strict' or, for a cookie that pages of other"
                " sites shall send, 'none'."
            )
        _check_prefix(name, script=script, domain=domain)
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "reason", reason)
        object.__setattr__(self, "script", script)
        object.__setattr__(self, "same_site", same_site)
        object.__setattr__(self, "domain", None if domain is None else _checked_domain(name, domain))

    @property
    def allows(self) -> tuple[str, ...]:
        """What it may beside the rules, in words for the log."""
        said = {
            "script": self.script,
            f"SameSite={self.same_site}": self.same_site != "lax",
            f"Domain={self.domain}": self.domain is not None,
        }
        return tuple(word for word, holds in said.items() if holds) or ("no prefix",)


def _check_name(name: object) -> None:
    fault = fault_of_name(name)
    if fault is not None:
        raise ConfigurationError(f"Cookie({name!r}): {fault}")


def _check_reason(name: str, reason: object) -> None:
    if not isinstance(reason, str) or not reason.strip():
        raise ConfigurationError(
            f"Cookie({name!r}, reason=...): say in words why, as in reason='the page reads the theme before it shows'."
        )


def _check_prefix(name: str, *, script: bool, domain: str | None) -> None:
    """What a name promises, no exception takes back: browsers would drop the cookie."""
    prefix = prefix_of(name)
    if domain is not None and "Host" in prefix:
        raise ConfigurationError(
            f"Cookie({name!r}, domain={domain!r}): a name with {prefix} belongs to one host alone, and browsers drop it"
            " with a Domain. Leave domain= away, or take the prefix __Secure-."
        )
    if script and "Http" in prefix:
        raise ConfigurationError(
            f"Cookie({name!r}, script=True): the prefix {prefix} says that no script reads it. Leave one of the two."
        )


def _checked_domain(name: str, domain: object) -> str:
    """A host name with a dot in it, in lower case: of an address or of one label browsers take no `Domain`."""
    text = domain if isinstance(domain, str) else ""
    bare = text.removeprefix(".")
    try:
        Host((bare,))
    except ConfigurationError:
        bare = ""
    if bare != bare.lower() or "." not in bare or bare.endswith(".") or ".." in bare or parse(bare) is not None:
        raise ConfigurationError(
            f"Cookie({name!r}, domain={domain!r}): write a host name in lower case, as in domain='example.com'."
        )
    return bare
