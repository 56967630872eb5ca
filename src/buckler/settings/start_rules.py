"""What a start asks of the settings, when an app is about to serve (ASVS 13.2.3, 13.4.2).

Tools and tests build settings for apps that nobody starts; so these are judged at the start and not before.

1. In production the number of processes is said, since limits are counted inside each of them.
2. Several processes need a reason why each may count for itself: there is no store that they share.
3. In production no app shows its own errors.
4. No app lets pages of every origin read it with their visitors' cookies, nor has two policies for other origins.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from fastapi import FastAPI

from buckler.edge.cookie import Cookie
from buckler.edge.cors_policy import Cors
from buckler.edge.csp_policy import Csp
from buckler.edge.foreign_origins import faults_of_cors
from buckler.settings.tree import Settings

UNSAID: Final = (
    "BUCKLER_PROCESSES is not set. In production Buckler must know how many processes serve the app, since each counts"
    " limits for itself. `buckler serve` says it by itself; with uvicorn, gunicorn or fastapi run set BUCKLER_PROCESSES"
    " to the number of their workers: 1, unless you gave one."
)
"""Told where nobody said the number of processes."""
_DEBUG: Final = (
    "debug=True in production: whoever makes the app fail would read its source and its values. Leave debug= out of"
    " FastAPI(...); on this machine alone, set BUCKLER_ENVIRONMENT=development."
)


@dataclass(frozen=True, slots=True)
class StartRules:
    """The settings of one app, asked at its start."""

    settings: Settings
    cookies: tuple[Cookie, ...] = ()
    cors: Cors | None = None
    csp: Csp | None = None

    def faults(self, apps: Iterable[FastAPI]) -> list[str]:
        """Why these apps may not start under these settings; each with its remedy."""
        several = list(apps)
        cors = (told for app in several for told in faults_of_cors(app.user_middleware, self.cors))
        return [*self._faults_of_number(), *self._faults_of_debug(several), *dict.fromkeys(cors)]

    def exemptions(self) -> list[dict[str, object]]:
        """What events tell of processes that count for themselves, of a policy of pages that only measures, and of
        cookies that may more than others.
        """
        count, reason = self.settings.processes or 1, self.settings.count_per_process
        found: list[dict[str, object]] = [{"processes": count, "reason": reason}] if count > 1 and reason else []
        if self.csp is not None and self.csp.report_only is not None:
            found.append({"named": "csp", "allows": ["report_only"], "reason": self.csp.report_only})
        return found + [{"named": each.name, "allows": each.allows, "reason": each.reason} for each in self.cookies]

    def changed_lines(self) -> list[str]:
        """The settings that are not default, each with its value; secrets as stars."""
        return [f"{name}={text}" for name, text in self.settings.changed().items()]

    def _faults_of_number(self) -> list[str]:
        count = self.settings.processes
        if count is None and not self.settings.development:
            return [UNSAID]
        if count is None or count == 1 or self.settings.count_per_process:
            return []
        several = (
            f"BUCKLER_PROCESSES={count}: limits, budgets of failed checks and of sign-ins by network are counted inside"
            " each process, and there is no shared store in this version. Set BUCKLER_PROCESSES=1 (`--workers 1`), or"
            ' BUCKLER_COUNT_PER_PROCESS="why each process may count for itself", and every limit is then up to'
            f" {count} times what it says."
        )
        return [several]

    def _faults_of_debug(self, apps: Iterable[FastAPI]) -> list[str]:
        if self.settings.development or not any(app.debug for app in apps):
            return []
        return [_DEBUG]
