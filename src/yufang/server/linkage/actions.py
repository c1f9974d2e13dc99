"""The only code that writes records, pairs, decisions and clusters."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from yufang.server.accounts.models import Organisation
from yufang.server.errors import Refused, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.ledger.queries import newest_content
from yufang.server.linkage import queries
from yufang.server.linkage.contracts import PairDetail
from yufang.server.linkage.models import ClusterChange, Linked, Pair, PairDecision, Record
from yufang.server.live.events import LinkageDecided, emit
from yufang.server.scope import Actor, action

if TYPE_CHECKING:
    from yufang.lake import Lake
    from yufang.lake.linkage.clusters import Change, Decision
    from yufang.lake.linkage.linking import Linkage
    from yufang.lake.linkage.store import Stored

BATCH = 2_000


@action
def decide(acting_user: Actor, pair_id: int, same: bool, note: str) -> PairDetail:
    """A person's word on a pair: kept for ever, in force at once. Refuses what contradicts other words on the way."""
    pair = Pair.objects.select_related("left", "right", "linked").select_for_update(of=("self",)).filter(id=pair_id)
    found = pair.first()
    if found is None:
        raise not_found()
    linked = Linked.objects.select_for_update().get(pk=found.linked_id)  # one decision at a time moves clusters
    left, right = sorted((found.left.key, found.right.key))
    told = facts(linked.kind, left, right, same, note)
    index = ledger.append(acting_user, linked.path, "linkage.decided", f"pair:{pair_id}", told)
    PairDecision.objects.create(
        linked=linked,
        path=linked.path,
        left_key=left,
        right_key=right,
        same=same,
        note=note,
        by_id=acting_user.person_id,
        at=timezone.now(),
        ledger_index=index,
    )
    found.state = Pair.State.SAME if same else Pair.State.DIFFERENT
    found.gain = 0.0
    found.save(update_fields=["state", "gain"])
    _follow(acting_user, linked, found, note)
    emit(LinkageDecided(id=pair_id, enterprise_id=0, path=linked.path))
    return queries.pair(pair_id)


def facts(kind: str, left: str, right: str, same: bool, note: str) -> dict[str, Any]:
    """What the ledger keeps of a decision: hashes of the records' ids, which may hold numbers of persons."""
    hashes = [hashlib.sha256(key.encode()).hexdigest()[:16] for key in (left, right)]
    note_hash = hashlib.sha256(note.encode()).hexdigest()
    return {"kind": kind, "left": hashes[0], "right": hashes[1], "same": same, "note_sha256": note_hash}


def _follow(acting_user: Actor, linked: Linked, decided: Pair, note: str) -> None:
    """Cluster anew around a decided pair: the records of its clusters and of all that sure pairs tie to them."""
    found = _around(linked, decided)
    told = decided.state == Pair.State.SAME
    if found.clustering.overruled and told:
        left, right = sorted((decided.left.key, decided.right.key))
        if any((d.left, d.right) == (left, right) for d in found.clustering.overruled):
            raise Refused(
                409,
                "contradiction",
                "这两条记录经由其他判定已被认定为不同，请先改正那些判定。",
                "Other decisions already say that these two differ; correct those first.",
            )
    _write_clusters(linked, found.clustering.members)
    _write_states(linked, found)
    _write_changes(linked, found.clustering.changes, acting_user.person_id, note)


def _around(linked: Linked, decided: Pair) -> Linkage:
    import polars as pl

    from yufang.lake.linkage.linking import ID, kind_of, recluster
    from yufang.lake.linkage.model import model_from

    kind = kind_of(linked.kind)
    model = model_from(linked.model, kind, linked.kind)
    records = _neighbours(linked, {decided.left.cluster, decided.right.cluster})
    ids = {r.pk: r.key for r in records}
    rows = [
        (*sorted((ids[left], ids[right])), *rest)
        for left, right, *rest in Pair.objects.filter(left_id__in=ids, right_id__in=ids).values_list(
            "left_id", "right_id", "probability", "weight", "sure"
        )
    ]
    told = {"left": pl.String, "right": pl.String, "probability": pl.Float64, "weight": pl.Float64, "sure": pl.Boolean}
    pairs = pl.DataFrame(rows, schema=told, orient="row")
    frame = pl.DataFrame({ID: sorted(ids.values())}, schema={ID: pl.String})
    return recluster(
        linked.kind,
        model,
        frame,
        pairs,
        at=timezone.now(),
        who="",
        before={r.key: r.cluster for r in records},
        decisions=_decisions(linked),
        retired=_used(linked),
        exclusive={r.key: r.exclusive for r in records if r.exclusive},
    )


