from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig

from yufang.server.privacy.holdings import acted


class CasesConfig(AppConfig):
    name = "yufang.server.cases"
    label = "cases"
    personal = (
        acted(
            "BulkAccept",
            "by",
            "undone_by",
            shows=("facet", "code", "at"),
            zh="批量采纳",
            en="suggestions accepted at once",
        ),
        acted("Decision", "by", shows=("kind", "code", "note", "at"), zh="案例编码决定", en="codes decided"),
        acted(
            "Campaign",
            "first_coder",
            "second_coder",
            "opened_by",
            shows=("title", "opened_at"),
            zh="双人编码",
            en="coding by two people",
        ),
        acted("BlindCode", "by", shows=("code", "note", "at"), zh="盲编", en="codes given blind"),
    )

    def ready(self) -> None:
        from yufang.server.ledger.verification import witness

        for source in (decisions, bulk_accepts, blind_codes):
            witness(source)


def decisions() -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Every decision beside the facts that its leaf must hold."""
    from yufang.server.cases.actions import facts
    from yufang.server.cases.models import Decision

    for d in Decision.objects.select_related("case_code").order_by("id").iterator():
        facet = d.case_code.facet
        if d.bulk_id is not None:  # one leaf for all of them
            yield d.ledger_index, f"decision {d.pk}", {"facet": facet}
        elif d.kind in (Decision.Kind.AGREED, Decision.Kind.ADJUDICATED):
            yield d.ledger_index, f"decision {d.pk}", {"facet": facet, "code": d.code}
        else:
            yield d.ledger_index, f"decision {d.pk}", facts(facet, d.previous, d.code, d.note)


def bulk_accepts() -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Every bulk acceptance, with the hash of the rows it took, beside the facts that its leaf must hold."""
    from yufang.server.cases.bulk_accept import bulk_facts, cases_digest
    from yufang.server.cases.models import BulkAccept, Decision

    for b in BulkAccept.objects.order_by("id").iterator():
        taken = Decision.objects.filter(bulk=b, kind=Decision.Kind.BULK, code=b.code)
        digest = cases_digest(taken.values_list("case_code_id", flat=True))
        yield b.ledger_index, f"bulk acceptance {b.pk}", bulk_facts(b.facet, b.code, b.accepted, digest, b.reason)


def blind_codes() -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Every code of a campaign beside the facts that its leaf must hold."""
    from yufang.server.cases.campaigns import blind_facts
    from yufang.server.cases.models import BlindCode

    for c in BlindCode.objects.select_related("item__campaign").order_by("id").iterator():
        yield c.ledger_index, f"blind code {c.pk}", blind_facts(c.item.campaign.facet, c.code, c.note)
