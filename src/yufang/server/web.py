"""What the server answers outside the API: security headers, the phone app under /w/, and the console for the rest."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable
from pathlib import Path

import ninja
import psycopg
from django.conf import settings
from django.core.exceptions import DisallowedHost, RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from psycopg_pool import PoolTimeout
from whitenoise.middleware import WhiteNoiseMiddleware

from yufang.server.errors import Problem, not_found

# What every page keeps to. Style elements count with the page's nonce only, scripts from here only, nothing inline.
_PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'{nonce}; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; media-src 'self' blob:; worker-src 'self' blob:; "
    "manifest-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# An answer of the API that somebody opens as a page does nothing at all.
API_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
BUSY_SECONDS = 5  # until a request that found the platform full is asked to come again
NONCE_MARK = "__NONCE__"  # in the built page

# The phone app writes no style elements, plays back the voice note it has just recorded, and asks for the camera,
# the microphone and the place of the phone.
WORKER_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; worker-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_UNUSED = (
    "accelerometer=(), autoplay=(self), display-capture=(), gyroscope=(), magnetometer=(), midi=(), payment=(), usb=()"
)
PERMISSIONS = f"camera=(), microphone=(), geolocation=(), {_UNUSED}"
WORKER_PERMISSIONS = f"camera=(self), microphone=(self), geolocation=(self), {_UNUSED}"

NOT_BUILT = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>yufang 预防</title>
<body>
<h1>yufang 预防</h1>
<p>服务已经启动，但网页控制台还没有构建。请在项目目录执行 <code>make web</code>，然后重新启动。</p>
<p lang="en">The server runs, but its console has not been built. Run <code>make web</code> in the project folder
and start again.</p>
<p><a href="/api/docs">API</a></p></body></html>
"""


