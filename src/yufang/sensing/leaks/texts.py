"""What a leak's event says to a person, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yufang.sensing.detectors.contract import State

_WHY = {
    "calm": ("风速过低，不能判断来源", "the air is too still to tell the source"),
    "several_fit": ("几个来源都有可能，不能判断来源", "several sources fit, so the source cannot be told"),
    "none_fits": (
        "已知泄漏点都不能解释，气体可能来自别处",
        "none of the known places explains it; the gas may come from elsewhere",
    ),
}
# Winds are told by where they blow to: people look there for the gas.
_ZH = ("北", "东北", "东", "东南", "南", "西南", "西", "西北")
_EN = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")


def reasons(state: State, evidence: Mapping[str, Any], leak: float, highest: float) -> tuple[str, str]:
    """Two sentences (zh, en) from an event's evidence."""
    if state == "cleared":
        return (
            f"已看不出泄漏（可能性 {leak:.0%}）",
            f"the leak no longer shows (probability {leak:.0%})",
        )
    where_zh, where_en = _where(evidence)
    wind_zh, wind_en = _wind(evidence.get("wind"))
    sensors = [str(sensor["sensor"]) for sensor in evidence["sensors"]][:3]
    at_zh = f"{'、'.join(sensors)} 处最高超出背景 {highest:.2f} ppm" if sensors else "目前各传感器处没有气体"
    at_en = f"up to {highest:.2f} ppm above background at {', '.join(sensors)}" if sensors else "no gas at a sensor now"
    return (
        f"疑似气体泄漏（可能性 {leak:.0%}）：{where_zh}；{at_zh}；{wind_zh}",
        f"suspected gas leak (probability {leak:.0%}): {where_en}; {at_en}; {wind_en}",
    )


def _where(evidence: Mapping[str, Any]) -> tuple[str, str]:
    if evidence["source"] is None:
        return _WHY[evidence["why_no_source"]]
    share = max(entry["probability"] for entry in evidence["sources"] if entry["source"] == evidence["source"])
    rate = evidence["rate_kg_h"]
    span = f"{rate['low']:g}–{rate['high']:g}"
    return (
        f"来源可能是 {evidence['source']}（{share:.0%}），泄漏速率约 {rate['middle']:g} kg/h（90% 区间 {span}）",
        f"probably from {evidence['source']} ({share:.0%}), about {rate['middle']:g} kg/h (90 % interval {span})",
    )


def _wind(wind: Mapping[str, Any] | None) -> tuple[str, str]:
    if wind is None:
        return "没有风的读数", "no reading of the wind"
    at = round(float(wind["towards_deg"]) / 45) % 8
    speed = float(wind["speed_m_s"])
    return f"风吹向{_ZH[at]}，{speed:g} m/s", f"wind towards the {_EN[at]}, {speed:g} m/s"
