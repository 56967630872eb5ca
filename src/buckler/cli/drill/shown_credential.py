"""Let one account in, as the options file of the drill says, and print what it shows: for tools that cannot sign in.

    python -m buckler.cli.drill.shown_credential drill-options.toml http://localhost:8000 > zap.env

1. Whoever is named in the file comes in as for a drill; where nobody ordinary is named, an account is registered.
2. One that is not let in is an error, and nothing is printed: a scan as nobody would look like a good one.
3. It may do what the drill may: meet a server of this machine, or one that `--target-is-mine` names, and register with
   `--writes` alone.
4. What is printed is a secret, as lines for `docker run --env-file`. It is as good as the session behind it.
"""

import argparse
import asyncio
import json
import os
import sys
from pathlib import Path
from ssl import SSLContext
from urllib.parse import urlsplit

import typer

from buckler.cli.drill.attacking import trust_in
from buckler.cli.drill.bounds import origin_in
from buckler.cli.drill.documents import document_in_file, document_of
from buckler.cli.drill.given import text_of
from buckler.drill.arriving.entering import come_in
from buckler.drill.engagement import Engagement
from buckler.drill.people.cast import Cast
from buckler.drill.people.identity import Identity
from buckler.drill.plan.document import Document
from buckler.drill.plan.options import Options, read_options
from buckler.drill.plan.table import BadOptions
from buckler.drill.sender import Sender
from buckler.drill.setting import Setting
from buckler.drill.transport.by_url import connected
from buckler.drill.transport.request import Fields
from buckler.drill.wanted import Wanted, without_skipped
from buckler.errors import ConfigurationError


def main() -> int:
    """The exit code: 0 with what somebody shows, 1 where nobody was let in."""
    told = _arguments()
    try:
        options = read_options(text_of(told.options, "the options file"), os.environ)
        url, trust = origin_in(told.url, told.mine), trust_in(told.ca, insecure=False)
        where = told.openapi or options.target.openapi
        cast = asyncio.run(everybody_let_in(options, url, where, document_in_file(where), trust, writes=told.writes))
        who = whoever_is_named(cast, told.name)
    except (BadOptions, ConfigurationError, LookupError, typer.BadParameter) as failure:
        typer.echo(failure.message if isinstance(failure, typer.BadParameter) else f"{failure}", err=True)
        return 1
    typer.echo(f"{who.name} was let in", err=True)
    lines = for_burp(who.headers, url) if told.tool == "burp" else for_zap(who.headers, url)
    typer.echo("".join(f"{name}={value}\n" for name, value in lines.items()), nl=False)
    return 0


async def everybody_let_in(
    options: Options, url: str, openapi: str, known: Document | None, trust: SSLContext | bool, *, writes: bool
) -> Cast:
    """Everybody who can be let in at a server. Raises `ConfigurationError` where its document cannot be had."""
    document = without_skipped(known or await document_of(url, openapi, trust), options)
    wanted, setting = Wanted((), options=options), Setting(document, writes=writes, url=url, trust=trust)
    async with connected(url, trust) as carrier:
        on = Engagement(Sender(carrier, wanted.budget), setting, Cast())
        await come_in(on, wanted.options)
        return on.cast


def whoever_is_named(cast: Cast, name: str) -> Identity:
    """Whoever is named, else the first ordinary account. Raises `LookupError`, with what went wrong."""
    people = cast.people if name else cast.ordinary
    found = next((each for each in people if name in ("", each.name)), None)
    if found is None:
        there = ", ".join(each.name for each in cast.people) or "nobody"
        raise LookupError("\n".join((f"{name or 'no ordinary account'} was not let in; {there} was.", *cast.notes)))
    return found


def for_zap(headers: Fields, url: str) -> dict[str, str]:
    """One header, which is all that ZAP adds by itself, and the site that gets it."""
    (name, value), *others = headers
    for other, _ in others:
        typer.echo(f"left out, since ZAP adds one header: {other}", err=True)
    site = urlsplit(url).hostname or ""
    return {"ZAP_AUTH_HEADER": name, "ZAP_AUTH_HEADER_VALUE": value, "ZAP_AUTH_HEADER_SITE": site}


def for_burp(headers: Fields, url: str) -> dict[str, str]:
    """Every header, for the one place that gets them."""
    listed = [{"name": name, "scopePrefix": url, "value": value} for name, value in headers]
    return {"BURP_HEADERS_COOKIES_CONFIG_HEADERS": json.dumps(listed)}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Let one account in, and print what it shows.")
    parser.add_argument("options", type=Path, help="the options file of buckler drill")
    parser.add_argument("url", help="where the server listens, as http://localhost:8000")
    parser.add_argument("--openapi", default="", metavar="FILE|PATH", help="its document; else /openapi.json")
    parser.add_argument("--as", dest="name", default="", metavar="NAME", help="who; else the first ordinary account")
    parser.add_argument("--for", dest="tool", choices=("zap", "burp"), default="zap", help="what the lines are for")
    parser.add_argument(
        "--target-is-mine", dest="mine", action="append", default=[], metavar="HOST", help="not this machine"
    )
    parser.add_argument("--writes", action="store_true", help="let an account be registered there")
    parser.add_argument("--ca", type=Path, metavar="FILE", help="certificates that the server is trusted by")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
