"""Who a node is: its Ed25519 key, and how it signs what it sends.

A signature covers method, path with query, SHA-256 of the body and the time (µs). The platform takes a time within
`WINDOW_S` of its own clock and later than the last it took from this node, so a recorded request can't be sent again.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from yufang.edge.errors import EdgeError

SCHEME = "Edge"
WINDOW_S = 300


@dataclass(frozen=True, slots=True)
class SignedBy:
    """What an `Authorization: Edge <node>.<time µs>.<signature>` header says."""

    node: int
    time_us: int
    signature: bytes


def new_key(path: Path) -> Ed25519PrivateKey:
    """Make a private key at `path`, readable by its owner only. Raises EdgeError where one is there already."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise EdgeError(
            f"密钥文件 {path} 已存在；如要更换密钥，请先将它移走。",
            f"There is a key at {path} already; move it away first if you want another.",
        ) from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    return key


def load_key(path: Path) -> Ed25519PrivateKey:
    """The private key at `path`. Raises EdgeError where there is none or it is no Ed25519 key."""
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise EdgeError(
            f"读不到密钥文件 {path}（{error.strerror}）；请先登记本节点：yufang edge enrol。",
            f"The key {path} can't be read ({error.strerror}); enrol this node first: yufang edge enrol.",
        ) from error
    except (ValueError, TypeError) as error:
        raise EdgeError(f"{path} 不是有效的密钥文件。", f"{path} is no key file.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise EdgeError(f"{path} 不是 Ed25519 密钥。", f"{path} is no Ed25519 key.")
    return key


def public_text(key: Ed25519PrivateKey | Ed25519PublicKey) -> str:
    """The public key as 43 characters of base64url."""
    public = key.public_key() if isinstance(key, Ed25519PrivateKey) else key
    return encoded(public.public_bytes_raw())


def public_key(text: str) -> Ed25519PublicKey:
    """The public key of `public_text`. Raises EdgeError."""
    try:
        return Ed25519PublicKey.from_public_bytes(decoded(text))
    except (ValueError, binascii.Error) as error:
        raise EdgeError(
            f"公钥“{text[:60]}”无效：应为 32 字节的 base64url 文本。",
            f"{text[:60]!r} is no public key: 32 bytes as base64url are wanted.",
            field="public_key",
        ) from error


def encoded(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """Back from `encoded`. Raises ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def told(node: int, method: str, target: str, body: bytes, time_us: int) -> bytes:
    """The bytes that a request's signature covers. `target` is the path with its query, as sent."""
    digest = hashlib.sha256(body).hexdigest()
    return f"yufang-edge-request-1\n{node}\n{method.upper()}\n{target}\n{digest}\n{time_us}".encode()


def sign_request(
    key: Ed25519PrivateKey, node: int, method: str, target: str, body: bytes, time_us: int
) -> dict[str, str]:
    """The header that signs a request."""
    signature = encoded(key.sign(told(node, method, target, body, time_us)))
    return {"Authorization": f"{SCHEME} {node}.{time_us}.{signature}"}


def read_header(header: str) -> SignedBy | None:
    """What the Authorization header says; None where it isn't one of ours."""
    scheme, _, rest = header.strip().partition(" ")
    parts = rest.split(".")
    if scheme != SCHEME or len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts[:2]):
        return None
    if len(parts[0]) > 18 or len(parts[1]) > 18:
        return None
    try:
        return SignedBy(int(parts[0]), int(parts[1]), decoded(parts[2]))
    except (ValueError, binascii.Error):
        return None


def request_holds(public: str, signed: SignedBy, method: str, target: str, body: bytes) -> bool:
    """Whether the signature of a request is this public key's. The time is for the caller to judge."""
    try:
        public_key(public).verify(signed.signature, told(signed.node, method, target, body, signed.time_us))
    except (InvalidSignature, EdgeError):
        return False
    return True
