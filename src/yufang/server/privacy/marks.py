"""What stands in every export of personal data: who took it out, and when. A copy that turns up says where it is from.

`tests/server/test_marks.py` walks everything that leaves as a file, and asks for this or for the reason why not.
"""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from yufang.server.scope import Actor


def line(acting_user: Actor, now: datetime) -> str:
    """The mark as one line of text in both languages; the time with its zone."""
    at = timezone.localtime(now).isoformat(timespec="minutes")
    return f"由 {acting_user.name} 于 {at} 导出，含个人信息 · exported by {acting_user.name} at {at}, personal data"
