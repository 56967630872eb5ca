"""Let one account in, as the options file of the drill says, and print what it shows: for tools that cannot sign in.

    python -m buckler.cli.drill.shown_credential drill-options.toml http://localhost:8000 > zap.env

1. Whoever is named in the file comes in as for a drill; where nobody ordinary is named, an account is registered.
2. One that is not let in is an error, and nothing is printed: a scan as nobody would look like a good one.
3. What is printed is a secret, as lines for `docker run --env-file`. It is as good as the session behind it.
"""

import argparse
import asyncio
import json
import os
import ssl
import sys
from pathlib import Path
from urllib.parse import urlsplit

import typer

from buckler.cli.drill.documents import document_in
from buckler.drill.arriving.entering import gather
from buckler.drill.budget import Budget
from buckler.drill.engagement import Engagement
from buckler.drill.people.cast import Cast
from buckler.drill.people.identity import Identity
from buckler.drill.plan.document import Unreadable
from buckler.drill.plan.options import Options, read_options
from buckler.drill.plan.table import BadOptions
from buckler.drill.sender import Sender
from buckler.drill.setting import Setting
from buckler.drill.transport.by_url import connected
from buckler.drill.transport.carrier import Carrier
from buckler.drill.transport.request import Fields, Request

SECONDS = 60.0
REQUESTS = 500


def main() -> int:
    """The exit code: 0 with what somebody shows, 1 where nobody was let in."""
    told = _arguments()
    try:
        options = read_options(told.options.read_text(encoding="utf-8"), os.environ)
        trust = ssl.create_default_context(cafile=told.ca) if told.ca else True
        openapi = told.openapi or options.target.openapi or "/openapi.json"
        known = Path(openapi).read_text(encoding="utf-8") if Path(openapi).is_file() else ""
        cast = asyncio.run(come_in(options, told.url.rstrip("/"), openapi, known, trust))
        who = whoever_is_named(cast, told.name)
    except (BadOptions, Unreadable, LookupError, ValueError, OSError) as failure:
        typer.echo(f"{failure}", err=True)
        return 1
    typer.echo(f"{who.name} was let in", err=True)
    lines = for_burp(who.headers, told.url) if told.tool == "burp" else for_zap(who.headers, told.url)
    typer.echo("".join(f"{name}={value}\n" for name, value in lines.items()), nl=False)
    return 0


async def come_in(options: Options, url: str, openapi: str, known: str, trust: ssl.SSLContext | bool) -> Cast:
    """Everybody who can be let in at a server. Raises `ValueError` where its document cannot be had."""
    async with connected(url, trust) as carrier:
        text = known or await _text(carrier, url, openapi)
        setting = Setting(document_in(text, openapi), url=url)
        on = Engagement(Sender(carrier, Budget(SECONDS, REQUESTS)), setting, Cast())
        on.sender.budget.begin()
        return await gather(on, options)


async def _text(carrier: Carrier, url: str, openapi: str) -> str:
    answer = await carrier.carry(Request("GET", openapi), address="", within=SECONDS)
    if not answer.worked:
        raise ValueError(f"{url}{openapi}: {answer.failure or f'status {answer.status}'}")
    return answer.text


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
    parser.add_argument("--ca", metavar="FILE", help="certificates that the server is trusted by")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
