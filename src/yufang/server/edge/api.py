"""Edge nodes: for people who manage them (`edge.manage`), and for the nodes themselves, which sign what they send."""

from __future__ import annotations

from typing import Annotated, TypeVar

from django.http import HttpRequest, HttpResponse
from ninja import File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import ValidationError

from yufang.server.accounts.session import actor
from yufang.server.edge import actions, queries
from yufang.server.edge.contracts import (
    EdgeAnswer,
    EdgeBundleOut,
    EdgeDesiredIn,
    EdgeEnrolIn,
    EdgeEnrolled,
    EdgeFixesIn,
    EdgeFixesTaken,
    EdgeNodeIn,
    EdgeNodeOut,
    EdgeNodesOf,
    EdgeReportIn,
    EdgeSignerIn,
    EdgeSignerOut,
    EdgeTaken,
    Lane,
    NewEdgeNode,
)
from yufang.server.edge.session import carries_signature, signed_node
from yufang.server.errors import Problem, Refused
from yufang.server.sensing.contracts import Registered

router = Router(tags=["edge"])
_Said = TypeVar("_Said", bound=Schema)
_REFUSALS = {401: Problem, 403: Problem, 404: Problem, 409: Problem, 413: Problem, 422: Problem}
MAX_UPLOAD = 32 * 1024 * 1024

# ── people ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@router.get("/edge/nodes", response={200: EdgeNodesOf, **_REFUSALS})
def nodes(request: HttpRequest, enterprise_id: int) -> EdgeNodesOf:
    """Nodes of an enterprise with their health, its signers and bundles."""
    actor(request)
    return queries.nodes_of(enterprise_id)


@router.post("/edge/nodes", response={201: NewEdgeNode, **_REFUSALS})
def open_node(request: HttpRequest, body: EdgeNodeIn) -> Status[NewEdgeNode]:
    """Make a node; its one-time token is shown this once (permission edge.manage)."""
    return Status(201, actions.open_node(actor(request, "edge.manage"), body))


@router.get("/edge/nodes/{edge_node}", response={200: EdgeNodeOut, **_REFUSALS})
def node(request: HttpRequest, edge_node: int) -> EdgeNodeOut:
    """A node."""
    actor(request)
    return queries.node(edge_node)


@router.post("/edge/nodes/{edge_node}/token", response={200: NewEdgeNode, **_REFUSALS})
def renew_token(request: HttpRequest, edge_node: int) -> NewEdgeNode:
    """Give a node a new one-time token (permission edge.manage)."""
    return actions.renew_token(actor(request, "edge.manage"), edge_node)


@router.post("/edge/nodes/{edge_node}/close", response={204: None, **_REFUSALS})
def close_node(request: HttpRequest, edge_node: int) -> HttpResponse:
    """Take nothing more from a node (permission edge.manage)."""
    actions.close_node(actor(request, "edge.manage"), edge_node)
    return HttpResponse(status=204)


@router.put("/edge/nodes/{edge_node}/desired", response={200: EdgeNodeOut, **_REFUSALS})
def set_desired(request: HttpRequest, edge_node: int, body: EdgeDesiredIn) -> EdgeNodeOut:
    """Say what a node should be like (permission edge.manage)."""
    actions.set_desired(actor(request, "edge.manage"), edge_node, body)
    return queries.node(edge_node)


@router.post("/edge/signers", response={201: EdgeSignerOut, **_REFUSALS})
def trust_signer(request: HttpRequest, body: EdgeSignerIn) -> Status[EdgeSignerOut]:
    """Trust the bundles of a key (permission edge.manage)."""
    return Status(201, actions.trust_signer(actor(request, "edge.manage"), body))


@router.post("/edge/signers/{edge_signer}/close", response={204: None, **_REFUSALS})
def close_signer(request: HttpRequest, edge_signer: int) -> HttpResponse:
    """Trust a key no more (permission edge.manage)."""
    actions.close_signer(actor(request, "edge.manage"), edge_signer)
    return HttpResponse(status=204)


@router.post("/edge/bundles", response={201: EdgeBundleOut, **_REFUSALS})
def add_bundle(request: HttpRequest, file: File[UploadedFile], enterprise_id: Form[int]) -> Status[EdgeBundleOut]:
    """Upload a bundle signed by `yufang edge sign` (permission edge.manage)."""
    who = actor(request, "edge.manage")
    if (file.size or 0) > MAX_UPLOAD:
        raise Refused(
            413,
            "too_large",
            f"签名包超过 {MAX_UPLOAD // 2**20} MB；请减小模型文件。",
            f"The bundle has more than {MAX_UPLOAD // 2**20} MB; make the model's files smaller.",
            "file",
        )
    return Status(201, actions.add_bundle(who, enterprise_id, file.read()))


# ── nodes ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@router.post("/edge/enrol", auth=None, response={200: EdgeEnrolled, **_REFUSALS})
def enrol(request: HttpRequest, body: EdgeEnrolIn) -> EdgeEnrolled:
    """A node gives its one-time token and its public key."""
    return actions.enrol(body)


@router.post("/edge/batches", auth=carries_signature, response={200: EdgeTaken, **_REFUSALS})
def take_batch(
    request: HttpRequest,
    lane: Lane,
    sequence: Annotated[int, Query(ge=0, lt=2**53)],
    epoch: Annotated[str, Query(pattern=r"^[0-9a-f]{1,40}$")],
) -> EdgeTaken:
    """A node sends a batch, signed. The same again is answered with `again` and changes nothing."""
    found, body = signed_node(request)
    return actions.take_batch(found.actor, found, lane=lane, epoch=epoch, sequence=sequence, body=body)


@router.post("/edge/report", auth=carries_signature, response={200: EdgeAnswer, **_REFUSALS})
def take_report(request: HttpRequest) -> EdgeAnswer:
    """A node says how it stands, signed; it learns what is missing and what it should be like."""
    found, body = signed_node(request)
    report = _read(EdgeReportIn, body, "bad_report")
    if len(body) > actions.MAX_HEALTH_BYTES:
        report = report.model_copy(update={"health": {}, "troubles": []})
    return actions.take_report(found.actor, found, report)


@router.post("/edge/register", auth=carries_signature, response={200: Registered, **_REFUSALS})
def take_register(request: HttpRequest) -> Registered:
    """A node says which channels it has, signed: they are opened, changed and closed accordingly."""
    found, body = signed_node(request)
    return actions.take_register(found.actor, found, body)


@router.post("/edge/positions", auth=carries_signature, response={200: EdgeFixesTaken, **_REFUSALS})
def take_fixes(request: HttpRequest) -> EdgeFixesTaken:
    """A node says where its tags are now, signed; kept is only what may be."""
    found, body = signed_node(request)
    return actions.take_fixes(found.actor, found, _read(EdgeFixesIn, body, "bad_positions"))


@router.get("/edge/bundles/{sha256}", auth=carries_signature, response={200: bytes, **_REFUSALS})
def bundle(request: HttpRequest, sha256: str) -> HttpResponse:
    """A node fetches a bundle of its enterprise, signed request; it checks the bundle's signature itself."""
    found, _ = signed_node(request)
    return HttpResponse(queries.bundle_content(found.enterprise_id, sha256), content_type="application/octet-stream")


def _read(kind: type[_Said], body: bytes, code: str) -> _Said:
    """What a node said. Refuses with 422 naming the field."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise Refused(
            422,
            code,
            f"节点消息的 {field} 不符合要求。",
            f"The message's {field} is not valid: {first['msg']}.",
            field,
        ) from error
