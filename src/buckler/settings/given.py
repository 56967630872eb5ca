"""What `Settings.load` takes: the settings, each by its name and type, for a type checker to compare calls with."""

from pathlib import Path
from typing import Literal, TypedDict

from pydantic import SecretStr

Algorithm = Literal["Ed25519", "ES256", "RS256", "HS256"]
Environment = Literal["development", "production"]
RegistrationMode = Literal["open", "verified", "closed"]
Identifier = Literal["email", "username"]


class Given(TypedDict, total=False):
    """What `Settings.load` takes: the settings, each by its name."""

    environment: Environment
    origin: str
    hosts: str
    redirect_origins: str
    cors_origins: str
    data: Path
    master_secret: SecretStr | None
    master_secret_file: Path | None
    signing_algorithm: Algorithm
    registration: RegistrationMode | None
    identifier: Identifier
    session_lifetime: int
    session_idle: int
    behind: str
    max_header_bytes: int
    max_body_bytes: int
    body_seconds: float
    password_form: bool | None
    hsts_subdomains: bool
    client_limit: str
    failed_checks_limit: str
    access_log: bool
    mail: str
    mail_from: str
    mail_password: SecretStr | None
    mail_password_file: Path | None
    code_page: str
    processes: int | None
    count_per_process: str
    head_seconds: float
    answer_seconds: float
    drain_seconds: float
    max_connections: int
    events_checkpoints: str
    events_sign_ins_days: int
    events_changes_days: int
    security_contact: str
    security_expires: str
    security_policy: str
    security_languages: str
