"""The console: `Buckler(app, accounts=True, console=True)` puts its pages at `/console`.

Every page says who may see it, as the routes of an app do, and the guard judges them alike. What they do is done by
`identity` directly; no page asks over HTTP. The pages work without script; a little of it makes them better.
"""

from starlette.routing import BaseRoute

from buckler.console.administration.pages import PLACES as ADMINISTRATION
from buckler.console.administration.pages import SENTENCES as SENTENCES_THERE
from buckler.console.administration.pages import administration_routes
from buckler.console.answering import Answering
from buckler.console.assets import Assets
from buckler.console.person.pages import PLACES, person_routes
from buckler.console.sentences import SENTENCES
from buckler.console.surroundings import Surroundings
from buckler.console.view import View
from buckler.console.ways_back import ways_back


class Console:
    """The pages of one app. Raises `ConfigurationError` where Jinja2 is not installed."""

    def __init__(self, around: Surroundings) -> None:
        assets = Assets()
        view = View(around, (*PLACES, *ADMINISTRATION), assets, {**SENTENCES, **SENTENCES_THERE})
        answering = Answering(view, around.events)
        pages = [*person_routes(around, answering), *administration_routes(around, answering)]
        self._routes: list[BaseRoute] = [assets.route(), *pages, *ways_back(pages, view)]

    def routes(self) -> list[BaseRoute]:
        """Every route of the console, with what it declares."""
        return list(self._routes)
