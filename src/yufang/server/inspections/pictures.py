"""Photos of items: sent before their answer, each once, under an id that the device made."""

from __future__ import annotations

import hashlib
from uuid import UUID

from django.utils import timezone

from yufang.server import photos
from yufang.server.errors import Refused, not_found
from yufang.server.inspections.contracts import InspectionPhoto
from yufang.server.inspections.facts import photo_facts
from yufang.server.inspections.models import Item, Photo
from yufang.server.ledger import actions as ledger
from yufang.server.scope import Actor, action

MOST_PHOTOS = 6  # of one item by one person that no answer has taken yet


@action
def add_photo(
    acting_user: Actor, item_id: int, client_id: UUID, file: photos.Readable, size: int
) -> tuple[InspectionPhoto, bool]:
    """Keep a photo for the answer that follows; the same id and bytes twice are kept once."""
    item = Item.objects.filter(id=item_id).first()
    if item is None:
        raise not_found()
    sent = photos.bounded(file, size)
    sent_sha256 = hashlib.sha256(sent).hexdigest()
    known = Photo.objects.filter(by_id=acting_user.person_id, client_id=client_id).first()
    if known is not None:
        if (known.item_id, known.sent_sha256) != (item.pk, sent_sha256):
            raise Refused(
                409,
                "id_taken",
                "这个照片编号已用于另一张照片；原照片已保留，请重新拍照。",
                "This photo's id was used for another photo, which stands; take the photo anew.",
                "client_id",
            )
        return photo_out(known), False
    if Photo.objects.filter(item=item, by_id=acting_user.person_id, answer=None).count() >= MOST_PHOTOS:
        raise Refused(
            409,
            "too_many_photos",
            f"一项检查最多附 {MOST_PHOTOS} 张照片，已附的照片保留。",
            f"An item carries at most {MOST_PHOTOS} photos; those that are there stay.",
            "file",
        )
    picture = photos.redrawn(sent)
    photos.store(picture)
    index = ledger.append(
        acting_user,
        item.path,
        "inspections.photo_added",
        f"inspection_item:{item.pk}",
        photo_facts(item.pk, picture.sha256),
    )
    photo = Photo.objects.create(
        item=item,
        path=item.path,
        client_id=client_id,
        sha256=picture.sha256,
        sent_sha256=sent_sha256,
        width=picture.width,
        height=picture.height,
        size=len(picture.data),
        by_id=acting_user.person_id,
        at=timezone.now(),
        ledger_index=index,
    )
    return photo_out(photo), True


def photo_out(photo: Photo) -> InspectionPhoto:
    """The contract of one photo."""
    return InspectionPhoto(id=photo.pk, sha256=photo.sha256, width=photo.width, height=photo.height)


def photo_bytes(photo_id: int) -> bytes:
    """The JPEG of a photo in the open scope. Refuses where the row or its file is not there."""
    photo = Photo.objects.filter(id=photo_id).first()
    if photo is None:
        raise not_found()
    return photos.jpeg(photo.sha256)
