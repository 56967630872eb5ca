"""Templates of Jinja2 that escape everything (ASVS 1.2.1, 1.3.7, 3.2.2).

1. Escaping is on for every name of a file, and nothing in a template takes it away (`review.py`).
2. All templates are loaded and reviewed when this is made: a fault stops the start and not a request.
3. A name that is not there is an error, and nowhere an empty text.
4. There is no way to make a template from a text: what somebody sent is never one.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse

from buckler.errors import ConfigurationError
from buckler.pages.links import NOWHERE
from buckler.pages.request_values import HiddenField, csp_nonce, csrf_field, csrf_token

if TYPE_CHECKING:
    from buckler.pages.environment import Folder

_OWN: Final = {"csp_nonce": csp_nonce, "csrf_field": csrf_field, "csrf_token": csrf_token}


class Templates:
    """Pages from templates: `Templates("templates")`, or `Templates(package="shop")` for `shop/templates`.

    - `trusted`: templates that may do what is refused otherwise, each with the reason why that is safe.
    - `filters`: filters of the app's own, by name.

    In each template stand `request`, `csp_nonce`, `csrf_field`, `csrf_token` and `url_for(name, ...)`, which is a
    path. Filters beside those of Jinja2: `link` for an address (put in by itself where one stands), `sanitised` for
    HTML of strangers, and `tojson` for an attribute.

    Raises `ConfigurationError` with every line to mend, and where Jinja2 is not installed.
    """

    def __init__(
        self,
        directory: "Folder | None" = None,
        *,
        package: str | None = None,
        trusted: Mapping[str, str] | None = None,
        filters: Mapping[str, Callable[..., Any]] | None = None,
    ) -> None:
        reasons = dict(trusted or {})
        for name, reason in reasons.items():
            if not isinstance(reason, str) or not reason.strip():  # pyright: ignore[reportUnnecessaryIsInstance]
                raise ConfigurationError(f"Templates(trusted={{{name!r}: {reason!r}}}): say in words why it is safe.")
        try:
            from buckler.pages.environment import make_environment
        except ModuleNotFoundError as error:
            raise ConfigurationError(
                f"Templates needs {error.name}, which is not installed: pip install 'buckler[console]'."
            ) from error
        self._environment = make_environment(directory, package, reasons, filters or {})
        self._trusted = reasons

    def page(
        self,
        request: Request,
        name: str,
        values: Mapping[str, Any] | None = None,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> HTMLResponse:
        """The template as an answer. `values` are what it shows, by their names."""
        return HTMLResponse(self.html(request, name, values), status, headers)

    def html(self, request: Request, name: str, values: Mapping[str, Any] | None = None) -> str:
        """The template as text of HTML, for an answer of the app's own making."""
        given = dict(values or {})
        for key in given.keys() & _RESERVED:
            raise ConfigurationError(f"{name}: the value {key!r} has a name that is ours; give it another one.")
        for key, value in given.items():
            if hasattr(value, "__html__") and not isinstance(value, HiddenField) and name not in self._trusted:
                raise ConfigurationError(
                    f"{name}: the value {key!r} says of itself that it is markup; give its text, and write"
                    f" {{{{ {key}|sanitised }}}} where it is HTML of strangers."
                )
        own = {key: _WhenShown(make, request) for key, make in _OWN.items()}
        return self._environment.get_template(name).render(given, request=request, url_for=_paths_of(request), **own)


_RESERVED: Final = frozenset((*_OWN, "request", "url_for"))


class _WhenShown:
    """A value that is made when the page shows it: a page without scripts draws no nonce."""

    def __init__(self, make: Callable[[Request], str], request: Request) -> None:
        self._make = make
        self._request = request

    def __str__(self) -> str:
        return self._make(self._request)

    __html__ = __str__


def _paths_of(request: Request) -> Callable[..., str]:
    """A route by its name, as a path: the host of a request is what a client says.

    A parameter stays in its place: what would end it is encoded (RFC 3986 section 2.1). One that climbs out of it, by
    `..`, cannot be written in any other way, and leads nowhere.
    """

    def url_for(name: str, /, **parameters: object) -> str:
        told = {key: quote(each, "/", errors="replace") if isinstance(each, str) else each
                for key, each in parameters.items()}  # fmt: skip
        path = request.url_for(name, **told).path
        return NOWHERE if {".", ".."}.intersection(path.split("/")) else path

    return url_for
