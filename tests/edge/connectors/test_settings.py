"""A wrong setting names connector, field, value and rule, in both languages."""

from typing import Any

import pytest

from yufang.edge import connectors, outputs
from yufang.edge.connectors.contract import SettingsError

MQTT = {"host": "h", "topics": [{"topic": "a/{device}"}]}


def _nothing(trouble: object) -> None:
    raise AssertionError(trouble)


@pytest.mark.parametrize(
    ("kind", "settings", "field", "zh"),
    [
        ("mqtt", MQTT | {"port": 70_000}, "port = '70000'", "太大"),
        ("mqtt", MQTT | {"hots": "x"}, "hots = 'x'", "没有这一项设置"),
        ("mqtt", {"topics": MQTT["topics"]}, "host", "必须填写"),
        ("mqtt", {"host": "h", "topics": []}, "topics", "至少要有一项"),
        ("mqtt", {"host": "h", "topics": [{"topic": "a/{rest...}/b"}]}, "topics.0.topic", "只能在最后一级"),
        ("mqtt", MQTT | {"topics": [{"topic": "a", "payload": {"timezone": "Mars/Base"}}]}, "timezone", "没有时区"),
        ("mqtt", MQTT | {"keep_session_s": 60}, "client_id", "需要填写 client_id"),
        ("opcua", {"url": "http://x", "variables": []}, "url = 'http://x'", "不合规则"),
        ("opcua", {"url": "opc.tcp://x:1"}, "opcua", "至少填一项"),
        (
            "modbus",
            {"host": "h", "registers": [{"channel": "c", "address": 65_535, "type": "float32"}]},
            "65535",
            "超出地址",
        ),
        ("modbus", {"host": "h", "registers": [{"channel": "c", "address": 1, "type": "bool"}]}, "registers.0", "bit"),
        ("replay", {"file": "x.csv", "time": "t", "key": "k"}, "replay", "同时填写"),
        ("http", {"mode": "pull"}, "mode", "只能是 poll 或 push"),
        ("telepathy", {}, "telepathy", "没有种类"),
    ],
)
def test_a_wrong_setting_is_told_with_its_field_and_rule(
    kind: str, settings: dict[str, Any], field: str, zh: str
) -> None:
    with pytest.raises(SettingsError) as told:
        connectors.build(kind, "hall", settings, _nothing)
    assert field in told.value.en
    assert zh in told.value.zh
    assert "hall" in told.value.en


def test_an_output_of_an_unknown_kind_names_the_kinds_there_are() -> None:
    with pytest.raises(SettingsError, match="http, modbus, mqtt"):
        outputs.build("bell", "siren", {}, _nothing)


def test_a_password_may_come_from_a_file_that_is_there(tmp_path: Any) -> None:
    from yufang.edge.connectors.settings import Secret

    (tmp_path / "pw").write_text("geheim\n", "utf-8")
    assert Secret(file=tmp_path / "pw").read("password") == "geheim"
    with pytest.raises(SettingsError, match="can't read"):
        Secret(file=tmp_path / "none").read("password")


def test_a_server_whose_certificate_nobody_knows_is_not_trusted_by_silence() -> None:
    security = {"cert": "c.pem", "key": "k.pem"}
    with pytest.raises(SettingsError, match="server_cert is missing"):
        connectors.build(
            "opcua",
            "o",
            {"url": "opc.tcp://x:1", "variables": [{"node": "i=1", "channel": "c"}], "security": security},
            _nothing,
        )
