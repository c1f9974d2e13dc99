"""The page of a one-tap link: GET shows what it is about and changes nothing, POST acknowledges. No sign-in.

A messenger that fetches links to preview them does GET, so it can't acknowledge anything. The page shows the alert's
text and no more; it loads nothing, stores nothing and sends no address on.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from yufang.server.dispatch.actions import acknowledge_by_link
from yufang.server.dispatch.queries import AckOutcome, link
from yufang.server.scope import Actor, scoped
from yufang.server.web import nonce

STATUS = {"altered": 404, "expired": 410, "closed_person": 403}
# state → what the page says: the fact, and what to do now, zh and en
SAID = {
    "done": (
        ("已确认。", "系统已记录您的确认时间，请按措施处置。"),
        ("Acknowledged.", "The time is on record. Please act on the measures."),
    ),
    "used": (
        ("您已确认过这条预警。", "无需再次操作。"),
        ("You have acknowledged this alert already.", "Nothing more to do."),
    ),
    "taken": (
        ("已有人接收这条预警。", "您的点击已记录，无需再次操作。"),
        ("Someone has taken this alert on already.", "Your tap is on record; nothing more to do."),
    ),
    "ended": (("这条预警已经结束。", "无需确认。"), ("This alert has ended.", "There is nothing to acknowledge.")),
    "expired": (
        ("链接已过期。", "请登录平台，在预警中心确认。"),
        ("This link has expired.", "Sign in and acknowledge the alert in the alert centre."),
    ),
    "altered": (
        ("链接无效。", "链接可能被截断或改动过。请重新打开消息中的完整链接，或登录平台确认。"),
        ("This link is not valid.", "It may have been cut off or changed. Open the whole link, or sign in."),
    ),
    "closed_person": (
        ("您的账号已停用或没有确认权限。", "请联系本单位安全管理员。"),
        ("Your account is closed, or may not acknowledge.", "Ask your organisation's safety manager."),
    ),
}


@csrf_exempt  # there is no session that could be ridden: the token in the address is all there is
@require_http_methods(["GET", "HEAD", "POST"])
def ack(request: HttpRequest, token: str) -> HttpResponse:
    """Show, or on POST acknowledge."""
    now = timezone.now()
    if request.method == "POST":
        found = acknowledge_by_link(token, now)
    else:
        with scoped(Actor.platform()):
            found = link(token, now)
    response = _page(request, found)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _page(request: HttpRequest, found: AckOutcome) -> HttpResponse:
    said = SAID.get(found.state)
    shown = found.row is not None and found.state not in ("expired", "altered", "closed_person")
    context = {
        "state": found.state,
        "said": {"zh": said[0], "en": said[1]} if said is not None else None,
        "alert": found.row.warning if shown and found.row is not None else None,
        "where": found.where if shown else "",
        "nonce": nonce(request),
        "good": found.state in ("done", "used", "taken"),
    }
    return render(request, "dispatch/ack.html", context, status=STATUS.get(found.state, 200))
