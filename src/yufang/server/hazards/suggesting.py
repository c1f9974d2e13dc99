"""Criteria of major hazards that may fit a hazard, by its words, its kind and its enterprise's industry."""

from __future__ import annotations

from datetime import date
from typing import Any

from yufang.hazards.major import suspects
from yufang.server.hazards.models import Hazard
from yufang.server.profiles.models import Enterprise


def suggested(hazard: Hazard, on: date) -> list[dict[str, Any]]:
    """Criteria that may fit, as they are kept on the hazard."""
    text = f"{hazard.title_zh} {hazard.words}"
    industry = Enterprise.objects.filter(organisation_id=hazard.enterprise_id).values_list("industry_code", flat=True)
    found = suspects(text, hazard.kind, industry.first() or "", on)
    return [{"code": s.criterion.code, "share": round(s.share, 3), "words": list(s.words)} for s in found]
