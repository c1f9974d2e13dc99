"""Photos of all rooms: taken in, freed of what they tell beside the picture, kept under the hash of what is kept.

A photo is drawn anew by Pillow: place, time, device and owner that a phone writes into it (EXIF, XMP, comments) don't
survive, nor does anything that is not a picture. Files stand under `photos/` in the home folder; which row a photo
belongs to is each room's own affair.
"""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from django.conf import settings

from yufang.server.errors import Refused

FORMATS = ("JPEG", "PNG", "WEBP")
LARGEST = 15 * 1024 * 1024  # bytes, as sent
MOST_PIXELS = 60_000_000
LONGEST_SIDE = 2560  # as kept
QUALITY = 85


class Readable(Protocol):
    """What an upload gives."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Kept:
    """What stays though a photo is refused, as a clause of the refusal in both languages."""

    zh: str
    en: str


WHAT_WAS_SENT = Kept("已填写的内容已保留", "what you wrote is kept")


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo as it is kept: JPEG bytes without metadata."""

    data: bytes
    width: int
    height: int

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def folder() -> Path:
    """The photos folder; made where there is none, for this user only."""
    found: Path = settings.CONFIG.home.resolve() / "photos"
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


def file_of(sha256: str) -> Path:
    """Where the photo with this hash stands."""
    return folder() / sha256[:2] / f"{sha256}.jpg"


def bounded(file: Readable, size: int, kept: Kept = WHAT_WAS_SENT) -> bytes:
    """The bytes of an upload that says it has `size` of them. Refuses with 413 what is over `LARGEST`."""
    if size > LARGEST:
        raise _too_large(size, kept)
    sent = file.read(LARGEST + 1)
    if len(sent) > LARGEST:
        raise _too_large(len(sent), kept)
    return sent


def jpeg(sha256: str) -> bytes:
    """The JPEG kept under this hash. Refuses where its file is not there. Whoever calls has seen to who may read it."""
    try:
        return file_of(sha256).read_bytes()
    except OSError as error:
        raise Refused(
            404,
            "file_missing",
            "照片文件缺失，请从备份恢复 photos 文件夹。",
            "The photo's file is missing; restore the folder photos from a backup.",
        ) from error


def measured(sha256: str) -> tuple[int, int, int]:
    """Width and height in pixels and size in bytes of the photo kept under this hash. Refuses as `jpeg` does."""
    from PIL import Image

    data = jpeg(sha256)
    with Image.open(io.BytesIO(data), formats=("JPEG",)) as opened:
        return opened.width, opened.height, len(data)


def redrawn(sent: bytes, kept: Kept = WHAT_WAS_SENT) -> Picture:
    """The picture in `sent`, upright, at most `LONGEST_SIDE` long, without metadata. Refuses what is no photo."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the next lines refuse it by name
            opened = Image.open(io.BytesIO(sent), formats=FORMATS)
        if opened.width * opened.height > MOST_PIXELS:
            raise _not_a_photo(
                kept,
                f"有 {opened.width}×{opened.height} 像素，上限 {MOST_PIXELS // 1_000_000} 百万像素",
                f"has {opened.width}×{opened.height} pixels, over {MOST_PIXELS // 1_000_000} million",
            )
        upright = ImageOps.exif_transpose(opened).convert("RGB")
        upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        # A new image takes over pixels and nothing else.
        plain = Image.new("RGB", upright.size)
        plain.paste(upright)
        out = io.BytesIO()
        plain.save(out, "JPEG", quality=QUALITY, optimize=True)
    except UnidentifiedImageError as error:
        raise _not_a_photo(
            kept,
            "不是 JPEG、PNG 或 WebP 图片（苹果 HEIC 请先另存为 JPEG）",
            "is not a JPEG, PNG or WebP picture (save Apple's HEIC as JPEG first)",
        ) from error
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise _not_a_photo(kept, "已损坏或不完整", "is damaged or incomplete") from error
    return Picture(out.getvalue(), plain.width, plain.height)


def _not_a_photo(kept: Kept, zh: str, en: str) -> Refused:
    return Refused(
        422,
        "not_a_photo",
        f"照片{zh}；{kept.zh}，请重新拍照上传。",
        f"The photo {en}; {kept.en}. Take the photo again.",
        "file",
    )


def _too_large(size: int, kept: Kept) -> Refused:
    limit = LARGEST // 1024 // 1024
    return Refused(
        413,
        "photo_too_large",
        f"照片有 {size / 1024 / 1024:.1f} MB，上限 {limit} MB；{kept.zh}，请降低相机分辨率后重拍。",
        f"The photo has {size / 1024 / 1024:.1f} MB, more than {limit} MB; {kept.en}. "
        "Lower the camera's resolution and take it again.",
        "file",
    )


def store(picture: Picture) -> None:
    """Whole or not at all; a file that is there already is the same."""
    place = file_of(picture.sha256)
    if place.exists():
        return
    place.parent.mkdir(mode=0o700, exist_ok=True)
    handle, unfinished = tempfile.mkstemp(dir=place.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(picture.data)
        os.replace(unfinished, place)
    except OSError:
        Path(unfinished).unlink(missing_ok=True)
        raise
