"""The only code that writes orders (整改指令): issued by a regulator, followed up, closed by their hazards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Exists, Max, OuterRef
from django.utils import timezone
from procrastinate.contrib.django import app

from yufang.server.accounts.models import Organisation, Person
from yufang.server.dispatch import actions as dispatch
from yufang.server.errors import Refused, not_found
from yufang.server.hazards.models import Hazard
from yufang.server.inspections.actions import refused
from yufang.server.inspections.facts import order_facts, text_hash
from yufang.server.inspections.models import Order, OrderItem, OrderStep, Plan
from yufang.server.ledger import actions as ledger
from yufang.server.live.events import OrderChanged, emit
from yufang.server.scope import Actor, action, set_local

if TYPE_CHECKING:
    from yufang.inspections.orders import NextStep

FOLLOW = "yufang.inspections.follow_order"
LOOK_AT = time(8)  # of the day on which a step falls due: people read it when they come to work


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One hazard to be put right, and what is asked of it."""

    hazard_id: int
    requirement: str = ""


@action
def issue(
    acting_user: Actor,
    enterprise_id: int,
    *,
    client_id: UUID,
    items: Sequence[Asked],
    deadline: date,
    basis: str,
    plan_id: int | None = None,
    today: date,
) -> tuple[int, bool]:
    """Issue an order over open hazards of one enterprise; returns its id and whether it is new.

    The same `client_id` twice is one order. The deadline is a day from `today` to a year on.
    """
    from yufang.inspections import InspectionError
    from yufang.inspections.orders import check_deadline, next_step

    place = Organisation.objects.select_for_update().filter(id=enterprise_id, kind="enterprise").first()
    if place is None:
        raise not_found()
    said = text_hash("\n".join([str(enterprise_id), str(deadline), basis, str(plan_id), *map(str, items)]))
    known = Order.objects.filter(client_id=client_id).first()
    if known is not None:
        if known.body_hash != said:
            raise _id_taken()
        return int(known.pk), False
    try:
        check_deadline(deadline, today)
    except InspectionError as error:
        raise refused(error) from error
    _check_items(place, items)
    if plan_id is not None and not Plan.objects.filter(id=plan_id, organisation=place).exists():
        raise not_found()
    issuer = _issuer(acting_user)
    newest = Order.objects.filter(issuer=issuer, year=today.year).aggregate(n=Max("number"))["n"]
    hazards = [one.hazard_id for one in items]
    index = ledger.append(
        acting_user,
        place.path,
        "inspections.ordered",
        f"enterprise:{place.pk}",
        order_facts(place.pk, deadline, hazards, basis),
    )
    order = Order.objects.create(
        organisation=place,
        path=place.path,
        issuer=issuer,
        issuer_name=issuer.name,
        year=today.year,
        number=(newest or 0) + 1,
        plan_id=plan_id,
        basis=basis,
        deadline=deadline,
        client_id=client_id,
        body_hash=said,
        issued_by_id=acting_user.person_id,
        issued_at=timezone.now(),
        next_look_at=_moment(next_step(today, deadline, 0).on),
        ledger_index=index,
        synthetic=place.synthetic,
    )
    OrderItem.objects.bulk_create(
        OrderItem(order=order, path=order.path, position=n, hazard_id=one.hazard_id, requirement=one.requirement)
        for n, one in enumerate(items, start=1)
    )
    _step(order, "issued", index, acting_user.person_id)
    _tell_enterprise(acting_user, order, "issued")
    _plan_look(order)
    _changed(order)
    return int(order.pk), True


def _id_taken() -> Refused:
    return Refused(
        409,
        "id_taken",
        "这个提交编号已用于另一份指令；原指令已保留，请重新填写。",
        "This order's id was used for another order, which stands; write it anew.",
        "client_id",
    )


def _issuer(acting_user: Actor) -> Organisation:
    home = Organisation.objects.filter(id=acting_user.organisation_id).first()
    if home is None or home.kind != Organisation.Kind.REGULATOR:
        raise Refused(
            403,
            "not_a_regulator",
            "整改指令只能由监管部门人员下达。",
            "Only people of the authority issue orders.",
        )
    return home


