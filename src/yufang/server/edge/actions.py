"""The only code that writes nodes, signers, bundles and what came of each lane."""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from django.utils import timezone

from yufang.edge.batches import decode
from yufang.edge.bundles import open_bundle
from yufang.edge.enrolment import enrolment_proof
from yufang.edge.errors import EdgeError
from yufang.edge.identity import decoded, public_key
from yufang.edge.register import read_register
from yufang.server.accounts.models import Organisation
from yufang.server.edge.contracts import (
    EdgeAnswer,
    EdgeBundleOut,
    EdgeDesiredIn,
    EdgeEnrolIn,
    EdgeEnrolled,
    EdgeFixesIn,
    EdgeFixesTaken,
    EdgeNodeIn,
    EdgeReportIn,
    EdgeSignerIn,
    EdgeSignerOut,
    EdgeTaken,
    EdgeZones,
    Lane,
    NewEdgeNode,
)
from yufang.server.edge.models import EdgeBundle, EdgeLane, EdgeNode, EdgeSigner
from yufang.server.edge.queries import bundle_out, desired_of, node_out, open_signers, signer_out
from yufang.server.edge.ranges import joined, without
from yufang.server.edge.session import SignedNode, actor_of
from yufang.server.errors import Refused, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.live.events import EdgeChanged, emit
from yufang.server.positions import actions as positions
from yufang.server.positions.queries import zones_of
from yufang.server.scope import Actor, action, set_local
from yufang.server.sensing import actions as sensing
from yufang.server.sensing.contracts import Registered

TOKEN_PREFIX = "yfe_"
TOKEN_HOLDS = timedelta(hours=24)
MAX_HEALTH_BYTES = 200_000
_MOST_TOLD = 200  # ranges told at once: the node asks again soon


@action
def open_node(acting_user: Actor, body: EdgeNodeIn, *, synthetic: bool = False) -> NewEdgeNode:
    """Make room for a node; its one-time token holds a day."""
    place, home = sensing.where(body.organisation_id)
    if EdgeNode.objects.filter(enterprise=home, name=body.name).exists():
        raise Refused(
            409,
            "node_exists",
            f"已有名为 {body.name} 的边缘节点，请换一个名称，或为它换发登记码。",
            f"There is a node named {body.name} already; choose another name, or give that one a new token.",
            "name",
        )
    row = EdgeNode(organisation=place, enterprise=home, path=place.path, name=body.name, synthetic=synthetic)
    token = _new_token(row)
    row.save()
    _told(acting_user, row, "edge.node_opened", {"name": row.name})
    return NewEdgeNode(node=node_out(row), token=token)


@action
def renew_token(acting_user: Actor, node_id: int) -> NewEdgeNode:
    """Give a node a new token: for a new computer, or after its key was lost. The old key ends when it is used."""
    row = _locked(node_id)
    token = _new_token(row)
    row.closed = False
    row.save(update_fields=["token_sha256", "token_until", "closed"])
    _told(acting_user, row, "edge.token_renewed", {})
    return NewEdgeNode(node=node_out(row), token=token)


@action
def close_node(acting_user: Actor, node_id: int) -> None:
    """Take nothing more from a node; what it sent stays."""
    row = _locked(node_id)
    row.closed, row.token_sha256, row.token_until = True, "", None
    row.save(update_fields=["closed", "token_sha256", "token_until"])
    _told(acting_user, row, "edge.node_closed", {})


def enrol(body: EdgeEnrolIn) -> EdgeEnrolled:
    """A node brings its token and its public key. Whoever holds the token acts, in the enterprise of its node."""
    try:
        public_key(body.public_key).verify(decoded(body.proof), enrolment_proof(body.token, body.public_key))
    except (InvalidSignature, EdgeError, ValueError) as error:
        raise Refused(
            422,
            "bad_proof",
            "登记请求的签名与公钥不符；请用 yufang edge enrol 登记。",
            "The proof does not belong to the public key; use yufang edge enrol.",
            "proof",
        ) from error
    digest = hashlib.sha256(body.token.encode()).hexdigest()
    # A policy shows exactly the node with this token's hash to this transaction.
    set_local("yufang.edge_token", digest)
    row = EdgeNode.objects.filter(token_sha256=digest, closed=False).first()
    set_local("yufang.edge_token", "")
    if row is None or row.token_until is None or row.token_until < timezone.now():
        raise Refused(
            404,
            "unknown_token",
            "登记码无效、已使用或已过期；请在平台上为该节点换发登记码。",
            "The token is not known, was used, or has run out; give the node a new one on the platform.",
            "token",
        )
    return _enrol(actor_of(row), row.pk, digest, body.public_key)


@action
def _enrol(acting_user: Actor, node_id: int, digest: str, public: str) -> EdgeEnrolled:
    row = _locked(node_id)
    if row.token_sha256 != digest:  # somebody else was first
        raise not_found()
    row.public_key, row.token_sha256, row.token_until = public, "", None
    row.enrolled_at, row.signed_us = timezone.now(), 0
    row.save(update_fields=["public_key", "token_sha256", "token_until", "enrolled_at", "signed_us"])
    _told(acting_user, row, "edge.node_enrolled", {"public_key": public})
    return EdgeEnrolled(node_id=row.pk, name=row.name, signers=open_signers(row.enterprise_id))


