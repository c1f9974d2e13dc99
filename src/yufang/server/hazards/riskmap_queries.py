"""What the risk map asks of this room: hazards that are open, and where."""

from __future__ import annotations

from collections.abc import Mapping

from yufang.sensing.riskmap.hazards import OpenHazard
from yufang.sensing.riskmap.model import Where
from yufang.server.hazards.models import Hazard
from yufang.server.places.contracts import AreaOut

MOST = 2_000
_GRAVITY = {"major": 0, "high": 1, "medium": 2, "low": 3}


def open_hazards(enterprise_id: int, areas: Mapping[int, AreaOut]) -> list[OpenHazard]:
    """Open hazards of an enterprise, the gravest where there are very many. One that was said to be none isn't told."""
    rows = Hazard.objects.filter(enterprise_id=enterprise_id, closed_at__isnull=True)
    names = ("id", "level", "major", "state", "area_id", "x", "y", "opened_at", "title_zh", "title_en", "synthetic")
    read = sorted(
        rows.exclude(state=Hazard.State.REFUSED).values(*names),
        key=lambda row: (0 if row["major"] else _GRAVITY.get(row["level"], 2), row["id"]),
    )
    found = []
    for row in read[:MOST]:
        area = areas.get(row["area_id"])
        placed = area is not None and area.plan_id is not None and row["x"] is not None and row["y"] is not None
        found.append(
            OpenHazard(
                key=f"hazard:{row['id']}",
                level="major" if row["major"] else row["level"] if row["level"] in _GRAVITY else "medium",
                where=Where(
                    area=str(area.id) if area is not None else "",
                    plan=str(area.plan_id) if placed and area is not None else "",
                    x=row["x"] if placed else None,
                    y=row["y"] if placed else None,
                ),
                since=int(row["opened_at"].timestamp() * 1e6),
                title_zh=row["title_zh"],
                title_en=row["title_en"],
                fixed=row["state"] in (Hazard.State.FIXED, Hazard.State.CHECKED, Hazard.State.CONFIRMED),
                link=f"hazard:{row['id']}",
                synthetic=row["synthetic"],
            )
        )
    return found
