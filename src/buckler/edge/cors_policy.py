"""Whose pages may read the answers of this service: `Cors`, a list of exact origins (Fetch section 3.3; ASVS 3.4.2).

1. An origin stands as a browser sends it: `https://app.example.com`, lower case, no path, no default port, names in
   punycode. Compared as a whole, byte by byte: no pattern, no beginning, no ending.
2. `null` cannot be listed: a page of anybody has it, in a frame with `sandbox`.
3. `*` stands alone and never with credentials.
4. Fields and methods are named one by one.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, cast

from buckler.edge.csrf_names import CSRF_HEADER
from buckler.errors import ConfigurationError

ANYBODY: Final = "*"
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
HEADERS: Final = ("authorization", "content-type")
EXPOSED: Final = ("retry-after", "x-request-id")
SAFELISTED: Final = frozenset(("accept", "accept-language", "content-language"))
"""Fields that a browser asks for only where their value is unusual (Fetch section 2.2.2)."""
LONGEST_AGE: Final = 86_400
_LABEL: Final = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ORIGIN: Final = re.compile(rf"(https?)://({_LABEL}(?:\.{_LABEL})*|\[[0-9a-f:.]+\])(?::([1-9][0-9]{{0,4}}))?")
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}")
_DEFAULT_PORTS: Final = {"http": "80", "https": "443"}
_HIGHEST_PORT: Final = 65_535
_FORBIDDEN_METHODS: Final = frozenset(("CONNECT", "TRACE", "TRACK"))


@dataclass(frozen=True, slots=True, init=False)
class Cors:
    """The origins whose pages may read this service, each as in `https://app.example.com`.

    - `credentials`: also with the cookies of whoever looks at such a page. Only for origins that are as trusted as the
      service itself: what runs there can do all that its user can.
    - `methods` and `headers`: what requests of theirs may have, beside what every page may send. With credentials
      `X-CSRF-Token` is among them.
    - `expose`: the fields of answers that their scripts may read.
    - `max_age`: seconds for which a browser need not ask again.

    `BUCKLER_CORS_ORIGINS` adds origins to these, and all the rest holds for them too: with `credentials` the operator's
    origins have them as well. With no origin from either there is nothing to build. Raises `ConfigurationError` for
    what can never match, and for what would match too much. ASVS 3.4.2.
    """

    origins: tuple[str, ...]
    credentials: bool
    methods: tuple[str, ...]
    headers: tuple[str, ...]
    expose: tuple[str, ...]
    max_age: int

    def __init__(
        self, origins: Collection[str] = (), *, credentials: bool = False, methods: Collection[str] = METHODS,
        headers: Collection[str] = HEADERS, expose: Collection[str] = EXPOSED, max_age: int = 600,
    ) -> None:  # fmt: skip
        if not isinstance(credentials, bool):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ConfigurationError(f"Cors(credentials={credentials!r}): it is a switch; write credentials=True.")
        if type(max_age) is not int or not 0 <= max_age <= LONGEST_AGE:
            raise ConfigurationError(f"Cors(max_age={max_age!r}): write seconds, from 0 to {LONGEST_AGE}.")
        named = _each("origins", origins, check_origin)
        if ANYBODY in named and (credentials or len(named) > 1):
            raise ConfigurationError(
                "Cors(origins=['*'], credentials=True): every page there is could read what its visitor can; list the"
                " origins that may."
                if credentials
                else "Cors(origins=['*', ...]): '*' is every origin; leave the others away, or, better, the star."
            )
        object.__setattr__(self, "origins", named)
        object.__setattr__(self, "credentials", credentials)
        object.__setattr__(self, "methods", _each("methods", methods, _method))
        own = (CSRF_HEADER,) if credentials else ()
        object.__setattr__(self, "headers", tuple(dict.fromkeys((*_each("headers", headers, _field), *own))))
        object.__setattr__(self, "expose", _each("expose", expose, _field))
        object.__setattr__(self, "max_age", max_age)

    def with_origins(self, more: Collection[str]) -> "Cors":
        """The same for further origins."""
        given = {name: getattr(self, name) for name in ("credentials", "methods", "headers", "expose", "max_age")}
        return Cors((*self.origins, *more), **given)


def check_origin(origin: str) -> str:
    """An origin as a browser sends it, or `*`. Raises `ConfigurationError`, with how it would be written."""
    if origin == ANYBODY:
        return origin
    found = _ORIGIN.fullmatch(origin)
    if found is None:
        raise ConfigurationError(f"{origin!r} is no origin: {_hint(origin)}")
    scheme, host, port = found.groups()
    if port == _DEFAULT_PORTS[scheme]:
        raise ConfigurationError(f"{origin!r}: no browser names the default port; write '{scheme}://{host}'.")
    if port is not None and int(port) > _HIGHEST_PORT:
        raise ConfigurationError(f"{origin!r}: the highest port is {_HIGHEST_PORT}.")
    _check_address(origin, host)
    return origin


def _check_address(origin: str, host: str) -> None:
    """An address stands in its one shortest form; a name whose last label is a number is an address, or nothing."""
    if not host.startswith("[") and not host.rpartition(".")[2].isdigit():
        return
    bare = host.strip("[]")
    try:
        sound = ip_address(bare).compressed == bare and (":" in bare) == host.startswith("[")
    except ValueError:
        sound = False
    if not sound:
        raise ConfigurationError(f"{origin!r}: browsers write an address in its one short form, or take it for none.")


def _hint(origin: str) -> str:
    """What is wrong with it, in the words of whoever wrote it."""
    if "@" in origin:
        return "leave out what stands before the @."
    if origin == "null":
        return "a page of anybody has this one, in a sandboxed frame."
    if "*" in origin or "\\" in origin or "^" in origin:
        return "there are no patterns; write each origin in full."
    if not origin.isascii():
        return "browsers send names in punycode, as in 'https://xn--bcher-kva.example'."
    if origin != origin.lower():
        return f"browsers send it in lower case: {origin.lower()!r}."
    bare = "/".join(origin.split("/")[:3])
    if bare != origin and _ORIGIN.fullmatch(bare):
        return f"it has a path; write {bare!r}."
    return "write scheme, host and, where it is not the usual one, port, as in 'https://app.example.com'."


def _each(what: str, given: object, check: Callable[[str], str]) -> tuple[str, ...]:
    """Every text of `given`, checked and each once."""
    if not isinstance(given, list | tuple | set | frozenset):
        raise ConfigurationError(f"Cors({what}={given!r}): write a list of texts.")
    found: list[str] = []
    for each in cast("Collection[object]", given):
        if not isinstance(each, str):
            raise ConfigurationError(f"Cors({what}=...): {each!r} is no text.")
        try:
            found.append(check(each))
        except ConfigurationError as error:
            raise ConfigurationError(f"Cors({what}=...): {error}") from None
    return tuple(dict.fromkeys(found))


def _method(name: str) -> str:
    if not _TOKEN.fullmatch(name) or name == ANYBODY or name != name.upper() or name in _FORBIDDEN_METHODS:
        raise ConfigurationError(f"{name!r} is no method that a page may send; write each in capitals, as in 'PUT'.")
    return name


def _field(name: str) -> str:
    lower = name.lower()
    if not _TOKEN.fullmatch(name) or name == ANYBODY or lower in ("cookie", "set-cookie", "origin", "host"):
        raise ConfigurationError(f"{name!r} is no field that scripts may have; write each by its name, without '*'.")
    return lower
