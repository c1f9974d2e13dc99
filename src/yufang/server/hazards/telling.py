"""Who is told what when a hazard moves, and the platform's own words in its history."""

from __future__ import annotations

from datetime import datetime

from yufang.hazards.lifecycle import Action, Moved
from yufang.server.accounts.models import Person
from yufang.server.dispatch import actions as dispatch
from yufang.server.hazards.models import Hazard, HazardStep
from yufang.server.scope import Actor

_CLOSED = {
    "confirmed": ("报告人已确认，隐患关闭。", "The reporter confirmed; the hazard is closed."),
    "no_reporter": (
        "没有可询问的报告人，验收通过即关闭。",
        "There is no reporter to ask; the passed check closes the hazard.",
    ),
    "nobody_confirmed": (
        "验收后 7 天内报告人未答复，系统自动关闭；报告人仍可要求重新整改。",
        "Nobody confirmed within 7 days of the check, so it closed by itself; the reporter may still reopen it.",
    ),
    "not_contested": (
        "判定不是隐患后 7 天内报告人未申诉，系统自动关闭。",
        "Nobody contested the refusal within 7 days, so the report closed by itself.",
    ),
    "accepted": ("报告人认可判定，报告关闭。", "The reporter accepts the decision; the report is closed."),
    "refused_finally": ("判定不是隐患，报告关闭。", "Decided not to be a hazard; the report is closed."),
    "released": ("监管部门核销，重大事故隐患关闭。", "The regulator released the major hazard; it is closed."),
}


def closed_text(why: str) -> tuple[str, str]:
    """Why a hazard closed, in both languages."""
    return _CLOSED.get(why, ("", ""))


def title(hazard: Hazard) -> tuple[str, str]:
    """The hazard's title in both languages; the Chinese one where there is no English."""
    return hazard.title_zh, hazard.title_en or hazard.title_zh


def safety_managers(hazard: Hazard) -> list[int]:
    """Ids of the enterprise's safety managers, in the open scope."""
    people = Person.objects.filter(active=True, roles__contains=["safety_manager"])
    return list(people.filter(path__startswith=hazard.enterprise.path).order_by("id").values_list("id", flat=True))


def regulators(hazard: Hazard) -> list[int]:
    """Ids of the supervisors above the enterprise, as far as the open scope shows them."""
    above = [int(part) for part in hazard.enterprise.path.strip("/").split("/")][:-1]
    people = Person.objects.filter(active=True, roles__contains=["supervisor"], organisation_id__in=above)
    return list(people.order_by("id").values_list("id", flat=True))


def holders(hazard: Hazard) -> list[int]:
    """Who holds the hazard now: its owner, whom the routing named, or the safety managers."""
    if hazard.owner_id is not None:
        return [hazard.owner_id]
    return [hazard.route_owner_id] if hazard.route_owner_id is not None else safety_managers(hazard)


def tell(
    acting_user: Actor, hazard: Hazard, people: list[int], kind: str, title_: tuple[str, str], at: datetime
) -> None:
    """Tell people about a hazard; nobody is told about what they did themselves."""
    zh, en = title(hazard)
    others = [p for p in people if p != acting_user.person_id]
    if others:
        dispatch.notify(
            acting_user,
            person_ids=others,
            kind=kind,
            subject=f"hazard:{hazard.pk}",
            title_zh=f"{title_[0]}:{zh}",
            title_en=f"{title_[1]}: {en}",
            body_zh=f"{zh}(整改期限 {_day(hazard.due_at)})",
            body_en=f"{en} (to be fixed by {_day(hazard.due_at)})",
            link=f"/hazards/{hazard.pk}",
            at=at,
        )


def _day(moment: datetime) -> str:
    from django.utils import timezone

    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")


def moved(acting_user: Actor, hazard: Hazard, action: Action, moved_: Moved, at: datetime) -> None:
    """Tell those whose turn it is after a step."""
    if action in ("assign", "transfer"):
        words, people, kind = ("隐患分派给您", "A hazard is yours to fix"), [hazard.owner_id], "hazard_assigned"
    elif action == "fix":
        words, people, kind = ("隐患待验收", "A fix waits for its check"), safety_managers(hazard), "hazard_fixed"
    elif action in ("send_back", "not_done", "reopen"):
        words, people, kind = ("隐患需重新整改", "A hazard came back"), holders(hazard), "hazard_reopened"
    elif action == "contest":
        words, people, kind = ("报告人申诉，请另一人判定", "Contested: somebody else decides"), [], "hazard_contested"
        people = safety_managers(hazard)
    else:
        words, people, kind = ("", ""), [], ""
    if people:
        tell(acting_user, hazard, people, kind, words, at)
    if hazard.reporter_id is not None and hazard.state in ("checked", "refused"):
        checked = hazard.state == "checked"
        words = ("请确认整改结果", "Please confirm the fix") if checked else ("报告已判定", "Your report was decided")
        tell(acting_user, hazard, [hazard.reporter_id], "hazard_asks_reporter", words, at)


_STORY = {
    "opened": ("已收到报告，48 小时内答复。", "Your report came in; you get an answer within 48 hours."),
    "assign": ("已安排人员整改。", "Somebody was given the task of fixing it."),
    "transfer": ("已转交其他人员整改。", "It was handed to somebody else to fix."),
    "start": ("整改已开始。", "Work on the fix has begun."),
    "fix": ("已整改，等待他人验收。", "It was fixed; somebody else checks it next."),
    "check": ("验收通过，请您确认。", "The check passed; please confirm."),
    "send_back": ("验收未通过，退回重新整改。", "The check failed; it went back to be fixed."),
    "confirm": ("报告人确认已整改。", "The reporter confirmed the fix."),
    "not_done": ("报告人认为未整改到位，重新整改。", "The reporter says it is not fixed; it went back."),
    "contest": ("报告人申诉，由另一人重新判定。", "The reporter contested; somebody else decides again."),
    "accept": ("报告人认可判定。", "The reporter accepted the decision."),
    "reopen": ("隐患重新打开。", "The hazard was reopened."),
    "release": ("监管部门已核销。", "The regulator released it."),
    "reminded": ("系统已提醒责任人。", "The platform reminded whoever holds it."),
    "escalated": ("逾期，系统已上报上一级。", "It is late; the platform told the next level."),
    "major": (
        "已判定为重大事故隐患，由监管部门挂牌督办。",
        "Decided to be a major hazard, under the regulator's eye.",
    ),
    "not_major": ("已判定不属于重大事故隐患。", "Decided not to be a major hazard."),
    "opinion_asked": ("已请他人复核。", "A second opinion was asked for."),
    "opinion_given": ("复核意见已给出。", "A second opinion was given."),
}


def told_to_reporter(step: HazardStep) -> tuple[str, str]:
    """A step in words for whoever reported it. A refusal carries its reason, for they must be able to contest it."""
    if step.action == "refuse":
        return f"判定不是隐患：{step.note}", f"Decided not to be a hazard: {step.note}"
    if step.action in ("closed", "lapse"):
        return step.text_zh, step.text_en
    return _STORY.get(step.action, ("", ""))
