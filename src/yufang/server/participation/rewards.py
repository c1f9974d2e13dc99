"""Rewards that named people approve, for named colleagues and for anonymous reports by voucher.

A voucher never meets a person: it is claimed with the report's private code, by whoever holds it, without signing in;
that gives a number, and the number is handed in. No row, leaf or event says who claimed or who handed it in.
"""

from __future__ import annotations

import hashlib
import secrets
from decimal import Decimal
from typing import Any

from django.utils import timezone

from yufang.server.errors import Refused, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.participation import neighbours, queries
from yufang.server.participation.contracts import RewardClaim
from yufang.server.participation.ideas import sha256, tell
from yufang.server.participation.models import PointEntry, Reward
from yufang.server.scope import Actor, action

MOST_YUAN = Decimal("50000")
# Without letters that are read for one another: a number is written on paper or said aloud.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
NUMBER_LENGTH = 10


def facts(reward: Reward) -> dict[str, Any]:
    """What the leaf of an approval holds."""
    return {
        "subject": reward.subject,
        "person": reward.person_id,
        "report": reward.report_id,
        "amount": f"{reward.amount:.2f}",
        "reason_sha256": sha256(reward.reason),
    }


@action
def approve(
    acting_user: Actor, *, subject: str, person_id: int | None, report_id: int | None, amount: Decimal, reason: str
) -> int:
    """Approve a reward in one's own name, with amount and reason; returns its id.

    The act must have been found real: there is a point entry of the person for `subject`, or `report_id` is an
    anonymous report of that hazard. Refused for oneself, and a second time for the same act.
    """
    enterprise = queries.home(acting_user)
    if not Decimal("0") < amount <= MOST_YUAN or amount != round(amount, 2):
        raise Refused(
            422,
            "bad_amount",
            f"金额 {amount} 应大于 0、不超过 {MOST_YUAN} 元，且最多两位小数，请修改。",
            f"The amount {amount} must be above 0, at most {MOST_YUAN} yuan and in whole fen; correct it.",
            "amount",
        )
    if len(reason.strip()) < 4:
        raise Refused(
            422,
            "too_short",
            "请写明奖励理由（至少 4 个字），领奖人会看到。",
            "Write the reason (at least 4 characters); whoever gets the reward reads it.",
            "reason",
        )
    if person_id is not None and person_id == acting_user.person_id:
        raise Refused(
            409,
            "own_reward",
            "不能给自己批奖励，请由另一位负责人批准。",
            "You can't approve your own reward; somebody else must.",
        )
    _must_be_due(enterprise.pk, enterprise.path, subject, person_id, report_id)
    reward = Reward(
        organisation=enterprise,
        path=enterprise.path,
        subject=subject,
        person_id=person_id,
        report_id=report_id if person_id is None else None,
        amount=amount,
        reason=reason.strip(),
        by_id=acting_user.person_id,
        at=timezone.now(),
    )
    reward.ledger_index = ledger.append(
        acting_user, enterprise.path, "participation.rewarded", reward.subject, facts(reward)
    )
    reward.save()
    if person_id is not None:
        neighbours.tell_person(
            acting_user,
            person_id,
            kind="reward",
            subject=subject,
            title=("您的报告得到了奖励", "Your act was rewarded"),
            body=(f"奖励 {amount} 元：{reason.strip()}", f"A reward of {amount} yuan: {reason.strip()}"),
            at=reward.at,
        )
    tell(enterprise.path, reward.pk, enterprise.pk)
    return int(reward.pk)


def _must_be_due(enterprise_id: int, path: str, subject: str, person_id: int | None, report_id: int | None) -> None:
    rewards = Reward.objects.select_for_update().filter(path=path, subject=subject)
    twice = rewards.filter(person_id=person_id) if person_id is not None else rewards.filter(report_id=report_id)
    if person_id is None and report_id is None:
        raise not_found()
    if twice.exists():
        raise Refused(
            409,
            "rewarded",
            "这件事已经批过奖励，请刷新查看。",
            "This act has been rewarded already; reload to see it.",
        )
    if person_id is not None:
        entries = PointEntry.objects.filter(organisation_id=enterprise_id, subject=subject, withdrawn_at=None)
        due = entries.filter(person_id=person_id).exists()
    else:
        due = any(
            a.report_id == report_id and f"hazard:{a.hazard_id}" == subject
            for a in neighbours.anonymous_reports(enterprise_id)
        )
    if not due:
        raise not_found()


def _number_hash(number: str) -> str:
    return hashlib.sha256("".join(number.upper().split()).encode()).hexdigest()


@action
def claim(acting_user: Actor, report_id: int) -> RewardClaim:
    """What the holder of a report's follow code may claim. `acting_user` is the platform, never a person.

    Each call gives a new number and makes the one before useless, so a number that was lost or seen can be replaced.
    """
    if acting_user.person_id is not None:
        raise Refused(409, "not_a_person", "请退出登录后凭查询码领取。", "Claim by the code alone, not signed in.")
    reward = Reward.objects.select_for_update().filter(report_id=report_id).first()
    if reward is None:
        return RewardClaim(state="none", amount=None, number="")
    if reward.state == Reward.State.PAID:
        return RewardClaim(state="paid", amount=float(reward.amount), number="")
    number = "".join(secrets.choice(ALPHABET) for _ in range(NUMBER_LENGTH))
    reward.claim_hash = _number_hash(number)
    reward.save(update_fields=["claim_hash"])
    return RewardClaim(state="waiting", amount=float(reward.amount), number=f"{number[:5]} {number[5:]}")


def claim_by_code(code: str) -> RewardClaim:
    """The claim of whoever holds a follow code. Refused where the code belongs to no anonymous report."""
    found = neighbours.voucher_of(code)
    if found is None:
        raise Refused(
            404,
            "unknown_code",
            "没有这个查询码对应的匿名上报，请核对后重试；实名上报的奖励请登录查看。",
            "No anonymous report has this code; check it and try again. Rewards of named reports show after a sign-in.",
            "code",
        )
    report_id, path = found
    return claim(Actor.platform(scope=path), report_id)


@action
def pay(acting_user: Actor, reward_id: int, number: str) -> None:
    """Say that a reward was handed over. A voucher needs the number that its claim gave; the day is kept, not the
    time, and nothing about who brought it."""
    enterprise = queries.home(acting_user)
    reward = Reward.objects.select_for_update().filter(id=reward_id, organisation=enterprise).first()
    if reward is None:
        raise not_found()
    if reward.state == Reward.State.PAID:
        raise Refused(409, "paid", "这笔奖励已经发放。", "This reward has been handed over already.")
    if reward.person_id == acting_user.person_id:
        raise Refused(
            409,
            "own_reward",
            "不能给自己发放奖励，请由另一位负责人发放。",
            "You can't hand over your own reward; somebody else must.",
        )
    if reward.person_id is None and (not reward.claim_hash or _number_hash(number) != reward.claim_hash):
        raise Refused(
            422,
            "wrong_number",
            "领奖号不对。请对方用查询码重新取号后再试。",
            "This is not the claim's number; let them take a new one with their code, then try again.",
            "number",
        )
    reward.state, reward.paid_by_id = Reward.State.PAID, acting_user.person_id
    reward.paid_on = queries.local_today()
    reward.save(update_fields=["state", "paid_by", "paid_on"])
    ledger.append(acting_user, enterprise.path, "participation.paid", f"reward:{reward.pk}", {})
    tell(enterprise.path, reward.pk, enterprise.pk)
