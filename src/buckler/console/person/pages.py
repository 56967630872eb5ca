"""Which pages of a person these settings have."""

from typing import Final

from starlette.routing import Route

from buckler.console.answering import Answering
from buckler.console.navigation import HOME, Place
from buckler.console.person.coming_back import ComingBack
from buckler.console.person.coming_in import ComingIn
from buckler.console.person.first_administrator import FirstAdministrator
from buckler.console.person.joining import Joining
from buckler.console.person.overview import Overview
from buckler.console.person.profile import PROFILE, Profile
from buckler.console.person.session_list import SESSIONS, SessionList
from buckler.console.surroundings import Surroundings

PLACES: Final = (
    Place("Overview", HOME),
    Place("Sessions and devices", SESSIONS),
    Place("Profile", PROFILE),
)


def person_routes(around: Surroundings, answering: Answering) -> list[Route]:
    """Every route of these pages."""
    settings = around.settings
    found = [
        *ComingIn(around, answering).routes(),
        *Joining(around, answering).routes(),
        *Overview(around, answering).routes(),
        *SessionList(around, answering).routes(),
        *Profile(around, answering).routes(),
    ]
    if settings.administrator in around.roles:
        found += FirstAdministrator(around, answering).routes()
    if settings.mail is not None:
        found += ComingBack(around, answering).routes()
    return found
