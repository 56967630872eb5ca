"""Every flaw of People API is in the flawed app, alone and among the others, and not in the mended one."""

import json
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.drill.targets.people_api import FLAWS, create_app
from tests.drill.targets.people_api.store import FIRST_PEOPLE

CASES = sorted(FLAWS)
KEYS = {name: key for name, _, _, key in FIRST_PEOPLE}
SALES = "/departments/sales"
Attack = Callable[["Office", pytest.LogCaptureFixture], bool]


class Office(TestClient):
    """Everybody who works here, by name."""

    def as_(self, name: str, method: str, path: str, /, body: Any = None, **headers: str) -> Any:
        named = {header.replace("_", "-"): value for header, value in headers.items()}
        return self.request(method, path, json=body, headers={"X-API-Key": KEYS[name], **named})

    def id(self, name: str) -> str:
        return self.as_(name, "GET", "/me").json()["id"]

    def hired(self, **more: Any) -> dict[str, Any]:
        body = {"name": "Una", "email": "una@people.example"} | more
        answer = self.as_("rosa", "POST", f"{SALES}/people", body)
        return answer.json() if answer.status_code == 201 else {}


def phones_without_a_key(office: Office, _: Any) -> bool:
    assert "mara" in office.as_("rosa", "GET", f"{SALES}/phones").json()
    return "mara" in office.get(f"{SALES}/phones").text


def salary_set_by_employees(office: Office, _: Any) -> bool:
    path = f"{SALES}/people/{office.id('mara')}/salary"
    office.as_("mara", "PUT", path, {"salary": 9_000_000})
    return office.as_("mara", "GET", path).json() == {"salary": 9_000_000}


def salary_of_colleagues(office: Office, _: Any) -> bool:
    return "salary" in office.as_("mara", "GET", f"{SALES}/people/{office.id('nils')}/salary").json()


def salary_of_another_department(office: Office, _: Any) -> bool:
    assert "salary" in office.as_("rosa", "GET", f"{SALES}/people/{office.id('mara')}/salary").json()
    return "salary" in office.as_("rosa", "GET", f"{SALES}/people/{office.id('tove')}/salary").json()


def bulk_lookup_of_anybody(office: Office, _: Any) -> bool:
    ids = [office.id("mara"), office.id("tove")]
    assert office.as_("rosa", "POST", "/people/lookup", {"ids": ids[:1]}).status_code == 200
    return "tove@" in office.as_("rosa", "POST", "/people/lookup", {"ids": ids}).text


def bulk_changes_anybody(office: Office, _: Any) -> bool:
    tove = office.id("tove")
    office.as_("rosa", "POST", "/people/bulk", {"ids": [office.id("mara"), tove], "action": "archive"})
    return office.as_("ivo", "GET", f"/departments/tech/people/{tove}").json()["archived"]


def acting_for_anybody(office: Office, _: Any) -> bool:
    office.as_("mara", "POST", "/leave-requests", {"days": 2, "reason": "a wedding"})
    listed = [office.as_(who, "GET", "/leave-requests", X_Employee_Id=office.id("mara")) for who in ("rosa", "tove")]
    assert "wedding" in listed[0].text
    return "wedding" in listed[1].text


def leave_for_anybody(office: Office, _: Any) -> bool:
    body = {"days": 60, "reason": "so long", "person_id": office.id("mara")}
    office.as_("tove", "POST", "/leave-requests", body)
    return "so long" in office.as_("mara", "GET", "/leave-requests").text


def leave_of_everybody(office: Office, _: Any) -> bool:
    office.as_("mara", "POST", "/leave-requests", {"days": 2, "reason": "a wedding"})
    return "wedding" in office.as_("tove", "GET", "/leave-requests").text


def new_person_takes_a_role(office: Office, _: Any) -> bool:
    return office.hired(role="manager").get("role") == "manager"


def records_with_everything(office: Office, _: Any) -> bool:
    return "national_id" in office.as_("mara", "GET", f"{SALES}/people/{office.id('mara')}").json()


def people_of_any_department(office: Office, _: Any) -> bool:
    assert office.as_("rosa", "GET", f"{SALES}/people").status_code == 200
    return "tove" in office.as_("rosa", "GET", "/departments/tech/people").text


def method_in_the_query(office: Office, _: Any) -> bool:
    path = f"{SALES}/people/{office.id('nils')}"
    assert office.as_("mara", "DELETE", path).status_code == 403
    office.as_("mara", "POST", f"{path}?_method=DELETE")
    return office.as_("nils", "GET", "/me").status_code == 401


def original_url(office: Office, _: Any) -> bool:
    assert office.as_("rosa", "GET", "/payroll").json()["people"] == 3
    assert office.as_("mara", "GET", "/payroll").status_code == 403
    return "total" in office.as_("mara", "GET", "/me", X_Original_URL="/payroll").json()


