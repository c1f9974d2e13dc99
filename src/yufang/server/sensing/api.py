"""Readings in, channels, charts and events out.

A batch comes with the key of its source; everything else is for people. Who sees an enterprise sees its channels, but
for those that say something about one person: they need `sensing.personal`, and each look leaves a leaf.
"""

from __future__ import annotations

import hashlib
import json
import math
import zlib
from datetime import datetime
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Status
from pydantic import AwareDatetime

from yufang.sensing.errors import SensingError
from yufang.sensing.readings import Batch
from yufang.sensing.wire_arrow import from_arrow_ipc
from yufang.sensing.wire_json import from_json
from yufang.sensing.wire_limits import MAX_BYTES
from yufang.server.accounts.session import actor
from yufang.server.errors import Problem, Refused
from yufang.server.paging import Page, Size, window
from yufang.server.sensing import actions, flooding, queries
from yufang.server.sensing.contracts import (
    ChannelForecastOut,
    ChannelsPage,
    ChartOut,
    EpisodeOut,
    EpisodesPage,
    LeakWatchIn,
    LeakWatchOut,
    NewSource,
    SensingChannelIn,
    SensingChannelOut,
    SourceIn,
    SourcesOf,
    Taken,
)

router = Router(tags=["sensing"])
_REFUSALS = {401: Problem, 403: Problem, 404: Problem, 409: Problem, 413: Problem, 415: Problem, 422: Problem}
LARGEST = 8 * 1024 * 1024  # bytes of a message as sent; the front door turns away the rest
ARROW = "application/vnd.apache.arrow.stream"


@router.post("/sensing/batches", auth=None, response={200: Taken, 429: Problem, **_REFUSALS})
def take(request: HttpRequest) -> Taken | HttpResponse:
    """Send readings: JSON or an Arrow IPC stream, with `Authorization: Bearer <key of the source>`.

    The same (source, sequence) again is answered with `again` and changes nothing. What could not be taken stands in
    `refusals`; the rest was. Whoever sent very much that can't be taken is told to wait (429, `Retry-After`).
    """
    key = _key(request)
    wait = flooding.ALLOWANCE.wait(key)
    if wait > 0:
        return _later(wait)
    found = queries.sender(key)
    if found is None:
        raise Refused(
            401,
            "unknown_key",
            "来源密钥无效或已停用；请向本单位安全管理人员索取新的密钥。",
            "The key is no source's, or it was closed; ask the safety manager of the enterprise for a new one.",
        )
    who, site_id, source = found
    body = _body(request)
    batch = _read(request, _unfolded(request, body))
    taken = actions.take_batch(
        who,
        site_id=site_id,
        source=source,
        sequence=batch.sequence,
        bytes_sha256=hashlib.sha256(body).hexdigest(),
        readings=batch.readings,
        keys=batch.keys,
        units=batch.units,
        events=batch.events,
        refused=batch.refused,
        refused_count=batch.refused_count,
        at=timezone.now(),
    )
    flooding.ALLOWANCE.use(key, batch.refused_count + taken.unknown)
    return taken


def _later(wait: float) -> HttpResponse:
    """The answer to a message that is not even read, because of what its source sent before."""
    seconds = max(1, math.ceil(wait))
    problem = Problem(
        code="too_many_unknown",
        message_zh="该来源刚刚发送了大量未登记的通道或无法读取的读数，本批未读取。"
        f"请在 {seconds} 秒后原样重发，不会丢失数据；并先登记这些通道，或在设备上停发。",
        message_en="This source has just sent very many channels that nobody registered, or unreadable readings; "
        f"this message was not read. Send it again as it is in {seconds} seconds, nothing is lost; and register those "
        "channels, or stop the device sending them.",
    )
    body = json.dumps(problem.model_dump(), ensure_ascii=False)
    return HttpResponse(body, "application/json; charset=utf-8", 429, headers={"Retry-After": str(seconds)})


@router.get("/sensing/channels", response=ChannelsPage)
def channels(
    request: HttpRequest,
    enterprise_id: int,
    page: Page,
    size: Annotated[int, Query(50, ge=1, le=1_000)],
    area_id: int | None = None,
    quantity: str = "",
    words: str = "",
) -> ChannelsPage:
    """Channels of an enterprise with their limits, newest readings and open events."""
    actor(request)
    return queries.channels(enterprise_id, window(page, size), area_id=area_id, quantity=quantity, words=words)


@router.post("/sensing/channels", response={201: SensingChannelOut, **_REFUSALS})
def put_channel(request: HttpRequest, body: SensingChannelIn) -> Status[SensingChannelOut]:
    """Register a channel, or change the one of this key (permission sensing.manage)."""
    return Status(201, queries.channel(actions.put_channel(actor(request, "sensing.manage"), body)))


@router.get("/sensing/channels/{sensing_channel}", response={200: SensingChannelOut, 404: Problem})
def channel(request: HttpRequest, sensing_channel: int) -> SensingChannelOut:
    """A channel."""
    actor(request)
    return queries.channel(sensing_channel)


@router.get("/sensing/channels/{sensing_channel}/chart", response={200: ChartOut, **_REFUSALS})
def chart(
    request: HttpRequest,
    sensing_channel: int,
    start: AwareDatetime,
    end: AwareDatetime,
    points: Annotated[int, Query(1_000, ge=10, le=5_000)],
) -> ChartOut:
    """A channel's readings over a span: minimum, mean, maximum and count by bucket."""
    who = actor(request)
    actions.look(who, sensing_channel, start, end)
    return queries.chart(sensing_channel, start, end, points)


