"""Connect, subscribe, emit; watch the server's state."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from asyncua import ua
from asyncua.client.client import Client
from asyncua.common.node import Node
from asyncua.common.subscription import DataChangeEvent, OverflowPolicy, StatusChangeEvent, Subscription
from asyncua.crypto import security_policies
from asyncua.ua.uaerrors import UaError
from pydantic import Field, model_validator

from yufang.edge.connectors.backoff import keep
from yufang.edge.connectors.contract import Emit, SettingsError, Status, Tell
from yufang.edge.connectors.gate import Gate, repeating
from yufang.edge.connectors.payload import Unreadable, fill, number
from yufang.edge.connectors.settings import Link, Secret, Strict, read
from yufang.sensing.wire import Quality

_STATE = ua.NodeId(ua.Int32(2259))  # Server_ServerStatus_State
_SERVER = ua.NodeId(ua.Int32(2253))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AT_ONCE = 500  # monitored items asked for in one request


class Variable(Strict):
    """One variable of the server."""

    node: str = Field(min_length=3, title="节点", description="Node id: ns=2;s=Tank1.CH4 or nsu=urn:plant;s=Tank1.CH4.")
    channel: str = Field(min_length=1, title="通道", description="Channel of its values.")


class Folder(Strict):
    """All variables below a node, found anew at every connect."""

    root: str = Field(min_length=3, title="根节点", description="Node id to start from.")
    channel: str = Field(
        default="{path}", min_length=1, title="通道", description="{path}: browse names with dots; {name}; {node}."
    )
    depth: int = Field(default=6, ge=1, le=20, title="深度", description="Levels to go down at most.")


class Security(Strict):
    """Signing and encryption of the channel."""

    policy: Literal["Basic256Sha256", "Aes128Sha256RsaOaep", "Aes256Sha256RsaPss"] = Field(
        default="Basic256Sha256", title="安全策略", description="OPC UA security policy."
    )
    mode: Literal["Sign", "SignAndEncrypt"] = Field(
        default="SignAndEncrypt", title="模式", description="Message security mode."
    )
    cert: Path = Field(title="本节点证书", description="This node's certificate, PEM or DER.")
    key: Path = Field(title="本节点私钥", description="Its private key.")
    server_cert: Path | None = Field(default=None, title="服务器证书", description="The server's certificate.")
    trust_any: bool = Field(
        default=False, title="信任任意服务器", description="Take whatever certificate the server shows."
    )

    @model_validator(mode="after")
    def _known(self) -> Security:
        if self.server_cert is None and not self.trust_any:
            raise ValueError(
                "server_cert is missing; give it, or set trust_any / 缺少 server_cert；请提供，或设 trust_any"
            )
        return self


class OpcuaSettings(Link):
    """An OPC UA server and its variables."""

    url: str = Field(pattern=r"^opc\.tcp://", title="地址", description="opc.tcp://host:port/path.")
    variables: list[Variable] = Field(default_factory=list, title="变量", description="Variables, one by one.")
    folders: list[Folder] = Field(default_factory=list, title="文件夹", description="Variables below a node.")
    publish_ms: float = Field(default=250, ge=10, le=60_000, title="发布间隔", description="Publishing interval in ms.")
    sample_ms: float = Field(default=250, ge=0, le=60_000, title="采样间隔", description="Sampling interval in ms.")
    repeat_s: float = Field(
        default=1.0, ge=0, le=3600, title="未变重报", description="Emit an unchanged value again after this; 0: never."
    )
    queue: int = Field(
        default=20, ge=1, le=10_000, title="服务器队列", description="Values that the server keeps of one variable."
    )
    username: str | None = Field(default=None, title="用户名", description="User at the server; anonymous when empty.")
    password: Secret | None = Field(default=None, title="密码", description="The user's password.")
    security: Security | None = Field(
        default=None, title="安全", description="Signing and encryption; none when empty."
    )
    application_uri: str = Field(
        default="urn:yufang:edge", title="应用 URI", description="Must stand in the certificate."
    )
    timeout_s: float = Field(default=4, gt=0, le=120, title="超时", description="Wait for the server's answers.")
    limit_bytes: int = Field(
        default=4 << 20, ge=8192, le=64 << 20, title="报文上限", description="Largest message read."
    )

    @model_validator(mode="after")
    def _something(self) -> OpcuaSettings:
        if not self.variables and not self.folders:
            raise ValueError("variables or folders must be given / variables 与 folders 至少填一项")
        return self


class OpcuaConnector:
    """Values of an OPC UA server as samples."""

    def __init__(self, name: str, settings: OpcuaSettings, tell: Tell) -> None:
        self.name = name
        self.status = Status()
        self.settings = settings
        self.gate = Gate(
            name, self.status, tell, most=settings.max_channels, per_device=settings.max_channels_per_device
        )
        self._channels: dict[ua.NodeId, str] = {}
        self._running = True  # what the server says of itself

    async def run(self, emit: Emit, stop: asyncio.Event) -> None:
        """Emit samples until `stop`."""
        self.gate.open(emit)
        first, most = self.settings.reconnect_first_s, self.settings.reconnect_most_s
        await keep(self._session, gate=self.gate, stop=stop, where=self.settings.url, first=first, most=most)

    async def _session(self) -> None:
        client = await self._client()
        await client.connect(auto_reconnect=False)
        try:
            self._running = True
            self._channels = await self._nodes(client)
            watched = await client.create_subscription(
                self.settings.publish_ms, queue_maxsize=50_000, overflow=OverflowPolicy.DISCONNECT
            )
            await self._subscribe(client, watched)
            self.gate.connected()
            async with repeating(self.gate, self.settings.repeat_s):
                async for event in watched:
                    if isinstance(event, DataChangeEvent):
                        self._take(event)
                    elif isinstance(event, StatusChangeEvent):
                        raise ConnectionError(f"subscription ended: {event.notification.Status.name}")
        finally:
            # A server that is gone can't be said goodbye to for long.
            with contextlib.suppress(Exception):
                await asyncio.wait_for(client.disconnect(), 1.0)
            client.disconnect_socket()

    async def _client(self) -> Client:
        given = self.settings
        client = Client(given.url, timeout=given.timeout_s)
        client.application_uri = given.application_uri
        client.max_messagesize = given.limit_bytes
        client.max_chunkcount = given.limit_bytes // 8192 + 1
        _bound(client, given.limit_bytes, self._too_large)
        if given.username is not None:
            client.set_user(given.username)
            client.set_password((given.password.read("password") if given.password else None) or "")
        if given.security is not None:
            for file in (given.security.cert, given.security.key, given.security.server_cert):
                if file is not None and not file.is_file():
                    raise SettingsError(f"{self.name}：没有文件 {file}。", f"{self.name}: there is no file {file}.")
            await client.set_security(
                getattr(security_policies, f"SecurityPolicy{given.security.policy}"),
                given.security.cert,
                given.security.key,
                server_certificate=str(given.security.server_cert) if given.security.server_cert else None,
                mode=ua.MessageSecurityMode[given.security.mode],
            )
        return client

    def _too_large(self) -> None:
        limit = self.settings.limit_bytes
        self.gate.trouble(
            "bounded",
            self.settings.url,
            f"服务器的报文超过 {limit} 字节，连接已断开；如属正常请调大 limit_bytes。",
            f"a message of more than {limit} bytes: the connection was closed; raise limit_bytes if that is meant.",
        )

    async def _nodes(self, client: Client) -> dict[ua.NodeId, str]:
        """Node id → channel of all variables; one that can't be told is refused by itself."""
        found: dict[ua.NodeId, str] = {}
        spaces = await client.get_namespace_array()
        for variable in self.settings.variables:
            try:
                found[node_id(variable.node, spaces)] = variable.channel
            except ValueError as error:
                self.gate.refuse(
                    variable.node,
                    f"服务器上没有这个命名空间，或节点号写错（{error}）。",
                    f"no such namespace at the server, or no node id ({error}).",
                )
        for folder in self.settings.folders:
            try:
                root = client.get_node(node_id(folder.root, spaces))
                await self._walk(root, folder, (), found)
            except (ValueError, UaError) as error:
                self.gate.refuse(folder.root, f"无法浏览（{error}）。", f"can't be browsed ({error}).")
        return found

    async def _walk(self, root: Node, folder: Folder, path: tuple[str, ...], found: dict[ua.NodeId, str]) -> None:
        if len(path) >= folder.depth or len(found) >= self.settings.max_channels:
            return
        wanted: Any = ua.NodeClass.Object | ua.NodeClass.Variable
        for child in await root.get_children_descriptions(nodeclassmask=wanted):
            if child.NodeId == _SERVER:
                continue  # the server's own diagnostics are no readings
            name = child.BrowseName.Name or ""
            below = (*path, name)
            if child.NodeClass == ua.NodeClass.Variable:
                names = {"path": ".".join(below), "name": name, "node": child.NodeId.to_string()}
                with contextlib.suppress(Unreadable):
                    found.setdefault(
                        ua.NodeId(child.NodeId.Identifier, child.NodeId.NamespaceIndex), fill(folder.channel, names)
                    )
            elif len(found) < self.settings.max_channels:
                await self._walk(Node(root.session, child.NodeId), folder, below, found)

    async def _subscribe(self, client: Client, watched: Subscription) -> None:
        """Ask for all variables; the ones the server refuses are told with their node id, the others stand."""
        await watched.subscribe_data_change(client.get_node(_STATE), queuesize=1, sampling_interval=ua.Double(500))
        ids = list(self._channels)
        for start in range(0, len(ids), _AT_ONCE):
            some = ids[start : start + _AT_ONCE]
            results = await watched.subscribe_data_change(
                [client.get_node(one) for one in some],
                queuesize=self.settings.queue,
                sampling_interval=ua.Double(self.settings.sample_ms),
            )
            for one, result in zip(some, results, strict=True):
                if isinstance(result, ua.StatusCode):
                    self.gate.refuse(
                        one.to_string(),
                        f"服务器拒绝订阅：{result.name}。",
                        f"the server refused the subscription: {result.name}.",
                    )

    def _take(self, event: DataChangeEvent) -> None:
        told: ua.DataValue = event.data.monitored_item.Value
        if event.node.nodeid == _STATE:
            self._server_state(event.value)
            return
        channel = self._channels.get(event.node.nodeid)
        if channel is None:
            return
        where = event.node.nodeid.to_string()
        try:
            value = number(event.value)
        except Unreadable as error:
            self.gate.refuse(where, error.zh, error.en)
            return
        status = told.StatusCode
        bad = (status is not None and not status.is_good() and not status.is_uncertain()) or not self._running
        quality = Quality.BAD if bad else Quality.MISSING if value is None else Quality.GOOD
        at = told.SourceTimestamp or told.ServerTimestamp
        self.gate.take(channel, _us(at), value, where=where, device=self.settings.url, quality=int(quality))

    def _server_state(self, value: Any) -> None:
        """The server tells its own state (OPC 10000-5, 12.6): while it isn't running its values count as bad."""
        try:
            state = ua.ServerState(value)
        except ValueError:
            return
        self.status.details["server_state"] = state.name
        self._running = state == ua.ServerState.Running
        if not self._running:
            self.gate.doubt()
            self.gate.trouble(
                "lost",
                self.settings.url,
                f"服务器自报状态：{state.name}。",
                f"the server says its state is {state.name}.",
            )


