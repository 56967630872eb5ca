"""`security.txt`: where to report a weakness, and until when that can be relied on (RFC 9116).

- It stands at `/.well-known/security.txt`, and says so itself (section 2.5.2), where the origin is HTTPS.
- The day in the settings is the last on which it counts, in UTC. At the start it may be neither past nor more than
  a year away (section 2.5.5).
- A process that runs on beyond that day answers 404: whoever reads a stale document may write to nobody.
- While fewer than `WARNED` days are left, one event a day says so.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, Self

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from buckler.access.declarations.declaring import Public
from buckler.access.declarations.guarded import guarded
from buckler.clock import Clock
from buckler.errors import ConfigurationError
from buckler.events import EventLog
from buckler.settings import Settings
from buckler.settings.words import listed

PATH: Final = "/.well-known/security.txt"
YEAR: Final = 365
WARNED: Final = 30
"""Days."""
_LOOK: Final = 3600.0
_DAY: Final = 86_400
_REMEDY: Final = "see that the rest of it still holds, and set BUCKLER_SECURITY_EXPIRES to a day within a year"


@dataclass(frozen=True, slots=True)
class SecurityText:
    """What the document says."""

    contacts: tuple[str, ...]
    last_day: date
    canonical: str | None = None
    policy: str | None = None
    languages: str | None = None

    @classmethod
    def of(cls, settings: Settings, now: float) -> Self | None:
        """What the settings say; None where they name no contact. Raises `ConfigurationError` for a day that is off."""
        contacts = listed(settings.security_contact)
        if not contacts:
            return None
        last_day = date.fromisoformat(settings.security_expires)
        today = datetime.fromtimestamp(now, UTC).date()
        if not today <= last_day <= today + timedelta(days=YEAR):
            what = "is past" if last_day < today else f"is more than {YEAR} days away"
            raise ConfigurationError(
                f"BUCKLER_SECURITY_EXPIRES={last_day} {what}: whoever finds a weakness could not rely on the contact"
                f" (RFC 9116 section 2.5.5). Look that the contact still holds, and write a day from {today} to"
                f" {today + timedelta(days=YEAR)}."
            )
        canonical = f"{settings.origin}{PATH}" if settings.origin.startswith("https:") else None
        languages = ", ".join(listed(settings.security_languages))
        return cls(contacts, last_day, canonical, settings.security_policy or None, languages or None)

    def __str__(self) -> str:
        """The document: each line with its end (section 2.2)."""
        fields = [
            *(("Contact", each) for each in self.contacts),
            ("Expires", f"{self.last_day}T23:59:59Z"),
            ("Preferred-Languages", self.languages),
            ("Canonical", self.canonical),
            ("Policy", self.policy),
        ]
        return "".join(f"{name}: {value}\r\n" for name, value in fields if value)

    def days_left(self, now: float) -> int:
        """How many days it still counts, today too; 0 and less where it does not."""
        return (self.last_day - datetime.fromtimestamp(now, UTC).date()).days + 1

    def told(self, now: float) -> str | None:
        """What an operator should know of its end; None while that is far away."""
        left = self.days_left(now)
        if left > WARNED:
            return None
        until = f"ends with {self.last_day}, in {left} days" if left > 0 else f"ended with {self.last_day}"
        return f"security.txt {until}: {_REMEDY}."


class SecurityPage:
    """Serves the document for as long as it counts, and warns before its end."""

    def __init__(self, text: SecurityText, clock: Clock, events: EventLog) -> None:
        self.text = text
        self._now = clock.now
        self._events = events
        self._told_at: float | None = None
        self._timer: tuple[asyncio.AbstractEventLoop, asyncio.TimerHandle] | None = None

    def routes(self) -> list[Route]:
        """The one route, for everybody."""
        declared = guarded(self.read, Public("who hears of a weakness (RFC 9116)"))
        return [Route(PATH, declared, methods=["GET"], include_in_schema=False)]

    def begin(self) -> None:
        """Look now, and each hour that this event loop runs."""
        self.look()
        loop = asyncio.get_running_loop()
        self._timer = loop, loop.call_later(_LOOK, self.begin)

    def end(self) -> None:
        """Look no more."""
        timer, self._timer = self._timer, None
        if timer is not None and not timer[0].is_closed():
            timer[0].call_soon_threadsafe(timer[1].cancel)

    def look(self) -> None:
        """Write the event, where its end is near or past and none was written for a day."""
        now = self._now()
        told = self.text.told(now)
        if told is not None and (self._told_at is None or now - self._told_at >= _DAY):
            self._told_at = now
            self._events.emit("sys_security_txt", days=self.text.days_left(now), reason=told)

    async def read(self, _: Request) -> Response:
        """The document. 404 once it is over (section 2.5.5)."""
        self.look()
        if self.text.days_left(self._now()) <= 0:
            raise HTTPException(404)
        return Response(str(self.text), media_type="text/plain", headers={"cache-control": "public, max-age=3600"})
