"""The policy of an app in a file: written anew, and compared with what the app is now."""

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from difflib import unified_diff
from pathlib import Path
from typing import Final

import typer

from buckler.access.policy.markdown import as_markdown
from buckler.access.policy.policy import Policy
from buckler.redact import plain

_AROUND: Final = 3
"""Lines shown around each change."""
_HUNK: Final = re.compile(r"@@ -([0-9]{1,9})[, ]")
_PATH: Final = '      "path": '
_METHODS: Final = '      "methods": '


def check_name(file: Path) -> None:
    """Raise `typer.BadParameter` for a file of which the name does not say what form it has."""
    if file.suffix not in (".json", ".md"):
        raise typer.BadParameter(f"{file}: a policy is written as .json or as .md; name the file so.")


def check_comparable(file: Path) -> None:
    """Raise `typer.BadParameter` for a file that says too little to be compared: the page for people."""
    if file.suffix == ".md":
        raise typer.BadParameter(
            f"{file}: the page for people leaves out sizes of bodies and more, so a change could pass unseen. Write"
            f" {file.with_suffix('.json').name} beside it, and --check that."
        )


def text_for(file: Path, policy: Policy) -> str:
    """What stands in such a file, by its suffix."""
    return policy.as_json() if file.suffix == ".json" else as_markdown(policy)


def write(file: Path, policy: Policy) -> None:
    """Put it in the place of what stands there, whole or not at all. Raises `typer.BadParameter`."""
    text = text_for(file, policy)
    beside = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        with beside.open("x", encoding="ascii" if file.suffix == ".json" else "utf-8", newline="\n") as written:
            written.write(text)
        beside.replace(file)
    except OSError as failure:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise typer.BadParameter(
            f"{file} cannot be written ({failure.strerror or failure}): name a file in a folder of yours."
        ) from failure


def difference(file: Path, policy: Policy) -> list[str]:
    """How the app now differs from the file, as lines of a unified diff; none where it does not.

    Raises `typer.BadParameter` for a file that cannot be read.
    """
    now = text_for(file, policy)
    try:
        known = file.read_bytes().decode("utf-8", "replace")
    except OSError as failure:
        raise typer.BadParameter(
            f"{file} cannot be read ({failure.strerror or failure}): make it first, with --write {file}"
        ) from failure
    if known == now:
        return []
    was, now_is = known.splitlines(), now.splitlines()
    lines = unified_diff(was, now_is, str(file), "the app now", lineterm="", n=_AROUND)
    return [plain(_with_door(line, was)) for line in lines] or ["The line ends differ, or the last one is missing."]


def _with_door(line: str, was: Sequence[str]) -> str:
    """The head of a hunk, with the door in whose lines it begins: `@@ -12,7 +12,7 @@ "/notes" ["GET"]`."""
    found = _HUNK.match(line)
    if found is None:
        return line
    first = min(int(found[1]) + _AROUND, len(was))
    begun = next((place for place in range(first - 1, -1, -1) if was[place].startswith(_PATH)), None)
    if begun is None:
        return line
    door = [was[begun].removeprefix(_PATH)]
    door += [each.removeprefix(_METHODS) for each in was[begun : begun + 3] if each.startswith(_METHODS)]
    return " ".join([line, *(each.rstrip(",") for each in door)])