class StaticFiles(WhiteNoiseMiddleware):
    """The console's files and those of the API viewer, so that nothing is fetched from elsewhere."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        super().__init__(get_response)
        self.add_files(str(Path(ninja.__file__).parent / "static"), prefix=settings.STATIC_URL)


class SecurityHeaders:
    """Adds the headers that Django's SecurityMiddleware leaves out."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request) if _is_ours(request) else _strange_host(request)
        is_page = not request.path.startswith("/api/") or request.path == "/api/docs"
        response.headers.setdefault("Content-Security-Policy", page_policy(request) if is_page else API_POLICY)
        response.headers.setdefault("X-Frame-Options", "DENY")
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if request.path.startswith("/api/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


# Asked under any name by what watches over the server; what they tell is no secret.
_ANY_HOST = ("/api/health", "/healthz", "/readyz", "/metrics")


def _is_ours(request: HttpRequest) -> bool:
    """Whether the request came under one of the platform's names; a name that somebody points at it is not one."""
    if request.path.startswith(_ANY_HOST):
        return True
    try:
        request.get_host()
    except DisallowedHost:
        return False
    return True


def _strange_host(request: HttpRequest) -> HttpResponse:
    problem = Problem(
        code="unknown_host",
        message_zh="平台不在这个主机名下提供服务；请用平台的网址访问，或由运维在 YUFANG_ALLOWED_HOSTS 中加入该主机名。",
        message_en="The platform is not reached by this host name; use its own address, or have the operator add the "
        "name to YUFANG_ALLOWED_HOSTS.",
    )
    return JsonResponse(problem.model_dump(), status=400, json_dumps_params={"ensure_ascii": False})


def nonce(request: HttpRequest) -> str:
    """The nonce of the page that answers `request`; the policy names it once somebody asked for it."""
    found: str = getattr(request, "csp_nonce", "")
    if not found:
        found = secrets.token_urlsafe(16)
        request.csp_nonce = found
    return found


def page_policy(request: HttpRequest) -> str:
    """The Content-Security-Policy of the page that answers `request`."""
    given: str = getattr(request, "csp_nonce", "")
    return _PAGE.format(nonce=f" 'nonce-{given}'" if given else "")


def console(request: HttpRequest) -> HttpResponse:
    """The console's page, whatever the route: the router in the browser reads the address."""
    index = settings.CONSOLE / "index.html"
    page = index.read_text(encoding="utf-8") if index.exists() else NOT_BUILT
    response = HttpResponse(page.replace(NONCE_MARK, nonce(request)))
    response.headers["Cache-Control"] = "no-store"  # a nonce is for once
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """What a failure of ours says: nothing of what happened, but the number under which the operator finds it."""
    error = sys.exception()
    if _not_done(error):
        return _busy()
    if _broke_off(error):
        return _unsure()
    number = str(getattr(request, "request_id", ""))
    problem = Problem(
        code="server_error",
        message_zh=f"服务器内部错误，这次操作没有生效。请稍后重试；若仍失败，请把编号 {number} 告诉运维人员。",
        message_en="The server failed; nothing of this was done. Try again later; if it fails again, tell the operator "
        f"the number {number}.",
    )
    return JsonResponse(problem.model_dump(), status=500, json_dumps_params={"ensure_ascii": False})


def _not_done(error: BaseException | None) -> bool:
    """Whether nothing of a request was done, and again may go well: none of the database's connections came free in
    time, there is no database, or it took the transaction back for another's sake (a deadlock)."""
    while error is not None:
        if isinstance(error, PoolTimeout | psycopg.errors.DeadlockDetected | psycopg.errors.SerializationFailure):
            return True
        error = error.__cause__ or error.__context__
    return False


def _broke_off(error: BaseException | None) -> bool:
    """Whether a request failed since the database went away: no SQLSTATE, or one of connections or shutdown."""
    while error is not None:
        if isinstance(error, psycopg.OperationalError) and (error.sqlstate or "08")[:2] in ("08", "57"):
            return not isinstance(error, psycopg.errors.QueryCanceled)
        error = error.__cause__ or error.__context__
    return False


def _busy() -> HttpResponse:
    problem = Problem(
        code="busy",
        message_zh=f"系统繁忙或数据库正在恢复，这次操作没有生效，请 {BUSY_SECONDS} 秒后重试；已填写的内容不会丢失。",
        message_en="The platform is busy, or its database is coming back; nothing of this was done. Try again in "
        f"{BUSY_SECONDS} seconds. What you entered is not lost.",
    )
    return _again(problem)


def _unsure() -> HttpResponse:
    """The connection broke, perhaps on the commit: the server itself doesn't know whether it was done."""
    problem = Problem(
        code="broke_off",
        message_zh=f"数据库连接中断，正在恢复。请 {BUSY_SECONDS} 秒后刷新，看这次操作是否已生效，再决定是否重试。",
        message_en="The connection to the database broke off; it is coming back. Look again in "
        f"{BUSY_SECONDS} seconds whether this was done, and do it again if not.",
    )
    return _again(problem)


def _again(problem: Problem) -> HttpResponse:
    response = JsonResponse(problem.model_dump(), status=503, json_dumps_params={"ensure_ascii": False})
    response.headers["Retry-After"] = str(BUSY_SECONDS)
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What Django itself refuses to read, most of all a body of more than it takes outside of uploads."""
    if isinstance(exception, RequestDataTooBig):
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2**20
        problem = Problem(
            code="too_large",
            message_zh=f"请求超过 {most} MB，没有读取；请分成几次提交。",
            message_en=f"The request has more than {most} MB and was not read; send it in parts.",
        )
    else:
        problem = Problem(
            code="bad_request",
            message_zh="请求无法读取，请刷新页面后重试。",
            message_en="The request can't be read; reload the page and try again.",
        )
    status = 413 if problem.code == "too_large" else 400
    return JsonResponse(problem.model_dump(), status=status, json_dumps_params={"ensure_ascii": False})


def no_such_address(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What an address that leads nowhere says: the same as a record that isn't there."""
    problem = not_found().problem
    return JsonResponse(problem.model_dump(), status=404, json_dumps_params={"ensure_ascii": False})


def worker_home(request: HttpRequest) -> HttpResponse:
    """`/w` leads to `/w/`: a service worker whose scope were `/w` would also rule `/warnings` and `/what-if`."""
    return HttpResponseRedirect("/w/")


def worker(request: HttpRequest) -> HttpResponse:
    """The phone app's page, whatever stands behind `/w/`: a place's token, `follow/` and a code, or nothing."""
    page = settings.CONSOLE / "worker.html"
    response = HttpResponse(page.read_text(encoding="utf-8") if page.exists() else NOT_BUILT)
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Content-Security-Policy"] = WORKER_POLICY
    response.headers["Permissions-Policy"] = WORKER_PERMISSIONS
    # Tokens and codes stand in the address; no other page learns them.
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def service_worker(request: HttpRequest) -> HttpResponse:
    """The phone app's service worker. It stands under `/w/` because that is how far its scope may reach."""
    script = settings.CONSOLE / "sw.js"
    if not script.exists():
        return HttpResponse(status=404)
    response = HttpResponse(script.read_text(encoding="utf-8"), content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response
