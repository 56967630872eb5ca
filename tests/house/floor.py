"""The coverage that a run must reach. It only rises: no commit may hold less than one before it."""

import subprocess
import tomllib
from pathlib import Path


def floor(settings: str) -> float:
    """The floor that the text of a pyproject.toml sets; 0 for one that sets none."""
    report = tomllib.loads(settings).get("tool", {}).get("coverage", {}).get("report", {})
    return float(report.get("fail_under", 0))


def highest_before(root: Path) -> float:
    """The highest floor that any commit of this history held; 0 where there is no history to read."""
    commits = _git(root, "log", "--format=%H", "--", "pyproject.toml").split()
    return max((floor(_git(root, "show", f"{commit}:./pyproject.toml")) for commit in commits), default=0.0)


def _git(root: Path, *arguments: str) -> str:
    """What git answers; nothing outside a repository, as in an unpacked source archive."""
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout if done.returncode == 0 else ""
