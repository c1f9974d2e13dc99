"""Becoming a node of the platform: a one-time token, given by a person, against this node's public key."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import orjson

from yufang.edge.errors import EdgeError
from yufang.edge.identity import load_key, new_key, public_text

_DOMAIN = b"yufang-edge-enrol-1\n"


def enrolment_proof(token: str, public: str) -> bytes:
    """What a node signs to show that it holds the key which it gives with the token."""
    return _DOMAIN + token.encode() + b"\n" + public.encode()


async def enrol(home: Path, url: str, token: str, *, ca: Path | None = None) -> dict[str, Any]:
    """Give the token and a key of this node's own to the platform at `url`; keeps its answer in `home/node.json`.

    The private key never leaves the node. A key from a try that was cut off is used again. Raises EdgeError.
    """
    import base64
    import ssl

    import aiohttp  # the platform reads the proof of an enrolment and sends none

    url = url.rstrip("/")
    if not url.startswith(("https://", "http://")):
        raise EdgeError(f"平台地址“{url}”应以 https:// 开头。", f"The address {url!r} should begin with https://.")
    if (home / "node.json").exists():
        raise EdgeError(
            f"本节点已登记（{home / 'node.json'}）；如要重新登记，请先移走该文件和 node.key。",
            f"This node is enrolled ({home / 'node.json'}); to enrol anew move that file and node.key away first.",
        )
    path = home / "node.key"
    key = load_key(path) if path.exists() else new_key(path)
    public = public_text(key)
    proof = base64.urlsafe_b64encode(key.sign(enrolment_proof(token, public))).rstrip(b"=").decode()
    body = orjson.dumps({"token": token, "public_key": public, "proof": proof})
    tls: Any = ssl.create_default_context(cafile=ca) if ca is not None else True
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session,
            session.post(
                url + "/api/edge/enrol", data=body, headers={"Content-Type": "application/json"}, ssl=tls
            ) as response,
        ):
            status, content = response.status, await response.content.read(1_000_000)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise EdgeError(f"连不上平台 {url}（{error}）。", f"Can't reach {url} ({error}).") from error
    try:
        told = orjson.loads(content)
        if status >= 300:
            raise EdgeError(str(told["message_zh"]), str(told["message_en"]))
        found = {
            "node_id": int(told["node_id"]),
            "url": url,
            "name": str(told["name"]),
            "signers": [str(signer) for signer in told["signers"]],
        }
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, EdgeError):
            raise
        raise EdgeError(
            f"{url} 的回答（{status}）不是登记结果；请检查地址。",
            f"What {url} answered ({status}) is no enrolment; check the address.",
        ) from error
    fresh = home / "node.json.new"
    fresh.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))
    os.replace(fresh, home / "node.json")
    return found
