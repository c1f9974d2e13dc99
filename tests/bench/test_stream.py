"""The stream bench times the real engine on readings that tell events, and names its peers."""

from __future__ import annotations

import pytest

from yufang.bench import stream


def test_the_bench_gives_the_figures_that_design_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "SECONDS", 0.1)
    monkeypatch.setattr(stream, "PEER_READINGS", 200)
    monkeypatch.setattr(stream, "EDGE_CHANNELS", 20)
    monkeypatch.setattr(stream, "_bandwidth", lambda: 1e10)
    result = stream.run(channels=2000)
    assert result["detectors"] == 5
    assert result["readings_per_second"] > 0
    assert 0 < result["p50_ms"] <= result["p99_ms"]
    assert result["events_per_1000_readings"] > 0.5
    assert set(result["peers"]) == {"river_half_space_trees", "same_kernels_without_numba"}