@router.get("/sensing/channels/{sensing_channel}/forecast", response={200: ChannelForecastOut, 404: Problem})
def forecast(request: HttpRequest, sensing_channel: int) -> ChannelForecastOut:
    """What is foretold of a channel: chances of reaching its limit, a band, the model, or why there is none."""
    actor(request)
    return queries.forecast(sensing_channel)


@router.get("/sensing/events", response={200: EpisodesPage, 404: Problem})
def events(
    request: HttpRequest,
    enterprise_id: int,
    page: Page,
    size: Size,
    channel: int | None = None,
    open_only: bool = False,
    kind: str = "",
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
) -> EpisodesPage:
    """What detectors said of an enterprise's channels, the newest first."""
    actor(request)
    span: dict[str, datetime | None] = {"since": since, "until": until}
    return queries.episodes(
        enterprise_id, window(page, size), channel_id=channel, open_only=open_only, kind=kind, **span
    )


@router.get("/sensing/events/{episode_id}", response={200: EpisodeOut, 404: Problem})
def event(request: HttpRequest, episode_id: int) -> EpisodeOut:
    """One event from its beginning to its end."""
    actor(request)
    return queries.episode(episode_id)


@router.get("/sensing/leak-watches", response={200: list[LeakWatchOut], 404: Problem})
def leak_watches(request: HttpRequest, enterprise_id: int) -> list[LeakWatchOut]:
    """Where leaks of an enterprise are looked for, up to when, and what keeps it from working."""
    actor(request)
    return queries.leak_watches(enterprise_id)


@router.post("/sensing/leak-watches", response={201: LeakWatchOut, **_REFUSALS})
def put_leak_watch(request: HttpRequest, body: LeakWatchIn) -> Status[LeakWatchOut]:
    """Look for leaks at a site, or change where (permission sensing.manage)."""
    return Status(201, queries.leak_watch(actions.put_leak_watch(actor(request, "sensing.manage"), body)))


@router.get("/sensing/sources", response={200: SourcesOf, 403: Problem, 404: Problem})
def sources(request: HttpRequest, enterprise_id: int) -> SourcesOf:
    """Who sends an enterprise's readings, and unregistered channels that came (permission sensing.manage)."""
    actor(request, "sensing.manage")
    return queries.sources_of(enterprise_id)


@router.post("/sensing/sources", response={201: NewSource, **_REFUSALS})
def add_source(request: HttpRequest, body: SourceIn) -> Status[NewSource]:
    """Let a device or program send readings; its key is shown this once (permission sensing.manage)."""
    return Status(201, actions.add_source(actor(request, "sensing.manage"), body))


@router.post("/sensing/sources/{sensing_source}/new-key", response={200: NewSource, **_REFUSALS})
def renew_key(request: HttpRequest, sensing_source: int) -> NewSource:
    """Give a source a new key; the old one ends (permission sensing.manage)."""
    return actions.renew_key(actor(request, "sensing.manage"), sensing_source)


@router.delete("/sensing/sources/{sensing_source}", response={204: None, **_REFUSALS})
def close_source(request: HttpRequest, sensing_source: int) -> HttpResponse:
    """Take nothing more from a source (permission sensing.manage)."""
    actions.close_source(actor(request, "sensing.manage"), sensing_source)
    return HttpResponse(status=204)


def _key(request: HttpRequest) -> str:
    """The hash of the key that the request carries, "" where it carries none."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    return actions.key_hash(secret.strip()) if scheme.lower() == "bearer" and secret.strip() else ""


def _body(request: HttpRequest) -> bytes:
    stated = int(request.headers.get("Content-Length") or 0)
    sent: bytes = b"" if stated > LARGEST else request.read(LARGEST + 1)
    if stated > LARGEST or len(sent) > LARGEST:
        raise too_large(max(stated, len(sent)), LARGEST)
    return sent


def too_large(size: int, limit: int) -> Refused:
    """The refusal of a message that is too large."""
    megabytes = size / 1024 / 1024
    return Refused(
        413,
        "batch_too_large",
        f"消息有 {megabytes:.1f} MB，上限 {limit // 1024 // 1024} MB；请分成更小的批次发送。",
        f"The message has {megabytes:.1f} MB, the most is {limit // 1024 // 1024} MB; send it in smaller batches.",
    )


def _unfolded(request: HttpRequest, body: bytes) -> bytes:
    """The body without its gzip, never more than a message may have: a small body can't fill the memory."""
    coding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if coding in ("", "identity"):
        return body
    if coding != "gzip":
        raise Refused(
            415,
            "unknown_coding",
            f"不支持压缩方式 {coding[:20]}；请用 gzip 或不压缩。",
            f"The coding {coding[:20]} is not taken; use gzip or none.",
        )
    unpack = zlib.decompressobj(wbits=31)
    try:
        unfolded = unpack.decompress(body, MAX_BYTES + 1)
    except zlib.error as error:
        raise Refused(422, "bad_batch", f"gzip 无法解压：{error}。", f"The gzip is broken: {error}.") from error
    if len(unfolded) > MAX_BYTES:
        raise too_large(len(unfolded), MAX_BYTES)
    return unfolded


def _read(request: HttpRequest, body: bytes) -> Batch:
    media = (request.content_type or "").lower()
    try:
        if media == ARROW:
            return from_arrow_ipc(body)
        if media == "application/json":
            return from_json(body)
    except SensingError as error:
        raise actions.refusal(error) from error
    raise Refused(
        415,
        "unknown_media",
        f"不支持的内容类型 {media[:60]}；请用 application/json 或 {ARROW}。",
        f"The content type {media[:60]} is not taken; use application/json or {ARROW}.",
    )
