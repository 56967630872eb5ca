"""What `Buckler(...)` is given, judged before anything is made of it.

Each raises `ConfigurationError` with the value, why it can never work, and what to write instead.
"""

from collections.abc import Sequence
from inspect import isclass
from typing import Final, cast

from buckler.access.callers.authenticator import Authenticator, check_authenticator
from buckler.access.callers.function_authenticator import Authenticates, FunctionAuthenticator
from buckler.access.declarations.declaration import Declaration, says_who_may_call
from buckler.access.declarations.declaring import declaration_in
from buckler.access.declarations.roles import Roles
from buckler.edge.cookie import Cookie
from buckler.edge.cors_policy import Cors
from buckler.edge.csp_policy import Csp
from buckler.edge.foreign_origins import Readers
from buckler.edge.proxies import Proxies, proxies_named
from buckler.edge.trial import Trial
from buckler.errors import ConfigurationError
from buckler.oauth.issuer import Issuer
from buckler.settings import Settings
from buckler.settings.origins import host_of
from buckler.settings.words import listed

_ACCOUNT_ID: Final = "0" * 32
_FOREIGN_ID: Final = "A" * 43
"""As ids are made: of accounts by `randomness.py`, of callers of issuers by `oauth/foreign_principals.py`."""


def check_surroundings(settings: object, clock: object, trial: object) -> None:
    """`settings=`, `clock=` and `trial=`."""
    _check_settings(settings)
    _check_clock(clock)
    _check_trial(trial)


def _check_settings(settings: object) -> None:
    """Such as were judged, and no mapping of values."""
    if settings is not None and not isinstance(settings, Settings):
        # The value is not told: there may be a secret in it.
        raise ConfigurationError(
            f"settings=: this is a {type(settings).__name__}; write settings=Settings.load(...), with each setting"
            " by its name."
        )


def check_callers(accounts: object, roles: object, authenticator: object, issuers: object) -> None:
    """Where callers come from, and what they may: `accounts=`, `roles=`, `authenticator=`, `issuers=`."""
    if not isinstance(accounts, bool):
        raise ConfigurationError(f"accounts={accounts!r}: it is a switch; write accounts=True, or leave it out.")
    if accounts and authenticator is not None:
        raise ConfigurationError("accounts=True and authenticator=: callers come from one place; choose one.")
    if roles is not None and not isinstance(roles, Roles):
        raise ConfigurationError(f"roles={roles!r}: roles are judged where they are made; write roles=Roles({{...}}).")
    _check_issuers(issuers, authenticator)
    if roles is not None and not accounts and not issuers and authenticator is None:
        raise ConfigurationError(
            "roles= without accounts=True, issuers= or an authenticator: nobody can prove who they are, so nobody has"
            " a role. Give one of them, or leave out roles=."
        )


def authenticator_of(given: object) -> Authenticator | None:
    """`authenticator=`: an object with the methods of one, or a function from the text of a token to a caller."""
    if given is None:
        return None
    if not isclass(given) and callable(given) and not hasattr(given, "authenticate"):
        return FunctionAuthenticator(cast("Authenticates", given))
    check_authenticator(given)
    return cast("Authenticator", given)


def _check_issuers(issuers: object, authenticator: object) -> None:
    several = cast("Sequence[object]", issuers) if isinstance(issuers, list | tuple) else (None,)
    for each in several:
        if not isinstance(each, Issuer):
            raise ConfigurationError(
                f"issuers={issuers!r}: write each as issuers=[Issuer('https://login.example.com', audience='my-api')]."
            )
    if several and authenticator is not None:
        raise ConfigurationError(
            "issuers= and authenticator=: which of them would judge a token? Leave one away; an authenticator of your"
            " own can verify tokens of any issuer itself."
        )


def ids_of(accounts: bool, issuers: Sequence[Issuer]) -> tuple[tuple[str, ...], bool]:
    """What ids of callers look like, one of each kind, and whether some of them may have a tenant.

    Nothing is known, `()` and True, where an authenticator of the app's own brings them.
    """
    if not accounts and not issuers:
        return (), True
    ids = (*((_ACCOUNT_ID,) if accounts else ()), *((_FOREIGN_ID,) if issuers else ()))
    return ids, any(each.tenant is not None for each in issuers)


def _check_clock(clock: object) -> None:
    """It is asked for the time of day, and for times that only rise."""
    if clock is not None and not all(callable(getattr(clock, name, None)) for name in ("now", "monotonic")):
        raise ConfigurationError(
            f"clock={clock!r}: nothing can be timed by it; leave it out for the machine's own, or give an object"
            " with now() and monotonic()."
        )


def check_mailer(accounts: object, mailer: object) -> None:
    """`mailer=`: accounts alone send letters."""
    if mailer is not None and not accounts:
        raise ConfigurationError("mailer= without accounts=True: nobody has a letter to send. Leave it out.")


def csp_of(given: object, console: bool) -> Csp | None:
    """`csp=`: it is judged where it is made. The console's own pages want one that is reported."""
    if given is not None and not isinstance(given, Csp):
        raise ConfigurationError(
            f"csp={given!r}: write csp=Csp(img_src=[\"'self'\", 'https://images.example.com']), with each directive by"
            " its name."
        )
    return given or (Csp() if console else None)


