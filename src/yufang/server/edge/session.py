"""From a node's signature to an actor: the request's scope is opened only when the signature holds.

The signature covers method, path with query, the body's hash and the time; the time lies within five minutes of ours
and is later than the last that this node's requests carried, so that a recorded request is refused.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.utils import timezone

from yufang.edge.identity import WINDOW_S, read_header, request_holds
from yufang.server.edge.models import EdgeNode
from yufang.server.errors import Refused
from yufang.server.scope import Actor, set_local


@dataclass(frozen=True, slots=True)
class SignedNode:
    """A node whose signature held, with the actor that it is."""

    id: int
    name: str
    organisation_id: int
    enterprise_id: int
    actor: Actor


def carries_signature(request: HttpRequest) -> bool:
    """Refuses with 401 who signs nothing, before anything else of the request is looked at."""
    if read_header(request.headers.get("Authorization", "")) is None:
        raise _unsigned()
    return True


def signed_node(request: HttpRequest) -> tuple[SignedNode, bytes]:
    """(the node that signed `request`, the body). Opens the scope of its enterprise; refuses with 401 or 413."""
    signed = read_header(request.headers.get("Authorization", ""))
    if signed is None:
        raise _unsigned()
    try:
        body = request.body
    except RequestDataTooBig as error:
        raise Refused(
            413,
            "too_large",
            "消息超过 2 MB；请调小节点的 batch_s。",
            "The message has more than 2 MB; make the node's batch_s smaller.",
        ) from error
    # A policy shows exactly this node to this transaction.
    set_local("yufang.edge_node", str(signed.node))
    row = EdgeNode.objects.filter(id=signed.node, closed=False).exclude(public_key="").first()
    set_local("yufang.edge_node", "")
    if row is None or not request_holds(row.public_key, signed, request.method or "", request.get_full_path(), body):
        raise _unsigned()
    now_us = int(timezone.now().timestamp() * 1e6)
    if abs(signed.time_us - now_us) > WINDOW_S * 1_000_000:
        raise Refused(
            401,
            "edge_time",
            f"签名时间与平台相差 {(signed.time_us - now_us) / 1e6:.0f} 秒，超过 {WINDOW_S} 秒；请按平台时间重新签名。",
            f"The signature's time is {(signed.time_us - now_us) / 1e6:.0f} s off, more than {WINDOW_S}; sign again by "
            "the platform's time.",
        )
    who = actor_of(row)
    set_local("yufang.scope", who.scope)
    newer = EdgeNode.objects.filter(id=row.pk, signed_us__lt=signed.time_us)
    if not newer.update(signed_us=signed.time_us, last_seen=timezone.now()):
        raise Refused(
            401,
            "edge_repeated",
            "这一请求已收到过，或早于已收到的请求；请重新签名。",
            "This request came before, or is older than one that came; sign anew.",
        )
    return SignedNode(row.pk, row.name, row.organisation_id, row.enterprise_id, who), body


def actor_of(row: EdgeNode) -> Actor:
    """The node as an acting user: it sees its enterprise and sends readings."""
    mark = f"/{row.enterprise_id}/"
    return Actor(
        person_id=None,
        name=f"edge {row.name}",
        organisation_id=row.organisation_id,
        scope=row.path[: row.path.index(mark) + len(mark)],
        permissions=frozenset({"sensing.send"}),
    )


def _unsigned() -> Refused:
    return Refused(
        401,
        "edge_signature",
        "签名无效，或该节点未登记、已停用；请在平台上核对该节点后重新登记。",
        "The signature does not hold, or the node is not enrolled or was closed; look at the node on the platform and "
        "enrol it anew.",
    )
