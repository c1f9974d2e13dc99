# mypy: disable-error-code="no-untyped-call"
"""Group robots of DingTalk, WeCom and Feishu: Apprise's services, with what they lack.

All three answer HTTP 200 to a message that they refuse, and say so in the body only; Feishu's signature and the
address of a private deployment are unknown to Apprise, and DingTalk's signature it encodes twice. So each service is
derived from here: its tokens, checks and texts stay Apprise's, the request is made by the guarded session.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from apprise.plugins.dingtalk import NotifyDingTalk
from apprise.plugins.feishu import NotifyFeishu
from apprise.plugins.wecombot import NotifyWeComBot

from yufang.dispatch.signatures import sign_dingtalk, sign_feishu
from yufang.server.dispatch.sending import Parcel, SendFailed, post

_JSON = {"Content-Type": "application/json; charset=utf-8"}
BASES = {
    "dingtalk": "https://oapi.dingtalk.com",
    "wecom": "https://qyapi.weixin.qq.com",
    "feishu": "https://open.feishu.cn",
}


def _post(url: str, payload: dict[str, Any], code: str, params: dict[str, str] | None = None) -> None:
    """POST, and read the body: `code` other than 0 is a refusal."""
    answer = post(url, body=json.dumps(payload, ensure_ascii=False).encode(), headers=_JSON, params=params)
    try:
        said = answer.json()
        number, why = int(said[code]), str(said.get("errmsg") or said.get("msg") or "")
    except (ValueError, KeyError, TypeError) as error:
        raise SendFailed("对方的应答无法识别。", "the answer is not the documented one") from error
    if number != 0:
        raise SendFailed(f"对方拒绝：{number} {why[:160]}", f"refused with {number}: {why[:160]}")


class DingTalk(NotifyDingTalk):
    """msgtype text, phone numbers mentioned, signed by timestamp where the robot has a key."""

    base, at = "", datetime.min

    def deliver(self, text: str) -> None:
        mentioned = "".join(f" @{number}" for number in self.targets)
        payload = {
            "msgtype": "text",
            "text": {"content": text + mentioned},
            "at": {"atMobiles": self.targets, "isAtAll": False},
        }
        params = {"access_token": self.token}
        if self.secret:
            params |= sign_dingtalk(self.secret, self.at)
        _post(f"{self.base}/robot/send", payload, "errcode", params)


class WeCom(NotifyWeComBot):
    """msgtype text, phone numbers mentioned."""

    base = ""
    mobiles: tuple[Any, ...] = ()

    def deliver(self, text: str) -> None:
        payload = {"msgtype": "text", "text": {"content": text, "mentioned_mobile_list": list(self.mobiles)}}
        _post(f"{self.base}/cgi-bin/webhook/send", payload, "errcode", {"key": self.key})


class Feishu(NotifyFeishu):
    """msg_type text, members mentioned by open_id, signed where the robot has a key."""

    base, at, secret = "", datetime.min, ""
    members: tuple[Any, ...] = ()

    def deliver(self, text: str) -> None:
        mentioned = "".join(f' <at user_id="{member}"></at>' for member in self.members)
        payload: dict[str, Any] = {"msg_type": "text", "content": {"text": text + mentioned}}
        if self.secret:
            payload |= sign_feishu(self.secret, self.at)
        _post(f"{self.base}/open-apis/bot/v2/hook/{self.token}", payload, "code")


def robot(parcel: Parcel, at: datetime) -> DingTalk | WeCom | Feishu:
    """The robot that a parcel goes by."""
    from apprise.exception import AppriseException

    token, secret = str(parcel.secret.get("token", "")), str(parcel.secret.get("secret", ""))
    made: DingTalk | WeCom | Feishu
    try:
        if parcel.kind == "dingtalk":
            made = DingTalk(token=token, secret=secret or None, targets=list(parcel.addresses))
            made.at = at
        elif parcel.kind == "wecom":
            made = WeCom(key=token)
            made.mobiles = parcel.addresses
        else:
            made = Feishu(token=token)
            made.at, made.secret, made.members = at, secret, parcel.addresses
    except (AppriseException, TypeError) as error:
        zh, en = "机器人密钥缺失或格式不对。", "the robot's token is missing or malformed"
        raise SendFailed(zh, en, final=True) from error
    made.base = str(parcel.settings.get("base") or BASES[parcel.kind]).rstrip("/")
    return made
