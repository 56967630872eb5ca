"""Finding accounts by the pages."""

from buckler.identity.administration.administration import OPERATOR
from tests.console.administration.people import ADA, BEA, CARL, DORA, ConsoleHouse, Visitor, signed_in

LIST = "/console/accounts"


async def test_they_are_found_by_a_part_of_a_name_a_role_and_a_state(house: ConsoleHouse) -> None:
    """All of it at once; capitals count for nothing, and `%` is a letter."""
    ada = await signed_in(house, ADA, "admin")
    for name in (BEA, CARL, DORA):
        await house.account(name, "support" if name == CARL else "reader")
    await house.opened.administration.disable(OPERATOR, await house_id(house, DORA))
    for query, names in (
        ("", [ADA, BEA, CARL, DORA]),
        ("?find=BEA", [BEA]),
        ("?find=%25", []),
        ("?find=a%25a", []),
        ("?role=support", [CARL]),
        ("?role=reader&state=enabled", [BEA]),
        ("?state=disabled&find=example.com", [DORA]),
        ("?order=newest&role=admin", [ADA]),
        ("?find=&role=&state=", [ADA, BEA, CARL, DORA]),
    ):
        page = await ada.get(LIST + query)
        shown = [each for each in (ADA, BEA, CARL, DORA) if each in page.words.replace(f"Signed in as {ADA}", "")]
        assert (page.status, shown) == (200, names), query


async def house_id(house: ConsoleHouse, name: str) -> str:
    found = await house.opened.administration.accounts.named(name)
    assert found is not None
    return found.id


async def test_pages_follow_each_other(house: ConsoleHouse) -> None:
    """By their links, filters and order kept, nobody left out and nobody twice."""
    ada = await signed_in(house, ADA, "admin")
    for number in range(27):
        await house.account(f"guest{number:02}@example.com")
    first = await ada.get(f"{LIST}?find=guest&order=name")
    (following,) = [each for each in first.links if "cursor=" in each]
    assert "find=guest" in following
    second = await ada.get(following)
    found = [f"guest{number:02}@" for number in range(27)]
    assert [each for each in found if each in first.words] == found[:25]
    assert [each for each in found if each in second.words] == found[25:]
    assert not [each for each in second.links if "cursor=" in each]


GARBAGE = (
    "?order=sideways",
    "?state=dead",
    "?role=nobody",
    "?cursor=%F0%9F%92%A9",
    "?cursor=AAAA",
    "?find=" + "x" * 101,
    "?find=%00",
    "?find=" + "%EF%B7%BA" * 33,  # one letter, which stands for eighteen
    "?find=a&find=b",
    "?drop=table",
    "?cursor=W10",
)


async def test_garbage_is_told_and_shows_all(house: ConsoleHouse) -> None:
    """Never an error page: the list from its beginning, and a word about what was wrong."""
    ada = await signed_in(house, ADA, "admin")
    for query in GARBAGE:
        page = await ada.get(LIST + query)
        assert page.status == 200, query
        assert f"{ADA} admin enabled" in page.words, query
        assert 'role="alert"' in page.answer.text, query


async def test_who_may_not_sees_neither_page_nor_entry(house: ConsoleHouse) -> None:
    """A reader is refused by the guard, and nothing leads there; support sees accounts and no more."""
    reader, support = await signed_in(house, BEA), await signed_in(house, CARL, "support")
    account = await house_id(house, CARL)
    for path in (LIST, f"{LIST}/{account}", f"{LIST}/{'0' * 32}", f"{LIST}/invite", *ELSEWHERE):
        assert (await reader.get(path)).status == 403
    assert not await entries(reader)
    assert await entries(support) == [LIST]
    assert {(await support.get(path)).status for path in ELSEWHERE} == {403}
    assert (await support.get(f"{LIST}/{account}")).status == 200


ELSEWHERE = ("/console/administration", "/console/policy", "/console/log")


async def entries(visitor: Visitor) -> list[str]:
    """Where the side of the page leads, of these pages."""
    home = await visitor.get("/console")
    return [each for each in home.links if each in (LIST, *ELSEWHERE)]


async def test_an_auditor_reads_the_log_and_changes_nobody(house: ConsoleHouse) -> None:
    """`events:read` and `policy:read` are permissions of their own; names of accounts do not lead to accounts."""
    auditor = await signed_in(house, DORA, "auditor")
    assert await entries(auditor) == list(ELSEWHERE)
    for path in ELSEWHERE:
        page = await auditor.get(path)
        assert page.status == 200
        assert not [each for each in page.links if each.startswith(f"{LIST}")]
    assert (await auditor.get(LIST)).status == 403


async def test_an_account_that_is_not_there(house: ConsoleHouse) -> None:
    """404 for whoever may read accounts, whatever was written as its id."""
    ada = await signed_in(house, ADA, "admin")
    for account in ("0" * 32, "x", "%00", "%F0%9F%92%A9", "a" * 900, "..%2f..%2fetc"):
        assert (await ada.get(f"{LIST}/{account}")).status in (400, 404), account


async def test_nobody_who_is_not_signed_in_gets_there(house: ConsoleHouse) -> None:
    """The way in is shown, and leads back."""
    for path in (LIST, *ELSEWHERE):
        page = await house.visitor().get(path)
        assert page.path.startswith("/console/sign-in"), path
