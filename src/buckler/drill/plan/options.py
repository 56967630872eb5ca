"""What a person tells about a target: how one comes in, who there is, what to leave alone. A plain TOML file.

1. Every name in it is known, or it is refused with the names that are: a word that is misspelt would be a test less.
2. A secret need not stand in it: `password_env`, `token_env` and `cookie_env` name variables of the environment.
3. Whatever the file does not say is guessed from the OpenAPI document, and what is guessed is told.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal, cast, get_args

from buckler.drill.plan.table import BadOptions, Table

Media = Literal["json", "form", "multipart", "query"]
ShowKind = Literal["bearer", "cookie", "header"]
_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
_SHOW: Final = (
    'Write show = "bearer", show = "cookie:NAME", show = "header:X-API-Key" or show = "header:Authorization Token".'
)
_LOGIN: Final = "Write: --login 'POST /token form username password', and after it token=access_token or show=bearer."


@dataclass(frozen=True, slots=True)
class Show:
    """How a caller shows what it was given."""

    kind: ShowKind = "bearer"
    field: str = "Authorization"
    scheme: str = ""
    """Put before the value in a header; empty for nothing."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """The route that takes a name and a password."""

    route: str
    """`POST /token`."""
    media: Media | None = None
    name_field: str = ""
    password_field: str = ""
    token: str = ""
    """The way to the token in the answer: `data.access_token`."""
    show: Show | None = None
    fixed: Mapping[str, object] = field(default_factory=dict[str, object])
    """Fields with a value that is always the same."""


@dataclass(frozen=True, slots=True)
class Register:
    """The route that makes an account."""

    route: str
    media: Media | None = None
    fields: Mapping[str, str] = field(default_factory=dict[str, str])
    """`name`, `email`, `password` and `password_again`, each with the field that takes it."""
    fixed: Mapping[str, object] = field(default_factory=dict[str, object])
    letters: str = ""
    """A folder of letters, or a log, where the code that proves an address can be read."""


@dataclass(frozen=True, slots=True)
class Given:
    """Somebody who has an account, or a credential that is ready."""

    name: str
    role: str = ""
    username: str = ""
    password: str = ""
    token: str = ""
    cookie: str = ""
    """As it stands in the header: `session=abc`."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    administrator: bool = False
    expired: bool = False
    """Whether the credential was good and is over."""
    disabled: bool = False
    """Whether the account was switched off."""
    tenant: str = ""

    @property
    def is_ready(self) -> bool:
        """Whether nobody has to sign in."""
        return bool(self.token or self.cookie or self.headers)


@dataclass(frozen=True, slots=True)
class Target:
    """Where the app is and where its document is."""

    openapi: str = ""
    origin: str = ""
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    """Variables that are set for an app that is started in process."""
    plain: str = ""
    """Where a server listens for plain HTTP too: `http://localhost:8080`."""


@dataclass(frozen=True, slots=True)
class Options:
    """All of it. What is not told is guessed."""

    target: Target = field(default_factory=Target)
    sign_in: SignIn | None = None
    register: Register | None = None
    identities: tuple[Given, ...] = ()
    skip: Mapping[str, str] = field(default_factory=dict[str, str])
    """Routes to leave alone, by `METHOD /path`, with the reason."""

    def with_line(self, sign_in: SignIn | None, *more: Given) -> "Options":
        """The same with what stood on the command line, which counts more. Two of one role are numbered."""
        named: list[Given] = []
        for each in more:
            before = sum(other.role == each.role and bool(each.role) for other in named)
            named.append(replace(each, name=f"{each.name} {before + 1}") if before else each)
        names = {each.name for each in named}
        kept = tuple(each for each in self.identities if each.name not in names)
        return replace(self, sign_in=sign_in or self.sign_in, identities=_distinct((*kept, *named)))


