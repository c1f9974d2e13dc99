"""Rounds of self-assessment. Answers exist as sums only; who answered is known to nobody once a round is closed.

What a database administrator could still find out, and what not, stands in docs/participation.md.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import date, timedelta

from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

from yufang.participation import ParticipationError, questionnaire
from yufang.participation.assessment import SIDES, SMALLEST_CELL, VALUES, Side
from yufang.server.accounts.models import Organisation
from yufang.server.errors import Refused, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.participation import queries
from yufang.server.participation.ideas import refused, tell
from yufang.server.participation.models import AnswerCount, AnswerToken, AssessmentRound
from yufang.server.scope import Actor, action

LONGEST_DAYS = 92


def side_of(acting_user: Actor) -> Side:
    """Whoever manages participation answers as a manager, everybody else as a worker."""
    return "manager" if acting_user.may(queries.MANAGE) else "worker"


def token_of(round_: AssessmentRound, person_id: int | None) -> str:
    """The mark of a person in a round. Needs the server's secret key, which the database doesn't hold, and the salt,
    which is wiped when the round closes."""
    return salted_hmac("yufang.participation", f"{round_.salt}:{person_id}", algorithm="sha256").hexdigest()


@action
def open_round(acting_user: Actor, closes_on: date) -> int:
    """Open a round of one's own enterprise; returns its id. Refused while one is open."""
    enterprise = Organisation.objects.select_for_update().get(id=queries.home(acting_user).pk)
    today = queries.local_today()
    if not today + timedelta(days=1) <= closes_on <= today + timedelta(days=LONGEST_DAYS):
        raise Refused(
            422,
            "bad_day",
            f"截止日期 {closes_on} 应在明天至 {LONGEST_DAYS} 天之内，请改选日期。",
            f"The last day {closes_on} must lie between tomorrow and {LONGEST_DAYS} days from now; choose another.",
            "closes_on",
        )
    if AssessmentRound.objects.filter(organisation=enterprise, closed_at=None).exists():
        raise Refused(
            409,
            "round_open",
            "已有一轮自评正在进行，请先结束它。",
            "A round is open already; close it first.",
        )
    form = questionnaire()
    facts = {"form": form.urn, "version": form.version, "closes_on": closes_on.isoformat()}
    index = ledger.append(
        acting_user, enterprise.path, "participation.round_opened", f"enterprise:{enterprise.pk}", facts
    )
    made = AssessmentRound.objects.create(
        organisation=enterprise,
        path=enterprise.path,
        form_urn=form.urn,
        form_version=form.version,
        opened_by_id=acting_user.person_id,
        opened_at=timezone.now(),
        closes_on=closes_on,
        salt=secrets.token_hex(32),
        ledger_index=index,
    )
    # Every cell stands from the start: answering changes them all alike and adds none.
    AnswerCount.objects.bulk_create(
        AnswerCount(round=made, path=made.path, side=side, question=key, value=value)
        for side in SIDES
        for key in form.question_keys()
        for value in VALUES
    )
    tell(made.path, made.pk, enterprise.pk)
    return int(made.pk)


def _round(acting_user: Actor, round_id: int) -> AssessmentRound:
    enterprise = queries.home(acting_user)
    rounds = AssessmentRound.objects.select_for_update(of=("self",))
    found = rounds.filter(id=round_id, organisation=enterprise).first()
    if found is None:
        raise not_found()
    if found.closed_at is not None:
        raise Refused(
            409,
            "round_closed",
            "这一轮自评已经结束，结果可在本页查看。",
            "This round is closed; its results stand on this page.",
        )
    return found


@action
def answer(acting_user: Actor, round_id: int, answers: Mapping[str, int]) -> None:
    """Add one person's answers to the sums; a second time is refused. Leaves no leaf and no event: either would say
    when somebody answered.

    Every cell of the round is written, also where nothing is added: PostgreSQL marks a row with the transaction that
    wrote it last, and cells written by one person alone would show that person's answers beside their token.
    """
    round_ = _round(acting_user, round_id)
    try:
        sheet = questionnaire().check(answers)
    except ParticipationError as error:
        raise refused(error) from error
    _, new = AnswerToken.objects.get_or_create(
        round=round_, token=token_of(round_, acting_user.person_id), defaults={"path": round_.path}
    )
    if not new:
        raise Refused(
            409,
            "answered",
            "您已经答过这一轮，谢谢；每人只能答一次。",
            "You have answered this round, thank you; everybody answers once.",
        )
    side = side_of(acting_user)
    cells = list(AnswerCount.objects.filter(round=round_).order_by("id"))
    for cell in cells:
        cell.n += cell.side == side and sheet[cell.question] == cell.value
    AnswerCount.objects.bulk_update(cells, ["n"])


@action
def close_round(acting_user: Actor, round_id: int) -> None:
    """Close a round: wipe salt and tokens, and the workers' sums too where too few answered to be shown."""
    _close(acting_user, _round(acting_user, round_id))


def _close(acting_user: Actor, round_: AssessmentRound) -> None:
    first = questionnaire().question_keys()[0]
    answered = dict.fromkeys(SIDES, 0)
    for side, n in AnswerCount.objects.filter(round=round_, question=first).values_list("side", "n"):
        answered[side] += n
    if answered["worker"] < SMALLEST_CELL:
        AnswerCount.objects.filter(round=round_, side="worker").update(n=F("n") * 0)
        round_.destroyed, answered["worker"] = True, 0
    AnswerToken.objects.filter(round=round_).delete()
    round_.salt, round_.closed_at = "", timezone.now()
    round_.workers, round_.managers = answered["worker"], answered["manager"]
    cells = AnswerCount.objects.filter(round=round_).order_by("side", "question", "value")
    content = json.dumps(list(cells.values_list("side", "question", "value", "n")))
    facts = {
        "workers": round_.workers,
        "managers": round_.managers,
        "destroyed": round_.destroyed,
        "counts_sha256": hashlib.sha256(content.encode()).hexdigest(),
    }
    round_.ledger_index = ledger.append(
        acting_user, round_.path, "participation.round_closed", f"assessment:{round_.pk}", facts
    )
    round_.save()
    tell(round_.path, round_.pk, round_.organisation_id)


@action
def close_due(acting_user: Actor, today: date) -> int:
    """Close the rounds whose last day has passed; returns how many."""
    due = AssessmentRound.objects.select_for_update(of=("self",)).filter(closed_at=None, closes_on__lt=today)
    found = list(due.order_by("id"))
    for round_ in found:
        _close(acting_user, round_)
    return len(found)
