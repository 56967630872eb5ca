"""What a drill may do: which attacks, for how long, and against whom."""

from collections.abc import Collection
from urllib.parse import urlsplit

import typer

from buckler.drill.attack import Attack
from buckler.drill.attacks.page import as_table
from buckler.drill.attacks.selection import NoSuchAttack, select
from buckler.drill.transport.this_machine import is_this_machine
from buckler.errors import ConfigurationError


def chosen(only: Collection[str], skip: Collection[str], *, by_url: bool) -> tuple[Attack, ...]:
    """The attacks that are meant. Raises `typer.BadParameter`."""
    try:
        return select(only, skip, by_url=by_url)
    except NoSuchAttack as wrong:
        raise typer.BadParameter(f"--only, --skip: {wrong}") from wrong


def print_list(attacks: tuple[Attack, ...], *, markdown: bool) -> None:
    """Every one of these attacks, for people."""
    typer.echo(as_table(attacks, markdown=markdown), nl=False)


def check_host(url: str, mine: Collection[str]) -> None:
    """Raise `ConfigurationError` for a target that is neither on this machine nor named as one's own."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host:
        raise ConfigurationError(f"{url}: name a server as in https://localhost:8443, or an app as in main:app.")
    if not is_this_machine(host) and host.lower() not in {each.lower() for each in mine}:
        raise ConfigurationError(
            f"{host} is not this machine, and attacking what belongs to others is a crime in most places. If it is"
            f" yours, or its owner has agreed in writing, say so: --target-is-mine {host}"
        )
