"""What is read out of answers, pages and letters on the way in."""

import json
from pathlib import Path

import pytest

from buckler.drill.arriving.forms import forms_in
from buckler.drill.arriving.registering import id_in
from buckler.drill.people.handed import cookies_of, handed
from buckler.drill.people.invented import Person
from buckler.drill.people.letters import Letter, Letterbox
from buckler.drill.transport.answer import Answer

PLAIN = (("content-type", "application/json"),)


def _answer(said: object, status: int = 200) -> Answer:
    return Answer(status, PLAIN, json.dumps(said).encode())


@pytest.mark.parametrize(
    ("said", "token", "at"),
    [
        ({"access_token": "a" * 20, "token_type": "bearer"}, "a" * 20, ("access_token",)),
        ({"data": {"authToken": "b" * 20}, "refresh_token": "c" * 20}, "b" * 20, ("data", "authToken")),
        ({"token": "c" * 20, "access_token": "d" * 20}, "d" * 20, ("access_token",)),
        ({"user": {"jwt": "e" * 20}}, "e" * 20, ("user", "jwt")),
        ("f" * 40, "f" * 40, ()),
        ({"message": "welcome", "token_type": "bearer"}, "", ()),
        ({"token": None}, "", ()),
        ("Welcome, dear friend of ours", "", ()),
        ([1, 2], "", ()),
    ],
)
def test_the_token_is_found_where_it_stands(said: object, token: str, at: tuple[str, ...]) -> None:
    """By its name, the surest first, also within something else or as the whole answer; words are no token."""
    found = handed(_answer(said))
    assert (found.token, found.at if found.token else ()) == (token, at)


def test_a_refusal_hands_out_nothing() -> None:
    """Whatever stands in it."""
    assert handed(_answer({"token": "a" * 20}, 401)).is_nothing


def test_the_way_that_was_told_is_the_only_one() -> None:
    """Even where another name would be likelier."""
    answer = _answer({"access_token": "a" * 20, "result": {"ticket": "b" * 20}})
    assert handed(answer, ("result", "ticket")).token == "b" * 20
    assert handed(answer, ("result", "nothing")).token == ""


def test_cookies_that_are_taken_away_are_none() -> None:
    """By an age, a date that is over, or an empty value; the last word on a name counts."""
    lines = (
        "sid=abc; HttpOnly; Path=/",
        "old=x; Max-Age=0",
        "gone=x; expires=Thu, 01 Jan 1970 00:00:00 GMT",
        'empty=""',
        "kept=1; Max-Age=3600",
        "twice=1",
        "twice=; Max-Age=0",
    )
    answer = Answer(200, tuple(("set-cookie", line) for line in lines))
    assert cookies_of(answer) == {"sid": "abc", "kept": "1"}
    assert handed(answer).session_cookie == "sid"


def test_the_fields_of_a_form_are_read() -> None:
    """With what is hidden, and the token of the page's head; buttons and fields outside are none of them."""
    forms, token = forms_in(
        '<meta name="csrf-token" content="m1"><input name="q">'
        '<form action="/in"><input type=hidden name="_csrf" value="h1"><input name=user>'
        '<input type="password" name="pw"><button name="go">in</button><input type="submit" name="s"></form>'
    )
    assert token == "m1"
    assert [(form.action, dict(form.fields), form.hidden, form.passwords) for form in forms] == [
        ("/in", {"_csrf": "h1", "user": "", "pw": ""}, {"_csrf"}, {"pw"})
    ]


def test_a_letter_gives_its_links_and_codes(tmp_path: Path) -> None:
    """Those to this address alone, the newest first."""
    box = Letterbox(lines=["mail to bob@x.example: code 111111", "mail to ana@x.example: your code is AB12-cd", "bye"])
    assert box.letters_to("ana@x.example") == [Letter((), ("AB12-cd",))]
    (tmp_path / "1.eml").write_text(
        "To: ana@x.example\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
        '<a href=3D"https://x.example/verify?token=3Dt0kenOfAna&amp;next=3D/">here</a> <img src=3D"https://x.example/a.png">'
    )
    found = Letterbox(str(tmp_path)).letters_to("ana@x.example")
    assert found == [Letter(("/verify?token=t0kenOfAna&next=/",), ("t0kenOfAna",), ("x.example",))]
    assert Letterbox(str(tmp_path)).letters_to("bob@x.example") == []


@pytest.mark.parametrize(
    ("said", "id_"),
    [
        ({"id": 7}, "7"),
        ({"user": {"user_id": "u-1"}}, "u-1"),
        ({"data": {"me": {"uuid": "x"}}}, "x"),
        ({"id": True, "name": "ana"}, ""),
        ({"items": [{"id": 3}]}, ""),
        (None, ""),
    ],
)
def test_the_id_of_a_person_is_found(said: object, id_: str) -> None:
    """In the answer or in what it wraps; an id of something else is none."""
    assert id_in(said) == id_


def test_a_person_fits_what_the_document_says() -> None:
    """Bounds and patterns choose among the styles; a pattern of another dialect chooses nothing."""
    person = Person.anew({})
    assert len(person.password({"maxLength": 12, "minLength": 8})) <= 12
    assert person.password({"pattern": r"^\d{4}$"}).isdigit()
    assert person.name({"pattern": "^[a-z]+$"}).isalpha()
    assert person.name({"format": "email"}) == person.email({})
    assert person.name({"pattern": r"^[\p{L}]+$"}).startswith("drill")
    assert person.otherwise(("name",)).name({}) != person.name({})


def test_what_is_called_a_token_may_be_short() -> None:
    """The tutorial's is the name of the account; what may be anything else, as a key or a session, is none then."""
    assert handed(_answer({"access_token": "ada", "token_type": "bearer"})).token == "ada"
    assert handed(_answer({"token": "ada", "state": "ok"})).token == "ada"
    assert handed(_answer({"session": "open", "key": "a"})).is_nothing
