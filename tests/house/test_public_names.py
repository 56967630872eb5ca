"""What `buckler` offers, and who may ask for more than that."""

import ast
from pathlib import Path

import pytest

import buckler
import buckler.input
import buckler.mail
import buckler.pages
import buckler.policy
import buckler.testing
from tests.house.tree import ROOT, Module, modules

PUBLIC = [
    "Accepts",
    "Authenticator",
    "Buckler",
    "BucklerError",
    "Clock",
    "ConfigurationError",
    "Cookie",
    "Cors",
    "Csp",
    "Issuer",
    "Limit",
    "NotAccepted",
    "Owned",
    "Principal",
    "Public",
    "Refused",
    "Requires",
    "Roles",
    "Settings",
    "StartRefused",
    "Trial",
    "Visible",
    "answers",
    "behind",
    "direct",
    "guarded",
]
"""A name that is added here is promised to everybody; one that is taken away breaks somebody."""

PUBLIC_INPUT = [
    "ArchiveLimits",
    "Count",
    "Email",
    "FileName",
    "FileRefused",
    "FileStore",
    "Filters",
    "Finite",
    "FormModel",
    "Html",
    "Identifier",
    "Int32",
    "Int64",
    "InvalidUsername",
    "Key",
    "Line",
    "Moment",
    "Money",
    "Outbound",
    "OutboundError",
    "OutboundFailed",
    "OutboundRefused",
    "Page",
    "PageQuery",
    "Pages",
    "Password",
    "Percent",
    "Pictures",
    "Redrawn",
    "Resolver",
    "ReturnPath",
    "ServedUploads",
    "Sorting",
    "StrictModel",
    "Text",
    "Upload",
    "Uploaded",
    "Url",
    "Username",
    "UuidKey",
    "contains",
    "content_disposition",
    "csv_cell",
    "examine_zip",
    "file_name_of",
    "html_of",
    "line_of",
    "money_of",
    "password_of",
    "starts_with",
    "text_of",
    "url_of",
    "username_key",
]
"""The names of the one room that is public itself: what crosses the border inwards."""

PUBLIC_MAIL = ["Letter", "MailFailed", "Mailer"]
"""What a mailer of the app's own needs."""

PUBLIC_PAGES = ["Templates", "csp_nonce", "csrf_field", "csrf_token"]
"""What an app's own pages need."""

PUBLIC_POLICY = [
    "Answering",
    "Asked",
    "AskedCondition",
    "Body",
    "CallerSource",
    "Decision",
    "Explanation",
    "GuardedField",
    "Limited",
    "May",
    "OnTrial",
    "Policy",
    "PublicRoute",
    "RouteKind",
    "RoutePolicy",
    "ServedFiles",
    "Step",
    "WhoMay",
]
"""What `Buckler.policy()` and `Buckler.explain()` return, and what stands inside."""

PUBLIC_TESTING = ["Drilled", "a_client", "acting_as", "anonymous", "drill"]
"""What an app's own tests need."""

OFFERED = {
    "buckler": PUBLIC,
    "buckler.input": PUBLIC_INPUT,
    "buckler.mail": PUBLIC_MAIL,
    "buckler.pages": PUBLIC_PAGES,
    "buckler.policy": PUBLIC_POLICY,
    "buckler.testing": PUBLIC_TESTING,
}
CLIENTS = ("src/buckler/service", "examples", "docs")


def beyond_the_public(tree: list[Module]) -> list[str]:
    """Imports of anything but public names, from `buckler` and `buckler.input`, or of the client's own files."""
    return [
        f"{module.path}:{node.lineno}: {ast.unparse(node)}"
        for module in tree
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Import | ast.ImportFrom) and _asks_for_more(node, module)
    ]


def test_the_public_names_are_these() -> None:
    """Sorted, and all of them there."""
    assert buckler.__all__ == sorted(PUBLIC)
    assert all(hasattr(buckler, name) for name in PUBLIC)
    assert buckler.mail.__all__ == sorted(PUBLIC_MAIL)
    assert buckler.pages.__all__ == sorted(PUBLIC_PAGES)
    assert buckler.policy.__all__ == sorted(PUBLIC_POLICY)
    assert buckler.testing.__all__ == sorted(PUBLIC_TESTING)
    assert buckler.input.__all__ == sorted(PUBLIC_INPUT)
    assert all(hasattr(buckler.input, name) for name in PUBLIC_INPUT)


def test_the_service_and_the_examples_use_public_names_only() -> None:
    """If they need a private one, the library is missing something."""
    assert beyond_the_public(modules(ROOT, *CLIENTS)) == []


@pytest.mark.parametrize(
    "line",
    [
        "from buckler.install import Buckler",
        "from buckler import install",
        "from buckler import _private",
        "import buckler.install",
        "from ..access import roles",
        "from buckler.input import faults",
        "from buckler.input.texts import Line",
        "import buckler.input",
    ],
)
def test_a_private_name_is_found(tmp_path: Path, line: str) -> None:
    """In whatever way it is asked for."""
    source = tmp_path / "src" / "buckler" / "service"
    source.mkdir(parents=True)
    (source / "app.py").write_text(f"from buckler import Buckler\nfrom buckler.service.notes import notes\n{line}\n")
    assert beyond_the_public(modules(tmp_path, "src/buckler/service")) == [f"src/buckler/service/app.py:3: {line}"]


def _asks_for_more(node: ast.Import | ast.ImportFrom, module: Module) -> bool:
    if isinstance(node, ast.Import):
        return any(alias.name.startswith("buckler.") for alias in node.names)
    if node.level:
        return node.level > 1
    offered = OFFERED.get(node.module or "")
    if offered is not None:
        return any(alias.name not in offered for alias in node.names)
    own = module.path.is_relative_to("src/buckler/service") and (node.module or "").startswith("buckler.service")
    return (node.module or "").startswith("buckler.") and not own
