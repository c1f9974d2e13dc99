"""The rules for passwords, and changing one's own."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone

from yufang.server.accounts import signing_in
from yufang.server.accounts.models import Person
from yufang.server.accounts.telling import tell
from yufang.server.errors import Refused
from yufang.server.ledger import actions as ledger
from yufang.server.scope import Actor, action

# By the codes of Django's validators (AUTH_PASSWORD_VALIDATORS).
_WHY = {
    "password_too_short": (
        "密码至少需要 {least} 个字符；可以用几个词连成一句。",
        "A password needs at least {least} characters; a few words in a row will do.",
    ),
    "password_too_common": (
        "这个密码太常见，容易被猜中；请换一个。",
        "This password is among the most common and easily guessed; choose another.",
    ),
    "password_too_similar": (
        "密码与用户名或姓名太相近；请换一个。",
        "The password is too much like your name; choose another.",
    ),
}
_OTHER = ("这个密码不符合要求；请换一个。", "This password is not allowed; choose another.")


def check(password: str, person: Person, field: str = "password") -> None:
    """Refuse a password that the rules don't allow, naming every rule that it breaks."""
    try:
        validate_password(password, user=person)
    except ValidationError as error:
        least = settings.CONFIG.password_length
        broken = [_WHY.get(str(e.code), _OTHER) for e in error.error_list]
        raise Refused(
            422,
            "weak_password",
            "".join(zh.format(least=least) for zh, _ in broken),
            " ".join(en.format(least=least) for _, en in broken),
            field,
        ) from error


@action
def change_own(acting_user: Actor, request: HttpRequest, old: str, new: str) -> None:
    """Change one's own password. Every other session ends; this one gets a new key."""
    person = Person.objects.select_for_update().get(id=acting_user.person_id)
    if not check_password(old, person.password):
        raise Refused(
            400,
            "bad_credentials",
            "现用密码不正确，请重新输入。",
            "The present password is wrong; enter it again.",
            "old",
        )
    if old == new:
        raise Refused(
            422,
            "same_password",
            "新密码与现用密码相同；请换一个。",
            "The new password is the present one; choose another.",
            "new",
        )
    check(new, person, "new")
    keep(person, new)
    ended = signing_in.end_sessions(person, keep=request.session.session_key)
    signing_in.renew(request, person)
    ledger.append(
        acting_user, person.path, "accounts.password_changed", f"person:{person.pk}", {"sessions_ended": ended}
    )
    tell(acting_user, person, "password")


def keep(person: Person, password: str, *, must_change: bool = False) -> None:
    """Set `password`, which was checked. Sessions of the old one no longer hold (`queries.session_stamp`)."""
    person.password = make_password(password)
    person.must_change_password = must_change
    person.password_changed_at = timezone.now()
    person.save(update_fields=["password", "must_change_password", "password_changed_at"])
