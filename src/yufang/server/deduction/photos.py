"""Photos of answers: taken in, freed of what they tell beside the picture, kept under the hash of what is kept.

A photo is drawn anew by Pillow: place, time, device and owner that a phone writes into it (EXIF, XMP, comments) don't
survive, nor does anything that is not a picture. Files stand under `photos/` in the home folder.
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
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from yufang.server.deduction.contracts import PhotoOut
from yufang.server.deduction.models import Answer, HazardPoint, Photo
from yufang.server.errors import Refused, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.live.events import HazardPointAnswered, emit
from yufang.server.scope import Actor, action

FORMATS = ("JPEG", "PNG", "WEBP")
LARGEST = 15 * 1024 * 1024  # bytes, as sent
MOST_PIXELS = 60_000_000
LONGEST_SIDE = 2560  # as kept
QUALITY = 85
MOST_PHOTOS = 6  # of one answer


class Readable(Protocol):
    """What an upload gives."""

    def read(self, size: int, /) -> bytes: ...


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


@action
def add_photo(acting_user: Actor, client_id: UUID, file: Readable, size: int) -> tuple[PhotoOut, bool]:
    """Add a photo to an answer of one's own; the same bytes twice are kept once. Says whether it is new."""
    answer = Answer.objects.filter(by_id=acting_user.person_id, client_id=client_id).first()
    if answer is None:
        raise not_found()
    if size > LARGEST:
        raise _too_large(size)
    sent = file.read(LARGEST + 1)
    if len(sent) > LARGEST:
        raise _too_large(len(sent))
    point = HazardPoint.objects.select_for_update().get(id=answer.point_id)
    sent_sha256 = hashlib.sha256(sent).hexdigest()
    known = Photo.objects.filter(answer=answer, sent_sha256=sent_sha256).first()
    if known is not None:
        return photo_out(known), False
    if Photo.objects.filter(answer=answer).count() >= MOST_PHOTOS:
        raise Refused(
            409,
            "too_many_photos",
            f"一条核查结果最多附 {MOST_PHOTOS} 张照片,已附的照片保留。",
            f"An answer carries at most {MOST_PHOTOS} photos; those that are there stay.",
            "file",
        )
    picture = redrawn(sent)
    _store(picture)
    facts = photo_facts(answer.pk, picture.sha256)
    index = ledger.append(acting_user, point.path, "deduction.photo_added", f"hazard_point:{point.pk}", facts)
    photo = Photo.objects.create(
        answer=answer,
        path=point.path,
        sha256=picture.sha256,
        sent_sha256=sent_sha256,
        width=picture.width,
        height=picture.height,
        size=len(picture.data),
        by_id=acting_user.person_id,
        at=timezone.now(),
        ledger_index=index,
    )
    emit(
        HazardPointAnswered(id=point.pk, enterprise_id=point.organisation_id, path=point.path, result=str(point.status))
    )
    return photo_out(photo), True


def photo_facts(answer_id: int, sha256: str) -> dict[str, str | int]:
    """What the ledger keeps of a photo."""
    return {"answer": answer_id, "photo_sha256": sha256}


def photo_out(photo: Photo) -> PhotoOut:
    """The contract of one photo."""
    return PhotoOut(id=photo.pk, sha256=photo.sha256, width=photo.width, height=photo.height)


def photo_bytes(photo_id: int) -> bytes:
    """The JPEG of a photo in the open scope. Refuses where the row or its file is not there."""
    photo = Photo.objects.filter(id=photo_id).first()
    if photo is None:
        raise not_found()
    try:
        return file_of(photo.sha256).read_bytes()
    except OSError as error:
        raise Refused(
            404,
            "file_missing",
            "照片文件缺失,请从备份恢复 photos 文件夹。",
            "The photo's file is missing; restore the folder photos from a backup.",
        ) from error


def redrawn(sent: bytes) -> Picture:
    """The picture in `sent`, upright, at most `LONGEST_SIDE` long, without metadata. Refuses what is no photo."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the next lines refuse it by name
            opened = Image.open(io.BytesIO(sent), formats=FORMATS)
        if opened.width * opened.height > MOST_PIXELS:
            raise _not_a_photo(
                f"有 {opened.width}×{opened.height} 像素,上限 {MOST_PIXELS // 1_000_000} 百万像素",
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
            "不是 JPEG、PNG 或 WebP 图片(苹果 HEIC 请先另存为 JPEG)",
            "is not a JPEG, PNG or WebP picture (save Apple's HEIC as JPEG first)",
        ) from error
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise _not_a_photo("已损坏或不完整", "is damaged or incomplete") from error
    return Picture(out.getvalue(), plain.width, plain.height)


def _not_a_photo(zh: str, en: str) -> Refused:
    return Refused(
        422,
        "not_a_photo",
        f"照片{zh};核查结果已保留,请重新拍照上传。",
        f"The photo {en}; the answer is kept. Take the photo again.",
        "file",
    )


def _too_large(size: int) -> Refused:
    limit = LARGEST // 1024 // 1024
    return Refused(
        413,
        "photo_too_large",
        f"照片有 {size / 1024 / 1024:.1f} MB,上限 {limit} MB;核查结果已保留,请降低相机分辨率后重拍。",
        f"The photo has {size / 1024 / 1024:.1f} MB, more than {limit} MB; the answer is kept. "
        "Lower the camera's resolution and take it again.",
        "file",
    )


def _store(picture: Picture) -> None:
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