def _check_items(place: Organisation, items: Sequence[Asked]) -> None:
    from yufang.inspections.orders import MOST_ITEMS

    ids = [one.hazard_id for one in items]
    if not 1 <= len(ids) <= MOST_ITEMS or len(set(ids)) != len(ids):
        raise Refused(
            422,
            "invalid",
            f"指令须含 1 到 {MOST_ITEMS} 条互不重复的隐患，请重新选择。",
            f"An order names 1 to {MOST_ITEMS} different hazards; choose again.",
            "items",
        )
    found = {h.pk: h for h in Hazard.objects.filter(id__in=ids, enterprise_id=place.pk)}
    missing = [i for i in ids if i not in found]
    if missing:
        raise Refused(
            422,
            "other_hazard",
            f"隐患 {missing[0]} 不属于这家企业，请重新选择。",
            f"Hazard {missing[0]} is not of this enterprise; choose again.",
            "items",
        )
    closed = [i for i in ids if found[i].state == Hazard.State.CLOSED]
    if closed:
        raise Refused(
            409,
            "closed_hazard",
            f"隐患 {closed[0]} 已关闭，不能列入指令；请刷新列表。",
            f"Hazard {closed[0]} is closed and can't be ordered; reload the list.",
            "items",
        )
    ordered = OrderItem.objects.filter(hazard_id__in=ids, order__state=Order.State.ISSUED).first()
    if ordered is not None:
        raise Refused(
            409,
            "ordered_already",
            f"隐患 {ordered.hazard_id} 已在另一份未完成的指令中，请去掉后再下达。",
            f"Hazard {ordered.hazard_id} stands in another open order; take it out and issue again.",
            "items",
        )


@action
def withdraw(acting_user: Actor, order_id: int, note: str) -> None:
    """Take an order back, with a reason. A closed one can't be."""
    order = _locked(order_id)
    if order.state != Order.State.ISSUED:
        raise Refused(
            409,
            "wrong_state",
            "该指令已办结或已撤回，请刷新后查看。",
            "The order is closed or withdrawn already; reload to see.",
        )
    if not note.strip():
        raise Refused(422, "invalid", "请填写撤回理由(note)。", "Give the reason for withdrawing (note).", "note")
    _end(acting_user, order, Order.State.WITHDRAWN, note)
    _tell_enterprise(acting_user, order, "withdrawn")


def _locked(order_id: int) -> Order:
    order = Order.objects.select_for_update(of=("self",)).filter(id=order_id).first()
    if order is None:
        raise not_found()
    return order


def _end(acting_user: Actor, order: Order, state: Order.State, note: str = "") -> None:
    index = ledger.append(
        acting_user,
        order.path,
        f"inspections.order_{state}",
        f"order:{order.pk}",
        {"note_sha256": text_hash(note)},
    )
    order.state = state
    order.closed_at = timezone.now()
    order.next_look_at = None
    order.save(update_fields=["state", "closed_at", "next_look_at"])
    _step(order, str(state), index, acting_user.person_id, note)
    _changed(order)


def _step(order: Order, what: str, index: int, by: int | None, note: str = "") -> None:
    OrderStep.objects.create(
        order=order, path=order.path, action=what, note=note, by_id=by, at=timezone.now(), ledger_index=index
    )


def _changed(order: Order) -> None:
    emit(OrderChanged(id=order.pk, enterprise_id=order.organisation_id, path=order.path))


def _moment(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, LOOK_AT))


def _plan_look(order: Order) -> None:
    if order.next_look_at is not None:
        task = app.configure_task(FOLLOW, schedule_at=order.next_look_at)
        task.defer(order_id=order.pk, path=order.path)


# ── what the platform does by itself ──────────────────────────────────────────────────────────────────────────────────


def to_look_at(now: datetime) -> list[tuple[int, str]]:
    """Open orders whose time has come, or whose hazards are all closed: (id, path). Needs a scope."""
    open_items = OrderItem.objects.filter(
        order=OuterRef("pk"), hazard_id__in=Hazard.objects.exclude(state=Hazard.State.CLOSED).values("id")
    )
    issued = Order.objects.filter(state=Order.State.ISSUED)
    due = issued.filter(next_look_at__lte=now)
    done = issued.filter(~Exists(open_items))
    return list((due | done).order_by("id").values_list("id", "path"))


