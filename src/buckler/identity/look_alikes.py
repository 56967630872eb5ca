"""What a letter of one script looks like in another, and the key under which look-alikes are equal.

Each pair below is a letter as it is typed, and what it looks like (UTS 39, section 4, cut down to
the letters of `scripts.py`). Small letters come first: where a small letter and its capital look
like different ones, as the two forms of nu do (v and N), the key follows the small one.

Not here, and so not told apart: look-alikes inside one script (l, 1 and I; rn and m; breve and
caron; a few pairs of Thai and of Han); pairs of scripts of which neither is Latin, such as
capital gamma and ge; and whatever only one typeface makes equal.
"""

import unicodedata
from typing import Final

_CYRILLIC: Final = (
    # The digits are what ze and be look like.
    "аaгrеeоoпnрpсcуyхxьbѕsіiјjћħӏlүyһhӕæҫçҽeз3б6"
    "АAВBЕEЗ3КKМMНHОOРPСCТTУYХXЅSІIЈJӀIҮYӔÆҪÇ"
)
_GREEK: Final = "αaβßγyηnιiκkνvοoρpσoτtυuχxωwΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧX"
_ARMENIAN: Final = "աwգqզqլlհhյjոnռnսuցgօoքfՍUՏSՕOԼL"
_GEORGIAN_AND_ETHIOPIC: Final = "ყyሀUዐO"
# Escaped, because an editor shows letters that run to the left in another order.
_HEBREW: Final = "\u05e1o\u05d5l\u05dfl"
_ARABIC: Final = "\u0627l\u0647o"
# The same letter to the eye, typed on the keyboards of different languages.
_ARABIC_KEYBOARDS: Final = (
    "\u06a9\u0643\u06aa\u0643\u06cc\u064a\u0649\u064a\u06d0\u064a\u06c1\u0647\u06be\u0647\u06d5\u0647\u06c3\u0629\u0671\u0627"
)
_KANA_AND_HAN: Final = "へヘりリロ口囗口カ力ニ二エ工ト卜ハ八タ夕ノ丿ム厶チ千ヌ又オ才ー一"
_LATIN: Final = "ðđÐĐĸk"
# Comma below and cedilla: two ways to encode the same Romanian letters.
_MARKS: Final = "\u0326\u0327"
_PAIRS: Final = "".join(
    (_CYRILLIC, _GREEK, _ARMENIAN, _GEORGIAN_AND_ETHIOPIC, _HEBREW, _ARABIC, _ARABIC_KEYBOARDS, _KANA_AND_HAN)
    + (_LATIN, _MARKS)
)  # fmt: skip


def _keys(typed: dict[str, str]) -> dict[str, str]:
    """What a case-folded letter looks like: as its small form does, else as its capital does."""
    found: dict[str, str] = {}
    for letter, look in typed.items():
        found.setdefault(letter.casefold(), look.casefold())
    # One step must do: what a look-alike looks like may have a look-alike itself.
    return {letter: found.get(look, look) for letter, look in found.items()}


_TYPED: Final = dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True))
_LOOKS: Final = str.maketrans(_TYPED)
_KEYS: Final = str.maketrans(_keys(_TYPED))


def look(name: str) -> str:
    """What the name, as it is typed, shows to somebody who knows Latin letters only."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFD", name).translate(_LOOKS))


def key(name: str) -> str:
    """The form under which names of equal look are equal, whatever their case."""
    # Dotless i, and what case-folding makes of the dotted capital: both are shown as i. Two of
    # the first vowel of Thai are shown as the second.
    folded = name.casefold().replace("\u0131", "i").replace("i\u0307", "i").replace("\u0e40\u0e40", "\u0e41")
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFD", folded).translate(_KEYS))
