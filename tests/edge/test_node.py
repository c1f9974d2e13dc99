"""The node without a network: what comes is judged, written and told once, whatever comes, dies or jumps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.edge.made import SECOND, START, Hands, config, feed, node, sample
from yufang.edge.batches import decode
from yufang.edge.config import read_config
from yufang.edge.errors import EdgeError
from yufang.edge.health import as_page, warnings_of
from yufang.edge.node import Node
from yufang.edge.rules import Rules
from yufang.sensing.readings import Quality, Readings

CUT = {"commit_s": 0.5, "batch_s": 4}
CALM, HIGH = [10.0] * 3, [60.0] * 3


def told(box: Node) -> list[dict[str, Any]]:
    """The events in the outbox."""
    return [dict(e) for batch in box.outbox.pending("events", 999) for e in decode(batch.payload).events]


def kept(box: Node) -> Readings:
    """The readings of `gas-0` in the outbox, in the order of their batches."""
    batches = [decode(batch.payload) for batch in box.outbox.pending("readings", 999)]
    found = [b.readings.take(b.readings.channel == b.keys.index("gas-0")) for b in batches if "gas-0" in b.keys]
    return Readings.concat(found)


def test_a_high_gas_is_one_event_that_clears(tmp_path: Path) -> None:
    hands = Hands()
    box = node(tmp_path, hands)
    events = feed(box, hands, [*CALM, *HIGH, *CALM])
    assert [(e.kind, e.state) for e in events] == [("high_high", "raised"), ("high_high", "cleared")]
    assert [e["key"] for e in told(box)] == [e.key for e in events]
    assert events[0].at == int((START + 4) * SECOND)


def test_a_killed_node_goes_on_as_if_it_had_not_been(tmp_path: Path) -> None:
    """The same samples, once in one life and once with a death after every third: the same events, the same state."""
    values = [10.0, 60.0, 61.0, 30.0, 20.0, 70.0, 71.0, 10.0, 80.0, 12.0, 55.0]
    hands = Hands()
    whole = node(tmp_path / "whole", hands, channels=1, outbox=CUT)
    feed(whole, hands, values)
    hands = Hands()
    for at in range(0, len(values), 3):
        box = node(tmp_path / "killed", hands, channels=1, outbox=CUT)
        feed(box, hands, values[at : at + 3])
        # No close: what a SIGKILL leaves is what was committed.
    assert [e["key"] for e in told(box)] == [e["key"] for e in told(whole)]
    assert [str(r.engine.snapshot()) for r in box.rules.rules] == [str(r.engine.snapshot()) for r in whole.rules.rules]
    box.seal()
    whole.seal()
    assert kept(box).time.tolist() == kept(whole).time.tolist()
    assert kept(box).value.tolist() == kept(whole).value.tolist()


def test_an_episode_that_lasted_over_a_restart_clears_once(tmp_path: Path) -> None:
    hands = Hands()
    feed(node(tmp_path, hands), hands, HIGH)
    box = node(tmp_path, hands)
    assert [e["kind"] for e in box.open_events()] == ["high_high"]
    feed(box, hands, CALM)
    assert [(e["state"]) for e in told(box)] == ["raised", "cleared"]
    assert box.open_events() == []


@pytest.mark.parametrize(
    ("value", "reason"), [("nonsense", "text"), ("", "text"), ("nan?", "text")], ids=["word", "empty", "almost"]
)
def test_a_text_is_refused_and_counted(tmp_path: Path, value: str, reason: str) -> None:
    hands = Hands()
    box = node(tmp_path, hands)
    feed(box, hands, [value, 60.0])  # type: ignore[list-item]
    assert box.intake.refused["plc"].times == {reason: 1}
    assert len(told(box)) == 1  # the next reading is judged


def test_what_is_no_number_is_flagged_and_judged_by_no_rule(tmp_path: Path) -> None:
    hands = Hands()
    box = node(tmp_path, hands)
    feed(box, hands, [float("nan"), float("inf"), float("-inf"), None, 150.0])  # type: ignore[list-item]
    box.seal()
    flags = kept(box).flag.tolist()
    assert flags == [Quality.NOT_FINITE] * 3 + [Quality.MISSING] + [Quality.OUT_OF_RANGE]
    assert [e["value"] for e in told(box)] == [150.0]


def test_a_device_that_opens_a_million_channels_costs_nothing(tmp_path: Path) -> None:
    hands = Hands()
    box = node(tmp_path, hands)
    for n in range(5_000):
        box.take("plc", sample(f"new-{n}", 1.0))
    feed(box, hands, HIGH)
    refused = box.intake.refused["plc"]
    assert refused.times["unknown"] == 5_000
    assert len(refused.examples["unknown"]) == 20
    assert len(told(box)) == 1


def test_a_flood_between_two_ticks_is_bounded_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yufang.edge.intake.MAX_WAITING", 100)
    hands = Hands()
    box = node(tmp_path, hands)
    for n in range(500):
        box.take("plc", sample("gas-0", 10.0, START * SECOND + n))
    assert box.intake.refused["plc"].times == {"flood": 400}


def test_a_reading_that_comes_twice_is_kept_once(tmp_path: Path) -> None:
    hands = Hands()
    box = node(tmp_path, hands)
    for _ in range(3):
        box.take("plc", sample("gas-0", 12.5, START * SECOND))
    box.tick()
    box.seal()
    assert len(kept(box)) == 1
    assert box.intake.refused["plc"].times == {"repeated": 2}


@pytest.mark.parametrize("snapshot", [False, True], ids=["journal kept", "journal let go"])
def test_a_replay_that_begins_again_gives_every_reading_once(tmp_path: Path, snapshot: bool) -> None:
    hands = Hands()
    connector = [{"name": "csv", "kind": "replay"}]
    rows = [("gas-0", float(n % 90), (1_000_000 + n) * SECOND) for n in range(60)]
    for upto in (20, 45, 60):
        box = node(tmp_path, hands, connectors=connector)
        for key, value, at in rows[:upto]:
            box.take("csv", sample(key, value, at))
        box.tick()
        box.seal(snapshot=snapshot)
    times = kept(box).time.tolist()
    assert times == [at for _, _, at in rows]


def test_a_device_with_a_wrong_clock_is_stamped_flagged_and_still_judged(tmp_path: Path) -> None:
    hands = Hands()
    box = node(tmp_path, hands)
    for off in (7200, -7200, 0):
        hands.on(1)
        box.take("plc", sample("gas-0", 60.0 if off else 10.0, int((hands.wall + off) * SECOND)))
        box.tick()
    box.seal()
    found = kept(box)
    assert found.time.tolist() == [(START + n) * SECOND for n in (1, 2, 3)]
    assert found.flag.tolist() == [Quality.CLOCK_SKEW, Quality.CLOCK_SKEW, 0]
    assert [e["state"] for e in told(box)] == ["raised", "cleared"]
    assert box.status()["clock"]["devices_off_s"] == {"plc": -7200.0}


@pytest.mark.parametrize("jump", [7200.0, -7200.0])
def test_a_jump_of_the_clock_reorders_nothing_and_is_flagged(tmp_path: Path, jump: float) -> None:
    hands = Hands()
    box = node(tmp_path, hands)
    feed(box, hands, CALM)
    hands.wall += jump
    box.clock.look()
    feed(box, hands, HIGH)
    hands.wall -= jump
    box.clock.look()
    feed(box, hands, CALM)
    box.seal()
    found = kept(box)
    assert found.time.tolist() == [(START + n) * SECOND for n in range(1, 10)]
    assert (found.flag & Quality.CLOCK_SKEW != 0).tolist() == [False] * 3 + [True] * 3 + [False] * 3
    assert [e["state"] for e in told(box)] == ["raised", "cleared"]
    assert box.status()["clock"]["jumps"] == 2


def test_after_a_jump_the_platform_says_who_is_right() -> None:
    hands = Hands()
    clock = hands.clock()
    hands.wall += 7200  # the system's clock was an hour and more slow, and was set right
    assert clock.look().skewed
    clock.told(int(hands.wall * SECOND))
    assert not clock.skewed
    assert clock.now_us() == int(hands.wall * SECOND)
    hands.wall -= 7200  # somebody set it wrong
    assert clock.look().skewed
    clock.told(int((hands.wall + 7200) * SECOND))
    assert not clock.skewed
    assert clock.now_us() == int((hands.wall + 7200) * SECOND)


def test_a_clock_that_was_fast_is_waited_for_and_never_runs_back() -> None:
    hands = Hands()
    clock = hands.clock()
    hands.wall -= 100
    clock.look()
    clock.told(int(hands.wall * SECOND))
    seen = []
    for _ in range(220):
        hands.on(1)
        seen.append(clock.now_us())
        clock.look()
    assert seen == sorted(seen)
    assert abs(seen[-1] - hands.wall * SECOND) < SECOND
    assert not clock.skewed


@settings(max_examples=40)
@given(st.lists(st.tuples(st.floats(0, 50), st.floats(-9000, 9000), st.booleans()), max_size=30))
def test_the_nodes_time_never_runs_back(steps: list[tuple[float, float, bool]]) -> None:
    hands = Hands()
    clock = hands.clock()
    before = clock.now_us()
    for passed, jump, told_by_platform in steps:
        hands.on(passed)
        hands.wall += jump
        clock.look()
        if told_by_platform:
            clock.told(int(hands.wall * SECOND))
        now = clock.now_us()
        assert now >= before
        before = now


def test_a_rule_that_fails_is_quarantined_and_the_others_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hands = Hands()
    box = node(tmp_path, hands, rules=[{"kind": "limits"}, {"kind": "spike"}, {"kind": "nothing"}])

    class Poison:
        def update(self, batch: Readings) -> list[Any]:
            raise ZeroDivisionError("poison")

        def restore(self, state: Any) -> None: ...

    assert "nothing" in box.rules.rules[2].quarantined

    def poisoned(data: Any, channels: Any) -> Any:
        return Poison()

    box.rules.rules[1].engine = Poison()
    monkeypatch.setattr("yufang.edge.rules.build_engine", poisoned)
    events = feed(box, hands, [*CALM, *HIGH])
    assert [e.kind for e in events] == ["high_high"]
    assert "poison" in box.rules.rules[1].quarantined
    assert next(one["source"] for one in box.outbox.troubles()) == "rule spike"
    assert box.rules.running() == 1


def test_rules_may_be_changed_while_an_alarm_lasts(tmp_path: Path) -> None:
    hands = Hands()
    box = node(tmp_path, hands)
    feed(box, hands, HIGH)
    box.change_rules([{"kind": "limits"}, {"kind": "stuck"}])
    feed(box, hands, CALM)
    assert [(e["kind"], e["state"]) for e in told(box) if e["kind"] == "high_high"] == [
        ("high_high", "raised"),
        ("high_high", "cleared"),
    ]


def test_readings_of_before_a_change_of_channels_keep_their_names(tmp_path: Path) -> None:
    hands = Hands()
    feed(node(tmp_path, hands, channels=3), hands, CALM, channel="gas-2")
    data = config(tmp_path, channels=3)
    fewer = data.model_copy(update={"channels": data.channels[2:]})
    box = Node(fewer, clock=hands.clock())
    batch = decode(box.outbox.pending("readings", 1)[0].payload)
    assert batch.keys == ("gas-2",)
    assert len(batch.readings) == 3


def test_while_nothing_can_be_written_events_come_first_and_the_loss_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yufang.edge.node.MOST_HELD", 5)
    hands = Hands()
    box = node(tmp_path, hands, channels=1)
    real = box.outbox.commit
    from yufang.edge.outbox import OutboxFull

    def no_readings(readings: Readings, events: Any, now_us: int) -> int:
        if len(readings):
            raise OutboxFull("full")
        return real(readings, events, now_us)

    monkeypatch.setattr(box.outbox, "commit", no_readings)
    feed(box, hands, [*CALM, *HIGH, *CALM])
    assert [e["state"] for e in told(box)] == ["raised", "cleared"]
    assert any("written" in en for _, en in warnings_of(_status(box)))
    monkeypatch.setattr(box.outbox, "commit", real)
    box.seal()
    batch = decode(box.outbox.pending("readings", 1)[0].payload)
    assert len(batch.readings) == 5
    assert [(t["level"], t["dropped"]) for t in batch.thinning] == [(-1, 4)]


def test_a_channel_that_falls_silent_is_told_once(tmp_path: Path) -> None:
    hands = Hands()
    box = node(tmp_path, hands, channels=1)
    feed(box, hands, CALM)
    for _ in range(10):
        hands.on(1)
        box.tick()
    box.seal()
    assert (kept(box).flag & Quality.MISSING != 0).sum() == 1
    assert box.status()["silent"] == 1


def _status(box: Node) -> dict[str, Any]:
    return box.status() | {"connectors": [], "outputs": [], "troubles": [], "platform": None, "bundles": []}


def test_the_page_escapes_what_devices_say(tmp_path: Path) -> None:
    hands = Hands()
    box = node(tmp_path, hands)
    status = _status(box) | {"troubles": [{"source": "<script>x</script>", "zh": "&", "en": "<b>"}]}
    page = as_page(status)
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "一切正常" in page
    json.dumps(status)  # plain data


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "a b"}, "name"),
        ({"chanels": []}, "chanels"),
        ({"channels": [{"key": "x", "quantity": "gas:ch4", "unit": "%LEL"}] * 2}, "'x' stands twice"),
        ({"outbox": {"limit_mb": 1}}, "outbox.limit_mb"),
        ({"platform": {"url": "ftp://x"}}, "platform.url"),
        ({"connectors": [{"name": "a", "kind": "mqtt", "time": "local"}]}, "connectors.0.time"),
    ],
)
def test_a_wrong_configuration_names_its_field(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    with pytest.raises(EdgeError) as refused:
        read_config({"name": "box"} | change, tmp_path)
    assert words in refused.value.en
    assert refused.value.zh


def test_a_channel_whose_unit_is_no_unit_is_named(tmp_path: Path) -> None:
    wrong = {"name": "box", "channels": [{"key": "x", "quantity": "gas:ch4", "unit": "furlongs"}]}
    with pytest.raises(EdgeError, match="channel x: "):
        Node(read_config(wrong, tmp_path), clock=Hands().clock())


def test_rules_without_channels_run(tmp_path: Path) -> None:
    assert Rules([{"kind": "limits"}], [], lambda *told: None).update(Readings.empty()) == []
