"""Where does a machine stand? By what a person said, else by a name that equipment and area share."""

from __future__ import annotations

import re
from collections.abc import Mapping

# Words that say nothing of which area is meant.
_COMMON = (
    "车间",
    "区域",
    "设备",
    "厂房",
    "仓库",
    "一号",
    "二号",
    "三号",
    "四号",
    "作业",
    "生产",
    "系统",
    "装置",
    "机械",
)
_SHORTEST = 2


def area_by_name(machine: str, areas: Mapping[int, str]) -> int | None:
    """The one area whose name shares the longest run of Chinese characters with `machine`; None where none or several.

    "锅炉" stands in "锅炉房", "冲压机" in "冲压车间". areas: id → Chinese name.
    """
    scores = {key: _shared(machine, name) for key, name in areas.items()}
    best = max(scores.values(), default=0)
    if best < _SHORTEST:
        return None
    first = [key for key, score in scores.items() if score == best]
    return first[0] if len(first) == 1 else None


def _shared(machine: str, name: str) -> int:
    text = machine
    for word in _COMMON:
        name, text = name.replace(word, " "), text.replace(word, " ")
    best = 0
    for run in re.findall(r"[\u4e00-\u9fff]+", name):
        for size in range(len(run), _SHORTEST - 1, -1):
            if size > best and any(run[i : i + size] in text for i in range(len(run) - size + 1)):
                best = size
    return best
