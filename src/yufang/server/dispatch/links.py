"""One-tap links: signed, expiring, for one alert and one person; and one-time links of invitations.

The token is the number of its row and its end, and the server's signature over both. It is never stored: the row
keeps its hash, and a retry of the same message makes the same token again.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

_FORM, _MAC = ">QI", 16


class BadLink(ValueError):
    """Not a token of this server, or altered."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a token says: its row, and until when (unix seconds)."""

    number: int
    ends: int


# What a link is for is part of its signature: one that acknowledges opens no account.
ALERT, INVITATION = b"yufang.dispatch.links", b"yufang.dispatch.invitations"


def _sign(payload: bytes, purpose: bytes) -> bytes:
    key = hashlib.sha256(purpose + settings.SECRET_KEY.encode()).digest()
    return hmac.new(key, payload, hashlib.sha256).digest()[:_MAC]


def make(number: int, expires_at: datetime, purpose: bytes = ALERT) -> str:
    """The token of row `number`."""
    payload = struct.pack(_FORM, number, int(expires_at.timestamp()))
    return base64.urlsafe_b64encode(payload + _sign(payload, purpose)).rstrip(b"=").decode()


def read(token: str) -> Claim:
    """What `token` says, where the signature holds. Raises BadLink."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError) as error:
        raise BadLink("not a token") from error
    payload, mac = raw[:-_MAC], raw[-_MAC:]
    if len(payload) != struct.calcsize(_FORM) or not hmac.compare_digest(mac, _sign(payload, ALERT)):
        raise BadLink("altered")
    # base64 has spare bits at the end: only the one canonical spelling is the token.
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != token:
        raise BadLink("altered")
    number, ends = struct.unpack(_FORM, payload)
    return Claim(number, ends)


def hashed(token: str) -> str:
    """What the row keeps."""
    return hashlib.sha256(token.encode()).hexdigest()
