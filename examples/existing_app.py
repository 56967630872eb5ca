"""An app as many have it after three years: users and tokens of its own, SQLModel, synchronous endpoints.

It works, and has the usual holes: whoever is signed in reads everybody's projects, tokens outlive their users, and
nothing bounds what is sent. `existing_app.diff` beside it closes them in a few lines; docs/start/existing-apps.md goes
through it.

Run it:  DATABASE_URL=sqlite:///tracker.db uvicorn existing_app:app
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated

import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm
from pwdlib import PasswordHash
from sqlmodel import Field, Session, SQLModel, create_engine, func, select

SECRET = os.environ["TRACKER_SECRET"]
engine = create_engine(os.environ.get("DATABASE_URL", "sqlite:///tracker.db"))
passwords = PasswordHash.recommended()


class User(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    password: str
    role: str = "member"


class Project(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    owner_id: int = Field(foreign_key="user.id")
    title: str


class Task(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id")
    text: str


class Title(SQLModel):
    title: str


class Text(SQLModel):
    text: str


def get_session() -> Iterator[Session]:
    with Session(engine) as session:
        yield session


Db = Annotated[Session, Depends(get_session)]


def user_of(token: str) -> User | None:
    try:
        number = int(jwt.decode(token, SECRET, algorithms=["HS256"])["sub"])
    except (jwt.InvalidTokenError, KeyError, ValueError):
        return None
    with Session(engine) as session:
        return session.get(User, number)


def get_user(token: Annotated[str, Depends(OAuth2PasswordBearer("login"))]) -> User:
    user = user_of(token)
    if user is None:
        raise HTTPException(401, "Not signed in")
    return user


def get_project(project_id: int, session: Db, _: Annotated[User, Depends(get_user)]) -> Project:
    project = session.get(Project, project_id)
    if project is None:
        raise HTTPException(404, "No such project")
    return project


Me = Annotated[User, Depends(get_user)]
OneProject = Annotated[Project, Depends(get_project)]
app = FastAPI(title="Tracker")
app.add_middleware(GZipMiddleware, minimum_size=200)
app.add_middleware(CORSMiddleware, allow_origins=["https://app.example.com"], allow_methods=["*"], allow_headers=["*"])


@app.get("/health")
def health() -> str:
    return "ok"


@app.post("/login")
def login(form: Annotated[OAuth2PasswordRequestForm, Depends()], session: Db) -> dict[str, str]:
    user = session.exec(select(User).where(User.name == form.username)).first()
    if user is None or not passwords.verify(form.password, user.password):
        raise HTTPException(400, "Wrong name or password")
    claims = {"sub": str(user.id), "exp": datetime.now(UTC) + timedelta(hours=1)}
    return {"access_token": jwt.encode(claims, SECRET, algorithm="HS256"), "token_type": "bearer"}


@app.get("/me")
def me(user: Me) -> dict[str, str]:
    return {"name": user.name, "role": user.role}


@app.get("/projects")
def list_projects(user: Me, session: Db) -> list[Project]:
    return list(session.exec(select(Project).where(Project.owner_id == user.id)))


@app.post("/projects", status_code=201)
def add_project(new: Title, user: Me, session: Db) -> Project:
    project = Project(owner_id=user.id or 0, title=new.title)
    session.add(project)
    session.commit()
    session.refresh(project)
    return project


@app.get("/projects/{project_id}")
def read_project(project: OneProject) -> Project:
    return project


@app.patch("/projects/{project_id}")
def rename_project(project: OneProject, new: Title, session: Db) -> Project:
    project.title = new.title
    session.commit()
    session.refresh(project)
    return project


@app.delete("/projects/{project_id}", status_code=204)
def remove_project(project: OneProject, session: Db) -> None:
    session.delete(project)
    session.commit()


@app.get("/projects/{project_id}/tasks")
def list_tasks(project: OneProject, session: Db) -> list[Task]:
    return list(session.exec(select(Task).where(Task.project_id == project.id)))


@app.post("/projects/{project_id}/tasks", status_code=201)
def add_task(project: OneProject, new: Text, session: Db) -> Task:
    task = Task(project_id=project.id or 0, text=new.text)
    session.add(task)
    session.commit()
    session.refresh(task)
    return task


@app.get("/users")
def list_users(user: Me, session: Db) -> list[str]:
    return list(session.exec(select(User.name)))


@app.get("/summary")
def summary(user: Me, session: Db) -> dict[str, int]:
    if user.role != "admin":
        raise HTTPException(403, "Administrators only")
    return {"projects": session.exec(select(func.count()).select_from(Project)).one()}
