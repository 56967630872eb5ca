"""What can never work, judged when the tree is whole: every reason at once, each with its remedy."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from buckler.errors import ConfigurationError
from buckler.settings.contacts import (
    check_contact,
    check_expires,
    check_languages,
    check_leftovers,
    check_policy,
)
from buckler.settings.origins import check_host, check_origin, check_proxies, check_rate, check_reader
from buckler.settings.source_value import SourceValue
from buckler.settings.words import PREFIX, listed

if TYPE_CHECKING:
    from buckler.settings.tree import Settings

_LONGEST_REASON: Final = 200


def faults_of(settings: "Settings") -> list[str]:
    """The reasons why these settings cannot stand, in the order of the page of settings."""
    faults: list[str] = []
    for check in _checks(settings):
        try:
            check()
        except ConfigurationError as error:
            faults.append(str(error))
    return faults


def _checks(settings: "Settings") -> Iterator[Callable[[], None]]:
    development = settings.development
    yield partial(_check_own_origin, settings)
    yield partial(_check_reach, settings)
    for host in listed(settings.hosts):
        yield partial(check_host, host)
    for origin in listed(settings.redirect_origins):
        yield partial(check_origin, origin, "BUCKLER_REDIRECT_ORIGINS", development=development)
    for origin in listed(settings.cors_origins):
        yield partial(check_reader, origin, development=development)
    yield partial(check_proxies, settings.behind)
    yield partial(check_rate, "client_limit", settings.client_limit)
    yield partial(check_rate, "failed_checks_limit", settings.failed_checks_limit)
    yield partial(_check_reason, settings.count_per_process)
    yield from _checks_of_contact(settings)


def _checks_of_contact(settings: "Settings") -> Iterator[Callable[[], None]]:
    yield partial(check_contact, settings.security_contact)
    yield partial(check_expires, settings.security_contact, settings.security_expires)
    yield partial(check_policy, settings.security_policy)
    yield partial(check_languages, settings.security_languages)
    yield partial(
        check_leftovers,
        settings.security_contact,
        security_expires=settings.security_expires,
        security_policy=settings.security_policy,
        security_languages=settings.security_languages,
    )


def _check_own_origin(settings: "Settings") -> None:
    if settings.origin:
        check_origin(settings.origin, "BUCKLER_ORIGIN", development=settings.development)
    elif not settings.development:
        raise ConfigurationError(
            "BUCKLER_ORIGIN is not set. In production Buckler must know where clients reach the app, as in"
            " BUCKLER_ORIGIN=https://api.example.com: hosts, redirects and tokens depend on it."
            f" To try things on this machine alone, set BUCKLER_ENVIRONMENT=development.{_needed_too(settings)}"
        )


def _needed_too(settings: "Settings") -> str:
    """What production will ask for next, so that nobody learns of it one start at a time."""
    lines = (
        ("BUCKLER_PROCESSES: how many processes serve; `buckler serve` says it by itself", settings.processes),
        (
            "BUCKLER_MASTER_SECRET_FILE: with accounts, the file of the secret that seals what they keep",
            settings.master_secret or settings.master_secret_file,
        ),
    )
    missing = [f"\n  {line}" for line, value in lines if value is None]
    return f"\nAlso not set, and needed in production:{''.join(missing)}" if missing else ""


def _check_reach(settings: "Settings") -> None:
    if settings.development and settings.origin and not settings.on_loopback:
        raise ConfigurationError(
            f"BUCKLER_ORIGIN={settings.origin} with BUCKLER_ENVIRONMENT=development: development answers this machine"
            " alone. Set BUCKLER_ENVIRONMENT=production, or an origin on localhost."
        )


def _check_reason(reason: str) -> None:
    """`count_per_process`: one line that says why."""
    if reason and (not reason.isprintable() or len(reason) > _LONGEST_REASON or len(reason.split()) < 2):
        raise ConfigurationError(
            f"{PREFIX}COUNT_PER_PROCESS={reason[:40]!r}: an auditor will read it. Write in one line of at most"
            f" {_LONGEST_REASON} characters why each process may count for itself, as in 'the proxy in front counts'."
        )


def check_place_of_secret(said: SourceValue | None, data: Path, *, development: bool) -> None:
    """Not in the data folder, by way of a file of settings that lies there (ASVS 13.3.1)."""
    if development or said is None or said.file is None:
        return
    if said.file.resolve().is_relative_to(data.resolve()):
        raise ConfigurationError(
            f"BUCKLER_MASTER_SECRET stands in {said.file}, which lies in the data folder {data}: who copies the data"
            " has the key too. Move it elsewhere, and name the new place in BUCKLER_MASTER_SECRET_FILE."
        )
