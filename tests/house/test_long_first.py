"""What takes long begins first, so that the workers end together."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.conftest import LONG, pytest_collection_modifyitems
from tests.house.tree import ROOT


@pytest.mark.parametrize("name", LONG)
def test_what_is_said_to_take_long_is_there(name: str) -> None:
    """A file that was renamed would begin last again."""
    assert (ROOT / "tests" / name).exists()


def test_it_comes_first_and_the_rest_stays_as_it_was() -> None:
    """Also what stands outside of this folder."""
    first, in_a_folder = ROOT / "tests" / LONG[0], ROOT / "tests" / "faults" / "test_kills.py"
    others = [ROOT / "tests" / "test_redact.py", Path("/elsewhere/test_it.py"), ROOT / "tests" / "test_errors.py"]
    items: list[Any] = [SimpleNamespace(path=path) for path in (*others, in_a_folder, first)]
    pytest_collection_modifyitems(items)
    assert [item.path for item in items] == [first, in_a_folder, *others]
