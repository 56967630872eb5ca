"""What a client calls itself, in a few words: `Firefox on Linux`. The whole is shown beside it; it is only a claim."""

import re
from typing import Final

_BROWSERS: Final = (
    ("Edge", re.compile(r"\bEdg(?:e|A|iOS)?/")),
    ("Opera", re.compile(r"\bOPR/")),
    ("Samsung Internet", re.compile(r"\bSamsungBrowser/")),
    ("Firefox", re.compile(r"\b(?:Firefox|FxiOS)/")),
    ("Chrome", re.compile(r"\b(?:Headless)?Chrome/|\bCriOS/")),
    ("Safari", re.compile(r"\bSafari/")),
    ("curl", re.compile(r"\bcurl/")),
    ("Python", re.compile(r"\bpython-|\bPython/")),
)
"""In this order: each says that it is the ones behind it too."""
_SYSTEMS: Final = (
    ("iPhone", re.compile(r"\biPhone\b")),
    ("iPad", re.compile(r"\biPad\b")),
    ("Android", re.compile(r"\bAndroid\b")),
    ("Windows", re.compile(r"\bWindows\b")),
    ("macOS", re.compile(r"\bMac OS X\b|\bMacintosh\b")),
    ("ChromeOS", re.compile(r"\bCrOS\b")),
    ("Linux", re.compile(r"\bLinux\b")),
)


def told_agent(agent: str) -> str:
    """A few words for it; its own first ones where it is none that we know."""
    browser, system = _first(_BROWSERS, agent), _first(_SYSTEMS, agent)
    if browser is None and system is None:
        return agent.partition(" ")[0][:40] or "Unknown client"
    return f"{browser or 'A client'} on {system}" if system is not None else str(browser)


def _first(known: tuple[tuple[str, re.Pattern[str]], ...], agent: str) -> str | None:
    return next((name for name, mark in known if mark.search(agent)), None)
