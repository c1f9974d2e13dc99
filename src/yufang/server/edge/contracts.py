"""What leaves the room `edge`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import AwareDatetime, Field

from yufang.server.errors import Contract

Lane = Literal["events", "readings"]
Range = tuple[int, int]
Sequence = Annotated[int, Field(ge=0, lt=2**53)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class EdgeNodeIn(Schema):
    """A node to be: where it stands and its name."""

    organisation_id: int
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$")


class EdgeDesiredIn(Schema):
    """What a node should be like. `settings` of its outbox; `bundles` by hash, each signed."""

    batch_s: float | None = Field(None, gt=0, le=600)
    commit_s: float | None = Field(None, gt=0, le=60)
    keep_sent_h: float | None = Field(None, ge=0, le=2160)
    bundles: list[Sha256] = Field(default_factory=list, max_length=20)


class EdgeSignerIn(Schema):
    """A key whose bundles shall be trusted, as `yufang edge key` printed it."""

    enterprise_id: int
    name: str = Field(min_length=1, max_length=80)
    public_key: str = Field(min_length=43, max_length=43)


class EdgeEnrolIn(Schema):
    """A node's token, its public key, and the proof that it holds the private one."""

    token: str = Field(min_length=20, max_length=100)
    public_key: str = Field(min_length=43, max_length=43)
    proof: str = Field(min_length=80, max_length=100)


class LaneReportIn(Schema):
    first: Sequence
    next: Sequence


class EdgeZonesAsked(Schema):
    """Zones that a node goes by: of which plan (None: of all), and which of them it has."""

    site_plan: int | None = None
    sha256: str = Field(default="", max_length=64)


class EdgeFix(Schema):
    """Where a tag is, as the node's filter has it: metres on the plan, standard deviation, at µs."""

    tag: str = Field(min_length=1, max_length=120)
    at: int = Field(ge=0, lt=2**53)
    x: float = Field(ge=-1e5, le=1e5)
    y: float = Field(ge=-1e5, le=1e5)
    sd_m: float = Field(ge=0, le=1e5)
    floor: int | None = Field(default=None, ge=-99, le=999)


class EdgeFixesIn(Schema):
    fixes: list[EdgeFix] = Field(max_length=1_000)


class EdgeFixesTaken(Contract):
    """How many positions were kept: of worn tags whose wearers agree, or of vehicles."""

    kept: int


class EdgeZones(Contract):
    """Zones as the detector takes them, with their hash, and areas that could not become one."""

    sha256: str
    zones: list[dict[str, Any]]
    left_out: list[str]


class EdgeReportIn(Schema):
    """How a node stands. `gone`: sequences that the platform asked for and the node doesn't have."""

    epoch: str = Field(pattern=r"^[0-9a-f]{1,40}$")
    lanes: dict[Lane, LaneReportIn]
    gone: dict[Lane, list[tuple[Sequence, Sequence]]] = Field(default_factory=dict)
    health: dict[str, Any] = Field(default_factory=dict)
    troubles: list[dict[str, Any]] = Field(default_factory=list, max_length=50)
    reported: dict[str, Any] = Field(default_factory=dict)
    channels_sha256: Sha256 | None = None
    zones: EdgeZonesAsked | None = None


class EdgeSignerOut(Contract):
    id: int
    name: str
    public_key: str
    closed: bool
    at: AwareDatetime


class EdgeBundleOut(Contract):
    kind: Literal["rules", "model"]
    name: str
    version: int
    sha256: str
    signer: str
    at: AwareDatetime


class EdgeLaneOut(Contract):
    """`waiting`: batches that the node has and the platform hasn't."""

    lane: Lane
    epoch: str
    came: int
    waiting: int
    missing: list[Range]
    gone: list[Range]
    thinned: int


class EdgeNodeOut(Contract):
    """A node. `as_desired`: it says that it is like what it should be. `channel_register`: what came of the newest."""

    id: int
    organisation_id: int
    organisation_name: str
    enterprise_id: int
    name: str
    enrolled: bool
    enrolled_at: AwareDatetime | None
    token_until: AwareDatetime | None
    closed: bool
    last_seen: AwareDatetime | None
    desired: dict[str, Any]
    desired_version: int
    reported: dict[str, Any]
    as_desired: bool
    health: dict[str, Any]
    channel_register: dict[str, Any] | None
    lanes: list[EdgeLaneOut]
    synthetic: bool


class EdgeNodesOf(Contract):
    """Everything about the nodes of an enterprise."""

    enterprise_id: int
    nodes: list[EdgeNodeOut]
    signers: list[EdgeSignerOut]
    bundles: list[EdgeBundleOut]


class NewEdgeNode(Contract):
    """A node and its one-time token, which is shown this once."""

    node: EdgeNodeOut
    token: str


class EdgeEnrolled(Contract):
    node_id: int
    name: str
    signers: list[str]


class EdgeTaken(Contract):
    """What became of a batch. `again`: it had come before. `missing`: sequences to send again."""

    again: bool
    readings: int
    events: int
    refused: int
    missing: list[Range]


class EdgeAnswer(Contract):
    """What the platform misses, and what the node should be like.

    `register_wanted`: the platform knows another channel register. `zones`: where the node asked and has others.
    """

    missing: dict[Lane, list[Range]]
    desired: dict[str, Any]
    register_wanted: bool = False
    zones: EdgeZones | None = None
