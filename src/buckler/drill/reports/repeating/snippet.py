"""A finding as a test that fails until it is mended: what was allowed, what was attacked, and the difference.

It stands by itself: a file with nothing but it runs. Secrets are taken from the environment.
"""

import re
from typing import Final

from buckler.drill.attack import About, Finding
from buckler.drill.reports.repeating.difference import difference
from buckler.drill.reports.repeating.literal import bytes_expression, expression, is_ascii, literal
from buckler.drill.reports.repeating.pieces import MOST, Piece, pieces_of, pieces_of_body, weight, wire
from buckler.drill.reports.texts import one_line
from buckler.drill.transport.answer import Exchange
from buckler.drill.transport.request import Request

_TIDY: Final = re.compile(r"(?!.*/\.)/(?:[A-Za-z0-9._~!$&()*+,;=:@/?-]|%[0-9A-F]{2})*")
"""Targets that a client sends as they stand in a URL."""
_SECONDS: Final = 30


def pytest_snippet(attack: About, finding: Finding, origin: str, names: frozenset[str]) -> str:
    """The code of a file with one test."""
    asked: list[str] = []
    held: list[str] = []
    for number, control in enumerate(finding.control):
        name = f"control_{number + 1}" if number else "control"
        asked += _sent(name, control, names)
        held.append(f"    assert {name}.status_code == {control.answer.status}, {name}.text")
    asked += _sent("attack", finding.attacked, names)
    held.append(f"    assert {difference(finding)}, attack.text")
    shown = f"{attack.id} {attack.name}: {finding.words}"
    return "\n".join(
        (
            "import os",
            "",
            "import httpx2 as httpx",
            "",
            f'ORIGIN = os.environ.get("ORIGIN", {literal(origin)})',
            "",
            "",
            f"def {_function(attack, finding)}() -> None:",
            f"    {literal(one_line(shown))}",
            f"    with httpx.Client(timeout={_SECONDS}) as client:",
            *asked,
            *held,
            "",
        )
    )


def drill_snippet(attack: About, finding: Finding, origin: str) -> str:
    """The same for what no client of HTTP would send: the drill itself sends it again, and finds nothing."""
    shown = f"{attack.id} {attack.name}: {finding.words}"
    return "\n".join(
        (
            "import os",
            "import shlex",
            "import subprocess",
            "",
            f'ORIGIN = os.environ.get("ORIGIN", {literal(origin)})',
            'MORE = shlex.split(os.environ.get("DRILL", "--insecure"))  # such as --openapi and --options',
            "",
            "",
            f"def {_function(attack, finding)}() -> None:",
            f"    {literal(one_line(shown))}",
            f'    command = ["buckler", "drill", ORIGIN, "--only", {literal(attack.id)}, *MORE]',
            "    assert subprocess.run(command).returncode == 0",
            "",
        )
    )


def _function(attack: About, finding: Finding) -> str:
    words = re.sub(r"[^a-z0-9]+", "_", f"{attack.id} {finding.route}".lower()).strip("_")
    return f"test_{words[:80]}"


def _sent(name: str, exchange: Exchange, names: frozenset[str]) -> list[str]:
    request = exchange.request
    lines = [
        f"        {name} = client.request(  # as {one_line(exchange.who)}",
        f"            {literal(request.method)},",
        *_target(pieces_of(wire(request.target), names), bool(_TIDY.fullmatch(request.target))),
    ]
    if fields := _fields(request, names):
        lines += ["            headers=[", *(f"                {field}," for field in fields), "            ],"]
    if request.length:
        lines.append(f"            content={_body(request, names)},")
    # What an answer sets is not sent on: the next request is as it is written here.
    return [*lines, "        )", *(["        client.cookies.clear()"] if exchange.answer.all("set-cookie") else [])]


def _target(target: tuple[Piece, ...], is_tidy: bool) -> tuple[str, ...]:
    """As part of the URL; or letter by letter, where a client would tidy it up."""
    if is_tidy:
        return (f"            ORIGIN + {expression(target)},",)
    return "            ORIGIN,", f'            extensions={{"target": {bytes_expression(target)}}},'


def _fields(request: Request, names: frozenset[str]) -> list[str]:
    own = ("content-length", str(request.length))
    kept = ((name, value) for name, value in request.headers if (name.lower(), value) != own)
    return [_field(pieces_of(wire(name), frozenset()), pieces_of(wire(value), names)) for name, value in kept]


def _field(name: tuple[Piece, ...], value: tuple[Piece, ...]) -> str:
    """Both as texts, or both as bytes: a client takes nothing between."""
    say = expression if is_ascii(name) and is_ascii(value) else bytes_expression
    return f"({say(name)}, {say(value)})"


def _body(request: Request, names: frozenset[str]) -> str:
    pieces = pieces_of_body(request, names)
    if request.left or weight(pieces) > MOST:
        return f"bytes({request.length})"
    return expression(pieces)
