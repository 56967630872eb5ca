"""What operators do to machines: ping, read logs, reports, webhooks, formulas, imports."""

import ast
import base64
import binascii
import json
import operator
import pickle
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, cast
from urllib.parse import urlsplit

import httpx2
import yaml
from fastapi import APIRouter, Query, Request
from jinja2 import Template

from tests.drill.targets.tools.callers import Flaws, Line, Me, Strict, Text, refused

HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,62}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,62}[A-Za-z0-9])?){0,5}")
LOGS = {"app.log": "started\nready\n", "jobs.log": "job 1 queued\n"}
HOOKS = frozenset({"hooks.tools.example"})
"""Where webhooks may be."""

NUMBERS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: lambda left, right: left / right,
}


class Host(Strict):
    """Which machine."""

    host: Line


class Report(Strict):
    """A report: {{ name }} stands for who asks."""

    template: Text


class Hook(Strict):
    """Where an event would be sent."""

    url: Line


class Formula(Strict):
    """A formula of numbers."""

    formula: Line


class Document(Strict):
    """A document of YAML."""

    document: Text


class Saved(Strict):
    """Settings that were saved earlier, in base64."""

    data: Text


def ping(given: Host, _: Me) -> dict[str, str]:
    """Whether a machine answers."""
    if not HOST.fullmatch(given.host):
        raise refused(422, "That is no name of a machine.")
    return _ran(["ping", "-c", "1", "-W", "1", given.host])


def ping_with_shell(given: Host, _: Me) -> dict[str, str]:
    """Whether a machine answers."""
    return _ran(f"ping -c 1 -W 1 {given.host}")


def _ran(command: str | list[str]) -> dict[str, str]:
    shell = isinstance(command, str)
    try:
        done = subprocess.run(command, shell=shell, capture_output=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return {"output": "no answer"}
    return {"output": (done.stdout + done.stderr).decode(errors="replace")[:4000]}


def read_log(request: Request, name: Annotated[str, Query(max_length=200)], _: Me, flawed: Flaws) -> dict[str, str]:
    """A log by its name."""
    folder: Path | None = request.app.state.folder
    if folder is None or ("logs-by-any-path" not in flawed and name not in LOGS):
        raise refused(404, "No such log.")
    try:
        return {"name": name, "text": (folder / name).read_text(errors="replace")[:10_000]}
    except (OSError, ValueError):
        raise refused(404, "No such log.") from None


def preview(given: Report, me: Me, flawed: Flaws) -> dict[str, str]:
    """How a report would look."""
    if "reports-are-templates" in flawed:
        try:
            return {"text": Template(given.template).render(name=me.name)}
        except Exception:  # noqa: BLE001 - a template can fail in any way
            raise refused(400, "The report has a mistake in it.") from None
    return {"text": given.template.replace("{{ name }}", me.name)[:10_000]}


def try_hook(given: Hook, _: Me, flawed: Flaws) -> dict[str, Any]:
    """Ask a webhook whether it is there."""
    try:
        url = urlsplit(given.url)
        ours = url.scheme == "https" and url.hostname in HOOKS and url.netloc == url.hostname
    except ValueError:
        ours = False
    if not ours and "webhooks-anywhere" not in flawed:
        raise refused(422, "Webhooks are at hooks.tools.example.")
    try:
        answer = httpx2.get(given.url, timeout=2, follow_redirects="webhooks-anywhere" in flawed, trust_env=False)
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError):
        return {"delivered": False}
    return {"delivered": True, "status": answer.status_code, "text": answer.text[:500]}


def compute(given: Formula, _: Me) -> dict[str, str]:
    """What a formula gives."""
    return {"result": computed(given.formula)}


def compute_anything(given: Formula, _: Me) -> dict[str, str]:
    """What a formula gives."""
    return {"result": evaluated(given.formula)}


def computed(formula: str) -> str:
    """The value of a formula of numbers."""
    try:
        return str(_value(ast.parse(formula, mode="eval").body))
    except (SyntaxError, ValueError, ArithmeticError, RecursionError, MemoryError):
        raise refused(422, "That is no formula.") from None


def evaluated(formula: str) -> str:
    """The value of whatever it is."""
    try:
        return str(eval(formula))[:500]  # noqa: S307
    except Exception:  # noqa: BLE001 - a formula can fail in any way
        raise refused(422, "That is no formula.") from None


def _value(node: ast.expr) -> float:
    if isinstance(node, ast.Constant) and type(node.value) in {int, float}:
        return float(node.value)  # type: ignore[arg-type]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand)
    if isinstance(node, ast.BinOp) and type(node.op) in NUMBERS:
        return NUMBERS[type(node.op)](_value(node.left), _value(node.right))
    raise ValueError("only numbers")


class PlainLoader(yaml.SafeLoader):
    """Without aliases: they make much of little."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Refuse what refers to something else."""
        if self.check_event(yaml.AliasEvent):  # pyright: ignore[reportUnknownMemberType]
            raise yaml.YAMLError("no aliases")
        return super().compose_node(parent, index)


def import_yaml(given: Document, _: Me, flawed: Flaws) -> dict[str, int]:
    """How many settings a document has."""
    loader = yaml.UnsafeLoader if "yaml-makes-objects" in flawed else PlainLoader
    try:
        loaded = yaml.load(given.document, loader)  # noqa: S506
    except Exception:  # noqa: BLE001 - a document can fail in any way
        raise refused(422, "That is no document of ours.") from None
    return {"settings": _size(loaded)}


def restore(given: Saved, _: Me, flawed: Flaws) -> dict[str, int]:
    """Take settings back that were saved."""
    try:
        raw = base64.b64decode(given.data, validate=True)
    except (binascii.Error, ValueError):
        raise refused(422, "Those are no settings.") from None
    try:
        loaded = pickle.loads(raw) if "settings-are-pickles" in flawed else json.loads(raw)  # noqa: S301
    except Exception:  # noqa: BLE001 - whatever it was
        raise refused(422, "Those are no settings.") from None
    return {"settings": _size(loaded)}


def _size(loaded: object) -> int:
    return len(cast("list[object]", loaded)) if isinstance(loaded, dict | list) else 1


def write_logs(folder: Path) -> None:
    """The logs of this morning."""
    for name, text in LOGS.items():
        (folder / name).write_text(text)


def routes(flawed: frozenset[str]) -> APIRouter:
    """All of it."""
    router = APIRouter(tags=["machines"])
    router.add_api_route("/ping", ping_with_shell if "ping-by-shell" in flawed else ping, methods=["POST"])
    router.add_api_route("/logs", read_log)
    router.add_api_route("/reports/preview", preview, methods=["POST"])
    router.add_api_route("/webhooks/try", try_hook, methods=["POST"])
    formulas = compute_anything if "formulas-are-code" in flawed else compute
    router.add_api_route("/formulas", formulas, methods=["POST"])
    router.add_api_route("/import", import_yaml, methods=["POST"])
    router.add_api_route("/restore", restore, methods=["POST"])
    return router