@action
def follow(acting_user: Actor, order_id: int, now: datetime) -> None:
    """Close the order if its hazards are, else tell what is due. Run twice, or years late, it tells once."""
    from yufang.inspections.orders import due_steps, next_step, standing, worth_telling

    order = Order.objects.select_for_update(of=("self",)).filter(id=order_id).first()
    if order is None or order.state != Order.State.ISSUED:
        return
    today = timezone.localtime(now).date()
    issued = timezone.localtime(order.issued_at).date()
    closed = closed_of(order)
    if standing(order.deadline, closed, today) == "done":
        _end(acting_user, order, Order.State.CLOSED)
        _tell_enterprise(acting_user, order, "closed")
        _tell_issuer(acting_user, order, "closed")
        return
    if order.next_look_at is None or order.next_look_at > now:
        return
    steps = due_steps(issued, order.deadline, order.told, today)
    step = worth_telling(steps)
    if step is not None:
        _tell_step(acting_user, order, step)
    order.told += len(steps)
    order.next_look_at = _moment(next_step(issued, order.deadline, order.told).on)
    order.save(update_fields=["told", "next_look_at"])
    _plan_look(order)


def closed_of(order: Order) -> list[bool]:
    """Whether each hazard of the order is closed, in the order of its items."""
    ids = list(order.items.order_by("position").values_list("hazard_id", flat=True))
    states = dict(Hazard.objects.filter(id__in=ids).values_list("id", "state"))
    return [states.get(i) == Hazard.State.CLOSED for i in ids]


def _tell_step(acting_user: Actor, order: Order, step: NextStep) -> None:
    index = ledger.append(
        acting_user, order.path, f"inspections.order_{step.action}", f"order:{order.pk}", {"on": step.on.isoformat()}
    )
    _step(order, step.action, index, acting_user.person_id)
    _tell_enterprise(acting_user, order, step.action)
    if step.action != "reminded":
        _tell_issuer(acting_user, order, step.action)
    _changed(order)


_WORDS = {
    "issued": ("收到整改指令", "An order was issued"),
    "reminded": ("整改指令将到期", "An order is due soon"),
    "overdue": ("整改指令已逾期", "An order is overdue"),
    "escalated": ("整改指令逾期未完成，已上报", "An overdue order was escalated"),
    "closed": ("整改指令已办结", "An order is closed"),
    "withdrawn": ("整改指令已撤回", "An order was withdrawn"),
}


def _tell_enterprise(acting_user: Actor, order: Order, what: str) -> None:
    people = Person.objects.filter(active=True, path__startswith=order.path, roles__contains=["safety_manager"])
    # Said in the enterprise's own scope: the message is theirs to read.
    _notify(acting_user, order.path, order, what, list(people.values_list("id", flat=True)))


def _tell_issuer(acting_user: Actor, order: Order, what: str) -> None:
    """To who issued it; from the first escalation on to all supervisors of the issuing authority."""
    issuer = Organisation.objects.filter(id=order.issuer_id).first()
    people = [order.issued_by_id] if order.issued_by_id else []
    if issuer is None:
        return
    if what == "escalated":
        above = Person.objects.filter(active=True, organisation_id=order.issuer_id, roles__contains=["supervisor"])
        people = sorted({*people, *above.values_list("id", flat=True)})
    _notify(acting_user, issuer.path, order, what, people)


def _notify(acting_user: Actor, scope: str, order: Order, what: str, people: list[int]) -> None:
    zh, en = _WORDS[what]
    closed = closed_of(order)
    place = Organisation.objects.get(id=order.organisation_id)
    dispatch.notify(
        replace(acting_user, scope=scope),
        person_ids=people,
        kind=f"order_{what}",
        subject=f"order:{order.pk}",
        title_zh=zh,
        title_en=en,
        body_zh=f"{place.name}:{order.issuer_name} {order.year} 年第 {order.number} 号整改指令，"
        f"{len(closed)} 条隐患中已关闭 {sum(closed)} 条，期限 {order.deadline}。",
        body_en=f"{place.name}: order {order.number} of {order.year} by {order.issuer_name}; {sum(closed)} of "
        f"{len(closed)} hazards are closed, due by {order.deadline}.",
        link=f"/inspections/orders/{order.pk}",
        at=timezone.now(),
    )
    set_local("yufang.scope", acting_user.scope)  # the inner action has narrowed it for the rest of the transaction