def read_options(text: str, environment: Mapping[str, str]) -> Options:
    """The options in a TOML text. Raises `BadOptions`, which says what is wrong and what to write."""
    try:
        whole = Table("the file", tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadOptions(f"The options are no TOML: {error}.") from error
    whole.only("target", "sign_in", "register", "identities", "routes")
    return Options(
        target=_target(whole.table("target")),
        sign_in=_sign_in(whole.table("sign_in")) if whole.has("sign_in") else None,
        register=_register(whole.table("register")) if whole.has("register") else None,
        identities=_distinct(tuple(_given(each, environment) for each in whole.tables("identities"))),
        skip=_skip(whole.table("routes")),
    )


def read_login(line: str) -> SignIn:
    """`POST /token form username password`, with `token=...`, `show=...` or fixed fields after it."""
    words = line.split()
    plain = [word for word in words if "=" not in word]
    named = dict(word.split("=", 1) for word in words if "=" in word)
    if len(plain) not in (2, 3, 5):
        raise BadOptions(f"--login is {line!r}, which has {len(plain)} words before the first with a =. {_LOGIN}")
    method, path, media, name, password = (*plain, "", "", "")[:5]
    show = named.pop("show", "")
    return SignIn(
        route=_route(f"{method} {path}", "--login"),
        media=_media(media, "--login") if media else None,
        name_field=name,
        password_field=password,
        token=named.pop("token", ""),
        show=_shown(show, "--login") if show else None,
        fixed=named,
    )


def read_user(line: str, *, administrator: bool = False) -> Given:
    """`NAME:PASSWORD`, or `ROLE=NAME:PASSWORD` where the role is known."""
    option = "--admin" if administrator else "--user"
    who, colon, password = line.partition(":")
    role, equals, name = who.rpartition("=")
    if not colon or not name or not password or (equals and not role):
        raise BadOptions(f"{option} says who signs in with which password. Write: {option} NAME:PASSWORD")
    return Given(role or name, role, name, password, administrator=administrator)


def read_token(line: str, environment: Mapping[str, str]) -> Given:
    """`ROLE=VARIABLE`: the variable of the environment holds a token that is ready."""
    role, _, variable = line.partition("=")
    if not role or not variable:
        raise BadOptions("--token says whose token is in which variable. Write: --token reader=READER_TOKEN")
    return Given(role, role, token=_from(environment, variable, "--token"))


def _target(table: Table) -> Target:
    table.only("openapi", "origin", "plain", "environment")
    return Target(table.text("openapi"), table.text("origin"), table.texts("environment"), table.text("plain"))


def _sign_in(table: Table) -> SignIn:
    table.only("route", "media", "name_field", "password_field", "token", "show", "fixed")
    media, show = table.text("media"), table.text("show")
    return SignIn(
        route=_route(table.needed("route"), "route in [sign_in]"),
        media=_media(media, "media in [sign_in]") if media else None,
        name_field=table.text("name_field"),
        password_field=table.text("password_field"),
        token=table.text("token"),
        show=_shown(show, "show in [sign_in]") if show else None,
        fixed=table.table("fixed").values,
    )


def _register(table: Table) -> Register:
    table.only("route", "media", "fields", "fixed", "letters")
    media, fields = table.text("media"), table.table("fields")
    fields.only("name", "email", "password", "password_again")
    return Register(
        route=_route(table.needed("route"), "route in [register]"),
        media=_media(media, "media in [register]") if media else None,
        fields={name: fields.needed(name) for name in fields.values},
        fixed=table.table("fixed").values,
        letters=table.text("letters"),
    )


def _given(table: Table, environment: Mapping[str, str]) -> Given:
    table.only(
        *("name", "role", "username", "password", "password_env", "token", "token_env", "cookie", "cookie_env"),
        *("headers", "administrator", "expired", "disabled", "tenant"),
    )
    name = table.needed("name")
    given = Given(
        name=name,
        role=table.text("role"),
        username=table.text("username"),
        password=_secret(table, "password", environment),
        token=_secret(table, "token", environment),
        cookie=_secret(table, "cookie", environment),
        headers=table.texts("headers"),
        administrator=table.flag("administrator"),
        expired=table.flag("expired"),
        disabled=table.flag("disabled"),
        tenant=table.text("tenant"),
    )
    if not given.is_ready and (given.expired or given.disabled):
        raise BadOptions(
            f"The identity {name!r} shows what was good and is over, and nothing that is ready says what. "
            "Give it token_env, cookie_env or headers."
        )
    if not given.is_ready and not (given.username and given.password):
        raise BadOptions(
            f"The identity {name!r} has nothing to come in with. "
            "Give it username and password_env, or token_env, cookie_env or headers."
        )
    return given


def _skip(table: Table) -> Mapping[str, str]:
    table.only("skip")
    found: dict[str, str] = {}
    for each in table.tables("skip"):
        each.only("route", "reason")
        found[_route(each.needed("route"), "route in skip of [routes]")] = each.needed("reason")
    return found


def _secret(table: Table, name: str, environment: Mapping[str, str]) -> str:
    variable = table.text(f"{name}_env")
    if variable and table.has(name):
        raise BadOptions(f"{table.place} has both {name} and {name}_env. Keep one of them.")
    return _from(environment, variable, f"{name}_env in {table.place}") if variable else table.text(name)


def _from(environment: Mapping[str, str], variable: str, place: str) -> str:
    found = environment.get(variable, "")
    if not found:
        raise BadOptions(
            f"{place} names {variable}, which the environment does not hold. Set it: export {variable}=..."
        )
    return found


def _route(text: str, place: str) -> str:
    method, _, path = text.partition(" ")
    if method.upper() not in _METHODS or not path.startswith("/"):
        raise BadOptions(f"{place} is {text!r}, which is no method and path. Write it as: POST /login")
    return f"{method.upper()} {path}"


def _media(text: str, place: str) -> Media:
    if text not in get_args(Media):
        raise BadOptions(f"{place} is {text!r}. It is one of: {', '.join(get_args(Media))}.")
    return cast("Media", text)


def _shown(text: str, place: str) -> Show:
    kind, _, name = text.partition(":")
    name, _, scheme = name.partition(" ")
    if kind == "bearer" and not name:
        return Show("bearer", "Authorization", "Bearer")
    if kind not in ("cookie", "header") or not name:
        raise BadOptions(f"{place} is {text!r}. {_SHOW}")
    return Show(cast("ShowKind", kind), name, scheme)


def _distinct(given: tuple[Given, ...]) -> tuple[Given, ...]:
    names = [each.name for each in given]
    twice = next((name for name in names if names.count(name) > 1), None)
    own = next(
        (name for name in names if name == "anonymous" or re.fullmatch(r"(newcomer|registered) \d+", name)), None
    )
    if own is not None:
        raise BadOptions(f"An identity is called {own!r}, as the drill calls somebody itself. Give it another name.")
    if twice is not None:
        raise BadOptions(f"Two identities are called {twice!r}. Each needs a name of its own, for the report.")
    return given
