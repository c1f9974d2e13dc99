"""Signatures that receivers check: Standard Webhooks, and the robots of DingTalk and Feishu."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import UTC, datetime

from standardwebhooks.webhooks import Webhook

PREFIX = "whsec_"


class SecretError(ValueError):
    """A secret that isn't one."""


def check_secret(secret: str) -> str:
    """`secret` as it is, where it is a Standard Webhooks secret: `whsec_` and base64 of 24 to 64 bytes."""
    body = secret.removeprefix(PREFIX)
    try:
        size = len(base64.b64decode(body, validate=True))
    except (binascii.Error, ValueError) as error:
        raise SecretError("a webhook's secret is whsec_ followed by base64") from error
    if not secret.startswith(PREFIX) or not 24 <= size <= 64:
        raise SecretError("a webhook's secret is whsec_ followed by the base64 of 24 to 64 bytes")
    return secret


def new_secret(random: bytes) -> str:
    """A secret from at least 24 random bytes."""
    return check_secret(PREFIX + base64.b64encode(random).decode())


def sign_webhook(secret: str, message_id: str, at: datetime, body: str) -> dict[str, str]:
    """The three headers of a Standard Webhooks message (https://www.standardwebhooks.com, symmetric scheme v1)."""
    moment = at.astimezone(UTC)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(check_secret(secret)).sign(message_id, moment, body),
    }


def sign_dingtalk(secret: str, at: datetime) -> dict[str, str]:
    """Query parameters of a DingTalk robot with 加签: HMAC-SHA256 of "timestamp in ms, newline, secret" by the secret.

    Not yet percent-encoded: whoever builds the address encodes them, once.
    """
    stamp = str(int(at.timestamp() * 1000))
    digest = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
    return {"timestamp": stamp, "sign": base64.b64encode(digest).decode()}


def sign_feishu(secret: str, at: datetime) -> dict[str, str]:
    """Fields of a Feishu robot's message with 签名校验: HMAC-SHA256 of nothing by "seconds, newline, secret"."""
    stamp = str(int(at.timestamp()))
    digest = hmac.new(f"{stamp}\n{secret}".encode(), b"", hashlib.sha256).digest()
    return {"timestamp": stamp, "sign": base64.b64encode(digest).decode()}
