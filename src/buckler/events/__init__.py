"""The security log: what happened, who did it, when. One JSON line an event."""

from buckler.events.access_log import AccessLog
from buckler.events.event import Event
from buckler.events.log import EventLog
from buckler.events.vocabulary import CATALOGUE

__all__ = ["CATALOGUE", "AccessLog", "Event", "EventLog"]
