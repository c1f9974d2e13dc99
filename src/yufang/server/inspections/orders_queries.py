"""Reads of orders."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import QuerySet
from django.utils import timezone

from yufang.server.accounts.models import Person
from yufang.server.accounts.queries import person_label, person_label_en
from yufang.server.deduction.queries import ELSEWHERE
from yufang.server.errors import not_found
from yufang.server.hazards.models import OPEN_STATES, Hazard
from yufang.server.inspections.contracts import (
    OrderableHazard,
    OrderDetail,
    OrderItemOut,
    OrderPage,
    OrderRow,
    OrderStepOut,
)
from yufang.server.inspections.models import Order, OrderItem
from yufang.server.paging import window


def overdue_enterprises(day: date) -> set[int]:
    """Enterprises with an open order whose deadline has passed."""
    late = Order.objects.filter(state=Order.State.ISSUED, deadline__lt=day)
    return set(late.values_list("organisation_id", flat=True))


def order_page(*, state: str, enterprise_id: int | None, page: int, size: int, today: date) -> OrderPage:
    """Orders of the open scope, the newest first. `state`: open, overdue, closed, withdrawn, or "" for all."""
    rows = Order.objects.select_related("organisation")
    if enterprise_id is not None:
        rows = rows.filter(organisation_id=enterprise_id)
    counts = {name: _of_state(rows, name, today).count() for name in ("open", "overdue", "closed", "withdrawn")}
    rows = _of_state(rows, state, today)
    total = rows.count()
    found = list(rows.order_by("-issued_at", "-id")[window(page, size)])
    return OrderPage(total=total, page=page, size=size, counts=counts, items=_rows(found, today))


def _of_state(rows: QuerySet[Order], state: str, today: date) -> QuerySet[Order]:
    issued = rows.filter(state=Order.State.ISSUED)
    if state == "open":
        return issued
    if state == "overdue":
        return issued.filter(deadline__lt=today)
    return rows.filter(state=state) if state else rows


def _rows(orders: Iterable[Order], today: date) -> list[OrderRow]:
    orders = list(orders)
    items = OrderItem.objects.filter(order__in=orders).values_list("order_id", "hazard_id")
    hazards: dict[int, list[int]] = {}
    for order_id, hazard_id in items:
        hazards.setdefault(order_id, []).append(hazard_id)
    closed = set(
        Hazard.objects.filter(
            id__in=[i for ids in hazards.values() for i in ids], state=Hazard.State.CLOSED
        ).values_list("id", flat=True)
    )
    return [_row(order, hazards.get(order.pk, []), closed, today) for order in orders]


def _row(order: Order, hazards: list[int], closed: set[int], today: date) -> OrderRow:
    from yufang.inspections.orders import standing

    done = [i in closed for i in hazards]
    stands = standing(order.deadline, done, today, withdrawn=order.state == Order.State.WITHDRAWN)
    return OrderRow(
        id=order.pk,
        enterprise_id=order.organisation_id,
        enterprise_name=order.organisation.name,
        issuer_name=order.issuer_name,
        year=order.year,
        number=order.number,
        state=order.state,
        standing="done" if order.state == Order.State.CLOSED else stands,
        deadline=order.deadline,
        issued_at=order.issued_at,
        closed_at=order.closed_at,
        hazards=len(hazards),
        closed_hazards=sum(done),
        days_left=(order.deadline - today).days,
        synthetic=order.synthetic,
    )


def order(order_id: int, today: date) -> OrderDetail:
    """One order with its hazards and its history. Refuses with 404."""
    found = Order.objects.select_related("organisation").filter(id=order_id).first()
    if found is None:
        raise not_found()
    items = list(found.items.order_by("position"))
    hazards = {h.pk: h for h in Hazard.objects.filter(id__in=[i.hazard_id for i in items]).select_related("area")}
    closed = {key for key, hazard in hazards.items() if hazard.state == Hazard.State.CLOSED}
    steps = list(found.steps.order_by("id"))
    people = Person.objects.in_bulk({s.by_id for s in steps if s.by_id} | {found.issued_by_id or 0})
    row = _row(found, [i.hazard_id for i in items], closed, today)
    return OrderDetail(
        **row.model_dump(),
        basis=found.basis,
        plan_id=found.plan_id,
        issued_by=person_label(people.get(found.issued_by_id or 0)) or ELSEWHERE[0],
        issued_by_en=person_label_en(people.get(found.issued_by_id or 0)) or ELSEWHERE[1],
        ledger_index=found.ledger_index,
        items=[_item(i, hazards.get(i.hazard_id)) for i in items],
        history=[
            OrderStepOut(
                at=s.at,
                action=s.action,
                note=s.note,
                by=(person_label(people.get(s.by_id)) or ELSEWHERE[0]) if s.by_id else None,
                by_en=(person_label_en(people.get(s.by_id)) or ELSEWHERE[1]) if s.by_id else None,
                ledger_index=s.ledger_index,
            )
            for s in steps
        ],
    )


def _item(item: OrderItem, hazard: Hazard | None) -> OrderItemOut:
    return OrderItemOut(
        position=item.position,
        hazard_id=item.hazard_id,
        requirement=item.requirement,
        title_zh=hazard.title_zh if hazard else "",
        title_en=(hazard.title_en or hazard.title_zh) if hazard else "",
        state=hazard.state if hazard else "closed",
        level=hazard.level if hazard else "",
        area_zh=hazard.area.name_zh if hazard and hazard.area else "",
        area_en=(hazard.area.name_en or hazard.area.name_zh) if hazard and hazard.area else "",
        due_at=hazard.due_at if hazard else None,
    )


def orderable(enterprise_id: int, plan_id: int | None) -> list[OrderableHazard]:
    """Open hazards of an enterprise that no open order names; those of the plan first."""
    named = OrderItem.objects.filter(order__state=Order.State.ISSUED).values("hazard_id")
    rows = Hazard.objects.filter(enterprise_id=enterprise_id, state__in=OPEN_STATES).exclude(id__in=named)
    found = sorted(rows.order_by("-opened_at")[:200], key=lambda h: plan_id is None or h.inspection_id != plan_id)
    return [
        OrderableHazard(
            id=h.pk,
            title_zh=h.title_zh,
            title_en=h.title_en or h.title_zh,
            level=h.level,
            state=h.state,
            opened_on=timezone.localtime(h.opened_at).date(),
            of_plan=plan_id is not None and h.inspection_id == plan_id,
        )
        for h in found
    ]
