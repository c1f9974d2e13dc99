"""The deployment's own key pair for web push (VAPID, RFC 8292), in the home folder, readable by this user only."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from django.conf import settings


def _file() -> Path:
    return Path(settings.CONFIG.home).resolve() / "vapid_private_key.pem"


def private_key() -> Any:
    """The key that signs; made when it is first asked for."""
    from py_vapid import Vapid02

    path = _file()
    if not path.exists():
        key = ec.generate_private_key(ec.SECP256R1())
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
        try:
            os.link(fresh, path)  # of two processes at once one makes the key, the other reads it
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return Vapid02.from_pem(path.read_bytes())


def public_key() -> str:
    """What a browser subscribes with: the uncompressed point, base64url."""
    point = private_key().public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()
