"""Doors for the tests of apps that Buckler protects. They open while pytest runs a test of an app in development.

def test_an_editor_clears(client: TestClient) -> None:
    with acting_as(app, "bob", roles={"editor"}):
        assert client.delete("/reports").status_code == 204
"""

from buckler.testing.acting import acting_as, anonymous
from buckler.testing.client import a_client
from buckler.testing.drilling import Drilled, drill

__all__ = ["Drilled", "a_client", "acting_as", "anonymous", "drill"]
