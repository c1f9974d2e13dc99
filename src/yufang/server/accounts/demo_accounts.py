"""The accounts of the made-up region. Their passwords are printed in the open: they exist in demo mode only."""

from __future__ import annotations

from yufang.server.accounts.contracts import DemoAccount

PASSWORD = "yufang-demo"

ACCOUNTS = tuple(
    DemoAccount(username=role, password=PASSWORD, role=role, name_zh=name_zh, name_en=name_en)
    for role, name_zh, name_en in (
        ("supervisor", "周监管(演示)", "Zhou, supervisor (demo)"),
        ("safety_manager", "李安全(演示)", "Li, safety manager (demo)"),
        ("team_leader", "王班长(演示)", "Wang, team leader (demo)"),
        ("coder", "陈编码(演示)", "Chen, coder (demo)"),
        ("auditor", "赵审计(演示)", "Zhao, auditor (demo)"),
    )
)
