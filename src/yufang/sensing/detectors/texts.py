"""Words that events of several detectors share, in both languages."""

from __future__ import annotations

import math

from yufang.sensing.detectors.contract import State


def number(value: float) -> str:
    """Up to five significant digits, without an exponent where it can be avoided."""
    if value != 0.0 and (abs(value) < 1e-3 or abs(value) >= 1e7):
        return f"{value:.4g}"
    return f"{value:.5g}" if abs(value) < 1e4 else f"{value:.0f}"


def amount(value: float, unit: str) -> str:
    return f"{number(value)} {unit}".strip()


def lasted(since: float, at: float) -> tuple[str, str]:
    """How long, in (zh, en), from two times in µs."""
    seconds = max(0.0, (at - since) / 1e6)
    if seconds < 120:
        return f"{number(round(seconds, 1))} 秒", f"{number(round(seconds, 1))} s"
    if seconds < 7200:
        return f"{number(round(seconds / 60, 1))} 分钟", f"{number(round(seconds / 60, 1))} min"
    return f"{number(round(seconds / 3600, 1))} 小时", f"{number(round(seconds / 3600, 1))} h"


def state_of(code: float) -> State:
    """Kernels tell what is raised with a positive code, what is cleared with a negative one."""
    return "raised" if code > 0 else "cleared"


def finite(value: float) -> float | None:
    """For evidence: JSON knows no NaN and no infinity."""
    return value if math.isfinite(value) else None
