"""One message by one channel, over the network: Apprise for robots, mail and SMS; signed webhooks; web push.

Nothing here reads or writes the database. A failure is always `SendFailed`, with words for the health page.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings

from yufang.dispatch import short_text, sign_webhook
from yufang.server import outgoing
from yufang.server.errors import Refused


class SendFailed(Exception):
    """It did not get through. `final`: trying again would not help; `gone`: the address exists no more."""

    def __init__(
        self, zh: str, en: str, *, final: bool = False, gone: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en
        self.final, self.gone = final or gone, gone
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """Everything that one try needs. `deliveries`: the rows it is for, several where one post serves several people;
    `addresses`: theirs. `data` is what a webhook carries beside the text."""

    deliveries: tuple[int, ...]
    path: str
    kind: str
    settings: dict[str, Any]
    secret: dict[str, Any]
    addresses: tuple[Any, ...]
    message_id: str
    title: str
    body: str
    where: str
    link: str
    urgent: bool
    locale: str
    data: dict[str, Any] = field(default_factory=dict)


def send(parcel: Parcel, at: datetime) -> None:
    """Send it. Raises SendFailed."""
    try:
        _BY_KIND[parcel.kind](parcel, at)
    except SendFailed:
        raise
    except Refused as error:
        raise SendFailed(error.problem.message_zh, error.problem.message_en, final=True) from error
    except outgoing.NotAllowed as error:
        raise _not_allowed(error) from error
    except requests.RequestException as error:
        raise _unreachable(error) from error
    except OSError as error:
        raise SendFailed(f"无法连接：{error}", f"could not be reached: {error}") from error


def _not_allowed(error: object) -> SendFailed:
    return SendFailed(
        "地址位于内部网络，未放行(YUFANG_PRIVATE_NETWORKS)。",
        f"{error}; the operator may allow its network in YUFANG_PRIVATE_NETWORKS",
        final=True,
    )


def _unreachable(error: requests.RequestException) -> SendFailed:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, outgoing.NotAllowed):
            return _not_allowed(cause)
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, requests.Timeout):
        return SendFailed("对方没有及时应答。", "no answer in time")
    return SendFailed("无法连接到对方服务器。", f"could not be reached ({type(error).__name__})")


def post(url: str, *, body: bytes, headers: dict[str, str], params: dict[str, str] | None = None) -> requests.Response:
    """POST by the guarded session; an answer other than 2xx is SendFailed."""
    with outgoing.Session() as session:
        answer = session.post(url, data=body, headers={"User-Agent": "yufang", **headers}, params=params)
    if not 200 <= answer.status_code < 300:
        wait = answer.headers.get("Retry-After", "")
        raise SendFailed(
            f"对方拒绝:HTTP {answer.status_code}。",
            f"refused with HTTP {answer.status_code}",
            gone=answer.status_code == 410,
            retry_after=float(wait) if wait.isdigit() else None,
        )
    return answer


def _webhook(parcel: Parcel, at: datetime) -> None:
    body = json.dumps(
        {"type": parcel.data["type"], "timestamp": at.isoformat(), "data": parcel.data}, ensure_ascii=False
    )
    signed = sign_webhook(str(parcel.secret.get("secret", "")), parcel.message_id, at, body)
    post(
        str(parcel.settings["url"]),
        body=body.encode(),
        headers={"Content-Type": "application/json; charset=utf-8", **signed},
    )


def _robot(parcel: Parcel, at: datetime) -> None:
    from yufang.server.dispatch.robots import robot

    robot(parcel, at).deliver(f"{parcel.title}\n{parcel.body}")


def _mail(parcel: Parcel, at: datetime) -> None:
    from apprise import Apprise, NotifyFormat

    host, port = str(parcel.settings["host"]), int(parcel.settings["port"])
    outgoing.check_host(host, port, "host")
    mode = str(parcel.settings.get("mode", "starttls"))
    plugin = Apprise.instantiate(
        {
            "schema": "mailto" if mode == "insecure" else "mailtos",
            "host": host,
            "smtp_host": host,
            "port": port,
            "secure_mode": mode,
            "user": parcel.settings.get("user") or None,
            "password": parcel.secret.get("password") or None,
            "from_addr": parcel.settings["sender"],
            "targets": list(parcel.addresses),
            "headers": {"X-Yufang-Message": parcel.message_id},
            "verify": bool(parcel.settings.get("verify", True)),
        }
    )
    _by_apprise(plugin, title=parcel.title, body=parcel.body, body_format=NotifyFormat.TEXT)


def _sms(parcel: Parcel, at: datetime) -> None:
    from apprise import Apprise, NotifyFormat

    text = short_text(parcel.title, parcel.where, parcel.link)
    for number in parcel.addresses:
        address = str(parcel.secret["address"]).replace("{to}", str(number))
        plugin = Apprise.instantiate(address)
        host = getattr(plugin, "host", None)
        if plugin is not None and host:
            outgoing.check_host(host, plugin.port or (443 if plugin.secure else 80), "address")
            plugin.redirects = False
        _by_apprise(plugin, title="", body=text, body_format=NotifyFormat.TEXT)


def _by_apprise(plugin: Any, **message: Any) -> None:
    if plugin is None:
        raise SendFailed("渠道设置不完整，请检查。", "the channel's settings are not complete; check them", final=True)
    with _said() as lines, outgoing.guarded():
        arrived = plugin.notify(**message)
    if not arrived:
        why = "; ".join(lines[-2:]) or "no reason given"
        raise SendFailed(f"渠道发送失败：{why}", why)


@contextmanager
def _said() -> Iterator[list[str]]:
    """What Apprise logs in this thread: the only place where it says why it failed. Messages themselves stay out."""
    lines: list[str] = []
    me = threading.get_ident()

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.thread != me:
                return
            said = record.getMessage()
            if record.levelno >= logging.WARNING or "Exception:" in said:
                lines.append(said[:300])

    log, listener = logging.getLogger("apprise"), Listener(logging.DEBUG)
    log.propagate = False  # its warnings are on the health page, with the channel that they are of
    log.setLevel(logging.DEBUG)
    log.addHandler(listener)
    try:
        yield lines
    finally:
        log.removeHandler(listener)


def _web_push(parcel: Parcel, at: datetime) -> None:
    from pywebpush import WebPushException, webpush

    from yufang.server.dispatch.push_keys import private_key

    said = {
        "title": parcel.title,
        "body": parcel.where or parcel.body[:120],
        "link": parcel.link,
        "id": parcel.message_id,
    }
    for subscription in parcel.addresses:
        with outgoing.Session() as session:
            try:
                webpush(
                    subscription,
                    json.dumps(said, ensure_ascii=False),
                    vapid_private_key=private_key(),
                    vapid_claims={"sub": _contact()},
                    ttl=3600 * 12,
                    headers={"Urgency": "high" if parcel.urgent else "normal"},
                    requests_session=session,
                )
            except WebPushException as error:
                status = error.response.status_code if error.response is not None else 0
                raise SendFailed(
                    f"推送服务拒绝:HTTP {status}。",
                    f"the push service refused with HTTP {status}",
                    gone=status in (404, 410),
                ) from error


def _contact() -> str:
    """Whom a push service may turn to (RFC 8292): this deployment's address, or a mailbox at its host."""
    address = urlsplit(settings.CONFIG.link(""))
    return f"https://{address.hostname}" if address.scheme == "https" else f"mailto:yufang@{address.hostname}"


_BY_KIND = {
    "webhook": _webhook,
    "dingtalk": _robot,
    "wecom": _robot,
    "feishu": _robot,
    "email": _mail,
    "sms": _sms,
    "web_push": _web_push,
}
