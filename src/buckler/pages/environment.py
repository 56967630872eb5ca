"""Jinja2 as we let it be used: everything is escaped, and a name that is not there is an error."""

import json
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from types import CodeType
from typing import Any, Final

from jinja2 import BaseLoader, Environment, FileSystemLoader, PackageLoader, StrictUndefined, TemplateSyntaxError
from jinja2 import nodes as jinja_nodes
from markupsafe import Markup, escape
from pydantic import TypeAdapter, ValidationError

from buckler.errors import ConfigurationError
from buckler.input.sanitised import Html
from buckler.pages.layouts import apart_in
from buckler.pages.links import below_root, link, own_path, own_root
from buckler.pages.markup import on_text, plain, uncut
from buckler.pages.review import Review

Folder = str | PathLike[str]
_SANITISED: Final = TypeAdapter[str](Html)


class Reviewed(Environment):
    """Compiles a template only after it was reviewed, unless it is trusted."""

    def __init__(
        self, loader: BaseLoader, trusted: Mapping[str, str], filters: Mapping[str, Callable[..., Any]]
    ) -> None:
        super().__init__(loader=loader, autoescape=True, undefined=StrictUndefined, cache_size=-1)
        self._trusted = trusted
        self._apart = frozenset[str]()
        for name in _OURS.keys() & filters.keys():
            raise ConfigurationError(f"Templates(filters=...): {name!r} is a filter of ours; give yours another name.")
        self.filters = {**on_text(self.filters), **filters, **_OURS}

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Of markup, what its text has: a piece of it would be half a tag."""
        return super().getattr(uncut(obj), attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """The same of an item."""
        return super().getitem(uncut(obj), argument)

    def learn(self) -> None:
        """Read where trusted templates show the blocks of others. Raises `ConfigurationError`."""
        apart = (apart_in(self, name, self._trusted) for name in self._trusted)
        self._apart = frozenset[str]().union(*apart)

    def compile(  # type: ignore[override]  # its overloads differ in what `raw` returns, and nobody asks for raw
        self, source: Any, name: str | None = None, filename: str | None = None, raw: bool = False,
        defer_init: bool = False,
    ) -> CodeType:  # fmt: skip
        """Raises `ConfigurationError` with every line to mend."""
        tree: Any = source
        if isinstance(source, str) and name not in self._trusted:
            tree = self._reviewed(source, name, filename)
        code: CodeType = super().compile(tree, name, filename, False, defer_init)
        return code

    def _reviewed(self, source: str, name: str | None, filename: str | None) -> jinja_nodes.Template:
        tree = self.parse(source, name, filename)
        review = Review(self, source, tree, self._apart)
        if review.faults:
            told = "".join(f"\n- {name}, {fault}." for fault in review.faults)
            raise ConfigurationError(
                f"This template could show what somebody sent as markup or code:{told}\nIf people who write templates"
                f" answer for it: Templates(trusted={{{name!r}: 'why it is safe'}})."
            )
        review.wrap()
        return tree


def make_environment(
    directory: Folder | None, package: str | None, trusted: Mapping[str, str], filters: Mapping[str, Callable[..., Any]]
) -> Reviewed:
    """With every template of the folder loaded. Raises `ConfigurationError` for what cannot be shown safely."""
    environment = Reviewed(_loader(directory, package), trusted, filters)
    names = environment.list_templates()
    for name in sorted(trusted.keys() - set(names)):
        raise ConfigurationError(
            f"Templates(trusted=...): there is no template {name!r}; there are {', '.join(names)}."
        )
    with _told():
        environment.learn()
    for name in names:
        with _told(name):
            environment.get_template(name)
    return environment


@contextmanager
def _told(name: str = "a trusted template") -> Generator[None, None, None]:
    try:
        yield
    except TemplateSyntaxError as error:
        raise ConfigurationError(f"{error.name}, line {error.lineno}: {error.message}. Mend the template.") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{name!r} is no text in UTF-8; keep in this folder what is a template.") from error


def _loader(directory: Folder | None, package: str | None) -> BaseLoader:
    if (directory is None) == (package is None):
        raise ConfigurationError(
            "Templates(): say where they are, once: Templates('templates'), or Templates(package='shop') for the folder"
            " templates inside a package."
        )
    if directory is not None:
        folder = Path(directory)
        if not folder.is_dir():
            raise ConfigurationError(f"Templates({str(directory)!r}): there is no such folder.")
        return FileSystemLoader(folder)
    try:
        return PackageLoader(str(package))
    except (ModuleNotFoundError, ValueError) as error:
        raise ConfigurationError(
            f"Templates(package={package!r}): there is no such package with a folder templates inside."
        ) from error


def _of_text(address: Callable[[object], str]) -> Callable[[object], str]:
    return lambda value: address(plain(value))


def _sanitised(value: object) -> Markup:
    """HTML of which only what formats is left; what cannot be cleaned is shown as text."""
    text = plain(value)
    try:
        return Markup(_SANITISED.validate_python(text))  # noqa: S704 - cleaned a moment before
    except ValidationError:
        return escape(text)


def _json(value: object) -> str:
    """JSON as text, which is then escaped: in quotes of either kind it is read back whole."""
    return json.dumps(value)


_OURS: Final[Mapping[str, Callable[..., Any]]] = {
    **{each.__name__: _of_text(each) for each in (below_root, link, own_path, own_root)},
    "plain": plain,
    "sanitised": _sanitised,
    "tojson": _json,
    "uncut": uncut,
}