@action
def take_batch(
    acting_user: Actor, node: SignedNode, *, lane: Lane, epoch: str, sequence: int, body: bytes
) -> EdgeTaken:
    """Take one batch of a node's lane, once. What came before is answered the same and changes nothing."""
    try:
        batch = decode(body)
    except EdgeError as error:
        raise Refused(422, "no_batch", error.zh, error.en, error.field) from error
    if (batch.lane, batch.sequence) != (lane, sequence):
        raise Refused(
            422,
            "other_batch",
            f"地址写的是 {lane} {sequence}，批次里写的是 {batch.lane} {batch.sequence}；请勿改动批次。",
            f"The address says {lane} {sequence}, the batch {batch.lane} {batch.sequence}; don't change batches.",
            "sequence",
        )
    taken = sensing.take_batch(
        acting_user,
        site_id=node.organisation_id,
        source=f"edge/{node.id}/{epoch}/{lane}",
        sequence=sequence,
        bytes_sha256=hashlib.sha256(body).hexdigest(),
        readings=batch.readings,
        keys=batch.keys,
        events=batch.events,
        at=timezone.now(),
        detects=True,
    )
    row = _lane(node, epoch, lane)
    row.came = taken.next
    row.missing = [list(one) for one in without(taken.missing, row.gone)]
    row.next = max(row.next, taken.next)
    if not taken.again:
        row.thinned += sum(int(record.get("dropped", 0)) for record in batch.thinning)
    row.save()
    return EdgeTaken(
        again=taken.again,
        readings=taken.readings,
        events=taken.events,
        refused=taken.refused,
        missing=[(first, last) for first, last in row.missing[:_MOST_TOLD]],
    )


@action
def take_register(acting_user: Actor, node: SignedNode, body: bytes) -> Registered:
    """Make the channels of a node what its register says; the same again changes nothing."""
    try:
        sha256, rows = read_register(body)
    except EdgeError as error:
        raise Refused(422, "register_refused", error.zh, error.en, error.field) from error
    row = _locked(node.id)
    now = timezone.now()
    closed = EdgeNode.objects.filter(enterprise=row.enterprise_id, closed=True).values_list("id", flat=True)
    found = sensing.register_channels(
        acting_user,
        site_id=node.organisation_id,
        by=f"edge/{row.pk}",
        heir_of=[f"edge/{one}" for one in closed],
        sha256=sha256,
        rows=rows,
        now=now,
    )
    row.register = {"sha256": sha256, "at": now.isoformat(), "channels": len(rows)} | found.model_dump(mode="json")
    row.save(update_fields=["register"])
    emit(EdgeChanged(id=row.pk, enterprise_id=row.enterprise_id, path=row.path))
    return found


@action
def take_report(acting_user: Actor, node: SignedNode, report: EdgeReportIn) -> EdgeAnswer:
    """Keep how a node stands; answer what is missing and what it should be like."""
    row = _locked(node.id)
    before = {bundle.get("sha256") for bundle in row.reported.get("bundles", [])}
    row.health = report.health | {"troubles": report.troubles}
    row.reported = report.reported
    version = report.reported.get("desired_version")
    row.reported_version = version if isinstance(version, int) and 0 <= version < 2**31 else 0
    row.save(update_fields=["health", "reported", "reported_version"])
    for bundle in report.reported.get("bundles", []):
        if isinstance(bundle, dict) and bundle.get("sha256") not in before:
            facts = {"sha256": str(bundle.get("sha256"))[:64], "version": str(bundle.get("version"))[:12]}
            _told(acting_user, row, "edge.bundle_at_work", facts)
    missing: dict[Lane, list[tuple[int, int]]] = {}
    for lane, told in report.lanes.items():
        kept = _lane(node, report.epoch, lane)
        kept.next = max(kept.next, told.next)
        kept.gone = [list(one) for one in joined([*kept.gone, *report.gone.get(lane, [])])]
        kept.missing = [list(one) for one in without(kept.missing, kept.gone)]
        kept.save()
        wanted = [(first, last) for first, last in kept.missing]
        if kept.next > kept.came:
            wanted += without([(kept.came, kept.next - 1)], kept.gone)
        missing[lane] = wanted[:_MOST_TOLD]
    known = (row.register or {}).get("sha256")
    return EdgeAnswer(
        missing=missing,
        desired=desired_of(row),
        zones=_zones(row.enterprise_id, report),
        register_wanted=report.channels_sha256 not in (None, known),
    )


def take_fixes(acting_user: Actor, node: SignedNode, body: EdgeFixesIn) -> EdgeFixesTaken:
    """Keep where tags are now; the room `positions` decides what of it may be kept."""
    fixes = [positions.Fix(**fix.model_dump()) for fix in body.fixes]
    return EdgeFixesTaken(kept=positions.take_positions(acting_user, node.enterprise_id, fixes, timezone.now()))


