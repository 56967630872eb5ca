"""What a drill may do: which attacks, for how long, and against whom."""

import re
from collections.abc import Collection
from typing import Final
from urllib.parse import SplitResult, urlsplit

import typer

from buckler.drill.attack import Attack
from buckler.drill.attacks.page import as_table
from buckler.drill.attacks.selection import NoSuchAttack, select
from buckler.drill.transport.this_machine import is_this_machine
from buckler.errors import ConfigurationError

_ADDRESS: Final = re.compile(r"(?://)?(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):[0-9]{1,5}(?:[/?#].*)?")
"""No name of an app is a number, so this is a URL without its beginning."""
_OF_SERVERS: Final = {
    "--openapi": "it says its document itself. A server is named by its URL, as in http://localhost:8000",
    "--target-is-mine": "it runs in this process. A server is named by its URL, as in https://staging.example.org",
    "--ca": "it runs in this process, and there is no certificate to trust.",
    "--insecure": "it runs in this process, and there is no certificate to trust.",
}
_OF_APPS: Final = {"--env": "it runs already, with an environment of its own. Say it where the server is started."}


def chosen_attacks(only: Collection[str], skip: Collection[str], *, by_url: bool) -> tuple[Attack, ...]:
    """The attacks that are meant. Raises `typer.BadParameter`."""
    try:
        return select(only, skip, by_url=by_url)
    except NoSuchAttack as wrong:
        raise typer.BadParameter(f"--only, --skip: {wrong}") from wrong


def print_list(attacks: tuple[Attack, ...], *, markdown: bool) -> None:
    """Every one of these attacks, for people."""
    typer.echo(as_table(attacks, markdown=markdown), nl=False)


def origin_in(url: str, mine: Collection[str], plain: str = "") -> str:
    """The server that a URL names, and nothing else. Raises `ConfigurationError`, `typer.BadParameter`.

    One that is neither on this machine nor named as one's own is refused, and so is a place for plain HTTP elsewhere.
    """
    parts = _parts(url)
    host = parts.hostname or ""
    if parts.username is not None:
        raise typer.BadParameter(
            f"{parts.scheme}://...@{host}: a URL with a name before the @ signs nobody in. Leave it out, and say who"
            " takes part: --user NAME:PASSWORD, or --options FILE."
        )
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise typer.BadParameter(
            f"{url}: name the server alone, as {parts.scheme}://{parts.netloc}. Which paths it has is said by its"
            " document, which --openapi names, as /api/openapi.json."
        )
    known = {each.lower() for each in mine}
    if unused := sorted(known - {host.lower()} if not is_this_machine(host) else known):
        raise typer.BadParameter(
            f"--target-is-mine {unused[0]}: the target is {host}"
            + (", which is this machine: leave it out." if is_this_machine(host) else ".")
        )
    for each in (host, _parts(plain).hostname or "") if plain else (host,):
        if not is_this_machine(each) and each.lower() not in known:
            raise ConfigurationError(
                f"{each} is not this machine, and attacking what belongs to others is a crime in most places. If it is"
                f" yours, or its owner has agreed in writing, say so: --target-is-mine {each}"
            )
    return f"{parts.scheme}://{parts.netloc}"


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise ConfigurationError(f"{url}: name a server as in https://localhost:8443, or an app as in main:app.")
    return urlsplit(url)


def check_words(
    target: str | None, *, by_url: bool, openapi: object, mine: object, ca: object, insecure: object, env: object
) -> None:
    """Raise `typer.BadParameter` for what would have no effect on this target: it would be missed without a word."""
    if target is not None and (match := _ADDRESS.fullmatch(target)):
        raise typer.BadParameter(f"{target} is the address of a server: write http://{match[0].removeprefix('//')}")
    told = {"--openapi": openapi, "--target-is-mine": mine, "--ca": ca, "--insecure": insecure, "--env": env}
    for option, why in (_OF_APPS if by_url else _OF_SERVERS).items():
        if told.get(option):
            raise typer.BadParameter(f"{option} has no effect on {target or 'the reference service'}: {why}")
