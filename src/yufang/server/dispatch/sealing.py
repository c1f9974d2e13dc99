"""Keys and passwords of channels and addresses of people, sealed with the ring of `yufang.server.privacy`.

What was sealed before the ring came, with a key made from the server's own, opens still; `yufang privacy seal` seals it
anew.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from yufang.server.errors import Refused
from yufang.server.privacy import vault
from yufang.server.privacy.ring import KeyProblem


def _box() -> Fernet:
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"yufang.dispatch.sealing")
    return Fernet(base64.urlsafe_b64encode(kdf.derive(settings.SECRET_KEY.encode())))


WAY = "dispatch_reach.sealed"
CHANNEL = "dispatch_channel.sealed"


def seal_channel(organisation_id: int, value: Any) -> str:
    """Seal the keys of a channel of an organisation; "" for nothing."""
    return _sealed(value, CHANNEL, organisation_id)


def unseal_channel(organisation_id: int, sealed: str) -> Any:
    """The keys of a channel, {} for nothing. Refuses where the key is another one than then."""
    return _unsealed(sealed, CHANNEL, organisation_id)


def seal_way(person_id: int, value: Any) -> str:
    """Seal an address of a person; "" for nothing."""
    return _sealed(value, WAY, person_id)


def unseal_way(person_id: int, sealed: str) -> Any:
    """An address of a person, {} for nothing. Refuses where the key is another one than then."""
    return _unsealed(sealed, WAY, person_id)


def opened_before(stored: str) -> bytes:
    """A value from before the ring. Raises InvalidToken where the server's key is another one than then."""
    return _box().decrypt(stored.encode())


def _sealed(value: Any, column: str, row: int) -> str:
    return vault.seal(json.dumps(value, ensure_ascii=False).encode(), column, row) if value else ""


def _unsealed(sealed: str, column: str, row: int) -> Any:
    if not sealed:
        return {}
    try:
        ours = vault.is_sealed(sealed)
        return json.loads(vault.open_sealed(sealed, column, row) if ours else opened_before(sealed))
    except (InvalidToken, KeyProblem) as error:
        raise Refused(
            409,
            "key_changed",
            "密钥无法解密：服务器密钥已更换。请在渠道设置中重新填写密钥。",
            "The channel's key can't be read: the server's key has changed. Enter the channel's key again.",
            "secret",
        ) from error
