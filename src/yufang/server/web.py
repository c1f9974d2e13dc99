"""What the server answers outside the API: security headers, and the console for every client route."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import ninja
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware

# Ant Design writes <style> elements; nothing else may run inline, and nothing comes from elsewhere.
POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)

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
