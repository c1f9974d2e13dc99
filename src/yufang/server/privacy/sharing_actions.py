"""The only code that writes agreements. Two named people decide, one on each side; either side ends it at once."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from yufang.server.accounts.models import Organisation
from yufang.server.errors import Refused, forbidden, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.privacy import sharing_queries
from yufang.server.privacy.contracts import ProposalIn, SharedRows
from yufang.server.privacy.models import SharingAgreement, SharingWord
from yufang.server.scope import Actor, action

LONGEST = timedelta(days=366 * 3)
PAGE = 1000
PAGED = ("hazard_records", "warnings")


@action
def propose(acting_user: Actor, body: ProposalIn, now: datetime) -> int:
    """Offer datasets of one's own organisation to another; returns the agreement's id. Nothing flows before the other
    side accepts."""
    giver = _home(acting_user)
    partner = next((one for one in sharing_queries.partners_with_paths() if one[0] == body.receiver_id), None)
    if partner is None or giver.path.startswith(partner[2]):
        raise Refused(
            422,
            "receiver",
            "不能共享给该组织：请从列表中选择另一机构（上级机构本来就能看到）。",
            "It can't be shared with this organisation: choose another of the list (those above see it already).",
            "receiver_id",
        )
    if not now < body.until <= now + LONGEST:
        raise Refused(
            422,
            "until",
            "截止时间须在现在之后、三年之内，请改正。",
            "It has to end after now and within three years; correct the end.",
            "until",
        )
    row = SharingAgreement.objects.create(
        path=giver.path,
        giver=giver,
        receiver_id=partner[0],
        giver_name=giver.name,
        receiver_name=partner[1],
        receiver_path=partner[2],
        datasets=sorted(set(body.datasets)),
        purpose=body.purpose.strip(),
        legal_basis=body.legal_basis.strip(),
        min_cell=body.min_cell,
        until=body.until,
        proposed_by_id=acting_user.person_id,
        proposed_by_name=acting_user.name,
    )
    facts = {
        "receiver": partner[0],
        "datasets": row.datasets,
        "until": body.until.isoformat(),
        "min_cell": row.min_cell,
    }
    ledger.append(acting_user, row.path, "privacy.sharing_proposed", f"agreement:{row.pk}", facts)
    return int(row.pk)


@action
def answer(acting_user: Actor, agreement_id: int, accept: bool, now: datetime) -> None:
    """The receiver's word, once. Whoever proposed it can't also accept it."""
    _may(acting_user)
    row = SharingAgreement.objects.filter(id=agreement_id).first()
    if row is None or not _inside(acting_user, row.receiver_path):
        raise not_found()
    state = sharing_queries.state_of(row, now)
    if state != "proposed":
        raise _wrong_state(state)
    if row.proposed_by_id == acting_user.person_id:
        raise Refused(
            403,
            "both_sides",
            "同一人不能代表双方：请由接收方的另一名人员答复。",
            "One person can't decide for both sides: somebody else of the receiver has to answer.",
        )
    word = SharingWord.Word.ACCEPTED if accept else SharingWord.Word.DECLINED
    SharingWord.objects.create(
        path=row.receiver_path,
        giver_path=row.path,
        agreement=row,
        word=word,
        by_id=acting_user.person_id,
        by_name=acting_user.name,
        at=now,
    )
    facts = {"word": str(word)}
    ledger.append(acting_user, row.receiver_path, "privacy.sharing_answered", f"agreement:{row.pk}", facts)


@action
def revoke(acting_user: Actor, agreement_id: int, why: str, now: datetime) -> None:
    """The giver ends it: the next read finds nothing."""
    _may(acting_user)
    row = SharingAgreement.objects.select_for_update(of=("self",)).filter(id=agreement_id).first()
    if row is None or not _inside(acting_user, row.path):
        raise not_found()
    state = sharing_queries.state_of(row, now)
    if state not in ("proposed", "active"):
        raise _wrong_state(state)
    row.revoked_by_id, row.revoked_at, row.revoked_why = acting_user.person_id, now, why.strip()
    row.save(update_fields=["revoked_by", "revoked_at", "revoked_why"])
    ledger.append(acting_user, row.path, "privacy.sharing_revoked", f"agreement:{row.pk}", {})


@action
def read(acting_user: Actor, agreement_id: int, dataset: str, after: int, now: datetime) -> SharedRows:
    """Rows of a dataset, as the database gives them by the agreement; it notes the read for the giver itself."""
    _may(acting_user)
    row = SharingAgreement.objects.filter(id=agreement_id).first()
    if row is None or not _inside(acting_user, row.receiver_path):
        raise not_found()
    state = sharing_queries.state_of(row, now)
    if state != "active":
        raise _wrong_state(state)
    if dataset not in row.datasets:
        raise Refused(
            403,
            "not_agreed",
            f"协议未包含数据集 {dataset}；已约定：{'、'.join(row.datasets)}。",
            f"The agreement doesn't give {dataset}; it gives {', '.join(row.datasets)}.",
            "dataset",
        )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT yufang_shared(%s, %s, %s, %s, %s)",
            [row.pk, dataset, after, acting_user.person_id, acting_user.name],
        )
        found = cursor.fetchone()[0]
    rows: list[dict[str, Any]] = json.loads(found) if isinstance(found, str) else found
    return SharedRows(
        agreement_id=row.pk,
        dataset=dataset,
        purpose=row.purpose,
        min_cell=row.min_cell,
        rows=rows,
        next=rows[-1]["id"] if dataset in PAGED and len(rows) == PAGE else None,
    )


def _home(acting_user: Actor) -> Organisation:
    """The organisation that the person speaks for: the one their scope begins at."""
    _may(acting_user)
    home = Organisation.objects.filter(path=acting_user.scope).first()
    if home is None or acting_user.person_id is None:
        raise forbidden("privacy.share")
    return home


def _inside(acting_user: Actor, path: str) -> bool:
    """Whether the person speaks for the organisation at `path`: theirs, not one below or above."""
    return acting_user.scope == path


def _may(acting_user: Actor) -> None:
    if not acting_user.may("privacy.share"):
        raise forbidden("privacy.share")


def _wrong_state(state: str) -> Refused:
    zh = {
        "proposed": "尚未被接受",
        "active": "已生效",
        "declined": "已被拒绝",
        "revoked": "已撤销",
        "expired": "已到期",
    }
    return Refused(
        409,
        f"sharing_{state}",
        f"该共享协议{zh[state]}，不能这样操作；请刷新列表查看当前状态，必要时重新发起。",
        f"This agreement is {state}, so that can't be done; reload the list, or propose a new one.",
    )
