"""Health, metrics, logs, traces and the doctor: they tell what is, and nothing that is not theirs to tell."""

from __future__ import annotations

import gzip
import http.server
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.test import Client

from tests.server.conftest import signed_in
from tests.server.test_process import environment
from yufang.server import logs
from yufang.server.config import Config
from yufang.server.operations import checks, health, traces
from yufang.server.scope import Actor, scoped

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def lines(region: Any) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What the log says as JSON, line by line."""
    heard: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(self.format(record))

    ear = Ear()
    ear.setFormatter(logs.JsonLine())
    ear.addFilter(logs.WithIds())
    log = logging.getLogger("yufang")
    level = log.level
    log.addHandler(ear)
    log.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in heard]
    log.removeHandler(ear)
    log.setLevel(level)


def test_a_request_is_one_line_with_ids_and_without_names(lines: Any, region: Any) -> None:
    client = signed_in("supervisor")
    answer = client.get("/api/enterprises", headers={"X-Request-ID": "proxy-0123456789"})
    assert answer.headers["X-Request-ID"] == "proxy-0123456789"
    line = lines()[-1]
    me = client.get("/api/auth/me").json()
    assert line["request_id"] == "proxy-0123456789"
    assert (line["organisation_id"], line["route"], line["status"]) == (
        me["organisation"]["id"],
        "api/enterprises",
        200,
    )
    assert line["method"] == "GET"
    assert line["ms"] >= 0
    assert line["level"] == "info"
    assert datetime.fromisoformat(line["time"]).tzinfo is not None
    assert "supervisor" not in json.dumps(lines(), ensure_ascii=False), "numbers, never names"


@pytest.mark.parametrize("sent", ["short", "a" * 65, "has space 123", 'quote"12345678', "new\nline12345"])
def test_an_id_that_could_spoil_the_log_is_replaced(region: Any, sent: str) -> None:
    given = Client().get("/healthz", headers={"X-Request-ID": sent}).headers["X-Request-ID"]
    assert given != sent
    assert len(given) == 16


def test_addresses_with_tokens_are_told_by_their_template(lines: Any) -> None:
    Client().get("/w/secret-token-of-a-place")
    Client().get("/warnings/12?secret=1")
    told = json.dumps(lines())
    assert "secret" not in told
    assert [line["route"] for line in lines()] == ["^w/", "console"]


def test_an_exception_is_one_line_with_its_trace() -> None:
    try:
        raise ValueError("broken")
    except ValueError:
        record = logging.LogRecord("yufang", logging.ERROR, "f", 1, "it %s", ("broke",), sys.exc_info())
    text = logs.JsonLine().format(record)
    assert "\n" not in text
    assert "ValueError: broken" in json.loads(text)["exception"]


def test_health_asks_nobody_and_readiness_names_what_is_missing(
    region: Any, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        assert Client().get("/healthz").content == b"ok\n"
    monkeypatch.setattr(health, "own_jobs", False)
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["ready"], answer.json()["jobs"]) == (200, True, False)
    monkeypatch.setattr(health, "own_jobs", True)
    assert Client().get("/readyz").status_code == 503
    monkeypatch.setattr(health, "own_jobs", False)
    monkeypatch.setattr(health, "_schema", (0.0, False))
    monkeypatch.setattr("yufang.server.migrating.pending", lambda connection: ["one"])
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["migrations"]) == (503, False)


def test_metrics_count_by_template_and_tell_what_the_database_knows(region: Any) -> None:
    client = signed_in("supervisor")

    def values() -> dict[str, str]:
        text = client.get("/metrics").content.decode()
        assert "987654321" not in text
        return dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))

    name = 'yufang_request_seconds_count{method="GET",route="api/enterprises",status="200"}'
    before = float(values().get(name, 0))
    for _ in range(3):
        client.get("/api/enterprises")
    client.get("/api/warnings/987654321")
    now = values()
    assert float(now[name]) - before == 3
    with scoped(Actor.platform()):
        from yufang.server.ledger.models import Leaf

        assert float(now["yufang_ledger_size"]) == Leaf.objects.count() > 0
    assert float(now["yufang_database_up"]) == 1
    assert "yufang_jobs_late_seconds" in now


def test_metrics_are_for_this_machine_or_the_bearer_of_the_token(region: Any) -> None:
    before = settings.CONFIG
    try:
        settings.CONFIG = before.model_copy(update={"metrics_token": "t0ken"})
        assert Client(REMOTE_ADDR="10.1.2.3").get("/metrics").status_code == 403
        assert Client().get("/metrics", headers={"X-Forwarded-For": "10.1.2.3"}).status_code == 403
        bearer = {"Authorization": "Bearer t0ken"}
        assert Client(REMOTE_ADDR="10.1.2.3").get("/metrics", headers=bearer).status_code == 200
        wrong = {"Authorization": "Bearer t0keN"}
        assert Client(REMOTE_ADDR="10.1.2.3").get("/metrics", headers=wrong).status_code == 403
    finally:
        settings.CONFIG = before


@pytest.fixture
def collector() -> Iterator[tuple[str, list[Any]]]:
    """An OpenTelemetry collector as far as traces go: OTLP over HTTP, protobuf."""
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    spans: list[Any] = []

    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            assert self.path == "/v1/traces"
            sent = ExportTraceServiceRequest.FromString(body)
            spans.extend(s for r in sent.resource_spans for scope in r.scope_spans for s in scope.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", spans
    server.shutdown()
    server.server_close()


def test_traces_reach_a_collector_with_statements_and_without_values(region: Any, collector: Any) -> None:
    address, spans = collector
    client = signed_in("supervisor")
    traces.start(Config(otlp_endpoint=address, otlp_share=1.0), "yufang-web")
    try:
        parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        client.get("/api/enterprises?search=my-secret-word", headers={"traceparent": parent})
    finally:
        traces.stop()
    server = next(s for s in spans if s.name == "GET api/enterprises")
    told = {a.key: a.value for a in server.attributes}
    assert server.trace_id.hex() == "0af7651916cd43dd8448eb211c80319c", "the caller's trace goes on"
    assert told["http.response.status_code"].int_value == 200
    assert told["yufang.organisation_id"].int_value > 0
    statements = [s for s in spans if s.parent_span_id == server.span_id]
    assert any("SELECT" in s.name for s in statements)
    assert all(b"my-secret-word" not in s.SerializeToString() for s in spans)


def test_without_a_collector_nothing_is_traced(region: Any) -> None:
    traces.start(Config(otlp_endpoint=""), "yufang-web")
    assert traces._provider is None


def _levels(found: list[checks.Finding]) -> dict[str, str]:
    worst = {"ok": 0, "warn": 1, "fail": 2}
    told: dict[str, str] = {}
    for finding in found:
        if worst[finding.level] >= worst[told.get(finding.check, "ok")]:
            told[finding.check] = finding.level
    return told


def test_the_doctor_finds_a_well_database_well_and_every_trouble_has_a_way_out(region: Any) -> None:
    found = list(checks.of_database(Config(), NOW))
    levels = _levels(found)
    assert {levels[c] for c in ("database", "role", "isolation", "clock", "messages")} == {"ok"}, found
    assert levels["workers"] == "fail", "nobody works here"
    for finding in found:
        assert bool(finding.way_out_zh) == bool(finding.way_out_en) == (finding.level != "ok"), finding


def test_the_doctor_sees_a_policy_that_was_taken_away(region: Any, as_superuser: psycopg.Connection[Any]) -> None:
    as_superuser.execute("ALTER TABLE hazards_hazard DISABLE ROW LEVEL SECURITY")
    try:
        found = next(f for f in checks.of_database(Config(), NOW) if f.check == "isolation")
        assert found.level == "fail"
        assert "hazards_hazard" in found.en
    finally:
        as_superuser.execute("ALTER TABLE hazards_hazard ENABLE ROW LEVEL SECURITY")


def test_the_doctor_sees_a_key_that_others_may_read_and_backups_that_were_never_made(tmp_path: Path) -> None:
    config = Config(home=tmp_path / "home", backup_folder=tmp_path / "backups")
    config.make_home()
    config.secret_file.chmod(0o644)
    levels = _levels(list(checks.of_home(config)))
    assert levels["secret key"] == "fail"
    config.secret_file.chmod(0o600)
    assert _levels(list(checks.of_home(config)))["secret key"] == "ok"
    assert _levels(list(checks.of_backups(config, NOW)))["backups"] == "fail"
    assert _levels(list(checks.of_backups(Config(home=tmp_path), NOW)))["backups"] == "warn"


@pytest.mark.parametrize(("days", "level"), [(1, "fail"), (10, "warn"), (60, "ok")])
def test_the_doctor_reads_how_long_a_certificate_is_good_for(tmp_path: Path, days: int, level: str) -> None:
    import ssl

    from tests.deploy.certificates import certificate

    crt, key = certificate(tmp_path, days)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(crt, key)
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        found = checks.certificate(f"https://localhost:{server.server_port}", datetime.now(UTC))
        assert found.level == level, found
    finally:
        server.shutdown()
        server.server_close()
    assert checks.certificate("https://localhost:1", NOW).level == "warn"


def test_the_doctors_command_tells_by_its_exit_code_and_makes_nothing(tmp_path: Path) -> None:
    home = tmp_path / "nowhere"
    command = [sys.executable, "-m", "yufang.cli", "doctor", "--json"]
    run = subprocess.run(command, env=environment(home), capture_output=True, text=True)
    assert run.returncode == 2, run.stderr
    found = {f["check"]: f["level"] for f in json.loads(run.stdout)}
    assert found["home"] == "fail"
    assert not home.exists()