def _neighbours(linked: Linked, clusters: set[str]) -> list[Record]:
    """Records of `clusters` and of all clusters that sure pairs tie to them."""
    seen: set[str] = set()
    todo = set(clusters)
    while todo:
        seen |= todo
        inside = Record.objects.filter(linked=linked, cluster__in=todo).values("pk")
        sure = Pair.objects.filter(linked=linked, sure=True)
        near = set(sure.filter(left_id__in=inside).values_list("right__cluster", flat=True))
        near |= set(sure.filter(right_id__in=inside).values_list("left__cluster", flat=True))
        todo = near - seen
    return list(Record.objects.filter(linked=linked, cluster__in=seen).order_by("key"))


def _decisions(linked: Linked) -> list[Decision]:
    from yufang.lake.linkage.clusters import Decision

    rows = PairDecision.objects.filter(linked=linked).order_by("id")
    return [Decision(d.left_key, d.right_key, d.same, str(d.by_id), f"{d.at.isoformat()}#{d.pk:012d}") for d in rows]


def _used(linked: Linked) -> set[str]:
    """Ids that clusters ever had."""
    ids: set[str] = set(Record.objects.filter(linked=linked).values_list("cluster", flat=True).distinct())
    for from_ids, to_ids in ClusterChange.objects.filter(linked=linked).values_list("from_ids", "to_ids"):
        ids.update(from_ids, to_ids)
    return ids


def _write_clusters(linked: Linked, members: dict[str, str]) -> None:
    moved = []
    for record in Record.objects.filter(linked=linked, key__in=list(members)):
        if record.cluster != members[record.key]:
            record.cluster = members[record.key]
            moved.append(record)
    Record.objects.bulk_update(moved, ["cluster"], batch_size=BATCH)


def _write_states(linked: Linked, found: Linkage) -> None:
    """State and gain of the pairs around; what people decided stays as they decided it."""
    told = {(left, right): (state, gain) for left, right, state, gain in found.pairs.select(
        "left", "right", "state", "gain").iter_rows()}  # fmt: skip
    changed = []
    keys = list(found.clustering.members)
    rows = Pair.objects.filter(linked=linked, left__key__in=keys).exclude(
        state__in=[Pair.State.SAME, Pair.State.DIFFERENT]
    )
    for pair in rows.select_related("left", "right"):
        left, right = sorted((pair.left.key, pair.right.key))
        state, gain = told.get((left, right), (pair.state, pair.gain))
        if state != "decided" and (state, gain) != (pair.state, pair.gain):
            pair.state, pair.gain = state, gain
            changed.append(pair)
    Pair.objects.bulk_update(changed, ["state", "gain"], batch_size=BATCH)


def _write_changes(linked: Linked, changes: Iterable[Change], person: int | None, reason: str) -> None:
    ClusterChange.objects.bulk_create(
        [
            ClusterChange(
                linked=linked,
                path=linked.path,
                at=datetime.fromisoformat(c.at),
                event=c.event,
                from_ids=list(c.from_ids),
                to_ids=list(c.to_ids),
                records=c.records,
                reason=reason or c.reason,
                by_id=person,
            )
            for c in changes
        ],
        batch_size=BATCH,
    )


def load_kept(acting_user: Actor, region: Organisation, lake: Lake, synthetic: bool) -> None:
    """Take over every linkage that the lake keeps."""
    from yufang.lake.linkage.store import linked_kinds, read_linkage

    for kind in linked_kinds(lake):
        load(acting_user, region, read_linkage(lake, kind), synthetic)


