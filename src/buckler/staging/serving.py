"""How an app that was attacked in this process is started, so that the lines of the report reach it."""

import re
import sys
from collections.abc import Collection
from dataclasses import replace
from typing import Final

from fastapi import FastAPI

from buckler.drill.report import Report
from buckler.drill.transport.carrier import UNSAID_ORIGIN
from buckler.protected_app import installed_on

_NAMED: Final = re.compile(r"[A-Za-z_][\w.]*(:[A-Za-z_]\w*)?")


def as_served(report: Report, app: FastAPI, variables: Collection[str] = ()) -> Report:
    """The report with the command that starts the app, and with the address where it listens then.

    What was said in `variables` has to be said again, and stands by name alone. An app that has no name to start it by
    stays as it is.
    """
    before = "".join(f"{name}=... " for name in variables)
    named = report.target if _NAMED.fullmatch(report.target) else ""
    if installed_on(app) is not None:
        start = before + " ".join(("buckler serve", *((named,) if named else ()), "--environment development"))
        return replace(report, start=start, origin="https://localhost:8443")
    if not named:
        return report
    module, _, attribute = named.partition(":")
    factory = "--factory " if _makes(module, attribute or "app") else ""
    start = f"{before}uvicorn {factory}{module}:{attribute or 'app'} --port 8000"
    return replace(
        report, start=start, origin="http://localhost:8000" if report.origin == UNSAID_ORIGIN else report.origin
    )


def _makes(module: str, attribute: str) -> bool:
    """Whether that is a function which makes the app."""
    found = getattr(sys.modules.get(module), attribute, None)
    return callable(found) and not isinstance(found, FastAPI)
