"""The routes that Buckler adds to an app: each declared, and behind the app's own."""

from buckler.own_routes.csp_reports import CspReports
from buckler.own_routes.own_routes import OwnRoutes

__all__ = ["CspReports", "OwnRoutes"]
