"""Every attack there is, in the order of the ids. A test compares the list with the files and with the docs."""

from typing import Final

from buckler.drill.attack import Attack
from buckler.drill.attacks.access import ACCESS
from buckler.drill.attacks.accounts import ACCOUNTS
from buckler.drill.attacks.browser import BROWSER
from buckler.drill.attacks.input import INPUT
from buckler.drill.attacks.resources import RESOURCES
from buckler.drill.attacks.tokens import TOKENS
from buckler.drill.attacks.wire import WIRE

CATALOGUE: Final[tuple[Attack, ...]] = (*ACCESS, *TOKENS, *ACCOUNTS, *INPUT, *RESOURCES, *BROWSER, *WIRE)
