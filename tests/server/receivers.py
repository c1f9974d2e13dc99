"""Stand-ins on this machine that speak what channels speak: SMTP, and each robot's, gateway's and browser's HTTP.

Each robot checks what its maker's documentation asks for and answers as it does: HTTP 200 with a code in the body, so
that a message which is refused looks, to a careless sender, like one that arrived.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Request:
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


Answer = tuple[int, Any]


@dataclass
class HttpReceiver:
    """An HTTP server; `answers` maps the beginning of a path to what answers there."""

    answers: dict[str, Callable[[Request], Answer]]
    got: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                parts = urlsplit(self.path)
                query = {k: v[0] for k, v in parse_qs(parts.query).items()}
                headers = {k.lower(): v for k, v in self.headers.items()}
                body = self.rfile.read(int(headers.get("content-length", 0)))
                request = Request(parts.path, query, headers, body)
                outer.got.append(request)
                answer = next((a for start, a in outer.answers.items() if parts.path.startswith(start)), None)
                status, said = answer(request) if answer is not None else (404, {})
                data = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                if status == 429:
                    self.send_header("Retry-After", "33")
                if status == 302:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def at(self, start: str) -> list[Request]:
        return [r for r in self.got if r.path.startswith(start)]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _hmac(key: bytes, data: bytes) -> str:
    return base64.b64encode(hmac.new(key, data, hashlib.sha256).digest()).decode()


def dingtalk(token: str, secret: str) -> Callable[[Request], Answer]:
    """open.dingtalk.com, custom robot: access_token, timestamp (ms, within an hour) and sign in the query."""

    def answer(request: Request) -> Answer:
        if request.query.get("access_token") != token:
            return 200, {"errcode": 300005, "errmsg": "token is not exist"}
        stamp = request.query.get("timestamp", "0")
        if abs(time.time() - int(stamp) / 1000) > 3600:
            return 200, {"errcode": 310000, "errmsg": "invalid timestamp"}
        if request.query.get("sign") != _hmac(secret.encode(), f"{stamp}\n{secret}".encode()):
            return 200, {"errcode": 310000, "errmsg": "sign not match"}
        said = request.json()
        if said.get("msgtype") != "text" or not said["text"]["content"]:
            return 200, {"errcode": 400101, "errmsg": "message type not supported"}
        return 200, {"errcode": 0, "errmsg": "ok"}

    return answer


def wecom(key: str) -> Callable[[Request], Answer]:
    """developer.work.weixin.qq.com, group robot: key in the query, msgtype text of at most 2048 bytes."""

    def answer(request: Request) -> Answer:
        said = request.json()
        if request.query.get("key") != key:
            return 200, {"errcode": 93000, "errmsg": "invalid webhook url"}
        if said.get("msgtype") != "text" or not 0 < len(said["text"]["content"].encode()) <= 2048:
            return 200, {"errcode": 40008, "errmsg": "invalid message type"}
        return 200, {"errcode": 0, "errmsg": "ok"}

    return answer


def feishu(secret: str) -> Callable[[Request], Answer]:
    """open.feishu.cn, custom bot: timestamp (s) and sign in the body, msg_type text."""

    def answer(request: Request) -> Answer:
        said = request.json()
        stamp = str(said.get("timestamp", "0"))
        if abs(time.time() - int(stamp)) > 3600 or said.get("sign") != _hmac(f"{stamp}\n{secret}".encode(), b""):
            return 200, {"code": 19021, "msg": "sign match fail or timestamp is not within one hour"}
        if said.get("msg_type") != "text" or not said["content"]["text"]:
            return 200, {"code": 9499, "msg": "Bad Request"}
        return 200, {"code": 0, "msg": "success", "data": {}}

    return answer


def smseagle(token: str) -> Callable[[Request], Answer]:
    """SMSEagle's JSON-RPC: sms.send_sms with access_token, to and message."""

    def answer(request: Request) -> Answer:
        said = request.json()
        if said["params"]["access_token"] != token:
            return 200, {"result": [{"message_id": 0, "status": "error-invalid-access-token"}]}
        if said["method"] != "sms.send_sms" or not said["params"]["message"]:
            return 400, {}
        return 200, {"result": [{"message_id": 1, "status": "ok"}]}

    return answer


def _free_port() -> int:
    with socket.socket() as taken:  # aiosmtpd wants to know its port before it binds
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


class MailReceiver:
    """A real SMTP server (aiosmtpd) that asks for a password."""

    def __init__(self, user: str, password: str) -> None:
        from aiosmtpd.controller import Controller
        from aiosmtpd.smtp import AuthResult

        self.got: list[EmailMessage] = []
        outer = self

        class Handler:
            async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
                outer.got.append(message_from_bytes(envelope.content, policy=policy.default))
                return "250 OK"

        def check(server: Any, session: Any, envelope: Any, mechanism: Any, given: Any) -> Any:
            good = (given.login.decode(), given.password.decode()) == (user, password)
            return AuthResult(success=good, handled=good)

        self._controller = Controller(
            Handler(),
            hostname="127.0.0.1",
            port=_free_port(),
            authenticator=check,
            auth_required=True,
            auth_require_tls=False,
        )
        self._controller.start()
        self.port = int(self._controller.port)

    def close(self) -> None:
        self._controller.stop()
