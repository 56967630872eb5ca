"""Whatever a name is written with, it is one account or it is refused."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buckler.identity.account_store import Account, AccountStore
from buckler.identity.login_names import InvalidName, LoginNames, address_key, name_key, shown_address
from tests.identity.home import Home
from tests.proof import two_sided

EMAIL, USERNAME = LoginNames("email"), LoginNames("username")
ALIKE = {
    "case": ("ada@example.com", "ADA@Example.COM"),
    "full width": ("ada@example.com", "\uff41\uff44\uff41@example.com"),
    "full width at sign": ("ada@example.com", "ada\uff20example.com"),
    "composed and not": ("jos\u00e9@example.com", "jose\u0301@example.com"),
    "ligature": ("fish@example.com", "\ufb01sh@example.com"),
    "sharp s": ("strasse@example.com", "stra\u00dfe@example.com"),
    "dotless i": ("istanbul@example.com", "\u0131stanbul@example.com"),
    "Kelvin": ("kelvin@example.com", "\u212aelvin@example.com"),
    "all Cyrillic": ("coco@example.com", "\u0441\u043e\u0441\u043e@example.com"),
    "Cyrillic domain": ("ada@coco.com", "ada@\u0441\u043e\u0441\u043e.com"),
    "Greek": ("oto@example.com", "\u03bf\u03c4\u03bf@example.com"),
}
FOLDED = ("case", "Kelvin")
"""Those that small letters alone bring together, as a naive comparison does."""
DECEIVING = {
    "one Cyrillic letter": "\u0430da@example.com",
    "one Cyrillic letter of the domain": "ada@ex\u0430mple.com",
    "zero width space": "ad\u200ba@example.com",
    "zero width joiner": "ad\u200da@example.com",
    "word joiner": "ada\u2060@example.com",
    "byte order mark": "\ufeffada@example.com",
    "soft hyphen": "ad\u00ada@example.com",
    "combining mark": "ada\u0308\u0308@example.com",
    "direction": "\u202eada@example.com",
    "variation selector": "ada\ufe0f@example.com",
    "tag character": "ada\U000e0061@example.com",
    "Hangul filler": "ada\u3164@example.com",
    "NUL": "ada\x00@example.com",
    "line end": "ada@example.com\nbcc:bea@example.com",
    "lone surrogate": "ad\ud800a@example.com",
    "comment": "ada(x)@example.com",
    "two addresses": "ada@example.com,bea@example.com",
    "display name": "Ada <ada@example.com>",
    "two at signs": "ada@bea@example.com",
    "quotes": '"ada x"@example.com',
    "address of a machine": "ada@[127.0.0.1]",
    "too long": "a" * 64 + "@" + "b" * 250 + ".com",
    "nothing": "",
}


class NaiveNames(LoginNames):
    """Compares names as most do."""

    def shown(self, text: str) -> str:
        return text

    def key(self, text: str) -> str:
        return text.strip().lower()


def accounts_of(names: LoginNames, *texts: str) -> int:
    """How many accounts these texts come to: one each, unless two have one key or a text is refused."""
    keys = set[str]()
    for text in texts:
        try:
            keys.add(names.key(names.shown(text)))
        except InvalidName:
            continue
    return len(keys)


@pytest.mark.parametrize("pair", [name for name in ALIKE if name not in FOLDED])
def test_addresses_that_look_the_same_are_one_account(pair: str) -> None:
    """A stranger who writes somebody's address in another way opens no account beside it."""

    def attack(names: LoginNames) -> bool:
        return accounts_of(names, *ALIKE[pair]) > 1

    two_sided(attack, whole=EMAIL, twin=NaiveNames("email"))


@pytest.mark.parametrize("pair", FOLDED)
def test_case_makes_no_second_account(pair: str) -> None:
    """In front of the at sign neither, though mail servers may tell it apart there."""
    assert accounts_of(EMAIL, *ALIKE[pair]) == 1


