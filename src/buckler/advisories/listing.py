"""Prints, as JSON, what is installed for the Python that runs this file.

It is run by the interpreter of another environment too, which need not have this package: it imports nothing but the
standard library, and keeps to what older Pythons understand.
"""

import json
import os
import platform
import sys
from importlib.metadata import Distribution, distributions


def installed() -> "dict[str, object]":
    """The interpreter's own facts, and every distribution that it would import from."""
    return {"environment": _environment(), "packages": [_readable(each) for each in distributions()]}


def _readable(found: Distribution) -> "dict[str, object]":
    """Its facts, or its folder alone where they cannot be read: it is there, and nobody can judge it."""
    try:
        return _facts(found)
    except (OSError, ValueError, TypeError, LookupError, AttributeError):
        nothing = dict.fromkeys(("name", "version", "licence", "classifiers", "requires", "extras", "direct_url"))
        return {**nothing, "folder": _folder(found)}


def _folder(found: Distribution) -> str:
    return str(getattr(found, "_path", ""))


def _facts(found: Distribution) -> "dict[str, object]":
    about = found.metadata
    return {
        "name": about["Name"],
        "version": about["Version"],
        "folder": _folder(found),
        "licence": about["License-Expression"] or about["License"],
        "classifiers": about.get_all("Classifier") or [],
        "requires": found.requires or [],
        "extras": about.get_all("Provides-Extra") or [],
        "direct_url": found.read_text("direct_url.json"),
    }


def _environment() -> "dict[str, str]":
    """What markers of requirements are compared with (PEP 508)."""
    return {
        "implementation_name": sys.implementation.name,
        "implementation_version": platform.python_version(),
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": platform.python_version(),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "sys_platform": sys.platform,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(installed()))
