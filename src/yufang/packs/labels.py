"""What the words of the schema are called on screen, in both languages."""

from __future__ import annotations

from types import MappingProxyType

from yufang.packs.model import Text


def _labels(**names: tuple[str, str]) -> MappingProxyType[str, Text]:
    return MappingProxyType({key: Text(zh=zh, en=en) for key, (zh, en) in names.items()})


# In the order of the hierarchy of controls, strongest first.
CONTROL_LEVELS = _labels(
    eliminate=("消除", "Eliminate"),
    substitute=("替代", "Substitute"),
    engineering=("工程控制", "Engineering control"),
    administrative=("管理控制", "Administrative control"),
    ppe=("个体防护", "Personal protection"),
)
FACTORS = _labels(
    human=("人的因素", "Human"),
    machine=("设备因素", "Machine"),
    material=("物料因素", "Material"),
    method=("方法因素", "Method"),
    environment=("环境因素", "Environment"),
)
SEVERITIES = _labels(
    minor=("轻伤", "Minor injury"),
    serious=("重伤", "Serious injury"),
    fatal=("死亡", "Death"),
    multi_fatal=("群死群伤", "Several deaths"),
)
PREVALENCES = _labels(common=("常见", "Common"), occasional=("偶见", "Occasional"), rare=("少见", "Rare"))
EXPOSURES = _labels(
    continuous=("连续", "Continuous"),
    daily=("每天", "Daily"),
    weekly=("每周", "Weekly"),
    monthly=("每月", "Monthly"),
    yearly=("每年", "Yearly"),
)
CLAUSE_STATUSES = _labels(text=("已读原文", "Text read"), title=("仅知标题或主题", "Known by title or topic only"))
