"""Detectors are configured by data; what doesn't fit is refused by name, value and rule, in both languages."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from yufang.sensing.channels import Channel
from yufang.sensing.detectors import DETECTORS, DetectorError, Engine
from yufang.sensing.detectors.base import ArrayDetector
from yufang.sensing.detectors.check import START, example_channels, example_readings
from yufang.sensing.detectors.engine import detector_class
from yufang.sensing.detectors.packing import as_plain, from_plain, pack, unpack
from yufang.sensing.readings import Quality, Readings

TEXT = """
jit: false
lateness_s: 0
detectors:
  - kind: limits
    channels: {quantity: "gas:*", area: [tank farm, "pump*"]}
  - {kind: cusum, name: fine cusum, threshold: 12, channels: {keys: c1}}
"""


def places() -> list[Channel]:
    areas = ["tank farm", "pump house", "office", None]
    return [replace(c, area=areas[n]) for n, c in enumerate(example_channels(4))]


def test_a_configuration_is_read_from_yaml_and_picks_channels_by_pattern() -> None:
    engine = Engine.from_config(yaml.safe_load(TEXT), places())
    assert [detector.name for detector in engine.detectors] == ["limits", "fine cusum"]
    told = engine.update(Readings.of([0, 1, 2, 3], [START] * 4, [99.0] * 4))
    assert {event.channel for event in told} == {"c0", "c1"}


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ([], "has to be a table"),
        ({"detectors": "limits"}, "detectors has to be a list"),
        ({"detectors": ["limits"]}, r"detectors\[0\] has to be a table"),
        ({"detectors": [], "lateness": 1}, "lateness is not known"),
        ({"detectors": [], "jit": 1}, "jit has to be true or false"),
        ({"detectors": [{"kind": "cusom"}]}, "no detector of kind 'cusom'"),
        ({"detectors": [{}]}, "no detector of kind None"),
        ({"detectors": [{"kind": "cusum", "treshold": 5}]}, "'cusum' has no field 'treshold'"),
        ({"detectors": [{"kind": "cusum", "threshold": -1}]}, r"threshold cannot be -1: it has to be 1 … 1000"),
        ({"detectors": [{"kind": "cusum", "threshold": "5"}]}, "threshold cannot be '5'"),
        ({"detectors": [{"kind": "cusum", "threshold": True}]}, "threshold cannot be True"),
        ({"detectors": [{"kind": "cusum", "threshold": float("nan")}]}, "threshold cannot be nan"),
        ({"detectors": [{"kind": "cusum", "learn": None}]}, "learn cannot be None"),
        ({"detectors": [{"kind": "limits", "name": "a/b"}]}, "name cannot be 'a/b'"),
        ({"detectors": [{"kind": "limits", "channels": "c1"}]}, "channels cannot be 'c1'"),
        ({"detectors": [{"kind": "limits", "channels": {"unit": "x"}}]}, "no field 'channels.unit'"),
        ({"detectors": [{"kind": "limits", "channels": {"keys": 3}}]}, "channels.keys cannot be 3"),
        ({"detectors": [{"kind": "limits", "lateness_s": -1}]}, r"detectors\[0\].lateness_s = -1 has to be between"),
        ({"detectors": [{"kind": "limits"}, {"kind": "limits"}]}, "share the name 'limits'"),
    ],
)
def test_what_does_not_fit_is_named(data: Any, told: str) -> None:
    with pytest.raises(DetectorError, match=told) as caught:
        Engine.from_config(data, example_channels(2), jit=None)
    assert caught.value.way_out
    assert all(any("\u4e00" <= sign <= "\u9fff" for sign in text) for text in caught.value.zh)


def test_a_batch_is_translated_by_keys_and_unknown_channels_are_counted() -> None:
    engine = Engine.from_config({"detectors": [{"kind": "limits"}], "jit": False}, example_channels(2))
    batch = Readings.of([0, 1, 2, 2], [START] * 4, [99.0, 10.0, 99.0, 99.0])
    told = engine.update(engine.translate(batch, ["c1", "c0", "someone else's"]))
    assert {event.channel for event in told} == {"c1"}
    assert engine.unknown == 2


def test_an_engine_counts_what_it_could_not_use() -> None:
    engine = Engine.from_config({"detectors": [{"kind": "limits"}], "jit": False}, example_channels(1))
    flags = [0, int(Quality.BAD), 0, int(Quality.OUT_OF_RANGE)]
    told = engine.update(Readings.of([0] * 4, START + np.arange(4), [np.nan, 99.0, np.inf, 99.0], flags))
    assert engine.unusable == 3
    assert [event.at for event in told if event.kind == "high_high"] == [START + 3], "beyond the range is high"


def test_a_refused_batch_moves_nothing() -> None:
    engine = Engine.from_config({"detectors": [{"kind": "limits"}], "jit": False}, example_channels(2))
    before = pack(engine.snapshot())
    with pytest.raises(DetectorError, match="reading 1: its channel 7 is not between 0 and 1") as caught:
        engine.update(Readings.of([0, 7], [START, START], [99.0, 99.0]))
    assert "Engine.translate" in caught.value.way_out
    assert pack(engine.snapshot()) == before


def test_a_snapshot_fits_a_changed_list_of_channels_by_key() -> None:
    config = {"jit": False, "detectors": [{"kind": "limits"}]}
    first = Engine.from_config(config, example_channels(3))
    first.update(Readings.of([0, 1, 2], [START] * 3, [99.0] * 3))
    kept = [example_channels(4)[n] for n in (3, 1)]  # c3 is new, c1 is known
    second = Engine.from_config(config, kept)
    second.restore(unpack(pack(first.snapshot())))
    told = second.update(Readings.of([0, 1], [START + 1] * 2, [10.0, 10.0]))
    assert {(event.channel, event.state) for event in told} == {("c1", "cleared")}


def test_a_changed_limit_counts_after_a_restart() -> None:
    config = {"jit": False, "detectors": [{"kind": "limits"}]}
    first = Engine.from_config(config, example_channels(1))
    first.update(Readings.of([0], [START], [10.0]))
    raised = tuple(replace(limit, value=1000.0) for limit in example_channels(1)[0].limits[:2])
    second = Engine.from_config(config, [replace(example_channels(1)[0], limits=raised)])
    second.restore(first.snapshot())
    assert second.update(Readings.of([0], [START + 1], [99.0])) == []


@pytest.mark.parametrize("packed", [b"", b"\x00\x00\x00\x02[]x"[:5], b"\xff" * 40, pack({"a": np.zeros(9)})[:-8]])
def test_broken_bytes_of_a_snapshot_are_refused(packed: bytes) -> None:
    with pytest.raises(DetectorError, match="broken bytes"):
        unpack(packed)


def test_a_snapshot_of_another_shape_is_refused() -> None:
    engine = Engine.from_config({"jit": False, "detectors": [{"kind": "limits"}]}, example_channels(2))
    state = engine.snapshot()
    with pytest.raises(DetectorError, match="'limits' cannot be put back"):
        engine.restore(state | {"limits/state": state["limits/state"][:, :5]})
    with pytest.raises(DetectorError, match="lacks keys"):
        engine.restore({})


def test_events_survive_json() -> None:
    engine = Engine.from_config({"jit": False, "detectors": [{"kind": "limits"}]}, example_channels(3))
    told = engine.update(example_readings(3))
    assert [from_plain(json.loads(json.dumps(as_plain(event)))) for event in told] == told


def test_every_kind_and_field_is_documented() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "sensing" / "detectors.md").read_text("utf-8")
    for kind, place in DETECTORS.items():
        found = detector_class(kind)
        if place.startswith("yufang.sensing.detectors.") and issubclass(found, ArrayDetector):
            section = page.partition(f"### `{kind}`\n")[2].partition("\n## ")[0].partition("\n### ")[0]
            for name, field in found.FIELDS.items():
                default = "–" if field.default is None else f"{field.default:g}"
                row = f"| `{name}` | {default} | {field.low:g} … {field.high:g} | {field.en} |"
                assert row in section, f"docs/sensing/detectors.md, {kind}: {row}"
