"""What is entered for a channel or a way: each field known and possible, or refused with the way out."""

from __future__ import annotations

import re
import secrets
from typing import Any
from urllib.parse import urlsplit

from yufang.dispatch import check_secret, new_secret
from yufang.dispatch.signatures import SecretError
from yufang.server import outgoing
from yufang.server.dispatch.models import Channel
from yufang.server.errors import Refused

Kind = Channel.Kind
Kept = tuple[dict[str, Any], dict[str, str]]  # settings, secret
# Services of Apprise that send SMS, and its two free forms for a gateway of one's own.
SMS_SERVICES = frozenset(
    {"smseagle", "smseagles", "json", "jsons", "form", "forms", "twilio", "vonage", "nexmo", "sinch", "msgbird"}
    | {"clickatell", "clicksend", "bulksms", "burstsms", "d7sms", "kavenegar", "msg91", "plivo", "httpsms", "voipms"}
    | {"46elks", "seven", "smsmanager", "exotel", "telnyx", "infobip"}
)
_MOBILE = re.compile(r"^\+?\d{8,15}$")
_MAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")


def wrong(field: str, zh: str, en: str, code: str = "invalid") -> Refused:
    return Refused(422, code, zh, en, field)


def _missing(field: str, zh: str, en: str) -> Refused:
    return wrong(
        field,
        f"缺少{zh}，没有它就发不出消息。请填写后保存。",
        f"{en} is missing; without it nothing can be sent. Enter it and save again.",
        "secret_missing",
    )


def checked_channel(kind: str, settings: dict[str, Any], secret: dict[str, str]) -> Kept:
    """Settings and secret as they are kept, each field known and possible."""
    settings = {k: v.strip() if isinstance(v, str) else v for k, v in settings.items()}
    secret = {k: v.strip() for k, v in secret.items() if v.strip()}
    check = {
        Kind.WEBHOOK: _check_webhook,
        Kind.EMAIL: _check_mail,
        Kind.SMS: _check_sms,
        Kind.DINGTALK: _check_robot,
        Kind.WECOM: _check_robot,
        Kind.FEISHU: _check_robot,
    }.get(Kind(kind))
    if check is None:
        raise wrong(
            "kind",
            "浏览器推送由各人在“我的渠道”中开启。",
            "Web push is switched on by each person, for their own browser.",
        )
    return check(kind, settings, secret)


def _check_webhook(kind: str, settings: dict[str, Any], secret: dict[str, str]) -> Kept:
    url = str(settings.get("url", ""))
    outgoing.check_url(url, "url")
    given = secret.get("secret") or new_secret(secrets.token_bytes(32))
    try:
        check_secret(given)
    except SecretError as error:
        raise wrong(
            "secret",
            "签名密钥应为 whsec_ 加 Base64(24–64 字节)。留空则自动生成。",
            "The signing key is whsec_ and the base64 of 24 to 64 bytes. Leave it empty to have one made.",
        ) from error
    return {"url": url}, {"secret": given}


def _check_mail(kind: str, settings: dict[str, Any], secret: dict[str, str]) -> Kept:
    host, sender, mode = (
        str(settings.get("host", "")),
        str(settings.get("sender", "")),
        settings.get("mode", "starttls"),
    )
    if mode not in ("starttls", "ssl", "insecure"):
        raise wrong("mode", "加密方式应为 starttls、ssl 或 insecure。", "The mode is starttls, ssl or insecure.")
    if not _MAIL.match(sender):
        raise wrong("sender", f"发件地址“{sender}”不是邮箱地址。", f"The sender “{sender}” is not a mail address.")
    try:
        port = int(settings.get("port") or {"starttls": 587, "ssl": 465, "insecure": 25}[mode])
    except (TypeError, ValueError):
        port = 0
    if not 0 < port < 65536:
        raise wrong("port", "端口应在 1–65535 之间。", "A port lies between 1 and 65535.")
    if not re.fullmatch(r"[A-Za-z0-9.\-:\[\]]+", host):
        raise wrong("host", f"邮件服务器“{host}”不是主机名。", f"The mail server “{host}” is not a host name.")
    outgoing.check_host(host, port, "host")
    user = str(settings.get("user", ""))
    if user and not secret.get("password"):
        raise _missing("password", "邮箱密码", "The mailbox's password")
    kept = {"host": host, "port": port, "mode": mode, "sender": sender, "user": user}
    return kept, {"password": secret["password"]} if user else {}


