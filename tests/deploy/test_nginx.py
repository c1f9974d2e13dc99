"""A real nginx with the file of deploy/ before a real server: console, API, live events, uploads, headers."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.certificates import certificate
from tests.homes import copy_home
from tests.server.made import make_run
from tests.server.test_process import START, environment, free_port

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
CONF = Path(__file__).parents[2] / "deploy" / "nginx" / "yufang.conf"
pytestmark = pytest.mark.skipif(NGINX is None, reason="needs nginx")


def _laid_out(folder: Path, port: int, behind: int) -> Path:
    """The file of deploy/ with this machine's ports and paths, and the frame that a distribution puts around it."""
    crt, key = certificate(folder)
    text = CONF.read_text()
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{behind}").replace("listen 443", f"listen 127.0.0.1:{port}")
    text = re.sub(r"(?m)^\s*listen \[::\].*\n", "", text)
    text = text.replace("listen 80;", f"listen 127.0.0.1:{free_port()};").replace("yufang.example.org", "localhost")
    text = text.replace("/etc/nginx/tls/yufang.crt", str(crt)).replace("/etc/nginx/tls/yufang.key", str(key))
    text = text.replace("/var/log/nginx/yufang.log", str(folder / "access.log"))
    (folder / "yufang.conf").write_text(text)
    places = "".join(
        f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;\n" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user}daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{\n{places}include {folder}/yufang.conf;\n}}\n"
    )
    return folder / "nginx.conf"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder, home = tmp_path_factory.mktemp("nginx"), tmp_path_factory.mktemp("home")
    copy_home(home)
    run = make_run(tmp_path_factory.mktemp("made"))
    front, behind = free_port(), free_port()
    conf = _laid_out(folder, front, behind)
    tested = subprocess.run([str(NGINX), "-t", "-c", str(conf)], capture_output=True, text=True)
    assert tested.returncode == 0, tested.stderr
    assert "warn" not in tested.stderr, tested.stderr
    env = environment(home) | {"YUFANG_HTTPS": "1", "YUFANG_WARM": "0", "YUFANG_LOG_FORMAT": "json"}
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-c", START.format(str(run), behind)], env=env, stdout=log, stderr=log
        )
        proxy = subprocess.Popen([str(NGINX), "-c", str(conf)])
        try:
            until = time.monotonic() + 90
            while _call(front, "GET", "/healthz")[0] != 200:
                assert server.poll() is None, (folder / "server.log").read_text()
                assert time.monotonic() < until
                time.sleep(0.2)
            yield front
        finally:
            proxy.send_signal(signal.SIGTERM)
            server.send_signal(signal.SIGTERM)
            proxy.wait(10)
            server.wait(20)


def _context(*protocols: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context


def _call(
    port: int, verb: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, bytes, Any]:
    connection = http.client.HTTPSConnection("localhost", port, timeout=30, context=_context())
    try:
        connection.request(verb, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.headers
    except OSError:
        return 0, b"", {}
    finally:
        connection.close()


def _signed_in(port: int) -> dict[str, str]:
    _, _, headers = _call(port, "GET", "/api/auth/me")
    token = re.search(r"__Host-csrftoken=([^;]+)", str(headers))
    assert token
    sent = {"Cookie": f"__Host-csrftoken={token[1]}", "X-CSRFToken": token[1], "Content-Type": "application/json"}
    sent["Referer"] = "https://localhost/"
    body = json.dumps({"username": "supervisor", "password": "yufang-demo"}).encode()
    status, told, headers = _call(port, "POST", "/api/auth/sign-in", body, sent)
    assert status == 200, told
    cookies = dict(re.findall(r"(__Host-\w+)=([^;]+)", str(headers)))
    assert re.search(r"__Host-yufang_session=[^\n]*[Ss]ecure", str(headers)), "cookies go over HTTPS only"
    return {
        "Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items()),
        "X-CSRFToken": cookies.get("__Host-csrftoken", token[1]),
        "Referer": "https://localhost/",
    }


def test_console_and_api_come_through_with_tls_http2_and_their_headers(port: int) -> None:
    import socket

    with socket.create_connection(("127.0.0.1", port)) as raw, _context("h2", "http/1.1").wrap_socket(raw) as wrapped:
        assert wrapped.selected_alpn_protocol() == "h2"
        assert (wrapped.version() or "") >= "TLSv1.2"
    status, page, headers = _call(port, "GET", "/")
    assert status == 200
    assert b"<html" in page
    assert "Content-Security-Policy" in headers
    assert "max-age" in headers["Strict-Transport-Security"]
    assert re.fullmatch(r"[0-9a-f]{32}", headers["X-Request-ID"]), "the id that nginx gave, as in its log"
    sent = _signed_in(port) | {"Accept-Encoding": "gzip"}
    status, body, headers = _call(port, "GET", "/api/enterprises", headers=sent)
    assert status == 200
    assert headers["Content-Encoding"] == "gzip"
    assert body[:2] == b"\x1f\x8b"


def test_metrics_and_readiness_are_not_for_the_world(port: int) -> None:
    for path in ("/metrics", "/readyz"):
        assert _call(port, "GET", path)[0] == 404


def test_live_events_come_at_once(port: int) -> None:
    sent = _signed_in(port)
    connection = http.client.HTTPSConnection("localhost", port, timeout=20, context=_context())
    connection.request("GET", "/api/events", headers=sent)
    answer = connection.getresponse()
    assert answer.status == 200
    assert answer.readline() == b": open\n"
    first = json.loads(_call(port, "GET", "/api/enterprises", headers=sent)[1])["items"][0]["id"]
    point = json.loads(_call(port, "GET", f"/api/enterprises/{first}/hazard-points", headers=sent)[1])[0]["id"]
    began = time.monotonic()
    body = json.dumps({"result": "confirmed"}).encode()
    posted = sent | {"Content-Type": "application/json"}
    assert _call(port, "POST", f"/api/hazard-points/{point}/answers", body, posted)[0] == 201
    while b"hazard_point.answered" not in answer.readline():
        assert time.monotonic() - began < 10
    connection.close()


def test_what_is_too_large_is_refused_by_the_platform_in_words_and_far_too_large_by_nginx(port: int) -> None:
    sent = _signed_in(port) | {"Content-Type": "application/octet-stream"}
    status, told, _ = _call(port, "POST", "/api/hazards", b"x" * (17 << 20), sent)
    assert status == 413
    assert "MB" in json.loads(told)["message_en"]
    status, _, headers = _call(port, "POST", "/api/hazards", headers=sent | {"Content-Length": str(40 << 20)})
    assert status == 413
    assert headers["Server"] == "nginx"
