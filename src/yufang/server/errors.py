"""The one way the server refuses: a code, a sentence in both languages that says the way out, and the field."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Contract(BaseModel):
    """Base of everything that leaves a room."""

    # Built where first used: a start that builds them all takes a second longer.
    model_config = ConfigDict(frozen=True, from_attributes=True, defer_build=True)


class Problem(Contract):
    """Body of every answer that isn't 2xx."""

    code: str
    message_zh: str
    message_en: str
    field: str | None = None


class Refused(Exception):
    """Raised by actions and queries; the API answers `status` with the problem."""

    def __init__(self, status: int, code: str, message_zh: str, message_en: str, field: str | None = None) -> None:
        super().__init__(message_en)
        self.status = status
        self.problem = Problem(code=code, message_zh=message_zh, message_en=message_en, field=field)


def not_found() -> Refused:
    """Also for rows that exist and belong to someone else: the answer must not tell the two apart."""
    return Refused(
        404,
        "not_found",
        "没有找到这条记录，请返回列表重新选择。",
        "There is no such record; go back to the list and choose again.",
    )


def forbidden(permission: str) -> Refused:
    """The person is signed in and lacks the permission."""
    return Refused(
        403,
        "forbidden",
        f"您的角色没有这项权限({permission})，请联系本单位管理员。",
        f"Your role lacks the permission {permission}; ask your organisation's administrator.",
    )
