"""Advisories that somebody accepted, for a reason and until a day.

    [[accepted]]
    id = "CVE-2026-48710"       # any of its names
    package = "starlette"       # of this package only; may be left out
    reason = "we read the path of the scope and never that of request.url"
    until = 2026-12-31

    [[unaudited]]
    package = "our-own-library"
    reason = "it is on our own index; we read its changes"
    until = 2027-06-30

It accepts what it names: a record that has this name and no other of the CVE list, not whatever else shares a name with
it. The day is the last on which it holds. After it the finding counts again: a deadline is not moved by forgetting it.
"""

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationError

from buckler.advisories.flaws import MALICIOUS, Finding, Flaw
from buckler.advisories.packages import InputRefused, Unaudited, normalised, on_one_line
from buckler.redact import plain


def _told(text: str) -> str:
    return on_one_line(" ".join(text.split()))


Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_told)]
_REMEDY = (
    "Each [[accepted]] has an id, a reason and a last day (until = 2026-12-31), and may have a package; each"
    " [[unaudited]] has a package, a reason and a last day."
)


class Accepted(BaseModel):
    """One advisory, or one package that nobody audits, with the reason and the last day."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Said
    package: Said | None = None
    reason: Said
    until: date

    def covers(self, found: Flaw | Finding) -> bool:
        """Whether it is about this flaw, by any of its names."""
        about = self.package is None or normalised(self.package) == found.package.name
        named = self.id.upper()
        # Whoever accepts a flaw has not accepted a package that was made to do harm, whatever names its record claims.
        malicious = any(name.upper().startswith(MALICIOUS) for name in found.names) and not named.startswith(MALICIOUS)
        return about and not malicious and named in {name.upper() for name in found.names}

    def told(self) -> str:
        """Which one it is, for a person."""
        return self.id if self.package is None else f"{self.id} of {self.package}"


class AcceptedUnaudited(BaseModel):
    """One package that may go unaudited."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    package: Said
    reason: Said
    until: date

    def covers(self, unaudited: Unaudited) -> bool:
        """Whether it is about this package."""
        return normalised(self.package) == normalised(unaudited.package)

    def told(self) -> str:
        """Which one it is, for a person."""
        return f"{self.package}, unaudited"


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")

    accepted: list[Accepted] = []
    unaudited: list[AcceptedUnaudited] = []


@dataclass(frozen=True, slots=True)
class Baseline:
    """Everything that was accepted."""

    accepted: tuple[Accepted, ...] = ()
    unaudited: tuple[AcceptedUnaudited, ...] = ()


def read(file: Path) -> Baseline:
    """The file, whole or not at all. Raises `InputRefused` for an entry without a reason or a last day."""
    shown = plain(str(file))
    try:
        document = _Document.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except OSError as failure:
        raise InputRefused(f"{shown} cannot be read ({failure.strerror}). Name a baseline.") from None
    except ValidationError as failure:
        raise InputRefused(f"{shown} accepts nothing: {_faults(failure)}. {_REMEDY}") from None
    except (ValueError, RecursionError) as failure:
        raise InputRefused(f"{shown} is not TOML ({plain(str(failure))}). {_REMEDY}") from None
    return Baseline(tuple(document.accepted), tuple(document.unaudited))


def _faults(failure: ValidationError) -> str:
    """Every fault, with the number of its entry as a person counts."""
    told = [
        f"{'.'.join(str(part + 1) if isinstance(part, int) else part for part in each['loc'])}: {each['msg']}"
        for each in failure.errors(include_url=False, include_input=False)
    ]
    return "; ".join(map(plain, told))
