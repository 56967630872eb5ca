"""Routes whose values are rendered, run or matched."""

import ast
import base64
import pickle
import re
import subprocess
from collections.abc import Callable
from typing import Annotated, Any

import yaml
from fastapi import Body, FastAPI, HTTPException
from jinja2 import Template, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from tests.drill.attacks.input.workshop.values import Said, Text

LINEAR = re.compile(r"[a-zA-Z0-9]{1,60}@[a-z.]{1,60}")
NESTED = re.compile(r"^([a-zA-Z0-9]+)*@[a-z.]+$")
SPACES = re.compile(r"\s+$")


def add_to(app: FastAPI, flaws: frozenset[str]) -> None:
    """Add them."""
    cards: dict[int, str] = {}
    render: Callable[[str], str] = str
    if "template" in flaws:
        render = lambda text: Template(text).render()  # noqa: E731
    elif "sandbox" in flaws:
        render = lambda text: SandboxedEnvironment().from_string(text).render()  # noqa: E731

    @app.post("/cards")
    def write(said: Said) -> dict[str, int]:
        try:
            cards[len(cards) + 1] = render(said.text)
        except TemplateError:
            raise HTTPException(400, "a mistake") from None
        return {"id": len(cards)}

    @app.get("/cards/{card_id}")
    def read(card_id: int) -> dict[str, str]:
        if card_id not in cards:
            raise HTTPException(404)
        return {"text": cards[card_id]}

    app.post("/greet")(_greet_by_shell if "shell" in flaws else _greet)
    app.post("/quiet")(_quiet_by_shell if "quiet-shell" in flaws else _quiet)
    app.post("/formula")(_eval if "eval" in flaws else _calculate)
    app.post("/import")(_importing(flaws))
    app.post("/checked")(_checking(flaws))


def _greet(said: Said) -> dict[str, str]:
    return {"out": f"hello {said.text}"}


def _greet_by_shell(said: Said) -> dict[str, str]:
    done = subprocess.run(f'echo "hello {said.text}"', shell=True, capture_output=True)  # noqa: S602
    return {"out": done.stdout.decode(errors="replace")}


def _quiet(said: Said) -> dict[str, str]:
    return {"out": "done"}


def _quiet_by_shell(said: Said) -> dict[str, str]:
    subprocess.run(f"true {said.text}", shell=True, capture_output=True)  # noqa: S602
    return {"out": "done"}


def _calculate(said: Said) -> dict[str, str]:
    try:
        return {"result": str(product_of(ast.parse(said.text, mode="eval").body))}
    except (SyntaxError, ValueError):
        return {"result": "no formula"}


def _eval(said: Said) -> dict[str, str]:
    try:
        return {"result": str(eval(said.text))}  # noqa: S307
    except Exception:  # noqa: BLE001 - a formula can fail in any way
        return {"result": "no formula"}


def product_of(node: ast.expr) -> int:
    """What a calculator makes of numbers and stars."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return product_of(node.left) * product_of(node.right)
    raise ValueError


def _importing(flaws: frozenset[str]) -> Callable[[Said], dict[str, str]]:
    load: Callable[[str], Any] = yaml.safe_load
    if "yaml" in flaws:
        load = lambda text: yaml.load(text, yaml.UnsafeLoader)  # noqa: E731, S506
    elif "pickle" in flaws:
        load = lambda text: pickle.loads(base64.b64decode(text))  # noqa: E731, S301

    def read(said: Said) -> dict[str, str]:
        try:
            load(said.text)
        except Exception:  # noqa: BLE001 - a document can fail in any way
            return {"read": "no"}
        return {"read": "yes"}

    return read


def _checking(flaws: frozenset[str]) -> Callable[[str], dict[str, bool]]:
    shape = NESTED if "nested" in flaws else LINEAR

    def check(mail: Annotated[Text, Body(embed=True)]) -> dict[str, bool]:
        spaced = bool(SPACES.search(mail)) if "spaces" in flaws else mail.rstrip() != mail
        return {"mail": bool(shape.fullmatch(mail)), "spaced": spaced}

    return check
