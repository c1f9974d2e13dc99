"""A small graph for the server's tests: a pack, coded cases, associations strong enough to be candidates."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.graph.small_pack import cases, make_pack
from yufang.graph import Knowledge, RiskGraph

DAY = date(2026, 1, 1)


def known_graph() -> Knowledge:
    """Forty cases at a press (crushed, WSA10004, fingers) and forty elsewhere (falls), three of them drownings."""
    rows: list[dict[str, Any]] = []
    for n in range(80):
        press = n < 40
        drowned = n >= 77
        rows.append(
            {
                "case_id": f"C{n:06d}",
                "enterprise_id": f"E{n % 6:05d}",
                "industry_code": "3311" if press else "4710",
                "occurred_on": DAY - timedelta(days=n),
                "narrative": "手从光幕侧面绕入模区，光幕侧面盲区" if press else "夜间在池边行走，地面湿滑，滑倒",
                "equipment": "压力机" if press else "",
                "accident_type": "WSA10004" if press else "WSA10007" if drowned else "WSA10011",
                "body_part": "手指" if press else "头部",
                "lost_days": 30.0,
                "deaths": int(drowned),
            }
        )
    frame = cases(rows)
    return Knowledge.build(RiskGraph.build([make_pack()], frame, None, at=date(2026, 6, 30)), frame)


def write_graph(folder: Path) -> Path:
    """The graph beside a run's other results in `folder`."""
    known_graph().write(folder / "graph")
    return folder
