"""Settings of a deployment. Every field carries a title and a description; `docs/settings.md` is made from them."""

from __future__ import annotations

import os
import secrets
from functools import lru_cache
from pathlib import Path

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict


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
        description="True: packs, kernels and model are read right after the start, so that the first question about "
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
        description="Networks, comma-separated, such as 10.0.0.0/8, in which a webhook, a mail server or an SMS "
        "gateway may stand. Empty: public addresses only.",
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
