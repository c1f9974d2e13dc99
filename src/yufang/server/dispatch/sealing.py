"""Keys, passwords and addresses of people, encrypted with a key made from the server's own."""

from __future__ import annotations

import base64
import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from yufang.server.errors import Refused


def _box() -> Fernet:
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"yufang.dispatch.sealing")
    return Fernet(base64.urlsafe_b64encode(kdf.derive(settings.SECRET_KEY.encode())))


def seal(value: Any) -> str:
    """Encrypt a JSON value; "" for nothing."""
    return _box().encrypt(json.dumps(value, ensure_ascii=False).encode()).decode() if value else ""


def unseal(sealed: str) -> Any:
    """What was sealed, {} for nothing. Refuses where the server's key is another one than then."""
    if not sealed:
        return {}
    try:
        return json.loads(_box().decrypt(sealed.encode()))
    except InvalidToken as error:
        raise Refused(
            409,
            "key_changed",
            "密钥无法解密:服务器密钥已更换。请在渠道设置中重新填写密钥。",
            "The channel's key can't be read: the server's key has changed. Enter the channel's key again.",
            "secret",
        ) from error