def debug_routes(office: Office, _: Any) -> bool:
    return "salary" in office.get("/debug/people").text and "/debug/routes" in office.get("/debug/routes").text


def docs_open(office: Office, _: Any) -> bool:
    return office.get("/docs").status_code == office.get("/openapi.json").status_code == 200


def disabled_people_stay(office: Office, _: Any) -> bool:
    assert office.as_("rosa", "POST", f"{SALES}/people/{office.id('mara')}/disable").status_code == 204
    return office.as_("mara", "GET", "/me").status_code == 200


def old_keys_live_on(office: Office, _: Any) -> bool:
    key = office.as_("mara", "POST", "/me/key").json()["api_key"]
    assert office.get("/me", headers={"X-API-Key": key}).json()["name"] == "mara"
    return office.as_("mara", "GET", "/me").status_code == 200


def forged_log_lines(office: Office, logged: pytest.LogCaptureFixture) -> bool:
    logged.clear()
    office.as_("rosa", "GET", "/search?q=zzz%0AWARNING%20all%20is%20well")
    return "\nWARNING all is well" in logged.text


def nickname_backtracks(office: Office, _: Any) -> bool:
    assert office.as_("mara", "PATCH", "/me", {"nickname": "the lighthouse"}).json()["nickname"] == "the lighthouse"

    def seconds(letters: int) -> float:
        begun = time.process_time()  # whatever else this machine does is not counted
        assert office.as_("mara", "PATCH", "/me", {"nickname": "a" * letters + "!"}).status_code == 422
        return time.process_time() - begun

    return min(seconds(22) for _ in range(3)) > 10 * min(seconds(12) for _ in range(5))


def confused_types(office: Office, _: Any) -> bool:
    assert office.as_("mara", "POST", "/time-sheets", {"week": 12, "hours": [8, 7.5]}).json()["total"] == 15.5
    odd: list[Any] = [{"week": 99, "hours": [8]}, {"week": 10**30, "hours": [8]}, {"week": 12, "hours": ["8", None]}]
    return {office.as_("mara", "POST", "/time-sheets", body).status_code for body in odd} == {500}


def odd_json_fails(office: Office, _: Any) -> bool:
    headers = {"X-API-Key": KEYS["mara"], "Content-Type": "application/json"}
    odd = r'{"score": 7, "comment": "\ud800"}'
    return office.post("/surveys", content=odd, headers=headers).status_code == 500


def errors_tell_all(office: Office, _: Any) -> bool:
    assert office.as_("rosa", "GET", "/export?columns=name,title").json()[0] == {"name": "rosa", "title": "Clerk"}
    return "Traceback" in office.as_("rosa", "GET", "/export?columns=shoes").text


def evaluated_formula(office: Office, _: Any) -> bool:
    assert float(office.as_("mara", "POST", "/bonus", {"expression": "salary * (2 + 1) / 100"}).json()["bonus"]) == 9e4
    return "posix" in office.as_("mara", "POST", "/bonus", {"expression": "__import__('os').name"}).text


ATTACKS: dict[str, Attack] = {name: globals()[name.replace("-", "_")] for name in CASES}


@pytest.mark.heavy_beyond(6)
@pytest.mark.parametrize("name", CASES)
def test_a_flaw_is_there_alone_and_among_the_others(name: str, caplog: pytest.LogCaptureFixture) -> None:
    """Each attack succeeds where its flaw is."""
    assert ATTACKS[name](Office(create_app(frozenset({name}))), caplog)
    assert ATTACKS[name](Office(create_app()), caplog)


@pytest.mark.parametrize("name", CASES)
def test_a_flaw_is_mended(name: str, caplog: pytest.LogCaptureFixture) -> None:
    """Each attack fails where no flaw is."""
    assert not ATTACKS[name](Office(create_app(frozenset())), caplog)


def test_the_list_names_every_flaw_and_the_first_people() -> None:
    """And nothing else."""
    listed = tomllib.loads(Path(__file__).with_name("people_api.toml").read_text())
    assert set(listed["flaws"]) == FLAWS
    people = [
        tuple(it[field] for field in ("name", "department", "role", "api_key")) for it in listed["entry"]["people"]
    ]
    assert people == list(FIRST_PEOPLE)


def test_a_hired_person_works_here() -> None:
    """With the key that the manager was shown."""
    office = Office(create_app(frozenset()))
    key = office.hired()["api_key"]
    assert office.get("/me", headers={"X-API-Key": key}).json()["name"] == "Una"
    assert json.dumps(key) not in office.as_("rosa", "GET", f"{SALES}/people").text
