"""Settings that all connectors and outputs share, and how a wrong one is told."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from yufang.edge.connectors.contract import SettingsError

S = TypeVar("S", bound=BaseModel)
Port = Annotated[int, Field(ge=1, le=65535)]

# pydantic's error type → what the rule says in Chinese; the English words are pydantic's own.
_RULES_ZH = {
    "missing": "必须填写",
    "extra_forbidden": "没有这一项设置",
    "literal_error": "不在允许的取值之内",
    "int_parsing": "应为整数",
    "int_type": "应为整数",
    "float_parsing": "应为数字",
    "bool_parsing": "应为 true 或 false",
    "string_type": "应为文本",
    "greater_than": "太小",
    "greater_than_equal": "太小",
    "less_than": "太大",
    "less_than_equal": "太大",
    "too_short": "至少要有一项",
    "union_tag_invalid": "没有这一种",
    "union_tag_not_found": "必须说明是哪一种",
}


class Strict(BaseModel):
    """A part of the settings: an unknown field is an error, so that a typing mistake is never silent."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Link(Strict):
    """How a connector keeps its connection and what one device may fill."""

    reconnect_first_s: float = Field(
        default=0.5, gt=0, le=60, title="首次重连等待", description="First wait before a reconnect."
    )
    reconnect_most_s: float = Field(
        default=30, gt=0, le=3600, title="最长重连等待", description="Longest wait between two tries."
    )
    max_channels: int = Field(
        default=10_000, ge=1, le=200_000, title="通道总数上限", description="Channels of this connector."
    )
    max_channels_per_device: int = Field(
        default=1_000, ge=1, le=200_000, title="单台设备通道上限", description="Channels that one device may open."
    )


class Secret(Strict):
    """A password or token: from a file, an environment variable, or in the settings themselves."""

    value: str | None = Field(default=None, title="明文", description="The secret itself; prefer file or env.")
    file: Path | None = Field(default=None, title="文件", description="File whose first line is the secret.")
    env: str | None = Field(default=None, title="环境变量", description="Environment variable that holds the secret.")

    def read(self, field: str) -> str | None:
        """The secret; raises SettingsError where the file or variable isn't there."""
        if self.file is not None:
            try:
                return self.file.read_text("utf-8").splitlines()[0].strip()
            except (OSError, IndexError, UnicodeDecodeError) as error:
                raise SettingsError(
                    f"{field}：读不到文件 {self.file}（{error}）。", f"{field}: can't read {self.file} ({error})."
                ) from error
        if self.env is not None:
            if self.env not in os.environ:
                raise SettingsError(
                    f"{field}：环境变量 {self.env} 未设置。", f"{field}: environment variable {self.env} is not set."
                )
            return os.environ[self.env]
        return self.value


class Tls(Strict):
    """TLS of a connection: the server's certificate is always checked, by `ca` or the system's authorities."""

    ca: Path | None = Field(
        default=None, title="信任的 CA", description="PEM file of authorities; the system's when empty."
    )
    cert: Path | None = Field(default=None, title="客户端证书", description="PEM file of this node's certificate.")
    key: Path | None = Field(default=None, title="客户端私钥", description="PEM file of its key.")

    def context(self, field: str) -> ssl.SSLContext:
        """The context; raises SettingsError where a file is missing or no certificate."""
        try:
            context = ssl.create_default_context(cafile=self.ca)
            if self.cert is not None:
                context.load_cert_chain(self.cert, self.key)
        except OSError as error:  # ssl.SSLError is one
            raise SettingsError(
                f"{field}：证书或私钥用不了（{error}）。", f"{field}: certificate or key can't be used ({error})."
            ) from error
        return context


def read(model: type[S], kind: str, name: str, settings: Mapping[str, Any]) -> S:
    """`settings` as `model`. Raises SettingsError that names connector, field, value and rule of every mistake."""
    try:
        return model.model_validate(dict(settings))
    except ValidationError as error:
        zh, en = [], []
        for one in error.errors(include_url=False):
            field = ".".join(str(part) for part in one["loc"]) or kind
            given = "" if one["type"] == "missing" else f" = {str(one['input'])[:80]!r}"
            zh.append(f"{field}{given}：{_rule_zh(one['type'], one['msg'])}")
            en.append(f"{field}{given}: {one['msg']}")
        raise SettingsError(
            f"{kind} {name}：" + "；".join(zh) + "。", f"{kind} {name}: " + "; ".join(en) + "."
        ) from error


def _rule_zh(kind: str, message: str) -> str:
    if kind == "value_error" and " / " in message:  # our own validators say both
        return message.rpartition(" / ")[2]
    return _RULES_ZH.get(kind, f"不合规则（{message}）")
