"""The channel register: what a node measures, told to the platform so that its readings have somewhere to go.

The bytes are JSON, zlib: `{"channels": [{key, device, quantity, unit, …}]}` as they stand in the configuration. The
platform asks for them where it knows another register of the node than the one whose hash the node reports.
"""

from __future__ import annotations

import hashlib
import zlib
from typing import Any

import orjson

from yufang.edge.config import MAX_CHANNELS, EdgeConfig
from yufang.edge.errors import EdgeError

MAX_UNPACKED = 8 * 1024 * 1024


def register_of(config: EdgeConfig) -> tuple[str, bytes]:
    """(hash, bytes) of the node's register."""
    rows = [one.model_dump(mode="json", exclude_defaults=True) for one in config.channels]
    told = orjson.dumps({"channels": rows}, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(told).hexdigest(), zlib.compress(told, 6)


def read_register(data: bytes) -> tuple[str, list[Any]]:
    """(hash, rows) of a register as it was sent; each row is still to be checked.

    Raises EdgeError for what is none, what unpacks to more than 8 MB, and more than 5,000 channels. Only as much is
    unpacked as that, so a small message fills no memory.
    """
    unpack = zlib.decompressobj()
    try:
        told = unpack.decompress(data, MAX_UNPACKED + 1)
    except zlib.error as error:
        raise _none(str(error)) from error
    if len(told) > MAX_UNPACKED:
        raise EdgeError(
            f"通道登记表解压后超过 {MAX_UNPACKED // 2**20} MB；一个节点最多 {MAX_CHANNELS} 个通道，请分到多个节点。",
            f"The register unpacks to more than {MAX_UNPACKED // 2**20} MB; a node has {MAX_CHANNELS} channels at "
            "most: use several nodes.",
            field="channels",
        )
    try:
        found = orjson.loads(told)
    except orjson.JSONDecodeError as error:
        raise _none(str(error)) from error
    rows = found.get("channels") if isinstance(found, dict) else None
    if not isinstance(rows, list):
        raise _none("no list of channels")
    if len(rows) > MAX_CHANNELS:
        raise EdgeError(
            f"通道登记表有 {len(rows)} 个通道，一个节点最多 {MAX_CHANNELS} 个；请分到多个节点。",
            f"The register has {len(rows)} channels, {MAX_CHANNELS} at most a node; use several nodes.",
            field="channels",
        )
    return hashlib.sha256(told).hexdigest(), rows


def _none(why: str) -> EdgeError:
    return EdgeError(
        f"收到的内容不是有效的通道登记表（{why[:200]}）；请用同一版本的节点重新发送。",
        f"This is no channel register ({why[:200]}); send it again with a node of this version.",
        field="channels",
    )