@action
def set_desired(acting_user: Actor, node_id: int, body: EdgeDesiredIn) -> None:
    """Say what a node should be like. It follows when it next reports, or says why not."""
    row = _locked(node_id)
    known = set(EdgeBundle.objects.filter(enterprise=row.enterprise_id).values_list("sha256", flat=True))
    for sha256 in body.bundles:
        if sha256 not in known:
            raise Refused(
                422,
                "unknown_bundle",
                f"本企业没有签名包 {sha256[:12]}…,请先上传。",
                f"The enterprise has no bundle {sha256[:12]}…; upload it first.",
                "bundles",
            )
    settings = body.model_dump(exclude={"bundles"}, exclude_none=True)
    row.desired = {"settings": settings, "bundles": list(dict.fromkeys(body.bundles))}
    row.desired_version += 1
    row.save(update_fields=["desired", "desired_version"])
    _told(acting_user, row, "edge.desired_set", {"version": row.desired_version, **row.desired})


@action
def trust_signer(acting_user: Actor, body: EdgeSignerIn) -> EdgeSignerOut:
    """Let nodes that enrol from now on trust bundles of this key. Nodes that are enrolled keep what they were told."""
    home = _home(body.enterprise_id)
    try:
        public_key(body.public_key)
    except EdgeError as error:
        raise Refused(422, "bad_key", error.zh, error.en, "public_key") from error
    row, _ = EdgeSigner.objects.update_or_create(
        enterprise=home,
        public_key=body.public_key,
        defaults={"path": home.path, "name": body.name.strip(), "closed": False},
    )
    row.refresh_from_db()
    ledger.append(acting_user, row.path, "edge.signer_trusted", f"signer:{row.pk}", {"public_key": row.public_key})
    return signer_out(row)


@action
def close_signer(acting_user: Actor, signer_id: int) -> None:
    """Take no more bundles of this key."""
    row = EdgeSigner.objects.select_for_update().filter(id=signer_id).first()
    if row is None:
        raise not_found()
    row.closed = True
    row.save(update_fields=["closed"])
    ledger.append(acting_user, row.path, "edge.signer_closed", f"signer:{row.pk}", {"public_key": row.public_key})


@action
def add_bundle(acting_user: Actor, enterprise_id: int, content: bytes) -> EdgeBundleOut:
    """Keep a signed bundle for the enterprise's nodes. Refuses what no trusted key signed."""
    home = _home(enterprise_id)
    try:
        bundle = open_bundle(content, open_signers(home.pk))
    except EdgeError as error:
        raise Refused(422, "bundle_refused", error.zh, error.en, error.field) from error
    row = EdgeBundle.objects.filter(enterprise=home, sha256=bundle.sha256).first()
    if row is None:
        row = EdgeBundle.objects.create(
            enterprise=home,
            path=home.path,
            kind=bundle.kind,
            name=bundle.name,
            version=bundle.version,
            sha256=bundle.sha256,
            signer=bundle.signer,
            content=content,
            at=timezone.now(),
        )
        facts = {"sha256": row.sha256, "kind": row.kind, "version": row.version, "signer": row.signer}
        ledger.append(acting_user, row.path, "edge.bundle_added", f"bundle:{row.pk}", facts)
    return bundle_out(row)


def _zones(enterprise_id: int, report: EdgeReportIn) -> EdgeZones | None:
    """The zones of the plan that the node asks for, where it has others."""
    if report.zones is None:
        return None
    found = zones_of(enterprise_id, report.zones.site_plan)
    told = json.dumps(found.zones, sort_keys=True, ensure_ascii=False).encode()
    sha256 = hashlib.sha256(told).hexdigest()
    if sha256 == report.zones.sha256:
        return None
    return EdgeZones(sha256=sha256, zones=found.zones, left_out=found.left_out)


def _new_token(row: EdgeNode) -> str:
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    row.token_sha256 = hashlib.sha256(token.encode()).hexdigest()
    row.token_until = timezone.now() + TOKEN_HOLDS
    return token


def _locked(node_id: int) -> EdgeNode:
    row = EdgeNode.objects.select_for_update(of=("self",)).filter(id=node_id).first()
    if row is None:
        raise not_found()
    return row


def _home(enterprise_id: int) -> Organisation:
    home = Organisation.objects.filter(id=enterprise_id, kind=Organisation.Kind.ENTERPRISE).first()
    if home is None:
        raise not_found()
    return home


def _lane(node: SignedNode, epoch: str, lane: Lane) -> EdgeLane:
    """The row of a lane. The node's row is locked by its signature, so nobody else makes one meanwhile."""
    row = EdgeLane.objects.filter(node_id=node.id, epoch=epoch, lane=lane).first()
    if row is None:
        path = EdgeNode.objects.values_list("path", flat=True).get(id=node.id)
        row = EdgeLane(node_id=node.id, path=path, epoch=epoch, lane=lane, came=0, next=0, thinned=0)
    return row


def _told(acting_user: Actor, row: EdgeNode, name: str, facts: dict[str, Any]) -> None:
    ledger.append(acting_user, row.path, name, f"edge:{row.pk}", facts)
    emit(EdgeChanged(id=row.pk, enterprise_id=row.enterprise_id, path=row.path))
