"""Reads of reports for the room of participation: who reported one hazard by name, and which reports have no name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from yufang.server.places.queries import enterprise_path
from yufang.server.reports import keys
from yufang.server.reports.models import Report
from yufang.server.scope import set_local


def named_reports(hazard_ids: Iterable[int]) -> list[tuple[int, int, datetime]]:
    """(hazard, person, received at) of the reports of these hazards that carry a person of the platform."""
    reports = Report.objects.filter(
        hazard_id__in=list(hazard_ids), named=True, person__isnull=False, state=Report.State.COMPLETE
    )
    return list(reports.order_by("received_at", "id").values_list("hazard_id", "person_id", "received_at"))


def anonymous_reports(hazard_ids: Iterable[int]) -> list[tuple[int, int, datetime]]:
    """(report, hazard, received at) of the reports of these hazards that carry nobody."""
    reports = Report.objects.filter(
        hazard_id__in=list(hazard_ids), person__isnull=True, contact__isnull=True, state=Report.State.COMPLETE
    )
    return list(reports.order_by("received_at", "id").values_list("id", "hazard_id", "received_at"))


def voucher_of(code: str) -> tuple[int, str] | None:
    """(report, path of its enterprise) of a follow code, for somebody without a scope; None where no complete
    anonymous report has it. The policy shows exactly the row of this code to this transaction."""
    typed = keys.typed_code(code)
    if not typed:
        return None
    set_local("yufang.follow_hash", keys.code_hash(typed))
    found = Report.objects.filter(code_hash=keys.code_hash(typed), named=False, state=Report.State.COMPLETE).first()
    set_local("yufang.follow_hash", "")
    return (found.pk, enterprise_path(found.path, found.enterprise_id)) if found else None
