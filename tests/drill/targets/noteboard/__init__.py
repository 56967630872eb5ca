"""Noteboard: notes of people and orgs, behind JWTs that JSON routes hand out."""

from tests.drill.targets.noteboard.app import create_app, flawed_app, mended_app
from tests.drill.targets.noteboard.flaws import FLAWS

__all__ = ["FLAWS", "create_app", "flawed_app", "mended_app"]
