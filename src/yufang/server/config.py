"""Settings of a deployment. Every field carries a title and a description; `docs/settings.md` is made from them."""

from __future__ import annotations

import os
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class IdentityProvider(BaseModel):
    """An OpenID Connect provider through which people sign in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    name: str
    server_url: str
    client_id: str
    secret: str = ""
    groups_claim: str = "groups"
    second_factor: bool = True


class Config(BaseSettings):
    """Read from the environment; names start with `YUFANG_` (and `DATABASE_URL`, which keeps its usual name)."""

    model_config = SettingsConfigDict(env_prefix="YUFANG_", frozen=True, extra="ignore")

    home: Path = Field(
        default=Path(".yufang"),
        title="Home folder",
        description="Where the embedded database, the secret key and the lake of this deployment are kept.",
    )
    database_url: str = Field(
        default="",
        title="Database address",
        description="postgresql://user:password@host:port/name of the database's owner. "
        "Empty: an embedded PostgreSQL under the home folder.",
        validation_alias=AliasChoices("DATABASE_URL", "database_url"),
    )
    web_database_url: str = Field(
        default="",
        title="Database address of the web role",
        description="postgresql://yufang_web:password@host:port/name, where a database administrator made the role "
        "yufang_web. Empty: it is made by the owner, with a password made from the secret key.",
    )
    host: str = Field(
        default="127.0.0.1",
        title="Listening address",
        description="0.0.0.0 lets other machines in; put TLS in front of it then.",
    )
    port: int = Field(default=8000, title="Port", description="Port of the web server.", ge=1, le=65535)
    allowed_hosts: str = Field(
        default="localhost,127.0.0.1,[::1]",
        title="Host names",
        description="Host names, comma-separated, under which people reach the platform.",
    )
    https: bool = Field(
        default=False,
        title="Behind HTTPS",
        description="True where people come by https://: cookies are then sent over HTTPS only and HSTS is set.",
    )
    demo: bool = Field(
        default=False,
        title="Demo mode",
        description="Shows the made-up demo accounts on the sign-in page. Never set it where real records are.",
    )
    warm: bool = Field(
        default=True,
        title="Read the deduction model ahead",
        description="True: packs, kernels and model are read soon after the start, so that the first question about "
        "hazard points does not wait. False: at the first question; such a start costs less.",
    )
    session_hours: int = Field(
        default=12,
        title="Hours signed in",
        description="After so many hours a person signs in again.",
        ge=1,
        le=24 * 30,
    )
    sign_in_tries: int = Field(
        default=5,
        title="Failed sign-ins",
        description="So many failed sign-ins of one name from one address are let through in the window; "
        "six times as many of all names from one address.",
        ge=1,
    )
    sign_in_window_minutes: int = Field(
        default=5, title="Sign-in window", description="Minutes over which failed sign-ins are counted.", ge=1
    )
    requests_per_minute: int = Field(
        default=1200,
        title="Requests of one person",
        description="So many API requests a minute are let through for one signed-in person.",
        ge=30,
    )
    anonymous_per_minute: int = Field(
        default=600,
        title="Requests of one address",
        description="So many API requests a minute are let through for all who come from one address without being "
        "signed in: phones of a whole plant may share one.",
        ge=30,
    )
    password_length: int = Field(
        default=12,
        title="Length of passwords",
        description="Fewest characters of a password that a person sets.",
        ge=8,
        le=64,
    )
    second_factor_roles: str = Field(
        default="",
        title="Roles that need a second factor",
        description="Names of roles, comma-separated, such as supervisor,auditor: whoever has one sets up an "
        "authenticator app or a passkey before anything else answers.",
    )
    invitation_hours: int = Field(
        default=72,
        title="Hours of an invitation",
        description="So long a one-time link opens an account or sets a new password.",
        ge=1,
        le=24 * 30,
    )
    identity_providers: tuple[IdentityProvider, ...] = Field(
        default=(),
        title="Identity providers",
        description="OpenID Connect providers as a JSON list: id, name, server_url, client_id, secret, and where they "
        "differ groups_claim (groups) and second_factor (true: the provider asks for one itself).",
    )
    database_pool: int = Field(
        default=12,
        title="Database connections",
        description="Most connections that the web server holds open to the database.",
        ge=2,
        le=200,
    )
    job_workers: int = Field(
        default=2, title="Jobs at once", description="Background jobs that run at the same time.", ge=1, le=32
    )

    urgent_workers: int = Field(
        default=4,
        title="Urgent jobs at once",
        description="Messages and deadlines of alerts that are worked on at the same time, beside the other jobs.",
        ge=1,
        le=32,
    )
    riskmap_days: int = Field(
        default=90,
        title="Days of the risk map's past",
        description="So many days back the risk map can be replayed; older versions of its factors are let go.",
        ge=1,
        le=3650,
    )
    public_url: str = Field(
        default="",
        title="Public address",
        description="What links in messages and QR codes begin with, such as https://yufang.example.org. "
        "Empty: the first host name and the port.",
        pattern=r"^(https?://[^/\s]+)?$",
    )
    private_networks: str = Field(
        default="",
        title="Private networks that may be sent to",
        description="Networks, comma-separated, such as 10.0.0.0/8, in which a webhook, a mail server, an SMS gateway "
        "or a witness of the ledger may stand. Empty: public addresses only.",
    )

    ledger_origin: str = Field(
        default="",
        title="Name of the ledger",
        description="What its checkpoints begin with and its key is named, such as yufang.example.org/ledger; counts "
        "when the key is made. Empty: the host name with a random end.",
        pattern=r"^[^\s+]*$",
    )
    ledger_key: str = Field(
        default="",
        title="Key file of the ledger",
        description="File with the Ed25519 key that signs checkpoints, readable by this user only. "
        "Empty: ledger_key in the home folder, made at the first start.",
    )
    ledger_witnesses: str = Field(
        default="",
        title="Witnesses of the ledger",
        description="Who is asked to cosign its checkpoints: KEY@URL, separated by spaces (docs/ledger.md).",
    )
    ledger_follow: str = Field(
        default="",
        title="Ledgers that are witnessed here",
        description="Keys of the ledgers of other deployments whose checkpoints this one cosigns, separated by spaces.",
    )

    log_format: Literal["text", "json"] = Field(
        default="text",
        title="Form of the log",
        description="json: one JSON object a line, for each request and job, with their ids. text: for a terminal; "
        "only what went wrong.",
    )
    log_level: str = Field(
        default="",
        title="Level of the log",
        description="debug, info, warning or error. Empty: info as JSON, warning as text.",
        pattern="^(?i:debug|info|warning|error)?$",
    )
    metrics_token: str = Field(
        default="",
        title="Token of the metrics",
        description="Whoever sends it (Authorization: Bearer …) may read /metrics. "
        "Empty: programs on this machine only.",
        repr=False,
    )
    otlp_endpoint: str = Field(
        default="",
        title="Collector of traces",
        description="Address of an OpenTelemetry collector that takes OTLP over HTTP, such as http://127.0.0.1:4318; "
        "needs the extra `telemetry`. Empty: no traces.",
        pattern=r"^(https?://\S+)?$",
    )
    otlp_share: float = Field(
        default=0.1,
        title="Share of requests traced",
        description="From 0 to 1; callers may ask for theirs.",
        ge=0,
        le=1,
    )
    backup_folder: Path | None = Field(
        default=None,
        title="Folder of backups",
        description="Where backups and the archive of changes go, best on another disk or machine. With it the "
        "platform keeps every change, so that it can be restored to any moment. Empty: no backups.",
    )
    backup_key_file: Path | None = Field(
        default=None,
        title="Key file of backups",
        description="File that holds the key by which backups are encrypted; `yufang backup key FILE` makes one. Keep "
        "a copy elsewhere: nothing can be restored without it. Empty: not encrypted.",
    )
    backup_database_url: str = Field(
        default="",
        title="Database address for backups",
        description="postgresql://… of a role with REPLICATION, for an external PostgreSQL. Not needed for the "
        "embedded one. Empty: the owner's address.",
        repr=False,
    )
    backup_seconds: int = Field(
        default=15,
        title="Seconds between archive rounds",
        description="So often new changes and files are put into the folder of backups: the most that is lost with "
        "the whole machine.",
        ge=1,
        le=3600,
    )
    backup_keep_days: int = Field(
        default=30, title="Days that backups are kept", description="Any moment of so many days can be restored.", ge=1
    )
    postgres_programs: Path | None = Field(
        default=None,
        title="Folder of PostgreSQL's programs",
        description="With postgres and pg_ctl of the same major version as an external server, to restore its backups. "
        "Empty: those that came with yufang, or under /usr/lib/postgresql.",
    )

    retention_confirmed: str = Field(
        default="position",
        title="Retention periods that were confirmed",
        description="Record types, comma-separated, whose period no law text confirms and this deployment does "
        "(docs/privacy.md): access_log, position, report. Of other such types nothing is removed.",
    )

    @property
    def data_folder(self) -> Path:
        """Folder of the embedded database."""
        return self.home.resolve() / "postgres"

    @property
    def secret_file(self) -> Path:
        """File that holds the secret key."""
        return self.home.resolve() / "secret_key"

    def link(self, path: str) -> str:
        """The address that a person reaches `path` by; a whole address stays as it is."""
        if path.startswith(("http://", "https://")):
            return path
        host = self.allowed_hosts.split(",")[0].strip() or "localhost"
        base = self.public_url or (f"https://{host}" if self.https else f"http://{host}:{self.port}")
        return f"{base.rstrip('/')}/{path.lstrip('/')}"

    def secret_key(self) -> str:
        """The key in the home folder, or one that lasts as long as this process where there is none yet."""
        if self.secret_file.exists():
            return self.secret_file.read_text().strip()
        return _passing_key()

    def make_home(self) -> None:
        """Create the home folder and its secret key (readable by this user only). Raises OSError."""
        self.home.mkdir(parents=True, exist_ok=True)
        if not self.secret_file.exists():
            handle = os.open(self.secret_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(_passing_key())


@lru_cache(maxsize=1)
def _passing_key() -> str:
    return secrets.token_urlsafe(48)


def settings_page() -> str:
    """The page `docs/settings.md`: every setting with its meaning and its default."""
    lines = ["# Settings", "", "Read from the environment.", "", "| variable | meaning | default |", "|---|---|---|"]
    for name, field in Config.model_fields.items():
        variable = "DATABASE_URL" if name == "database_url" else f"YUFANG_{name.upper()}"
        default = "" if field.default == "" else f"`{field.default}`"
        lines.append(f"| `{variable}` | **{field.title}.** {field.description} | {default} |")
    return "\n".join(lines) + "\n"
