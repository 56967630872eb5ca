"""A wildcard covers what begins with its parts, and nothing that only looks so."""

from hypothesis import given, settings
from hypothesis import strategies as st

from buckler.grants import covers_all, grants_of, held_of
from buckler.principal import Principal

PART = st.sampled_from(["a", "b", "ab", "c"])
PERMISSION = st.lists(PART, min_size=2, max_size=4).map(":".join)
GRANT = st.one_of(PERMISSION, st.lists(PART, min_size=1, max_size=3).map(lambda parts: ":".join([*parts, "*"])))
GRANTS = st.frozensets(st.one_of(GRANT, st.just("*")), max_size=4)


def begins(grant: str, permission: str) -> bool:
    """The rule in other words: the parts before the star are the permission's first ones, and more follow."""
    if grant == "*":
        return True
    if not grant.endswith(":*"):
        return grant == permission
    parts, whole = grant.split(":")[:-1], permission.split(":")
    return len(whole) > len(parts) and whole[: len(parts)] == parts


@settings(max_examples=300)
@given(GRANTS, PERMISSION)
def test_a_grant_covers_what_begins_so(held: frozenset[str], permission: str) -> None:
    expected = any(begins(grant, permission) for grant in held)
    assert covers_all(held, (permission,)) is expected
    assert Principal("1", "one", permissions=held).may(permission) is expected
    assert (not grants_of(permission).isdisjoint(held)) is expected


@settings(max_examples=300)
@given(GRANTS, GRANTS, PERMISSION)
def test_asking_gives_nothing_that_is_not_held(asked: frozenset[str], held: frozenset[str], permission: str) -> None:
    """Of what was asked for, each either is covered by what is held or is gone."""
    given_ = held_of(asked, held)
    assert given_ <= asked
    if covers_all(given_, (permission,)):
        assert covers_all(held, (permission,))
        assert covers_all(asked, (permission,))


def test_wholes_are_not_covered_by_their_parts() -> None:
    assert not covers_all({"a:b", "a:c"}, ("a:*",))
    assert not covers_all({"a:*", "b:*"}, ("*",))
    assert covers_all({"a:*"}, ("a:*", "a:b:*", "a:b"))
    assert not covers_all({"a:*"}, ("a:b", "b:c"))
    assert covers_all((), ())
