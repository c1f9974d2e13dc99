"""Where the server may connect to on somebody's word: never to itself or into the network behind it, unless the
operator allows that network.

An address is checked when it is entered, and again in the moment of connecting, with the very IP address that is
connected to: a name that answers differently the second time gains nothing. `Session` is for our own requests, and
`guarded` for what a library connects to by itself.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from yufang.server.errors import Refused

TIMEOUT = (4.0, 8.0)  # seconds to connect and to answer
# IPv6 outside 2000::/3 is local, retired, or carries an IPv4 address inside (::a.b.c.d, NAT64); so do two within it.
_PUBLIC_V6 = ipaddress.ip_network("2000::/3")
_TUNNELS = [ipaddress.ip_network(n) for n in ("2002::/16", "2001::/32")]
_RESERVED_V4 = [ipaddress.ip_network(n) for n in ("192.0.0.0/24", "192.88.99.0/24")]


class NotAllowed(OSError):
    """The IP address is in a network that must not be sent to."""


def refusal(host: str, field: str) -> Refused:
    """What the person who entered the address is told."""
    return Refused(
        422,
        "address_not_allowed",
        f"地址 {host} 位于内部网络，不允许发送。请改用公网地址，或由运维在 YUFANG_PRIVATE_NETWORKS 中放行该网段。",
        f"The address {host} is in a private network and may not be sent to. Use a public one, or have the operator "
        "add its network to YUFANG_PRIVATE_NETWORKS.",
        field,
    )


def allowed(address: str) -> bool:
    """Whether an IP address may be connected to."""
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(address.split("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    networks = [n.strip() for n in settings.CONFIG.private_networks.split(",") if n.strip()]
    if any(ip in ipaddress.ip_network(n, strict=False) for n in networks):
        return True
    if isinstance(ip, ipaddress.IPv6Address):
        return ip.is_global and ip in _PUBLIC_V6 and not any(ip in n for n in _TUNNELS)
    return ip.is_global and not ip.is_multicast and not any(ip in n for n in _RESERVED_V4)


def addresses(host: str, port: int) -> list[str]:
    """IP addresses of `host`; every one may be connected to. Raises NotAllowed, or OSError where none is known."""
    found = [str(info[4][0]) for info in _look_up(host, port, type=socket.SOCK_STREAM)]
    if strange := [ip for ip in found if not allowed(ip)]:
        raise NotAllowed(f"{host} is {strange[0]}, which may not be sent to")
    return found


def check_host(host: str, port: int, field: str) -> None:
    """Refuse a host that isn't known, or that must not be sent to."""
    try:
        addresses(host, port)
    except NotAllowed as error:
        raise refusal(host, field) from error
    except (OSError, UnicodeError) as error:
        raise Refused(
            422,
            "unknown_host",
            f"找不到主机 {host}，请检查地址。",
            f"The host {host} can't be found; check the address.",
            field,
        ) from error


def check_url(url: str, field: str) -> None:
    """Refuse what is not an http(s) address, or leads where nothing may be sent."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        parts, port = urlsplit(""), 0
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise Refused(
            422,
            "not_an_address",
            f"“{url[:80]}”不是可用的网址，应为 https:// 开头的完整地址。",
            f"“{url[:80]}” is not an address; give a whole one that begins with https://.",
            field,
        )
    check_host(parts.hostname, port, field)


def _connect(connection: Any) -> socket.socket:
    host, port = connection.host.strip("[]"), connection.port
    problem: OSError | None = None
    for ip in addresses(host, port):
        try:
            return socket.create_connection((ip, port), timeout=TIMEOUT[0])
        except OSError as error:
            problem = error
    raise problem or OSError(f"{host} has no address")


class _Plain(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _connect(self)


class _Tls(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _connect(self)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _Tls


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}


class Session(requests.Session):
    """Connects only where it may, follows no redirect, reads no proxy from the environment, waits no longer than
    `TIMEOUT`."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.mount("http://", _Adapter())
        self.mount("https://", _Adapter())

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs["allow_redirects"] = False
        kwargs["timeout"] = TIMEOUT
        return super().request(*args, **kwargs)


_look_up = socket.getaddrinfo
_here = threading.local()


def _look_up_guarded(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
    found = _look_up(host, port, *args, **kwargs)
    strange = [ip for info in found if not allowed(ip := str(info[4][0]))] if getattr(_here, "guarded", 0) else []
    if strange:
        raise NotAllowed(f"{host} is {strange[0]}, which may not be sent to")
    return found


# What connects by name, whatever the library (smtplib, urllib3, http.client), asks here for the address it then
# connects to. In threads that are not within `guarded` nothing changes.
socket.getaddrinfo = _look_up_guarded


@contextmanager
def guarded() -> Iterator[None]:
    """Within it this thread connects only where it may: also after a redirect, also when a name has changed."""
    _here.guarded = getattr(_here, "guarded", 0) + 1
    try:
        yield
    finally:
        _here.guarded -= 1
