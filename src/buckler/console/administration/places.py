"""Where the pages of administration stand."""

from typing import Final

from buckler.console.navigation import HOME

OVERVIEW: Final = f"{HOME}/administration"
ACCOUNTS: Final = f"{HOME}/accounts"
POLICY: Final = f"{HOME}/policy"
LOG: Final = f"{HOME}/log"
