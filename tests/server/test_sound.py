"""What a voice note is and how long it lasts, from its bytes."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yufang.server.reports.sound import sound_in


def element(key: str, body: bytes, *, unknown: bool = False) -> bytes:
    size = b"\x01" + b"\xff" * 7 if unknown else (len(body) | 1 << 56).to_bytes(8, "big")
    return bytes.fromhex(key) + size + body


def webm(*times: int, stated: float | None = None, codec: bytes = b"A_OPUS") -> bytes:
    """A WebM as a browser streams it: sizes unknown, a cluster each second, no duration unless `stated` (ms)."""
    info = element("2ad7b1", (1_000_000).to_bytes(3, "big"))
    if stated is not None:
        info += element("4489", struct.pack(">d", stated))
    clusters = b"".join(
        element("1f43b675", element("e7", (at // 1000 * 1000).to_bytes(4, "big")) + block(at % 1000), unknown=True)
        for at in times
    )
    head = element("1a45dfa3", element("4282", b"webm"))
    return head + element("18538067", element("1549a966", info) + element("86", codec) + clusters, unknown=True)


def block(at: int) -> bytes:
    return element("a3", b"\x81" + struct.pack(">h", at) + b"\x80sound")


def mp4(ticks: int, scale: int = 1000, brand: bytes = b"M4A ", tail: bytes = b"") -> bytes:
    head = b"\0\0\0\x18ftyp" + brand + bytes(12)
    return head + b"\0\0\0\x6cmvhd" + struct.pack(">IIIII", 0, 0, 0, scale, ticks) + bytes(80) + tail


def media_of(scale: int) -> bytes:
    return b"\0\0\0\x20mdhd" + struct.pack(">IIIII", 0, 0, 0, scale, 0) + bytes(4)


def fragment_at(ticks: int) -> bytes:
    return b"\0\0\0\x14tfdt" + struct.pack(">IQ", 1 << 24, ticks) + bytes(4)


@pytest.mark.parametrize(
    ("data", "kind", "seconds"),
    [
        (webm(0, 1000, 2000, 3120), "webm", 3.12),
        (webm(0, 1000, stated=9500.0), "webm", 9.5),
        (mp4(61_000), "m4a", 61.0),
        (mp4(5, scale=0), "m4a", None),
        (mp4(0, brand=b"iso5"), "m4a", None),
        (mp4(0, brand=b"iso5", tail=media_of(48_000) + fragment_at(96_000)), "m4a", 2.0),
    ],
)
def test_a_voice_note_is_told_by_its_bytes(data: bytes, kind: str, seconds: float | None) -> None:
    found = sound_in(data)
    assert found is not None
    assert found.kind == kind
    assert found.seconds == (seconds if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize("data", [b"", b"RIFF....WAVE", webm(0, codec=b"V_VP8"), mp4(9, tail=b"avc1"), b"%PDF-1.7"])
def test_a_film_or_anything_else_is_no_voice_note(data: bytes) -> None:
    assert sound_in(data) is None


@given(st.binary(max_size=200), st.sampled_from([b"", webm(0, 900)[:40], mp4(9)[:20], b"OggS"]))
def test_broken_bytes_are_taken_for_what_they_are_and_never_stop_the_server(tail: bytes, head: bytes) -> None:
    found = sound_in(head + tail)
    assert found is None or found.seconds is None or found.seconds >= 0


@given(st.integers(0, 300))
def test_a_note_that_was_cut_off_still_has_a_length_or_none(at: int) -> None:
    found = sound_in(webm(0, 1000, 2000)[:at])
    assert found is None or found.seconds is None or found.seconds <= 2
