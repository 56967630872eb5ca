"""How often one may guess or have mailed, at all doors together: what an app offers by its API and by its console is
one action, and has one budget (ASVS 2.4.1, 6.3.1). Passwords of one's own: `proving.py`.
"""

from typing import Final

from buckler.access.declarations.declaring import Limit

REGISTERING: Final = Limit("5/minute", told=False)
"""Making an account, or having the code for one mailed."""
CONFIRMING: Final = Limit("10/minute", told=False)
"""Trying a code that opens an account."""
RESETTING: Final = Limit("5/minute", told=False)
"""Having a code mailed with which a new password is chosen."""
RESET_CODES: Final = Limit("10/minute", told=False)
"""Trying such a code."""
CLAIMING: Final = Limit("5/minute", told=False)
"""Trying the code of the first administrator."""
INVITING: Final = Limit("30/minute", by="account")
"""A stolen token or session shall not make a mail server write to the world."""
NEW_ADDRESS: Final = Limit("6/hour", told=False, by="account")
"""Having a code mailed to another address of one's own."""
