"""The made-up plants: plausible, repeatable, quiet until the leak; and an edge node can be configured for them."""

import asyncio
from datetime import UTC, date, datetime

import pytest
from typer.testing import CliRunner

from tests.edge.ports import free_port
from yufang.commands.demo import app
from yufang.demo.plants import Plants, PlantsError, edge_config, tank_farm
from yufang.edge.config import EdgeConfig, channels_of
from yufang.sensing.channels import Channel
from yufang.sensing.leaks import LeakDetector
from yufang.sensing.readings import Readings


def _alarms(plants: Plants, channels: dict[str, Channel], steps: int) -> set[str]:
    """Channels that pass a high or low limit within so many seconds."""
    passed: set[str] = set()
    for _ in range(steps):
        for plant in plants.plants:
            for key, value in plant.step(1.0).items():
                for limit in channels[f"{plant.key}.{key}"].limits:
                    over = limit.kind in ("high", "high_high") and value >= limit.value
                    under = limit.kind in ("low", "low_low") and value <= limit.value
                    if over or under:
                        passed.add(f"{plant.key}.{key}")
    return passed


def _channels(plants: Plants) -> dict[str, Channel]:
    config = EdgeConfig.model_validate(edge_config(plants))
    return {channel.key: channel for channel in channels_of(config, date(2026, 11, 22))}


def test_the_edge_configuration_of_the_plants_is_valid_and_knows_the_standard_limits() -> None:
    plants = Plants()
    channels = _channels(plants)
    assert len(channels) == sum(len(plant.tags) for plant in plants.plants)
    gas = channels["tankfarm.GT-101.lel"]
    assert {limit.kind: limit.value for limit in gas.limits} == {"high": 25.0, "high_high": 50.0}
    assert {limit.source for limit in channels["longwall.T1.ch4"].limits} == {"演示设定 demo setting"}


def test_nothing_alarms_before_the_leak_and_gas_detectors_do_within_minutes_after_it() -> None:
    plants = Plants(leak_after=300.0)
    channels = _channels(plants)
    assert _alarms(plants, channels, 299) == set()
    passed = _alarms(plants, channels, 300)
    assert passed
    assert all(key.startswith("tankfarm.GT-") for key in passed)


def test_the_leak_is_found_with_its_pump_and_about_its_rate_and_nothing_before_it() -> None:
    plants = Plants()
    farm = plants.by_key["tankfarm"]
    farm.leak_at = 900.0
    channels = {key: channel for key, channel in _channels(plants).items() if key.startswith("tankfarm.")}
    watch = LeakDetector.from_config(
        tank_farm.LEAK_WATCH
        | {"name": "tanks", "gas": [key for key in channels if key.endswith(".lel")], "latitude": 30, "longitude": 114}
        | {"sources": [dict(zip(("key", "x", "y", "z"), place, strict=True)) for place in tank_farm.leak_places()]},
        list(channels.values()),
    )
    begins = int(datetime(2026, 11, 22, 1, tzinfo=UTC).timestamp())
    told = []
    for second in range(0, 1_500, 5):
        values = farm.step(5.0)
        columns = zip(*((n, values[key.removeprefix("tankfarm.")]) for n, key in enumerate(channels)), strict=True)
        number, value = columns
        told += watch.update(Readings.of(number, [(begins + second + 5) * 1_000_000] * len(number), value))
    assert told[0].state == "raised"
    assert 900 <= told[0].at / 1e6 - begins <= 900 + 240
    assert told[-1].evidence["source"] == tank_farm.LEAKING  # it may take some minutes to tell it from the others
    assert told[-1].evidence["rate_kg_h"]["low"] <= tank_farm.RATE <= told[-1].evidence["rate_kg_h"]["high"]


def test_the_same_seed_gives_the_same_plants_and_values_stay_in_their_ranges() -> None:
    one, same, other = Plants(seed=3), Plants(seed=3), Plants(seed=4)
    for _ in range(30):
        steps = [[plant.step(10.0) for plant in made.plants] for made in (one, same, other)]
        assert steps[0] == steps[1]
        assert steps[0] != steps[2]
        for plant in one.plants:
            assert all(tag.low <= plant.values[tag.key] <= tag.high for tag in plant.tags)


def test_a_taken_port_is_told_with_the_way_out() -> None:
    async def run() -> None:
        first = free_port()
        taken = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", first)
        try:
            with pytest.raises(PlantsError, match=str(first)) as told:
                await Plants(ports_from=first).start()
            assert "--ports-from" in told.value.way_out
        finally:
            taken.close()

    asyncio.run(run())


def test_the_command_says_where_an_edge_file_cannot_be_written() -> None:
    ran = CliRunner().invoke(app, ["plants", "--edge-file", "/nowhere/edge.yaml"])
    assert ran.exit_code != 0
    assert "/nowhere/edge.yaml" in str(ran.exception)
