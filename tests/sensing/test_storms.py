"""Storms of alarms: one lost controller is one line, and a true alarm stands apart."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from yufang.sensing.storms import SECOND, Alarm, Group, chattering, floods, storms

HOUR = 3600 * SECOND
T = 1_000 * HOUR


def alarm(id: int, at: float, **more: Any) -> Alarm:
    """An alarm `at` seconds after T."""
    given: dict[str, Any] = {"subject": f"c{id}", "kind": "high", "tier": "medium", "began": T + int(at * SECOND)}
    return Alarm(id=id, **(given | more))


def lost_plc(count: int = 200) -> list[Alarm]:
    """What detectors say within four minutes when PLC-2 is lost: silence, and what a broken signal looks like."""
    draw = random.Random(3)
    kinds = [("silent", "medium"), ("stuck", "low"), ("low", "medium"), ("changepoint", "low"), ("multivariate", "low")]
    found = []
    for n in range(count):
        kind, tier = kinds[0] if n % 4 == 0 else draw.choice(kinds)
        at = 0.0 if n == 0 else draw.uniform(1.5, 240)
        found.append(
            alarm(n, at, kind=kind, tier=tier, device="PLC-2", source="node-1", area="boiler", subject=f"b{n % 120}")
        )
    return found


def gas(id: int, at: float, x: float = 0.0, y: float = 0.0, **more: Any) -> Alarm:
    given: dict[str, Any] = {"kind": "high_high", "tier": "high", "quantity": "gas:h2s", "frame": "plan:1"}
    return alarm(id, at, x=x, y=y, **(given | more))


def group_of(found: tuple[Group, ...], id: int) -> Group:
    return next(group for group in found if any(member.id == id for member in group.members))


def test_two_hundred_alarms_of_one_lost_controller_are_one_line_and_the_true_gas_alarm_stands_first_and_apart() -> None:
    true = gas(900, 130, device="GDS-1", source="node-1", area="tank-farm")
    found = storms([*lost_plc(), true], T + HOUR)
    alone, lost = found.groups
    assert [member.id for member in alone.members] == [900]
    assert (alone.tier, alone.cause) == ("high", "channel")
    assert (lost.cause, lost.of, len(lost.members), lost.from_cause) == ("device_lost", "PLC-2", 200, 200)
    assert (lost.first, lost.because, lost.tier) == (0, ("earliest",), "medium")
    assert lost.last - lost.began < 240 * SECOND
    assert [(flood.alarms, flood.until is None) for flood in found.floods] == [(201, False)]


def test_a_grave_alarm_of_the_lost_controller_itself_stands_apart() -> None:
    true = gas(900, 30, device="PLC-2", source="node-1", area="boiler")
    oxygen = alarm(901, 31, kind="low_low", tier="high", device="PLC-2", source="node-1", area="boiler")
    found = storms([*lost_plc(), true, oxygen], T + HOUR).groups
    assert [member.id for member in group_of(found, 900).members] == [900, 901]  # one place, one moment, one device
    assert group_of(found, 0).tier == "medium"
    assert found[0].tier == "high"


def test_several_devices_of_one_node_that_fall_silent_together_lost_their_power_unless_the_node_is_lost_too() -> None:
    losses = [
        alarm(n, n * 2, kind="silent", device=f"PLC-{n % 3}", source="node-1", area=f"hall-{n % 3}") for n in range(9)
    ]
    (power,) = storms(losses, T + HOUR).groups
    assert (power.cause, power.of, power.from_cause) == ("power", "node-1", 9)
    (network,) = storms(losses, T + HOUR, lost_sources={"node-1": T}).groups
    assert network.cause == "network"
    elsewhere = [alarm(50 + n, n, kind="silent", device="PLC-9", source="node-2") for n in range(4)]
    assert len(storms([*losses, *elsewhere], T + HOUR, lost_sources={"node-1": T}).groups) == 2


def test_devices_of_one_node_that_are_lost_an_hour_apart_have_no_common_cause() -> None:
    losses = [alarm(n, n // 4 * 3600, kind="silent", device=f"PLC-{n // 4}", source="node-1") for n in range(8)]
    assert [group.of for group in storms(losses, T + 2 * HOUR).groups] == ["PLC-1", "PLC-0"]


def test_a_gas_that_spreads_downwind_is_one_group_and_the_same_gas_upwind_is_another_cause() -> None:
    south_wind = [(T - 60 * SECOND, 180.0)]  # blows north
    near, down, up = gas(1, 0, 0, 0), gas(2, 40, 10, 80), gas(3, 50, 0, -90)
    found = storms([near, down, up], T + HOUR, wind=south_wind).groups
    assert {member.id for member in group_of(found, 1).members} == {1, 2}
    assert group_of(found, 1).cause == "spread"
    assert (group_of(found, 1).first, group_of(found, 1).lead_s) == (1, 40.0)
    assert [member.id for member in group_of(found, 3).members] == [3]
    calm = storms([near, down, up], T + HOUR).groups
    assert len(calm) == 1
    old_wind = [(T - HOUR, 180.0)]
    assert len(storms([near, down, up], T + HOUR, wind=old_wind).groups) == 1


def test_of_alarms_of_one_moment_the_gravest_then_the_most_upwind_is_thought_to_be_first() -> None:
    west_wind = [(T, 270.0)]
    a, b = gas(1, 0, x=30), gas(2, 0.4, x=-20)
    c = gas(3, 0.1, x=-60, kind="high", tier="medium")
    (group,) = storms([a, b, c], T + HOUR, wind=west_wind).groups
    assert (group.first, group.because) == (2, ("same_moment", "gravest", "upwind"))


def test_nearness_alone_never_puts_a_grave_alarm_under_another() -> None:
    near = {"area": "hall", "frame": "plan:1", "x": 1.0, "y": 1.0}
    heat = alarm(1, 0, kind="high_high", tier="high", quantity="temperature", device="A", **near)
    chlorine = gas(2, 5, quantity="gas:cl2", device="B", area="hall")
    ammonia = gas(3, 6, quantity="gas:nh3", device="C", area="hall")
    assert len(storms([heat, chlorine, ammonia], T + HOUR).groups) == 3
    small = [alarm(10 + n, n, kind="ewma", tier="low", device=f"D{n}", **near) for n in range(3)]
    (area,) = storms(small, T + HOUR).groups
    assert (area.cause, area.of) == ("area", "hall")


def test_an_alarm_long_after_the_first_opens_a_group_of_its_own() -> None:
    rows = [alarm(n, n * 100, kind="ewma", tier="low", device="A") for n in range(20)]
    found = storms(rows, T + HOUR).groups
    assert all(group.last - group.began <= 600 * SECOND for group in found)
    assert sum(len(group.members) for group in found) == 20


def test_open_groups_come_first_then_the_gravest() -> None:
    over = gas(1, 0, ended=T + 5 * SECOND)
    mild, grave = alarm(2, 700, device="X", tier="low"), gas(3, 800, device="Y", quantity="gas:co")
    assert [group.first for group in storms([over, mild, grave], T + HOUR).groups] == [3, 2, 1]


def test_a_flood_is_more_than_ten_in_ten_minutes_until_fewer_than_five() -> None:
    ten = [alarm(n, n * 10) for n in range(10)]
    assert floods(ten, T + HOUR) == []
    (flood,) = floods([*ten, alarm(10, 100)], T + HOUR)
    assert (flood.since, flood.alarms, flood.most) == (T, 11, 11)
    assert flood.until == T + (60 + 600) * SECOND  # the seventh leaves the window: four are left
    (lasting,) = floods([*ten, alarm(10, 100)], T + 300 * SECOND)
    assert lasting.until is None


def test_three_times_in_a_minute_is_chatter_and_three_times_in_an_hour_is_not() -> None:
    often = [alarm(n, n * 20, subject="valve") for n in range(5)]
    seldom = [alarm(10 + n, n * 1000, subject="pump") for n in range(3)]
    (one,) = chattering([*often, *seldom])
    assert (one.subject, one.times, one.most) == ("valve", 5, 4)
    assert storms([alarm(1, -90_000)], T).stale == (1,)
    assert storms([alarm(1, -90_000, ended=T)], T).stale == ()


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_every_alarm_is_in_exactly_one_group_and_none_loses_its_tier(data: st.DataObject) -> None:
    one = st.builds(
        alarm,
        st.just(0),
        st.floats(0, 2000),
        subject=st.sampled_from("abcdef"),
        kind=st.sampled_from(["silent", "stuck", "low", "high", "high_high", "leak", "ewma"]),
        tier=st.sampled_from(["high", "medium", "low"]),
        device=st.sampled_from(["", "P1", "P2"]),
        source=st.sampled_from(["", "n1"]),
        area=st.sampled_from(["", "hall"]),
        quantity=st.sampled_from(["gas:co", "temperature"]),
    )
    rows = [
        Alarm(**{name: getattr(row, name) for name in Alarm.__slots__} | {"id": n})
        for n, row in enumerate(data.draw(st.lists(one, max_size=30)))
    ]
    groups = storms(rows, T + HOUR, lost_sources=data.draw(st.sampled_from([{}, {"n1": T}]))).groups
    assert sorted(member.id for group in groups for member in group.members) == [row.id for row in rows]
    for group in groups:
        assert any(member.tier == group.tier for member in group.members)
        assert group.first in {member.id for member in group.members}
        if group.cause in ("network", "power", "device_lost"):
            grave = [m for m in group.members if m.tier == "high"]
            assert all(m.kind in ("silent", "stuck") for m in grave)
