"""A person is told when how they sign in changes: whoever did it in their name, they see it on every way they have."""

from __future__ import annotations

from typing import Literal

from django.utils import timezone

from yufang.server.accounts.models import Person
from yufang.server.dispatch import actions as dispatch
from yufang.server.scope import Actor

Change = Literal["password", "factor_added", "factor_removed", "recovery_codes"]
_SAID: dict[Change, tuple[str, str]] = {
    "password": ("您的登录密码已修改", "Your password was changed"),
    "factor_added": ("您的账户新增了一种两步验证方式", "A second factor was added to your account"),
    "factor_removed": ("您的账户移除了一种两步验证方式", "A second factor was removed from your account"),
    "recovery_codes": ("您的账户生成了新的恢复码", "New recovery codes were made for your account"),
}


def tell(acting_user: Actor, person: Person, change: Change) -> None:
    """Tell `person` of `change`, in the caller's transaction."""
    zh, en = _SAID[change]
    dispatch.notify(
        acting_user,
        person_ids=[person.pk],
        kind="account_changed",
        subject=f"person:{person.pk}",
        title_zh=zh,
        title_en=en,
        body_zh="如果不是您本人操作，请立即修改密码、结束其他会话，并联系本单位管理员。",
        body_en="If it was not you, change your password at once, end the other sessions, and tell your organisation's "
        "administrator.",
        link="/security",
        at=timezone.now(),
    )
