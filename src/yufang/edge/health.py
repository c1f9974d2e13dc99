"""The node's local page: how it stands, in both languages, without the platform; and where readings may be pushed to.

It needs no script and no sign-in, and it changes nothing: keep it on the site's network. Connectors that are pushed to
(`Pushed`) get their path here.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from aiohttp import web

from yufang.edge.connectors.contract import Pushed

_STYLE = (
    "body{font-family:'Noto Sans CJK SC','Microsoft YaHei',sans-serif;margin:2em auto;max-width:60em;padding:0 1em}"
    "table{border-collapse:collapse;width:100%;margin:.5em 0 1.5em}"
    "td,th{border-bottom:1px solid #ccc;padding:.3em .6em;"
    "text-align:left;vertical-align:top}.bad{color:#a8071a;font-weight:600}.good{color:#237804}h1{font-size:1.3em}"
    "h2{font-size:1.05em}small{color:#555}"
)


def application(status: Callable[[], dict[str, Any]], pushed: Sequence[Pushed] = ()) -> web.Application:
    """The page as an aiohttp application: `/`, `/health.json`, and `POST` of every pushed connector."""
    app = web.Application(client_max_size=max([1024, *(one.limit for one in pushed)]))

    async def page(request: web.Request) -> web.Response:
        return web.Response(text=as_page(status()), content_type="text/html", headers=_HEADERS)

    async def plain(request: web.Request) -> web.Response:
        return web.Response(body=orjson.dumps(status()), content_type="application/json", headers=_HEADERS)

    app.router.add_get("/", page)
    app.router.add_get("/health.json", plain)
    for one in pushed:
        app.router.add_post(one.path, _taker(one))
    return app


_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def _taker(connector: Pushed) -> Callable[[web.Request], Any]:
    async def take(request: web.Request) -> web.Response:
        if (request.content_length or 0) > connector.limit:
            return _too_large(connector.limit)
        body = bytearray()
        async for part in request.content.iter_chunked(64 * 1024):
            body += part
            if len(body) > connector.limit:
                return _too_large(connector.limit)
        headers = {name.lower(): value for name, value in request.headers.items()}
        answer = connector.take(bytes(body), headers)
        return web.Response(status=answer.status, body=answer.body, content_type="application/json")

    return take


def _too_large(limit: int) -> web.Response:
    told = {
        "code": "too_large",
        "message_zh": f"消息超过 {limit} 字节，请分批发送。",
        "message_en": f"The message has more than {limit} bytes; send it in parts.",
    }
    response = web.Response(status=413, body=orjson.dumps(told), content_type="application/json")
    response.force_close()  # what is left of the body is not read
    return response


def warnings_of(status: dict[str, Any]) -> list[tuple[str, str]]:
    """What a person should see to: (zh, en), the worst first. Empty where all is well."""
    outbox, clock = status["outbox"], status["clock"]
    found = []
    if outbox["disk_full"]:
        found.append(
            (
                "磁盘已满：最早的原始读数正在稀释，事件优先保存；请腾出空间",
                "The disk is full: the oldest raw readings are thinned, events come first; free some room",
            )
        )
    if outbox["held_readings"] or outbox["lost"]:
        found.append(
            (
                f"暂时无法写入：{outbox['held_readings']} 条读数在内存中，已丢失 {outbox['lost']} 条",
                f"Nothing can be written: {outbox['held_readings']} readings in memory, {outbox['lost']} lost",
            )
        )
    if outbox["thinned_batches"]:
        found.append(
            (
                f"已稀释 {outbox['thinned_batches']} 个批次（{outbox['dropped_readings']} 条读数）",
                f"{outbox['thinned_batches']} batches thinned ({outbox['dropped_readings']} readings)",
            )
        )
    if clock["skewed"]:
        found.append(
            (
                f"时钟不可信（系统时钟差 {clock['system_off_s']:.0f} 秒），读数带有时钟偏差标记",
                f"The clock is in doubt (the system's is off by {clock['system_off_s']:.0f} s); readings are flagged",
            )
        )
    if clock["devices_off_s"]:
        names = ", ".join(f"{name} {off:+.0f} s" for name, off in list(clock["devices_off_s"].items())[:5])
        found.append((f"设备时钟偏差：{names}", f"Clocks of devices are off: {names}"))
    if status["silent"]:
        found.append((f"{status['silent']} 个通道没有读数", f"{status['silent']} channels are silent"))
    for rule in status["rules"]:
        if rule["quarantined"]:
            found.append(
                (
                    f"规则 {rule['name']} 已隔离：{rule['quarantined']}",
                    f"Rule {rule['name']} is quarantined: {rule['quarantined']}",
                )
            )
    if status.get("platform") and not status["platform"]["online"]:
        found.append(("与平台断开，本地照常工作", "The platform can't be reached; the node works on"))
    if outbox["refused"]:
        found.append(
            (f"平台拒收 {outbox['refused']} 个批次", f"{outbox['refused']} batches were refused by the platform")
        )
    return found


def as_page(status: dict[str, Any]) -> str:
    """The page."""
    outbox = status["outbox"]
    told = warnings_of(status)
    state = "".join(f'<p class="bad">{_esc(zh)}<br><span lang="en">{_esc(en)}</span></p>' for zh, en in told)
    state = state or '<p class="good">一切正常 · <span lang="en">all is well</span></p>'
    facts = {
        "时间 · time": _when(status["now_us"]),
        "启动 · started": _when(status["started_us"]),
        "通道 · channels": f"{status['channels']} ({status['silent']} 无读数 · silent)",
        "读数 · readings": status["readings"],
        "事件 · events": f"{status['events']} ({status['open']} 持续中 · open)",
        "待发批次 · batches waiting": f"事件 · events {outbox['waiting']['events']}, "
        f"读数 · readings {outbox['waiting']['readings']}",
        "最早待发 · oldest waiting": _when(outbox["oldest_us"]),
        "磁盘 · disk": f"{outbox['used_bytes'] / 1e6:.1f} / {outbox['limit_bytes'] / 1e6:.1f} MB",
        "平台 · platform": _platform(status.get("platform")),
        "规则包 · bundles": ", ".join(status.get("bundles", [])) or "–",
    }
    tables = [
        _table("连接 · Connectors", ("name", "kind", "connected", "samples", "refused", "last"), status["connectors"]),
        _table("输出 · Outputs", ("name", "kind", "wanted", "state", "last"), status["outputs"]),
        _table("规则 · Rules", ("name", "kind", "events", "quarantined"), status["rules"]),
        _table("问题 · Troubles", ("last", "source", "place", "kind", "times", "zh", "en"), status["troubles"]),
    ]
    rows = "".join(f"<tr><th>{_esc(name)}</th><td>{_esc(value)}</td></tr>" for name, value in facts.items())
    return (
        f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta http-equiv="refresh" content="5">'
        f'<meta name="viewport" content="width=device-width"><title>yufang edge {_esc(status["name"])}</title>'
        f"<style>{_STYLE}</style></head><body><h1>边缘节点 · Edge node: {_esc(status['name'])}</h1>{state}"
        f"<table>{rows}</table>{''.join(tables)}</body></html>"
    )


def _table(title: str, columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> str:
    if not rows:
        return ""
    head = "".join(f"<th>{_esc(column)}</th>" for column in columns)
    body = "".join("<tr>" + "".join(f"<td>{_esc(row.get(c, ''))}</td>" for c in columns) + "</tr>" for row in rows)
    return f"<h2>{_esc(title)}</h2><table><tr>{head}</tr>{body}</table>"


def _platform(state: dict[str, Any] | None) -> str:
    if state is None:
        return "未配置 · none configured"
    if state["online"]:
        return f"在线 · online, {_when(state['last_ok_us'])}"
    return f"离线 · offline ({state['last_error']}), {_when(state['last_ok_us'])}"


def _when(us: int | None) -> str:
    return "–" if us is None else datetime.fromtimestamp(us / 1e6, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _esc(found: Any) -> str:
    return html.escape(str(found))
