"""People API: a directory of employees for two roles, behind API keys that a header carries."""

from tests.drill.targets.people_api.app import create_app, flawed_app, mended_app
from tests.drill.targets.people_api.flaws import FLAWS

__all__ = ["FLAWS", "create_app", "flawed_app", "mended_app"]
