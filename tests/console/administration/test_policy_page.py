"""The policy by its page: the table that the guard looks up."""

from collections.abc import Callable, Iterable

from buckler.access.policy.policy import Policy, RoutePolicy
from buckler.install import buckler_of
from tests.console.administration.people import ADA, ConsoleHouse, Shown, signed_in

POLICY = "/console/policy"


def paths(page: Shown) -> list[str]:
    """The routes that are shown."""
    return [each.partition("<")[0] for each in page.answer.text.split('<code class="path">')[1:]]


def in_order(routes: Iterable[RoutePolicy]) -> list[str]:
    """As the page has them."""
    return [each.path for each in sorted(routes, key=lambda each: each.added_by_buckler)]


async def test_it_is_the_policy_of_the_app(house: ConsoleHouse) -> None:
    """Each route once, those of the app first; filters leave out what they say, and count what is left."""
    ada = await signed_in(house, ADA, "admin")
    page = await ada.get(POLICY)
    policy = the_policy(house)
    assert paths(page) == in_order(policy.routes)
    assert "own-routes" in page.answer.text
    assert f"{len(policy.routes)} of {len(policy.routes)} routes" in page.words
    filters: tuple[tuple[str, Callable[[RoutePolicy], bool]], ...] = (
        ("?find=accounts:READ", lambda each: "accounts:read" in str(each.requires)),
        ("?who=anybody", lambda each: each.may.anonymous != "no"),
        ("?who=role:auditor", lambda each: each.may.roles["auditor"] != "no"),
        ("?source=declared", lambda each: each.source == "declared" and not each.added_by_buckler),
    )
    for query, fits in filters:
        shown = await ada.get(POLICY + query)
        assert paths(shown) == in_order(each for each in policy.routes if fits(each)), query
        assert f"{len(paths(shown))} of {len(policy.routes)} routes" in shown.words or not paths(shown)


def the_policy(house: ConsoleHouse) -> Policy:
    buckler = buckler_of(house.app)
    assert buckler is not None
    return buckler.policy()


async def test_garbage_is_told_and_shows_all(house: ConsoleHouse) -> None:
    ada = await signed_in(house, ADA, "admin")
    everything = paths(await ada.get(POLICY))
    for query in ("?who=role:nobody", "?who=x", "?source=elsewhere", "?find=" + "x" * 201, "?x=1", "?find=a&find=b"):
        page = await ada.get(POLICY + query)
        assert (page.status, paths(page)) == (200, everything), query
        assert 'role="alert"' in page.answer.text, query
    assert paths(await ada.get(f"{POLICY}?find=<script>")) == []
