"""What kind of sound a voice note is, and how long: read from its first and last bytes, not from its name.

Phones record WebM (Chrome, Firefox), Ogg (Firefox) or MPEG-4 audio (Safari). Only the container's frame is read:
Matroska (RFC 9559) clusters and blocks, Ogg (RFC 3533) granule positions, ISO base media (ISO/IEC 14496-12) headers.
A container that does not say how long it is gives None.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

MEDIA_TYPES = {"webm": "audio/webm", "ogg": "audio/ogg", "m4a": "audio/mp4"}
_PICTURE_TRACKS = (b"V_VP8", b"V_VP9", b"V_AV1", b"V_MPEG", b"avc1", b"hvc1", b"hev1", b"av01", b"theora")
# Matroska's ids of what holds others (walked into) and of what is read
_SEGMENT, _CLUSTER, _INFO, _BLOCK_GROUP = 0x18538067, 0x1F43B675, 0x1549A966, 0xA0
_SCALE, _DURATION, _TIME, _SIMPLE_BLOCK, _BLOCK = 0x2AD7B1, 0x4489, 0xE7, 0xA3, 0xA1


@dataclass(frozen=True, slots=True)
class Sound:
    """`kind` is a key of MEDIA_TYPES."""

    kind: str
    seconds: float | None


def sound_in(data: bytes) -> Sound | None:
    """The sound in `data`; None where it is none of the three, or carries pictures."""
    if any(mark in data[:65_536] for mark in _PICTURE_TRACKS):
        return None
    if data[:4] == b"\x1a\x45\xdf\xa3" and b"webm" in data[:64]:
        return Sound("webm", _webm_seconds(data))
    if data[:4] == b"OggS":
        return Sound("ogg", _ogg_seconds(data))
    if data[4:8] == b"ftyp" and data[8:12] in (b"M4A ", b"mp42", b"isom", b"iso5", b"iso6", b"mp41", b"dash"):
        return Sound("m4a", _mp4_seconds(data))
    return None


def _ogg_seconds(data: bytes) -> float | None:
    """The last page's granule position; Opus counts 48,000 a second, Vorbis says its own rate."""
    last = data.rfind(b"OggS")
    if len(data) < last + 14:
        return None
    granule = struct.unpack_from("<q", data, last + 6)[0]
    rate = 48_000
    vorbis = data.find(b"\x01vorbis", 0, 4096)
    if vorbis >= 0 and len(data) >= vorbis + 16:
        rate = struct.unpack_from("<I", data, vorbis + 12)[0]
    return granule / rate if granule > 0 and rate > 0 else None


def _webm_seconds(data: bytes) -> float | None:
    """The stated duration, else the time of the last block: recorders that stream don't go back to state one."""
    scale, stated, cluster, newest = 1_000_000, None, 0, None
    at, end = 0, len(data)
    while at < end:
        key, at = _ebml_id(data, at)
        size, at, unknown = _ebml_size(data, at)
        if key < 0 or at > end:
            break
        if key in (_SEGMENT, _CLUSTER, _INFO, _BLOCK_GROUP) or unknown:
            continue
        body = data[at : at + size]
        if key == _SCALE and body:
            scale = int.from_bytes(body, "big")
        elif key == _DURATION and size in (4, 8) and len(body) == size:
            stated = float(struct.unpack(">f" if size == 4 else ">d", body)[0])
        elif key == _TIME:
            cluster = int.from_bytes(body, "big")
        elif key in (_SIMPLE_BLOCK, _BLOCK) and len(body) > 3:
            _, after, _ = _ebml_size(body, 0)
            if len(body) >= after + 2:
                newest = cluster + struct.unpack_from(">h", body, after)[0]
        at += size
    ticks = max(stated or 0.0, float(newest or 0))
    return ticks * scale / 1e9 if ticks > 0 else None


def _ebml_id(data: bytes, at: int) -> tuple[int, int]:
    if at >= len(data) or data[at] == 0:
        return -1, len(data) + 1
    length = 9 - data[at].bit_length()
    return int.from_bytes(data[at : at + length], "big"), at + length


def _ebml_size(data: bytes, at: int) -> tuple[int, int, bool]:
    """(size, where what it is of begins, whether the size is unknown)."""
    if at >= len(data) or data[at] == 0:
        return 0, len(data) + 1, False
    length = 9 - data[at].bit_length()
    raw = int.from_bytes(data[at : at + length], "big") & ((1 << (7 * length)) - 1)
    return raw, at + length, raw == (1 << (7 * length)) - 1


def _mp4_seconds(data: bytes) -> float | None:
    """Duration over timescale of the movie header; of a fragmented file the sum of its fragments' samples."""
    head = data.find(b"mvhd")
    if head < 0 or len(data) < head + 36:
        return None
    if data[head + 4] == 1:
        scale, ticks = struct.unpack_from(">IQ", data, head + 24)
    else:
        scale, ticks = struct.unpack_from(">II", data, head + 16)
    if scale and ticks and ticks not in (0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF):
        return float(ticks / scale)
    return _fragments_seconds(data)


def _fragments_seconds(data: bytes) -> float | None:
    """The start of the last fragment (tfdt over the media's timescale): short by one fragment, some seconds."""
    media, last = data.find(b"mdhd"), data.rfind(b"tfdt")
    if media < 0 or last < 0 or len(data) < max(media + 28, last + 16):
        return None
    scale = struct.unpack_from(">I", data, media + (24 if data[media + 4] == 1 else 16))[0]
    start = struct.unpack_from(">Q" if data[last + 4] == 1 else ">I", data, last + 8)[0]
    return start / scale if scale and start else None
