"""The words of a message: what, where, why, what to do now, procedure, training, link; long, and short for SMS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

TIERS = {"high": ("高", "High"), "medium": ("中", "Medium"), "low": ("低", "Low")}
SINGLE, PART = 70, 67  # UCS-2 characters of one SMS, and of each part of a longer one (3GPP TS 23.040)


@dataclass(frozen=True, slots=True)
class Text:
    """A message in one language: a title, and lines below it."""

    title: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFacts:
    """What a message says of an alert, in one language. `measures`: strongest first; `holes`: why it came to you."""

    tier: str
    what: str
    where: str
    why: str
    measures: Sequence[str] = ()
    procedure: str = ""
    training: str = ""
    holes: Sequence[str] = ()
    level: int = 0
    synthetic: bool = False


_WORDS = {
    "zh": {
        "alert": "{tier}级预警",
        "again": "第 {level} 次升级",
        "where": "地点",
        "why": "原因",
        "now": "立即措施",
        "procedure": "处置规程",
        "training": "相关培训",
        "hole": "值班",
        "ack": "点此确认已收到",
        "open": "查看详情",
        "made_up": "【演示数据】",
        "number": "消息号",
        "colon": ":",
    },
    "en": {
        "alert": "{tier} alert",
        "again": "escalation {level}",
        "where": "Where",
        "why": "Why",
        "now": "Do now",
        "procedure": "Procedure",
        "training": "Training",
        "hole": "On duty",
        "ack": "Acknowledge",
        "open": "Open",
        "made_up": "[made-up data] ",
        "number": "Message",
        "colon": ": ",
    },
}
_MEASURES = 3


def alert_text(facts: AlertFacts, locale: str, *, link: str, may_answer: bool, number: str) -> Text:
    """The full message. `may_answer`: the link acknowledges with one tap; else it only opens the alert."""
    words = _WORDS[language(locale)]
    colon = words["colon"]
    lines = [f"{words['where']}{colon}{facts.where}", f"{words['why']}{colon}{facts.why}"]
    if facts.measures:
        lines.append(f"{words['now']}{colon}")
        lines += [f"{n}. {measure}" for n, measure in enumerate(facts.measures[:_MEASURES], start=1)]
    for name, value in (("procedure", facts.procedure), ("training", facts.training)):
        if value:
            lines.append(f"{words[name]}{colon}{value}")
    lines += [f"{words['hole']}{colon}{sentence}" for sentence in facts.holes]
    if link:
        lines.append(f"{words['ack' if may_answer else 'open']}{colon}{link}")
    lines.append(f"{words['number']}{colon}{number}")
    return Text(_title(facts, words), "\n".join(line for line in lines if line.strip()))


def _title(facts: AlertFacts, words: dict[str, str]) -> str:
    zh = words is _WORDS["zh"]
    tier = TIERS.get(facts.tier, (facts.tier, facts.tier))[0 if zh else 1]
    head = words["alert"].format(tier=tier)
    if facts.level:
        head += (" · " if zh else ", ") + words["again"].format(level=facts.level)
    made_up = words["made_up"] if facts.synthetic else ""
    return f"{made_up}【{head}】{facts.what}" if zh else f"{made_up}[{head}] {facts.what}"


def notice_text(title: str, body: str, locale: str, *, link: str, number: str, synthetic: bool = False) -> Text:
    """The message of anything that is not an alert."""
    words = _WORDS[language(locale)]
    lines = [body] if body else []
    if link:
        lines.append(f"{words['open']}{words['colon']}{link}")
    lines.append(f"{words['number']}{words['colon']}{number}")
    return Text((words["made_up"] if synthetic else "") + title, "\n".join(lines))


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationFacts:
    """Whom a one-time link is for. `until`: local time as text; `reset`: a new password instead of the first one."""

    organisation: str
    name: str
    username: str
    until: str
    reset: bool = False


_INVITATION = {
    "zh": {
        "first": "{organisation}邀请您设置登录密码",
        "reset": "{organisation}：请重新设置登录密码",
        "account": "用户名 {username}",
        "body": "{name}，您好：\n{organisation}已为您开通安全预防平台的账号，用户名：{username}。\n"
        "请在 {until} 前打开此链接设置密码，链接只能使用一次：\n{link}",
        "body_reset": "{name}，您好：\n管理员已为账号 {username} 重置登录。\n"
        "请在 {until} 前打开此链接设置新密码，链接只能使用一次：\n{link}",
        "stranger": "请勿转发此链接。如果您不认识该单位，请忽略本消息。",
    },
    "en": {
        "first": "{organisation} invites you to set a password",
        "reset": "{organisation}: set a new password",
        "account": "account {username}",
        "body": "{name},\n{organisation} has opened an account for you on its safety platform. User name: {username}\n"
        "Open this link before {until} to set a password; it works once:\n{link}",
        "body_reset": "{name},\nan administrator has reset the sign-in of {username}.\n"
        "Open this link before {until} to set a new password; it works once:\n{link}",
        "stranger": "Don't pass the link on. If you don't know this organisation, ignore this message.",
    },
}


def invitation_text(facts: InvitationFacts, locale: str, *, link: str, number: str) -> tuple[Text, str]:
    """The message that carries a one-time link, and whose account it is in few words, for SMS.

    The body stands in both languages, the reader's first: nobody has asked them yet which one they read.
    """
    mine = language(locale)
    values = {"organisation": facts.organisation, "name": facts.name, "username": facts.username}
    bodies = []
    for tongue in sorted(_INVITATION, key=lambda one: one != mine):
        words = _INVITATION[tongue]
        body = words["body_reset" if facts.reset else "body"].format(**values, until=facts.until, link=link)
        bodies.append(f"{body}\n{words['stranger']}")
    words, common = _INVITATION[mine], _WORDS[mine]
    bodies.append(f"{common['number']}{common['colon']}{number}")
    title = words["reset" if facts.reset else "first"].format(**values)
    return Text(title, "\n\n".join(bodies)), words["account"].format(**values)


def short_text(title: str, where: str, link: str, *, parts: int = 2) -> str:
    """One line for SMS that fits into `parts` messages of UCS-2: the link stays whole, place and title give way."""
    room = SINGLE if parts == 1 else PART * parts
    room -= (_units(link) + 1) if link else 0
    said = title if not where else f"{title} {where}"
    if _units(said) > room:
        said = _cut(title, room) if _units(title) > room - 4 else f"{title} {_cut(where, room - _units(title) - 1)}"
    return f"{said} {link}" if link else said


def _units(text: str) -> int:
    """UCS-2 units: a character beyond the basic plane takes two."""
    return len(text.encode("utf-16-be")) // 2


def _cut(text: str, room: int) -> str:
    if _units(text) <= room:
        return text
    kept = ""
    for character in text:
        if _units(kept + character) > room - 1:
            break
        kept += character
    return kept + "…"


def sms_parts(text: str) -> int:
    """How many SMS `text` takes in UCS-2."""
    size = _units(text)
    return 1 if size <= SINGLE else -(-size // PART)


def language(locale: str) -> str:
    """`zh` or `en`; Chinese unless the locale says English."""
    return "en" if locale.lower().startswith("en") else "zh"
