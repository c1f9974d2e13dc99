"""The accounts of the made-up region. Their passwords are printed in the open: they exist in demo mode only."""

from __future__ import annotations

from yufang.server.accounts.contracts import DemoAccount

PASSWORD = "yufang-demo"

ACCOUNTS = tuple(
    DemoAccount(username=username, password=PASSWORD, role=role, name_zh=name_zh, name_en=name_en)
    for username, role, name_zh, name_en in (
        ("supervisor", "supervisor", "周监管（演示）", "Zhou, supervisor (demo)"),
        ("safety_manager", "safety_manager", "李安全（演示）", "Li, safety manager (demo)"),
        ("team_leader", "team_leader", "王班长（演示）", "Wang, team leader (demo)"),
        ("worker", "worker", "刘工人（演示）", "Liu, worker (demo)"),
        ("coder", "coder", "陈编码（演示）", "Chen, coder (demo)"),
        ("coder_b", "coder", "孙编码（演示）", "Sun, coder (demo)"),  # two people code the same cases blind
        ("auditor", "auditor", "赵审计（演示）", "Zhao, auditor (demo)"),
    )
)
