"""Who is to be there for a drill."""

import pytest

from buckler.staging.parts import NO_ROLE, Part, parts


@pytest.mark.parametrize("in_browsers", [True, False])
def test_two_of_the_least_and_both_ends_in_browsers(in_browsers: bool) -> None:
    """Whoever may most comes last: that is the administrator of the drill."""
    browser = [Part(f"{NO_ROLE} (browser)", "", in_browser=True), Part("chief (browser)", "chief", in_browser=True)]
    expected = [Part(NO_ROLE, ""), Part(f"{NO_ROLE} 2", ""), browser[0], Part("clerk", "clerk"), browser[1]]
    kept = [each for each in (*expected, Part("chief", "chief")) if in_browsers or not each.in_browser]
    assert list(parts(("", "clerk", "chief"), "", "chief", in_browsers=in_browsers)) == kept


def test_without_anybody_above_all_others_nobody_is_doubled_for_that() -> None:
    """Then there is no administrator to try in a browser."""
    names = [each.name for each in parts(("reader", "writer"), "reader", None, in_browsers=True)]
    assert names == ["reader", "reader 2", "reader (browser)", "writer"]
