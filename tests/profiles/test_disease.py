"""Measured exposure against its limits, and expected cases of disease: worked examples and honest refusals."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yufang.profiles.disease import MeasurementError, assess, read_measurements
from yufang.profiles.disease.expected import SILICA_MODELS, hearing_risk, silicosis_risk
from yufang.profiles.disease.indices import long_shift_factor, noise_dose, noise_lex
from yufang.profiles.disease.measurements import measurement

ROW = {"enterprise_id": "E1", "place": "一车间", "post": "打磨", "measured_on": "2026-03-31", "people": 20, "years": 20}


def row(**more: object) -> dict[str, object]:
    return ROW | more


def results(*rows: dict[str, object]):  # type: ignore[no-untyped-def]
    return assess([measurement(r, n) for n, r in enumerate(rows, 1)])


def test_85_decibels_for_eight_hours_is_a_dose_of_one() -> None:
    assert noise_lex([(85, 480)]) == pytest.approx(85)
    assert noise_dose([(85, 480)]) == pytest.approx(1)
    assert noise_dose([(88, 240)]) == pytest.approx(1)
    assert noise_lex([(88, 240)]) == pytest.approx(85, abs=0.02)
    assert noise_lex([(94, 60)]) == pytest.approx(85, abs=0.05)


@given(st.lists(st.tuples(st.floats(60, 110), st.floats(1, 120)), min_size=1, max_size=4))
def test_dose_is_above_one_exactly_where_the_level_is_above_85(levels: list[tuple[float, float]]) -> None:
    # The 3 dB exchange is lg 2 = 0.301 rounded to 0.3: at the very limit the two differ by a hair.
    lex, dose = noise_lex(levels), noise_dose(levels)
    assert abs(lex - 85) < 0.2 or (lex > 85) == (dose > 1)


def test_toluene_over_a_shift_and_its_peak() -> None:
    # 100 mg/m3 for 2 h, 25 for 6 h: (100*120 + 25*360) / 480 = 43.75 of 50.
    (found,) = results(
        row(agent="toluene", value=100, unit="mg/m3", minutes=120),
        row(agent="甲苯", value=25, unit="mg/m3", minutes=360),
    )
    assert found.twa == pytest.approx(43.75)
    assert found.twa_index == pytest.approx(0.875)
    assert (found.verdict, found.kind) == ("action", "chemical")
    assert found.stel_index is None
    peak = results(
        row(agent="toluene", value=130, unit="mg/m3", minutes=15),
        row(agent="toluene", value=20, unit="mg/m3", minutes=465),
    )[0]
    assert peak.stel_index == pytest.approx(1.3)
    assert peak.verdict == "over"


def test_solvents_that_act_alike_add_up() -> None:
    both = results(
        row(agent="TOL", value=30, unit="mg/m3", minutes=480, acts_on="nerves"),
        row(agent="XYL", value=30, unit="mg/m3", minutes=480, acts_on="nerves"),
    )
    assert all(r.mixture == pytest.approx(1.2) and r.verdict == "over" for r in both)
    apart = results(
        row(agent="TOL", value=30, unit="mg/m3", minutes=480),
        row(agent="XYL", value=30, unit="mg/m3", minutes=480),
    )
    assert all(r.mixture is None and r.verdict == "action" for r in apart)


def test_a_long_shift_lowers_the_limit() -> None:
    assert long_shift_factor(8) == 1
    assert long_shift_factor(12) == pytest.approx(0.5)
    (found,) = results(row(agent="TOL", value=20, unit="mg/m3", minutes=720))
    assert found.limit == pytest.approx(25)
    assert found.verdict == "over"


def test_half_a_shift_under_the_limit_is_not_called_safe() -> None:
    (found,) = results(row(agent="TOL", value=10, unit="mg/m3", minutes=120))
    assert found.verdict == "cannot_tell"
    assert "lower bound" in found.notes_en[0]
    (loud,) = results(row(agent="noise", value=100, unit="dB(A)", minutes=60))
    assert loud.verdict == "over"


def test_ppm_is_taken_to_milligrams() -> None:
    (found,) = results(row(agent="H2S", value=10, unit="ppm", minutes=480))
    assert found.twa == pytest.approx(10 * 34.08 / 24.47, rel=1e-3)
    assert found.mac_index == pytest.approx(1.39, abs=0.01)


def test_silicosis_follows_both_cohorts_and_keeps_within_them() -> None:
    chen, steenland = SILICA_MODELS
    assert chen(0.36) == pytest.approx(0.001)
    assert chen(5.4) == pytest.approx(0.687)
    assert chen(4.5) == pytest.approx(0.55, abs=0.05)
    assert 0.35 <= steenland(4.05) <= 0.47
    middle, low, high = silicosis_risk(2.0)
    assert low <= middle <= high
    dust = {"agent": "矽尘", "fraction": "respirable", "unit": "mg/m3", "minutes": 480}
    (found,) = results(row(**dust, value=0.5, quartz_pct=20))
    assert found.expected.cases == pytest.approx(20 * middle)
    assert found.expected.low is not None
    assert found.expected.low < found.expected.cases
    (heavy,) = results(row(**dust, value=4, quartz_pct=50))
    assert heavy.expected.cases is None
    assert "beyond the cohorts" in heavy.expected.why_en


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"agent": "矽尘", "fraction": "total", "quartz_pct": 20}, "total dust"),
        ({"agent": "矽尘", "fraction": "respirable"}, "free silica"),
        ({"agent": "煤尘", "fraction": "respirable"}, "no dose-response"),
        ({"agent": "矽尘", "fraction": "respirable", "quartz_pct": 20, "people": ""}, "number of people"),
        ({"agent": "矽尘", "fraction": "respirable", "quartz_pct": 20, "years": ""}, "years"),
    ],
)
def test_what_nobody_can_tell_is_said_with_the_reason(more: dict[str, object], why: str) -> None:
    (found,) = results(row(value=0.5, unit="mg/m3", minutes=480, **more))
    assert found.expected.cases is None
    assert why in found.expected.why_en
    assert found.expected.why_zh


def test_hearing_stays_within_the_published_levels() -> None:
    middle, low, high = hearing_risk(85)
    assert (low, high) == (0.08, 0.15)
    assert low < middle < high
    loud, quiet = results(
        row(agent="noise", value=95, unit="dB(A)", minutes=480),
        row(agent="noise", value=75, unit="dB(A)", minutes=480, post="办公"),
    )
    assert loud.expected.cases is None
    assert "higher than at 90" in loud.expected.why_en
    assert quiet.expected.cases == 0


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"agent": "moonlight", "unit": "mg/m3"}, "agent 'moonlight'"),
        ({"agent": "noise", "unit": "mg/m3"}, "unit is 'mg/m3'"),
        ({"agent": "TOL", "unit": "mg/m3", "value": -1}, "value is '-1'"),
        ({"agent": "TOL", "unit": "mg/m3", "value": "nan"}, "value is 'nan'"),
        ({"agent": "TOL", "unit": "mg/m3", "minutes": 0}, "minutes is 0"),
        ({"agent": "TOL", "unit": "mg/m3", "measured_on": "31.3.2026"}, "measured_on is '31.3.2026'"),
        ({"agent": "矽尘", "unit": "ppm"}, "no gas"),
        ({"agent": "TOL", "unit": "mg/m3", "fraction": "coarse"}, "fraction is 'coarse'"),
    ],
)
def test_a_wrong_row_is_named(more: dict[str, object], said: str) -> None:
    with pytest.raises(MeasurementError, match="row 7") as error:
        measurement(row(value=1, minutes=480) | more, 7)
    assert said in error.value.message
    assert error.value.way_out


def test_csv_and_json_say_the_same(tmp_path: Path) -> None:
    one = row(agent="TOL", value=10, unit="mg/m3", minutes=480)
    (tmp_path / "a.json").write_text(json.dumps([one], ensure_ascii=False), "utf-8")
    (tmp_path / "a.csv").write_text(",".join(one) + "\n" + ",".join(map(str, one.values())), "utf-8-sig")
    assert read_measurements(tmp_path / "a.csv") == read_measurements(tmp_path / "a.json")
    (tmp_path / "b.csv").write_text("post,agent\n打磨,TOL\n", "utf-8")
    with pytest.raises(MeasurementError, match="enterprise_id is missing"):
        read_measurements(tmp_path / "b.csv")
    with pytest.raises(MeasurementError, match="can't be read"):
        read_measurements(tmp_path / "none.csv")
