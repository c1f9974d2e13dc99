"""Region, enterprises and profiles."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from yufang.server.accounts.session import actor
from yufang.server.paging import Page, Size
from yufang.server.profiles import queries
from yufang.server.profiles.contracts import (
    EnterpriseDetail,
    EnterprisePage,
    ExposureOut,
    IndustryCount,
    Overview,
    PeersOut,
    ProfileMonthOut,
    RegionGroups,
    RegionMap,
)

router = Router(tags=["profiles"])


@router.get("/region/overview", response=Overview)
def overview(request: HttpRequest) -> Overview:
    """The region at a glance (permission region.read)."""
    actor(request, "region.read")
    return queries.overview()


@router.get("/region/map", response=RegionMap)
def region_map(request: HttpRequest) -> HttpResponse:
    """Districts and enterprises for the map (permission region.read)."""
    actor(request, "region.read")
    return HttpResponse(queries.region_map(), content_type="application/json; charset=utf-8")


@router.get("/enterprises", response=EnterprisePage)
def enterprises(
    request: HttpRequest,
    page: Page,
    size: Size,
    q: str = "",
    industry: str = "",
    colour: str = "",
    tier: str = "",
    sort: str = "rank",
) -> EnterprisePage:
    """The ranked list. `industry` is a prefix of the code; `tier` keeps enterprises with such an open warning;
    `sort` is rank, score, trend, name, expected_injuries, injuries_12m or peer_percentile, `-` in front for
    descending."""
    return queries.enterprises(
        q=q.strip(), industry=industry, colour=colour, tier=tier, sort=sort, page=page, size=size
    )


@router.get("/enterprises/{enterprise_id}", response=EnterpriseDetail)
def enterprise(request: HttpRequest, enterprise_id: int) -> EnterpriseDetail:
    """One enterprise."""
    return queries.enterprise(enterprise_id)


@router.get("/enterprises/{enterprise_id}/profile", response=list[ProfileMonthOut])
def profile(request: HttpRequest, enterprise_id: int) -> list[ProfileMonthOut]:
    """Its profile over time, oldest month first."""
    return queries.profile(enterprise_id)


@router.get("/enterprises/{enterprise_id}/peers", response=PeersOut)
def peers(request: HttpRequest, enterprise_id: int) -> PeersOut:
    """The enterprise beside those of its class; people of an enterprise see their own row only."""
    return queries.peers(enterprise_id)


@router.get("/enterprises/{enterprise_id}/exposure", response=list[ExposureOut])
def exposure(request: HttpRequest, enterprise_id: int) -> list[ExposureOut]:
    """Measured exposure to dust, noise and chemicals, the newest of each post and agent, the worst first."""
    return queries.exposure(enterprise_id)


@router.get("/region/groups", response=RegionGroups)
def groups(request: HttpRequest) -> RegionGroups:
    """The region by sectors, posts, people and situations (permission region.read)."""
    actor(request, "region.read")
    return queries.groups()


@router.get("/industries", response=list[IndustryCount])
def industries(request: HttpRequest) -> list[IndustryCount]:
    """Industry divisions for the filter."""
    return queries.industries()