def check_console(console: object, accounts: object) -> None:
    """`console=`: its pages are those of accounts."""
    if not isinstance(console, bool):
        raise ConfigurationError(f"console={console!r}: it is a switch; write console=True, or leave it out.")
    if console and not accounts:
        raise ConfigurationError(
            "console=True without accounts=True: nobody could sign in there. Write Buckler(app, accounts=True,"
            " console=True), or leave it out."
        )


def _check_trial(trial: object) -> None:
    """`trial=`: it is judged where it is made."""
    if trial is not None and not isinstance(trial, Trial):
        raise ConfigurationError(
            f"trial={trial!r}: write trial=Trial(until='2027-03-01', reason='moving to Buckler'), with its last day."
        )


def cookies_of(given: object, settings: Settings) -> tuple[Cookie, ...]:
    """`cookies=`: what some cookies of the app may beside the rules, each named once."""
    several = tuple(cast("Sequence[object]", given)) if isinstance(given, list | tuple) else (given,)
    found: dict[str, Cookie] = {}
    for each in several:
        if not isinstance(each, Cookie):
            raise ConfigurationError(
                f"cookies={given!r}: write each as cookies=[Cookie('theme', script=True, reason='a page reads it')]."
            )
        if each.name in found:
            raise ConfigurationError(f"cookies=: {each.name!r} stands there twice; say all of it in one Cookie(...).")
        _check_domain(each, settings)
        found[each.name] = each
    return tuple(found.values())


def credential_cookie_of(callers: Authenticator | None, cookies: Sequence[Cookie]) -> str:
    """The cookie that is a credential, empty for none. It gets no exception that hands it to others."""
    name = str(getattr(callers, "cookie", ""))
    for each in cookies:
        if each.name == name and (each.script or each.same_site == "none" or each.domain is not None):
            raise ConfigurationError(
                f"Cookie({name!r}) allows {', '.join(each.allows)}, and by it {type(callers).__name__} knows who is"
                " calling: whoever gets hold of it is its owner. Leave the exception away."
            )
    return name


def readers_of(given: object, settings: Settings, *, accounts: bool, console: str | None) -> Readers:
    """`cors=` and `BUCKLER_CORS_ORIGINS`: the code's origins and the operator's count alike.

    `console`: the path of the console; None for none.
    """
    if given is not None and not isinstance(given, Cors):
        raise ConfigurationError(f"cors={given!r}: write cors=Cors(['https://app.example.com']).")
    policy = (given or Cors()).with_origins(listed(settings.cors_origins))
    if given is not None and not policy.origins:
        raise ConfigurationError(
            "cors=Cors() names no origin, and neither does BUCKLER_CORS_ORIGINS: no page may read anything, as without"
            " it. Name one, as in cors=Cors(['https://app.example.com']), or leave it out."
        )
    for each in policy.origins:
        if each.startswith("http:") and not settings.development:
            raise ConfigurationError(
                f"Cors(origins=[{each!r}]) is plain HTTP: whoever sits in its network writes its pages. Use https."
            )
    # The password form is for our own documentation page; the console is for nobody else's pages.
    closed = [*(("/auth/token",) if accounts else ()), *((console,) if console and not policy.credentials else ())]
    return Readers(policy if policy.origins else None, closed)


def _check_domain(cookie: Cookie, settings: Settings) -> None:
    """A browser takes no cookie for a domain that the host which sets it is not in."""
    hosts = [host_of(settings.origin)] if settings.origin else []
    if cookie.domain is None or all(f".{host}".endswith(f".{cookie.domain}") for host in hosts):
        return
    raise ConfigurationError(
        f"Cookie({cookie.name!r}, domain={cookie.domain!r}): browsers drop it, for {hosts[0]} is not in that domain."
        " Name one that BUCKLER_ORIGIN is in, or leave domain= away."
    )


def proxies_of(given: object, settings: Settings) -> Proxies:
    """Who may say where a request came from: what the code says, else what the operator says."""
    if given is None:
        return proxies_named(settings.behind)
    if not isinstance(given, Proxies):
        raise ConfigurationError(f"client_address={given!r}: write direct(), behind(hops=1) or behind(networks=[...]).")
    return given


def declarations_of(given: object, name: str, what: str) -> tuple[Declaration, ...]:
    """What the argument `name` says of the routes `what`: nothing, one declaration, or several that add up.

    One of them says who may call.
    """
    if given is None:
        return ()
    several = cast("Sequence[object]", given) if isinstance(given, list | tuple) else (given,)
    try:
        found = tuple(declaration_in(each) for each in several)
    except ConfigurationError as error:
        raise ConfigurationError(f"{name}=: {error}") from None
    if not says_who_may_call(found):
        # Fail closed: with this alone, such a route would say nothing about it either.
        told = "".join(f", {each}" for each in found)
        raise ConfigurationError(
            f"{name}=[{told[2:]}] says nothing about who may call {what}: write"
            f" {name}=[Requires(){told}] for whoever is signed in, or {name}=[Public('why anybody may'){told}]."
        )
    return found