def _check_sms(kind: str, settings: dict[str, Any], secret: dict[str, str]) -> Kept:
    from apprise import Apprise

    address = secret.get("address", "")
    if not address:
        raise _missing("address", "短信网关地址", "The gateway's address")
    service = address.partition("://")[0].lower()
    if service not in SMS_SERVICES or "{to}" not in address:
        raise wrong(
            "address",
            "短信网关地址的形式不对：应以支持的服务开头(如 smseagles://、twilio://、jsons://),"
            "并用 {to} 标出手机号的位置。",
            "That is no address of an SMS gateway: it begins with a known service (smseagles://, twilio://, jsons://) "
            "and has {to} where the number goes.",
            "not_an_address",
        )
    plugin = Apprise.instantiate(address.replace("{to}", "13800138000"))
    if plugin is None:
        raise wrong(
            "address",
            f"短信服务 {service} 的参数不完整，请对照其文档检查。",
            f"The parameters of the SMS service {service} are not complete; check them against its documentation.",
            "not_an_address",
        )
    if plugin.host and service in ("smseagle", "smseagles", "json", "jsons", "form", "forms"):
        outgoing.check_host(plugin.host, plugin.port or (443 if plugin.secure else 80), "address")
    return {"service": service}, {"address": address}


_ROBOT_NAMES = {"dingtalk": ("钉钉", "DingTalk"), "wecom": ("企业微信", "WeCom"), "feishu": ("飞书", "Feishu")}
_TOKEN = re.compile(r"^[A-Za-z0-9_-]{8,128}$")


def _check_robot(kind: str, settings: dict[str, Any], secret: dict[str, str]) -> Kept:
    zh, en = _ROBOT_NAMES[kind]
    token, base = _token(secret.get("token", "")), str(settings.get("base", ""))
    if not token:
        raise _missing("token", f"{zh}机器人的密钥(webhook 地址中的 token/key)", f"The token of the {en} robot")
    if not _TOKEN.match(token):
        raise wrong(
            "token",
            f"这不是{zh}机器人的密钥，请从机器人的 webhook 地址复制。",
            f"That is not the token of a {en} robot; copy it from the robot's webhook address.",
        )
    if base:
        outgoing.check_url(base, "base")
    kept = {"token": token}
    if kind != Kind.WECOM and secret.get("secret"):
        kept["secret"] = secret["secret"]
    return ({"base": base} if base else {}), kept


def _token(given: str) -> str:
    """The token alone, where somebody pasted the robot's whole address."""
    if "://" not in given:
        return given
    parts = urlsplit(given)
    found = re.search(r"(?:access_token|key)=([^&]+)", parts.query)
    return found.group(1) if found else parts.path.rstrip("/").rpartition("/")[2]


def checked_address(kind: str, given: str) -> tuple[Any, str]:
    """A person's address on a channel, as it is kept, and as it is shown."""
    given = given.strip().replace(" ", "")
    if kind == Kind.EMAIL:
        if not _MAIL.match(given):
            raise wrong(
                "address", f"“{given[:60]}”不是邮箱地址。", f"“{given[:60]}” is not a mail address.", "not_an_address"
            )
        name, _, domain = given.partition("@")
        return given, f"{name[:2]}***@{domain}"[:80]
    if kind == Kind.SMS or (kind in (Kind.DINGTALK, Kind.WECOM) and given):
        if not _MOBILE.match(given):
            raise wrong(
                "address",
                f"“{given[:40]}”不是手机号(8–15 位数字)。",
                f"“{given[:40]}” is not a telephone number (8 to 15 digits).",
                "not_an_address",
            )
        return given, f"{given[:3]}****{given[-4:]}"
    if kind == Kind.FEISHU and given:
        if not re.fullmatch(r"ou_[0-9a-zA-Z]{8,64}", given):
            raise wrong(
                "address",
                "飞书成员的 open_id 以 ou_ 开头。",
                "A Feishu member's open_id begins with ou_.",
                "not_an_address",
            )
        return given, f"{given[:6]}…"
    return "", ""
