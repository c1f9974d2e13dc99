"""Sign-in, and who a warning can be handed to."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from ninja import Router, Schema, Status
from ninja.utils import check_csrf
from pydantic import Field

from yufang.server.accounts import actions, demo_accounts, queries
from yufang.server.accounts.contracts import DemoAccount, Me, PersonOut
from yufang.server.accounts.session import actor
from yufang.server.errors import Problem, Refused

router = Router(tags=["accounts"])


class SignIn(Schema):
    username: str = Field(max_length=80)
    password: str = Field(max_length=200)


@router.get("/auth/me", auth=None, response={200: Me, 401: Problem})
def me(request: HttpRequest) -> Me:
    """The signed-in person; also sets the CSRF cookie, signed in or not."""
    get_token(request)
    if getattr(request, "actor", None) is None:
        raise Refused(401, "not_signed_in", "请先登录。", "Sign in first.")
    return queries.me(actor(request))


@router.post("/auth/sign-in", auth=None, response={200: Me, 400: Problem, 429: Problem})
def sign_in(request: HttpRequest, body: SignIn) -> Me | Status[Problem]:
    """Start a session."""
    if check_csrf(request):
        raise Refused(
            403,
            "csrf_failed",
            "页面已过期,请刷新后重试。",
            "The page is out of date; reload it and try again.",
        )
    result = actions.sign_in(request, body.username, body.password)
    if isinstance(result, Refused):
        return Status(result.status, result.problem)
    return result


@router.post("/auth/sign-out", response={204: None})
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    actions.sign_out(request)
    return HttpResponse(status=204)


@router.get("/auth/demo-accounts", auth=None, response=list[DemoAccount])
def demo(request: HttpRequest) -> list[DemoAccount]:
    """The made-up accounts of the demo; empty elsewhere."""
    return list(demo_accounts.ACCOUNTS) if settings.CONFIG.demo else []


@router.get("/organisations/people", response=list[PersonOut])
def people(request: HttpRequest, enterprise_id: int) -> list[PersonOut]:
    """People that a warning of the enterprise can be handed to."""
    return queries.people_for(actor(request), enterprise_id)
