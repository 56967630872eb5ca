"""The walk over the routes: what costs the target most is asked last."""

from buckler.drill.arriving.entering import come_in
from buckler.drill.attacks.input import sql
from buckler.drill.budget import Budget
from buckler.drill.engagement import Engagement
from buckler.drill.people.cast import Cast
from buckler.drill.plan.fastapi_app import read_app
from buckler.drill.plan.options import Options
from buckler.drill.sender import Sender
from buckler.drill.setting import Setting
from buckler.drill.transport.asgi import started
from tests.drill.targets import noteboard


async def test_the_ways_in_come_last() -> None:
    """A password that is checked well takes a tenth of a second, and each of many texts is checked as one."""
    app = noteboard.mended_app()
    async with started(app) as carrier:
        on = Engagement(Sender(carrier, Budget(60, 5000)), Setting(read_app(app), writes=True), Cast())
        await come_in(on, Options())
        assert on.cast.entry is not None
        ways_in = on.cast.entry.routes
        met = list(dict.fromkeys([each.route in ways_in async for each in sql.ATTACK.run(on)]))
    assert met == [False, True]
