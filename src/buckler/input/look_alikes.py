"""What a letter of one script looks like in another, and the key under which look-alikes are equal.

A row below has letters as they are typed, and what each looks like (UTS 39, section 4, cut down to
the letters of `scripts.py`). Small letters come first: where a small letter and its capital look
like different ones, as the two forms of nu do (v and N), the key follows the small one.

Not here, and so not told apart: look-alikes inside one script (l, 1 and I; rn and m; breve and
caron; a few pairs of Thai and of Han); pairs of scripts of which neither is Latin, such as
capital gamma and ge; and whatever only one typeface makes equal.
"""

import unicodedata
from typing import Final

PAIRS: Final = (
    # Cyrillic; digits are what ze and be look like.
    ("агеопрсухьѕіјћӏүһӕҫҽзб", "areonpcyxbsijħlyhæçe36"),
    ("АВЕЗКМНОРСТУХЅІЈӀҮӔҪ", "ABE3KMHOPCTYXSIJIYÆÇ"),
    # Greek, alpha to omega and capital alpha to chi.
    ("αβγηικνορστυχω", "aßynikvopotuxw"),
    ("\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7", "ABEZHIKMNOPTYX"),
    # Armenian, Georgian, Ethiopic.
    ("ագզլհյոռսցօքՍՏՕԼ", "wqqlhjnnugofUSOL"),
    ("\u10e7", "y"),
    ("\u1200\u12d0", "UO"),
    # Hebrew and Arabic, escaped, because an editor shows them in another order.
    ("\u05e1\u05d5\u05df", "oll"),
    ("\u0627\u0647", "lo"),
    # The same Arabic letter to the eye, typed on the keyboards of different languages.
    (
        "\u06a9\u06aa\u06cc\u0649\u06d0\u06c1\u06be\u06d5\u06c3\u0671",
        "\u0643\u0643\u064a\u064a\u064a\u0647\u0647\u0647\u0629\u0627",
    ),
    # Kana and Han.
    ("へりロ囗カニエトハタノムチヌオー", "ヘリ口口力二工卜八夕丿厶千又才一"),
    # Latin letters; comma below and cedilla, two encodings of the same Romanian letters.
    ("ðÐĸ", "đĐk"),
    ("\u0326", "\u0327"),
)


def _keys(typed: dict[str, str]) -> dict[str, str]:
    """What a case-folded letter looks like: as its small form does, else as its capital does."""
    found: dict[str, str] = {}
    for letter, look in typed.items():
        found.setdefault(letter.casefold(), look.casefold())
    # One step must do: what a look-alike looks like may have a look-alike itself.
    return {letter: found.get(look, look) for letter, look in found.items()}


_TYPED: Final = {letter: look for typed, looks in PAIRS for letter, look in zip(typed, looks, strict=True)}
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
