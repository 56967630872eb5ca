"""Jobs, what they wrote, and what the machines told."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from tests.drill.targets.tools.callers import Desk, Flaws, Id, Line, Me, Strict, refused
from tests.drill.targets.tools.records import Job, Operator, Records

Row = dict[str, str | int]


class NewJob(Strict):
    """What shall run."""

    title: Line


class Renamed(Strict):
    """A new title for one."""

    job_id: Id
    title: Line


class ShownJob(BaseModel):
    """A job."""

    id: int
    owner: int
    title: str
    state: str


def _shown(it: Job) -> ShownJob:
    return ShownJob(id=it.id, owner=it.owner, title=it.title, state=it.state)


def _job(desk: Records, job_id: int, me: Operator, anybody: bool) -> Job:
    it = desk.jobs.get(job_id)
    if it is None or not (it.owner == me.id or anybody):
        raise refused(404, "No such job.")
    return it


async def start(given: NewJob, me: Me, desk: Desk) -> ShownJob:
    """Let something run."""
    it = Job(desk.next_id(), me.id, given.title)
    desk.jobs[it.id] = it
    return _shown(it)


async def jobs(me: Me, desk: Desk, flawed: Flaws) -> list[ShownJob]:
    """The own ones, the last hundred."""
    everybody = "jobs-of-everybody" in flawed
    return [_shown(it) for it in desk.jobs.values() if everybody or it.owner == me.id][-100:]


async def job(job_id: Id, me: Me, desk: Desk, flawed: Flaws) -> ShownJob:
    """One of them."""
    return _shown(_job(desk, job_id, me, "jobs-read-by-anybody" in flawed))


async def stop(job_id: Id, me: Me, desk: Desk, flawed: Flaws) -> ShownJob:
    """Stop it."""
    it = _job(desk, job_id, me, "jobs-stopped-by-anybody" in flawed)
    it.state = "stopped"
    return _shown(it)


async def rename(given: Renamed, me: Me, desk: Desk, flawed: Flaws) -> ShownJob:
    """Give it another title."""
    it = _job(desk, given.job_id, me, "jobs-renamed-by-anybody" in flawed)
    it.title = given.title
    return _shown(it)


async def line(job_id: Id, number: int, me: Me, desk: Desk, flawed: Flaws) -> dict[str, str]:
    """One line of what it wrote."""
    it = _job(desk, job_id, me, False)
    if "errors-tell-traces" not in flawed and not 0 <= number < len(it.lines):
        raise refused(404, "No such line.")
    return {"line": it.lines[number]}


async def export(_: Me, desk: Desk, limit: Annotated[int, Query(ge=1, le=100)] = 50) -> list[Row]:
    """What the machines told, the last of it."""
    return desk.events[-limit:]


async def export_all(_: Me, desk: Desk, limit: int = 50) -> list[Row]:
    """What the machines told, the last of it."""
    return desk.events[-limit:]


async def load(_: Me, desk: Desk, days: Annotated[int, Query(ge=1, le=90)] = 7) -> dict[str, float]:
    """How busy the machines were."""
    return _load(desk.events[:100], days)


async def load_ever(_: Me, desk: Desk, days: Annotated[int, Query(ge=1, le=200_000)] = 7) -> dict[str, float]:
    """How busy the machines were."""
    return _load(desk.events[:100], days)


def _load(events: list[Row], days: int) -> dict[str, float]:
    total = 0
    for day in range(days):
        total += sum(int(event["load"]) for event in events if int(event["id"]) % 7 == day % 7)
    return {"days": days, "mean": round(total / days, 1)}


def routes(flawed: frozenset[str]) -> APIRouter:
    """All of it."""
    router = APIRouter(tags=["jobs"])
    router.add_api_route("/jobs", start, methods=["POST"], status_code=201)
    router.add_api_route("/jobs", jobs)
    router.add_api_route("/jobs/rename", rename, methods=["POST"])
    router.add_api_route("/jobs/{job_id}", job)
    router.add_api_route("/jobs/{job_id}/stop", stop, methods=["POST"])
    router.add_api_route("/jobs/{job_id}/lines/{number}", line)
    router.add_api_route("/export", export_all if "export-without-end" in flawed else export)
    router.add_api_route("/load", load_ever if "load-of-any-days" in flawed else load)
    return router
