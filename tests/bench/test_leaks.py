"""The leak bench on a small made-up site: what it counts, that it looks at no future, what it says when files lack."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from yufang.bench import leaks

START = datetime(2022, 4, 17, 20, 0)
MINUTES = 480  # two calendar days


def _folder(folder: Path, seed: int = 0) -> Path:
    rng = np.random.default_rng(seed)
    angle = np.cumsum(rng.normal(0.02, 0.2, MINUTES))
    excess = rng.normal(0, 0.002, MINUTES)
    for start, end in ((60, 130), (300, 400)):
        excess[start:end] += np.where(rng.random(end - start) < 0.8, rng.lognormal(0, 0.5, end - start), 0.0)
    time = [START + timedelta(minutes=n) for n in range(MINUTES)]
    columns = {"time_utc": time, "max_excess_ppm": excess, "wind_direction_rad": angle % 6.28}
    pl.DataFrame(columns | {"wind_speed_m_s": np.full(MINUTES, 2.5)}).write_parquet(folder / "site_max.parquet")
    moments = [(60, 130, "4T", 1500.0), (300, 400, "5W", 900.0), (200, 201, "4S", 0.0)]
    pl.DataFrame(
        {
            "tc_ExperimentID": [1, 2, 3],
            "tc_EquipmentGroupID": [group for _, _, group, _ in moments],
            "tc_ExpStartDatetime": [f"{time[a]:%Y-%m-%d %H:%M:%S}+00:00" for a, _, _, _ in moments],
            "tc_ExpEndDatetime": [f"{time[b]:%Y-%m-%d %H:%M:%S}+00:00" for _, b, _, _ in moments],
            "tc_C1MassFlow": [flow for _, _, _, flow in moments],
        }
    ).write_parquet(folder / "releases.parquet")
    (folder / "source_locations.csv").write_text(
        "\ufefflon,lat,height,name\n-105.1400,40.5958,4,Tank\n-105.1394,40.5957,2,Wellhead.East\n", encoding="utf-8"
    )
    (folder / "sensor_locations.csv").write_text(
        "lon,lat,height,name\n-105.1397,40.5954,2,S\n-105.1405,40.5958,2,W\n-105.1397,40.5962,2,N\n", encoding="utf-8"
    )
    return folder


def test_it_counts_releases_minutes_and_peers(tmp_path: Path) -> None:
    result = leaks.run(_folder(tmp_path))
    figures = result["site_max"]
    assert set(result) == {"site_max", "peers"}  # no multi_sensor file, so no figures of one
    assert (figures["releases_detected"], figures["releases"]) == (1, 1)  # one is in the training day, one has no flow
    assert figures["minute_tpr"] > 0.8
    assert figures["minute_fpr"] < 0.5  # the made-up wind carries no gas, so the belief lets go late
    assert figures["median_delay_min"] <= 5
    assert {"fixed_threshold", "published_41400_minutes"} == set(result["peers"])


def test_no_answer_rests_on_later_rows(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    whole = leaks.watch("site_max", folder, folder)
    pl.read_parquet(folder / "site_max.parquet").head(150).write_parquet(folder / "site_max.parquet")
    first = leaks.watch("site_max", folder, folder)
    assert np.array_equal(first.leak, whole.leak[:150])
    assert np.array_equal(first.rate, whole.rate[:150])


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="neither site_max"):
        leaks.run(tmp_path)
    folder = _folder(tmp_path)
    (folder / "sensor_locations.csv").unlink()
    with pytest.raises(FileNotFoundError, match="sensor_locations"):
        leaks.run(folder)


def test_a_hole_in_the_list_is_not_used_to_choose() -> None:
    day = np.datetime64("2022-05-10T00:00", "us")
    hour = np.timedelta64(1, "h")
    releases = [
        leaks.Release(day + a * hour, day + b * hour, frozenset({"Tank"}), 1.0) for a, b in ((0, 2), (5, 6), (30, 32))
    ]
    time = day + np.array([1, 3, 10, 31, 40]) * hour
    assert leaks.listed(time, releases).tolist() == [True, True, False, True, True]
    assert leaks.truth(time, releases).tolist() == [0, -1, -1, 2, -1]
