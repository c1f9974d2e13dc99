"""What the server answers outside the API: security headers, the phone app under /w/, and the console for the rest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import ninja
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware

# Ant Design writes <style> elements; nothing else may run inline, and nothing comes from elsewhere.
POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)

# The phone app writes no style elements, plays back the voice note it has just recorded, and asks for the camera,
# the microphone and the place of the phone.
WORKER_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; worker-src 'self'; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
WORKER_PERMISSIONS = "camera=(self), microphone=(self), geolocation=(self)"

NOT_BUILT = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>yufang 预防</title>
<body style="font-family:'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;max-width:40em;margin:4em auto">
<h1>yufang 预防</h1>
<p>服务已经启动,但网页控制台还没有构建。请在项目目录执行 <code>make web</code>,然后重新启动。</p>
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
        response = self.get_response(request)
        if request.path != "/api/docs":  # its page loads its viewer with an inline script
            response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("X-Frame-Options", "DENY")
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        if request.path.startswith("/api/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def console(request: HttpRequest) -> HttpResponse:
    """The console's page, whatever the route: the router in the browser reads the address."""
    index = settings.CONSOLE / "index.html"
    page = index.read_text(encoding="utf-8") if index.exists() else NOT_BUILT
    response = HttpResponse(page)
    response.headers["Cache-Control"] = "no-cache"
    return response


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