def _bound(client: Client, limit: int, told: Callable[[], None]) -> None:
    """Close the connection where the server sends a message beyond `limit`.

    The limits of the Hello bind an honest server only, and the library waits for whatever size a header announces. It
    has no hook for that: its protocol is watched for the chunk it waits for (size at bytes 4 to 8 of its header, OPC
    10000-6, 7.1.2.2) and the parts it has.
    """
    make = client.uaclient._make_protocol

    def bounded() -> Any:
        protocol: Any = make()
        receive = protocol.data_received

        def data_received(data: bytes) -> None:
            receive(data)
            waiting = protocol.receive_buffer or b""
            announced = int.from_bytes(waiting[4:8], "little") if len(waiting) >= 8 else 0
            parts = protocol._connection._incoming_parts
            if announced > limit or sum(len(part.Body) for part in parts) > limit:
                protocol.receive_buffer = None
                parts.clear()
                told()
                protocol.disconnect_socket()

        protocol.data_received = data_received
        return protocol

    client.uaclient._make_protocol = bounded  # type: ignore[method-assign]


def node_id(text: str, spaces: list[str]) -> ua.NodeId:
    """`text` as node id. `nsu=URI;s=name` finds the index of the namespace, which may change when a server restarts.

    Raises ValueError.
    """
    if text.startswith("nsu="):
        uri, _, rest = text[4:].partition(";")
        if uri not in spaces:
            raise ValueError(f"namespace {uri!r}")
        text = f"ns={spaces.index(uri)};{rest}"
    try:
        return ua.NodeId.from_string(text)
    except UaError as error:
        raise ValueError(f"{text!r}: {error}") from error


def _us(at: datetime | None) -> int | None:
    if at is None:
        return None
    since = (at if at.tzinfo else at.replace(tzinfo=UTC)) - _EPOCH
    us = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    return us if us > 0 else None  # 1601 is OPC UA's "no time"


def make(name: str, settings: Mapping[str, Any], tell: Tell) -> OpcuaConnector:
    """The connector of these settings. Raises SettingsError."""
    # What the library would log at a lost connection is told as a trouble, once.
    logging.getLogger("asyncua").setLevel(logging.CRITICAL)
    return OpcuaConnector(name, read(OpcuaSettings, "opcua", name, settings), tell)
