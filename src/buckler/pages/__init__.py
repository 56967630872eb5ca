"""Pages of HTML that leave safely: templates with autoescape, a nonce for each answer, a token for each form.

A public room: `from buckler.pages import Templates, csp_nonce, csrf_field, csrf_token`. Templates need the extra
`console`.
"""

from buckler.pages.request_values import csp_nonce, csrf_field, csrf_token
from buckler.pages.templates import Templates

__all__ = ["Templates", "csp_nonce", "csrf_field", "csrf_token"]
