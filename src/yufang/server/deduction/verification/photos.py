"""Photos of answers: which answer a photo belongs to. How photos are drawn anew and kept: `yufang.server.photos`."""

from __future__ import annotations

import hashlib
from uuid import UUID

from django.utils import timezone

from yufang.server import photos
from yufang.server.deduction.contracts import PhotoOut
from yufang.server.deduction.models import Answer, HazardPoint, Photo
from yufang.server.errors import Refused, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.live.events import HazardPointAnswered, emit
from yufang.server.scope import Actor, action

MOST_PHOTOS = 6  # of one answer
KEPT = photos.Kept("核查结果已保留", "the answer is kept")


@action
def add_photo(acting_user: Actor, client_id: UUID, file: photos.Readable, size: int) -> tuple[PhotoOut, bool]:
    """Add a photo to an answer of one's own; the same bytes twice are kept once. Says whether it is new."""
    answer = Answer.objects.filter(by_id=acting_user.person_id, client_id=client_id).first()
    if answer is None:
        raise not_found()
    sent = photos.bounded(file, size, KEPT)
    point = HazardPoint.objects.select_for_update().get(id=answer.point_id)
    sent_sha256 = hashlib.sha256(sent).hexdigest()
    known = Photo.objects.filter(answer=answer, sent_sha256=sent_sha256).first()
    if known is not None:
        return photo_out(known), False
    if Photo.objects.filter(answer=answer).count() >= MOST_PHOTOS:
        raise Refused(
            409,
            "too_many_photos",
            f"一条核查结果最多附 {MOST_PHOTOS} 张照片，已附的照片保留。",
            f"An answer carries at most {MOST_PHOTOS} photos; those that are there stay.",
            "file",
        )
    picture = photos.redrawn(sent, KEPT)
    photos.store(picture)
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
    return photos.jpeg(photo.sha256)
