"""The server connects to no address behind it on anybody's word."""

from __future__ import annotations

import http.client
import smtplib
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import requests

from yufang.server import outgoing
from yufang.server.errors import Refused

PRIVATE = [
    *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
    *("192.0.0.8", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1"),
    *("64:ff9b:1::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::", "ff02::1"),
]


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_behind_the_server_are_refused_however_they_are_written(address: str) -> None:
    assert not outgoing.allowed(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "223.5.5.5", "2400:3200::1"])
def test_public_addresses_are_let_through(address: str) -> None:
    assert outgoing.allowed(address)


def test_the_operator_may_open_a_network(settings: Any) -> None:
    settings.CONFIG = settings.CONFIG.model_copy(update={"private_networks": "10.20.0.0/16, fd00:1::/32"})
    assert [outgoing.allowed(a) for a in ("10.20.3.4", "::ffff:10.20.3.4", "fd00:1::5", "10.21.0.1")] == [
        *(True, True, True),
        False,
    ]


@pytest.mark.parametrize(
    "url",
    [
        *("http://127.0.0.1/", "http://localhost:5432/", "http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/"),
        *(
            "http://127.1/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://user@1.1.1.1/",
            "http://a:b@1.1.1.1/",
        ),
        *("ftp://1.1.1.1/", "file:///etc/passwd", "gopher://1.1.1.1/", "//1.1.1.1/", "http://", "http://[::1", ""),
        *("http://1.1.1.1:99999/", "http://１２７.０.０.１/"),
    ],
)
def test_an_address_that_leads_behind_the_server_is_refused_when_it_is_entered(url: str) -> None:
    with pytest.raises(Refused) as refusal:
        outgoing.check_url(url, "url")
    assert refusal.value.status == 422
    assert refusal.value.problem.field == "url"


class Hidden(BaseHTTPRequestHandler):
    """A service behind the server, that also leads others to itself."""

    asked: list[str]

    def do_GET(self) -> None:
        type(self).asked.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def hidden() -> Iterator[tuple[int, list[str]]]:
    Hidden.asked = []
    with HTTPServer(("127.0.0.1", 0), Hidden) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port, Hidden.asked
        server.shutdown()


def rebinding(monkeypatch: pytest.MonkeyPatch, answers: list[str]) -> None:
    """`evil.example` answers another address each time it is asked for, the last one from then on."""

    def look_up(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        ip = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip if host == "evil.example" else host, port))]

    monkeypatch.setattr(outgoing, "_look_up", look_up)


def test_a_name_that_turns_private_between_check_and_connection_is_not_connected_to(
    monkeypatch: pytest.MonkeyPatch, hidden: tuple[int, list[str]]
) -> None:
    port, asked = hidden
    rebinding(monkeypatch, ["1.1.1.1", "127.0.0.1"])
    outgoing.check_url(f"http://evil.example:{port}/", "url")
    with outgoing.Session() as session, pytest.raises(requests.RequestException) as problem:
        session.get(f"http://evil.example:{port}/")
    assert "may not be sent to" in str(problem.value)
    assert asked == []


@pytest.mark.parametrize("library", ["http.client", "requests", "smtplib"])
def test_what_a_library_connects_to_by_itself_is_guarded_too(
    monkeypatch: pytest.MonkeyPatch, hidden: tuple[int, list[str]], library: str
) -> None:
    port, asked = hidden
    rebinding(monkeypatch, ["127.0.0.1"])

    def connect() -> None:
        if library == "http.client":
            http.client.HTTPConnection("evil.example", port, timeout=2).request("GET", "/")
        elif library == "requests":
            requests.get(f"http://evil.example:{port}/", timeout=2)
        else:
            smtplib.SMTP("evil.example", port, timeout=2)

    with outgoing.guarded(), pytest.raises((OSError, requests.RequestException)) as problem:
        connect()
    assert "may not be sent to" in str(problem.value)
    assert asked == []


def test_other_threads_and_the_time_after_are_free(hidden: tuple[int, list[str]]) -> None:
    port, asked = hidden
    with outgoing.guarded():
        beside = threading.Thread(target=lambda: requests.get(f"http://127.0.0.1:{port}/beside", timeout=5))
        beside.start()
        beside.join()
    requests.get(f"http://127.0.0.1:{port}/after", timeout=5)
    assert asked == ["/beside", "/after"]


def test_a_redirect_is_not_followed(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Leading(Hidden):
        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", "http://169.254.169.254/latest/meta-data/")
            self.end_headers()

    settings.CONFIG = settings.CONFIG.model_copy(update={"private_networks": "127.0.0.0/8"})
    with HTTPServer(("127.0.0.1", 0), Leading) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with outgoing.Session() as session:
            assert session.get(f"http://127.0.0.1:{server.server_port}/", allow_redirects=True).status_code == 302
        server.shutdown()
