"""Reads of nodes, signers and bundles."""

from __future__ import annotations

from typing import Any

from yufang.server.accounts.models import Organisation
from yufang.server.edge.contracts import EdgeBundleOut, EdgeLaneOut, EdgeNodeOut, EdgeNodesOf, EdgeSignerOut
from yufang.server.edge.models import EdgeBundle, EdgeLane, EdgeNode, EdgeSigner
from yufang.server.errors import not_found


def nodes_of(enterprise_id: int) -> EdgeNodesOf:
    """Nodes, signers and bundles of an enterprise of the open scope. Refuses with 404."""
    if not Organisation.objects.filter(id=enterprise_id, kind=Organisation.Kind.ENTERPRISE).exists():
        raise not_found()
    nodes = EdgeNode.objects.filter(enterprise_id=enterprise_id).select_related("organisation").order_by("name")
    signers = EdgeSigner.objects.filter(enterprise_id=enterprise_id).order_by("id")
    bundles = EdgeBundle.objects.filter(enterprise_id=enterprise_id).defer("content").order_by("-id")
    return EdgeNodesOf(
        enterprise_id=enterprise_id,
        nodes=[node_out(row) for row in nodes],
        signers=[signer_out(row) for row in signers],
        bundles=[bundle_out(row) for row in bundles],
    )


def node(node_id: int) -> EdgeNodeOut:
    """A node of the open scope. Refuses with 404."""
    row = EdgeNode.objects.filter(id=node_id).select_related("organisation").first()
    if row is None:
        raise not_found()
    return node_out(row)


def name_of(node_id: int) -> str:
    """The name of a node of the open scope, "" where there is none."""
    return str(EdgeNode.objects.filter(id=node_id).values_list("name", flat=True).first() or "")


def bundle_content(enterprise_id: int, sha256: str) -> bytes:
    """The bytes of a bundle, as it was signed. Refuses with 404."""
    found = EdgeBundle.objects.filter(enterprise_id=enterprise_id, sha256=sha256).first()
    if found is None:
        raise not_found()
    return bytes(found.content)


def open_signers(enterprise_id: int) -> list[str]:
    """Public keys whose bundles are trusted."""
    rows = EdgeSigner.objects.filter(enterprise_id=enterprise_id, closed=False).order_by("id")
    return list(rows.values_list("public_key", flat=True))


def desired_of(row: EdgeNode) -> dict[str, Any]:
    """What a node should be like, with its version: what the node is told and compares by."""
    wanted = row.desired.get("bundles", [])
    known = {b.sha256: b for b in EdgeBundle.objects.filter(enterprise_id=row.enterprise_id).defer("content")}
    return {
        "version": row.desired_version,
        "settings": row.desired.get("settings", {}),
        "bundles": [
            {"kind": known[s].kind, "name": known[s].name, "version": known[s].version, "sha256": s}
            for s in wanted
            if s in known
        ],
    }


def node_out(row: EdgeNode) -> EdgeNodeOut:
    """The contract of a node."""
    lanes = EdgeLane.objects.filter(node=row).order_by("epoch", "lane") if row.pk else []
    at_work = {bundle.get("sha256") for bundle in row.reported.get("bundles", []) if isinstance(bundle, dict)}
    as_desired = (
        row.reported_version == row.desired_version
        and set(row.desired.get("bundles", [])) <= at_work
        and not row.reported.get("refused")
    )
    return EdgeNodeOut(
        id=row.pk,
        organisation_id=row.organisation_id,
        organisation_name=row.organisation.name,
        enterprise_id=row.enterprise_id,
        name=row.name,
        enrolled=bool(row.public_key),
        enrolled_at=row.enrolled_at,
        token_until=row.token_until,
        closed=row.closed,
        last_seen=row.last_seen,
        desired=row.desired,
        desired_version=row.desired_version,
        reported=row.reported,
        as_desired=as_desired,
        health=row.health,
        channel_register=row.register,
        lanes=[_lane_out(lane) for lane in lanes],
        synthetic=row.synthetic,
    )


def signer_out(row: EdgeSigner) -> EdgeSignerOut:
    """The contract of a signer."""
    return EdgeSignerOut(id=row.pk, name=row.name, public_key=row.public_key, closed=row.closed, at=row.at)


def bundle_out(row: EdgeBundle) -> EdgeBundleOut:
    """The contract of a bundle."""
    return EdgeBundleOut(
        kind=row.kind, name=row.name, version=row.version, sha256=row.sha256, signer=row.signer, at=row.at
    )


def _lane_out(row: EdgeLane) -> EdgeLaneOut:
    missing = [(first, last) for first, last in row.missing]
    return EdgeLaneOut(
        lane=row.lane,
        epoch=row.epoch,
        came=row.came,
        waiting=max(0, row.next - row.came) + sum(last - first + 1 for first, last in missing),
        missing=missing,
        gone=[(first, last) for first, last in row.gone],
        thinned=row.thinned,
    )
