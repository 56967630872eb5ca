"""What of the kept log somebody asks to see, as the query of the page has it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Annotated, Final
from urllib.parse import urlencode

from pydantic import Field

from buckler.console.forms import Filled
from buckler.events.journal.reading import Network, Wanted
from buckler.events.vocabulary import CATALOGUE
from buckler.input.models import FormModel
from buckler.input.texts import text_of

KEPT: Final = tuple(sorted(name for name, event in CATALOGUE.items() if event.kept))
"""The names of events that are kept."""
LAST_POSITION: Final = 2**53 - 1
_MINUTE: Final = 60_000
_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(9999, 12, 31, tzinfo=UTC)
"""A minute beyond what is asked for is still a date."""
_TIME: Final = "Write a day and a time in UTC, as in 2026-01-31T08:00."


class Asked(FormModel):
    """The filters. Times are those of a `datetime-local` field, read as UTC."""

    event: Annotated[str | None, text_of(longest=64)] = None
    account: Annotated[str | None, text_of(longest=254)] = None
    by: Annotated[str | None, text_of(longest=254)] = None
    client: Annotated[str | None, text_of(longest=64)] = None
    since: Annotated[str | None, text_of(longest=40)] = None
    until: Annotated[str | None, text_of(longest=40)] = None
    text: Annotated[str | None, text_of(longest=200)] = None
    before: Annotated[int | None, Field(ge=1, le=LAST_POSITION)] = None
    said: Annotated[str | None, text_of(longest=100)] = None
    """What the page tells once: no filter, and on no page after it."""

    def query(self, before: int) -> str:
        """The same from another place on."""
        given = {name: value for name, value in self.model_dump(exclude={"said"}).items() if value is not None}
        return urlencode({**given, "before": before})

    @property
    def is_filtered(self) -> bool:
        """Whether anything was left out."""
        return any(value is not None for value in self.model_dump(exclude={"before", "said"}).values())


@dataclass(frozen=True, slots=True)
class Read:
    """The filters as they were read, and what was wrong with them: then nothing is left out."""

    form: Filled[Asked]
    asked: Asked
    wanted: Wanted


def read_filters(form: Filled[Asked]) -> Read:
    """What is to be looked for, but for accounts, which are looked up by whoever has them."""
    if form.model is None:
        return Read(form, Asked(), Wanted())
    asked, errors = form.model, dict[str, str]()
    names = () if asked.event is None else (asked.event,)
    if asked.event is not None and asked.event not in CATALOGUE:
        errors["event"] = "There is no event of this name. Choose one of those that are offered."
    client = _network(asked.client, errors)
    since, until = _moment("since", asked.since, errors), _moment("until", asked.until, errors)
    if errors:
        return Read(replace(form, errors=errors, model=None), Asked(), Wanted())
    # The minute that is named counts whole.
    end = None if until is None else until + _MINUTE
    return Read(form, asked, Wanted(names=names, client=client, since=since, until=end, text=asked.text))


def _network(text: str | None, errors: dict[str, str]) -> Network | None:
    if text is None:
        return None
    try:
        return ip_network(text, strict=False)
    except ValueError:
        errors["client"] = "Write an address, or a network as in 10.0.0.0/8."
        return None


def _moment(name: str, text: str | None, errors: dict[str, str]) -> int | None:
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
        whole = found.replace(tzinfo=UTC) if found.tzinfo is None else found
        if whole <= _LATEST:
            return max(0, round((whole - _EARLIEST).total_seconds() * 1000))
    except (ValueError, OverflowError):
        pass
    errors[name] = _TIME
    return None
