"""The OpenAPI document of the reference service, as it serves it in development."""

from pathlib import Path
from typing import Any

import pytest

from buckler.service.app import create_app


def document_of_the_service(folder: Path) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BUCKLER_ENVIRONMENT", "development")
        patch.setenv("BUCKLER_ORIGIN", "https://localhost:8443")
        patch.setenv("BUCKLER_DATA", str(folder))
        return create_app().openapi()
