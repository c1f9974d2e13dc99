"""Files of reports: looked at by their bytes, kept under a hash in the home folder.

A photo is drawn anew (`yufang.server.photos`), so only its pixels are kept; before that its position is read, if the
phone wrote one. A voice note stays as it is, under `voice/`.
"""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from yufang.server import photos
from yufang.server.errors import Refused
from yufang.server.places.plan_geometry import no_position
from yufang.server.reports.sound import MEDIA_TYPES, sound_in

LARGEST = {"photo": photos.LARGEST, "voice": 5 * 1024 * 1024}  # bytes, as sent
MOST = {"photo": 6, "voice": 1}
# Refusals that the same bytes always meet: the report goes on without the file.
FINAL = ("not_a_photo", "not_a_voice_note", "voice_too_long")
LONGEST_VOICE = 120.0  # seconds
_SLACK = 1.5  # a recorder stops a moment after it was told
_KEPT = photos.Kept("报告的文字和其他文件不受影响", "your words and the other files are not affected")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A file as it is kept. `position` is (lat, lon) where a photo carried one."""

    sha256: str
    size: int
    width: int | None = None
    height: int | None = None
    seconds: float | None = None
    position: tuple[float, float] | None = None


def take_photo(sent: bytes) -> Taken:
    """Keep a photo: JPEG, PNG, WebP, or an iPhone's HEIC. Refuses with 422 what Pillow can't draw anew."""
    heic = _is_heic(sent)
    position = _position(sent, heic)
    picture = photos.redrawn(_from_heic(sent) if heic else sent, _KEPT)
    photos.store(picture)
    return Taken(
        sha256=picture.sha256,
        size=len(picture.data),
        width=picture.width,
        height=picture.height,
        position=position,
    )


def take_voice(sent: bytes) -> Taken:
    """Keep a voice note as it is. Refuses with 422 what is no sound of a known form, or too long."""
    sound = sound_in(sent)
    if sound is None:
        raise Refused(
            422,
            "not_a_voice_note",
            "语音不是 WebM、Ogg 或 M4A 录音；报告的文字和照片不受影响，请重新录音或改用文字。",
            "The voice note is not a WebM, Ogg or M4A recording; your words and photos are not affected. "
            "Record it again or write it down.",
            "file",
        )
    if sound.seconds is not None and sound.seconds > LONGEST_VOICE + _SLACK:
        raise Refused(
            422,
            "voice_too_long",
            f"语音长 {sound.seconds:.0f} 秒，上限 {LONGEST_VOICE:.0f} 秒；文字和照片不受影响，请缩短或改用文字。",
            f"The voice note lasts {sound.seconds:.0f} seconds, the most is {LONGEST_VOICE:.0f}; your words and photos "
            "are not affected. Make it shorter or write it down.",
            "file",
        )
    sha256 = hashlib.sha256(sent).hexdigest()
    _store(voice_file(sha256), sent)
    return Taken(sha256=sha256, size=len(sent), seconds=sound.seconds)


def too_large(kind: str, size: int, name: str = "file") -> Refused:
    """The refusal of a file that has `size` bytes or says so."""
    limit = LARGEST[kind] // 1024 // 1024
    zh, en = ("照片", "photo") if kind == "photo" else ("语音", "voice note")
    return Refused(
        413,
        f"{kind}_too_large",
        f"{zh}有 {size / 1024 / 1024:.1f} MB，上限 {limit} MB；请缩小后重发或去掉它，已填写的内容保留在手机上。",
        f"The {en} has {size / 1024 / 1024:.1f} MB, the most is {limit} MB. Make it smaller or leave it out; what you "
        "wrote stays on your phone.",
        name,
    )


def voice_file(sha256: str) -> Path:
    """Where the voice note with this hash stands."""
    home: Path = settings.CONFIG.home.resolve() / "voice"
    return home / sha256[:2] / sha256


def voice_bytes(sha256: str) -> tuple[bytes, str]:
    """A voice note and its media type. Refuses with 404 where its file is not there."""
    try:
        data = voice_file(sha256).read_bytes()
    except OSError as error:
        raise Refused(
            404,
            "file_missing",
            "语音文件缺失，请从备份恢复 voice 文件夹。",
            "The voice note's file is missing; restore the folder voice from a backup.",
        ) from error
    sound = sound_in(data)
    return data, MEDIA_TYPES[sound.kind] if sound else "application/octet-stream"


def _is_heic(sent: bytes) -> bool:
    return sent[4:8] == b"ftyp" and sent[8:12] in (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")


def _from_heic(sent: bytes) -> bytes:
    """An iPhone's photo as a JPEG of high quality, upright. Refuses what libheif can't read."""
    import pi_heif

    try:
        opened: Any = pi_heif.open_heif(io.BytesIO(sent), convert_hdr_to_8bit=True)
        if opened.size[0] * opened.size[1] > photos.MOST_PIXELS:
            raise ValueError(f"{opened.size[0]}×{opened.size[1]} pixels")
        out = io.BytesIO()
        opened.to_pillow().convert("RGB").save(out, "JPEG", quality=95)
    except (ValueError, OSError, EOFError, SyntaxError, RuntimeError) as error:
        raise Refused(
            422,
            "not_a_photo",
            "这张 HEIC 照片无法读取(损坏、不完整或过大)；请在手机上另存为 JPEG 后重发，报告的文字不受影响。",
            "This HEIC photo can't be read (damaged, incomplete or too large). Save it as JPEG on the phone and send "
            "it again; your words are not affected.",
            "file",
        ) from error
    return out.getvalue()


def _position(sent: bytes, heic: bool) -> tuple[float, float] | None:
    """Where the phone says the photo was taken (EXIF GPS, degrees); None where it says nothing or (0, 0)."""
    from PIL import Image

    try:
        exif = Image.Exif()
        if heic:
            import pi_heif

            data = pi_heif.open_heif(io.BytesIO(sent)).info.get("exif")
            if not data:
                return None
            exif.load(data)
        else:
            exif = Image.open(io.BytesIO(sent), formats=photos.FORMATS).getexif()
        gps = exif.get_ifd(0x8825)
        lat = _degrees(gps.get(2)) * (-1 if gps.get(1) in ("S", b"S") else 1)
        lon = _degrees(gps.get(4)) * (-1 if gps.get(3) in ("W", b"W") else 1)
    except Exception:  # whatever a camera wrote there: a photo without a position
        return None
    return None if no_position(lat, lon) else (round(lat, 7), round(lon, 7))


def _degrees(parts: Any) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    return degrees + minutes / 60 + seconds / 3600


def _store(place: Path, data: bytes) -> None:
    """Whole or not at all; a file that is there already is the same."""
    if place.exists():
        return
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, unfinished = tempfile.mkstemp(dir=place.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, place)
    except OSError:
        Path(unfinished).unlink(missing_ok=True)
        raise
