"""Shop: goods, orders, wallets, coupons and gift cards, behind the form of OAuth2 and tokens of RS256."""

from tests.drill.targets.shop.app import create_app, flawed_app, mended_app
from tests.drill.targets.shop.flaws import FLAWS

__all__ = ["FLAWS", "create_app", "flawed_app", "mended_app"]