@action
def load(acting_user: Actor, region: Organisation, stored: Stored, synthetic: bool) -> int:
    """Take over a linkage from the lake: records that share a cluster or a pair with another, and their pairs.

    Clusters keep their ids against the last load, and what people decided here is put in force again. Returns the
    number of pairs that wait for a person.
    """
    content = _content(stored)
    if newest_content(f"linkage.{stored.kind}_loaded", region.path) == content:
        return Pair.objects.filter(linked__region=region, linked__kind=stored.kind, state=Pair.State.DESK).count()
    linked, _ = Linked.objects.update_or_create(
        region=region,
        kind=stored.kind,
        defaults={
            "path": region.path,
            "model": stored.model.body() | {"version": stored.model.version},
            "synthetic": synthetic,
        },
    )
    found = _again(linked, stored)
    ids = _load_records(linked, stored, found.clustering.members)
    _load_pairs(linked, found, ids)
    _write_changes(linked, found.clustering.changes, None, "")
    index = ledger.append_load(acting_user, region.path, f"linkage.{stored.kind}_loaded", found.pairs.height, content)
    assert index >= 0
    return found.pairs.filter(found.pairs["state"] == "desk").height


def _content(stored: Stored) -> str:
    parts = [stored.model.version, *(str(t.hash_rows(seed=7).sum()) for t in (stored.records, stored.pairs.select(
        "left", "right", "weight"), stored.clusters))]  # fmt: skip
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _again(linked: Linked, stored: Stored) -> Linkage:
    """The lake's pairs clustered with what was decided here, from the clusters as they stand here."""
    from yufang.lake.linkage.linking import recluster

    before = dict(Record.objects.filter(linked=linked).values_list("key", "cluster"))
    return recluster(
        stored.kind,
        stored.model,
        stored.records,
        stored.pairs,
        at=timezone.now(),
        who="",
        before=stored.members | before,
        decisions=[*stored.told(), *_decisions(linked)],
        retired=_used(linked),
    )


def _load_records(linked: Linked, stored: Stored, members: dict[str, str]) -> dict[str, int]:
    """Write the records that have company; returns the ids of their rows by key."""
    import polars as pl

    from yufang.lake.linkage.linking import ID, exclusive_values, features_of, kind_of

    kind = kind_of(stored.kind)
    where = pl.DataFrame({ID: list(members), "cluster": list(members.values())})
    paired = pl.concat([stored.pairs["left"], stored.pairs["right"]]).unique()
    rows = stored.records.join(where, on=ID).filter((pl.len().over("cluster") > 1) | pl.col(ID).is_in(paired.implode()))
    exclusive = exclusive_values(features_of(stored.records, kind), stored.records, kind)
    Pair.objects.filter(linked=linked).delete()
    Record.objects.filter(linked=linked).exclude(key__in=rows[ID].to_list()).delete()
    Record.objects.bulk_create(
        [
            Record(
                linked=linked,
                path=linked.path,
                key=row[ID],
                source=row["source"][:200],
                fields={name: row[name] for name in kind.fields if row[name]},
                exclusive=exclusive[row[ID]],
                cluster=row["cluster"],
            )
            for row in rows.iter_rows(named=True)
        ],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["linked", "key"],
        update_fields=["source", "fields", "exclusive", "cluster", "path"],
    )
    return dict(Record.objects.filter(linked=linked).values_list("key", "id"))


def _load_pairs(linked: Linked, found: Linkage, ids: dict[str, int]) -> None:
    from yufang.lake.linkage.evidence import evidence
    from yufang.lake.linkage.linking import kind_of

    kind = kind_of(linked.kind)
    said = {(d.left, d.right): d.same for d in _decisions(linked)}
    rows = []
    for pair in found.pairs.iter_rows(named=True):
        state = pair["state"]
        if state == "decided":
            state = Pair.State.SAME if said.get((pair["left"], pair["right"]), True) else Pair.State.DIFFERENT
        told = [{"field": e.field, "level": e.level, "bits": e.bits} for e in evidence(pair, kind)]
        rows.append(
            Pair(
                linked=linked,
                path=linked.path,
                left_id=ids[pair["left"]],
                right_id=ids[pair["right"]],
                probability=pair["probability"],
                weight=pair["weight"],
                sure=pair["sure"],
                evidence=told,
                gain=pair["gain"],
                state=state,
            )
        )
    Pair.objects.bulk_create(rows, batch_size=BATCH)