@pytest.mark.parametrize("name", DECEIVING)
def test_addresses_made_to_deceive_are_refused(name: str) -> None:
    """Mixed scripts, what nobody sees, marks that combine, control characters, more than one address; unrepeated."""

    def attack(names: LoginNames) -> bool:
        """There is an account beside the one of ada@example.com."""
        return accounts_of(names, "ada@example.com", DECEIVING[name]) > 1

    two_sided(attack, whole=EMAIL, twin=NaiveNames("email"))
    with pytest.raises(InvalidName) as caught:
        shown_address(DECEIVING[name])
    assert not DECEIVING[name] or DECEIVING[name] not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "ada@example.com",
        "Ada.Lovelace+notes@example.org",
        "o'brien@example.com",
        "сергей@example.com",
        "zoë@example.com",
    ],
)
def test_honest_addresses_are_kept_as_they_are_written(address: str) -> None:
    """And mail goes to just that spelling."""
    assert EMAIL.shown(address) == address
    assert EMAIL.address(address) == address
    assert EMAIL.key(address) == address_key(address)


def test_an_address_is_another_one_where_it_differs() -> None:
    """Dots and what follows a plus sign are for its mail server to judge: we make nobody's account another's."""
    several = ["ada@example.com", "a.da@example.com", "ada+x@example.com", "ada@example.org", "adah@example.com"]
    assert len({address_key(each) for each in several}) == len(several)


def test_the_key_is_the_same_in_both_modes() -> None:
    """Whoever has an account signs in with its name after the operator chose the other kind of name."""
    for text in ("ada@example.com", "ADA@example.com", "ada", "\uff21DA"):
        assert EMAIL.key(text) == USERNAME.key(text) == name_key(text)


def test_a_username_leads_no_mail_anywhere() -> None:
    """Also one that is written like an address: nobody has proved that it is his."""
    assert USERNAME.address("ada@example.com") is None
    assert USERNAME.address("ada") is None
    assert EMAIL.address("ada") is None


@pytest.mark.parametrize("text", ["ada", "-ada@example.com,", "ada@", "@example.com", "ada@localhost@x"])
def test_what_is_no_address_opens_no_account_by_address(text: str) -> None:
    with pytest.raises(InvalidName):
        EMAIL.shown(text)


@given(st.text(max_size=80))
def test_any_text_ends_in_a_key_or_a_refusal(text: str) -> None:
    """The key of what is shown is the key of the text, and fits its column."""
    try:
        key = name_key(text)
    except InvalidName:
        return
    assert 0 < len(key) <= 255
    key.encode()


@given(st.text(st.sampled_from("a\u0434\u03b1\u00e9@.-+\u200b\u0301A\ufb01"), max_size=40))
def test_what_is_shown_of_an_address_has_its_key(text: str) -> None:
    """Keeping the shown form and looking it up again finds the account."""
    try:
        shown = shown_address(text)
    except InvalidName:
        return
    assert address_key(shown) == address_key(text)


@pytest.mark.parametrize("identifier", ["email", "username"])
async def test_over_http_a_second_account_of_one_look_cannot_be_opened(tmp_path: Path, identifier: str) -> None:
    """Every spelling is 409 or 422, nothing is 500, and the account that signs in with it is the first one's."""
    async with Home(tmp_path, owner="ada@example.com", identifier=identifier) as home:
        store = AccountStore(home.accounts._database)
        for one, other in ALIKE.values():
            home.clock.advance(60)
            made = await home.register(one)
            assert made.status_code in (201, 409)
            assert (await home.register(other)).status_code in (409, 422), other
            first, second = await store.find(one), await found(store, other)
            assert first is not None
            assert second is None or second.id == first.id
        # A username may have signs in it as it likes, and is no address then.
        for text in (each for name, each in DECEIVING.items() if (name, identifier) != ("two at signs", "username")):
            home.clock.advance(60)
            body = '{"name":' + as_json(text) + ',"password":"vivid otter plays the tuba"}'
            answer = await home.client.post(
                "/auth/register", content=body, headers={"content-type": "application/json"}
            )
            assert answer.status_code in (400, 409, 422), (text, answer.status_code)


async def found(store: AccountStore, name: str) -> Account | None:
    try:
        return await store.find(name)
    except InvalidName:
        return None


def as_json(text: str) -> str:
    """With every character as an escape, which a lone surrogate can only be written as."""
    return '"' + "".join(f"\\u{unit:04x}" for unit in _units(text)) + '"'


def _units(text: str) -> list[int]:
    raw = text.encode("utf-16-be", "surrogatepass")
    return [int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2)]
