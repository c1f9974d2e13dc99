"""Claims about risk scores, their bands and colours."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise, product
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yufang import standards
from yufang.standards import Band, BandTable

LEC_SCALES = ("lec_likelihood", "lec_exposure", "lec_consequence")
METHODS: list[tuple[Literal["lec", "ls", "mes"], Callable[..., standards.RiskScore], tuple[str, ...]]] = [
    ("lec", standards.lec, LEC_SCALES),
    ("ls", standards.ls, ("ls_likelihood", "ls_severity")),
    ("mes", standards.mes, ("mes_measures", "mes_exposure", "mes_severity")),
]


@pytest.mark.parametrize(("method", "score", "scales"), METHODS)
def test_every_combination_of_scale_values_has_a_score_band_and_colour(
    method: Literal["lec", "ls", "mes"], score: Callable[..., standards.RiskScore], scales: tuple[str, ...]
) -> None:
    bands = standards.default_bands(method).bands
    reached = set()
    for factors in product(*map(standards.scale, scales)):
        result = score(*factors)
        assert result.score == pytest.approx(math.prod(factors))
        assert result.band in bands
        assert result.colour == result.band.colour
        reached.add(result.colour)
    assert reached == {"red", "orange", "yellow", "blue"}


@given(method=st.sampled_from(["lec", "ls", "mes"]), score=st.floats(0, 1e5))
def test_default_bands_partition_the_scores(method: Literal["lec", "ls", "mes"], score: float) -> None:
    table = standards.default_bands(method)
    band = table.of(score)
    higher = table.bands[: table.bands.index(band)]
    assert band.reached_by(score)
    assert not any(above.reached_by(score) for above in higher)
    assert all(upper.lower > lower.lower for upper, lower in pairwise(table.bands))


@pytest.mark.parametrize(
    ("factors", "score", "colour"),
    [
        ((10, 6, 40), 2400, "red"), ((3, 10, 15), 450, "red"),
        ((6, 6, 7), 252, "orange"), ((3, 6, 15), 270, "orange"),
        ((3, 6, 7), 126, "yellow"), ((1, 6, 7), 42, "blue"), ((0.1, 0.5, 1), 0.05, "blue"),
    ],
)  # fmt: skip
def test_lec_multiplies_and_colours(factors: tuple[float, float, float], score: float, colour: str) -> None:
    result = standards.lec(*factors)
    assert (result.score, result.colour) == (score, colour)
    assert (result.likelihood, result.exposure, result.consequence) == factors


@pytest.mark.parametrize(
    ("score", "code"),
    [(320.01, "LEC-1"), (320, "LEC-2"), (160, "LEC-2"), (159.99, "LEC-3"), (70, "LEC-3"), (69.99, "LEC-4"),
     (20, "LEC-4"), (19.99, "LEC-5"), (0, "LEC-5")],
)  # fmt: skip
def test_the_edges_of_the_classic_bands(score: float, code: str) -> None:
    assert standards.default_bands("lec").of(score).code == code


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_a_factor_off_its_scale_is_refused(value: float) -> None:
    if value in standards.scale("lec_likelihood"):
        assert standards.lec(value, 6, 7).likelihood == value
        return
    with pytest.raises(standards.OutOfScale, match="likelihood"):
        standards.lec(value, 6, 7)


def test_the_error_names_the_factor_and_what_is_allowed() -> None:
    with pytest.raises(standards.OutOfScale, match=r"exposure = 5 is not allowed: one of 10, 6, 3, 2, 1, 0\.5"):
        standards.lec(3, 5, 7)
    with pytest.raises(standards.OutOfScale, match="severity"):
        standards.ls(3, 6)


def test_a_province_may_bring_its_own_bands(tmp_path: Path) -> None:
    file = tmp_path / "bands.csv"
    file.write_text(
        "code,lower,lower_open,name_zh,name_en,colour\n"
        "A,160,0,重大,Major,red\nB,70,0,较大,Considerable,orange\nC,0,0,低,Low,blue\n",
        encoding="utf-8",
    )
    bands = standards.read_bands(file)
    assert standards.lec(6, 6, 7, bands).colour == "red"
    assert standards.lec(6, 6, 7).colour == "orange"


def _band(lower: float, lower_open: bool = False, colour: str = "blue") -> Band:
    return Band(code="X", lower=lower, lower_open=lower_open, name_zh="甲", name_en="X", colour=colour)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("bands", "told"),
    [
        ([], "start at 0"),
        ([_band(1)], "start at 0"),
        ([_band(0, lower_open=True)], "start at 0"),
        ([_band(0), _band(5), _band(5)], "same score"),
        ([_band(0, colour="green")], "green"),
    ],
)
def test_bands_that_leave_a_gap_or_clash_are_refused(bands: list[Band], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        BandTable(bands)


def test_a_band_file_without_a_column_is_told_by_name(tmp_path: Path) -> None:
    file = tmp_path / "bands.csv"
    file.write_text("code,lower\nA,0\n", encoding="utf-8")
    with pytest.raises(ValueError, match="lower_open"):
        standards.read_bands(file)


def _luminance(hex_colour: str) -> float:
    parts = [int(hex_colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_four_colours_can_be_read_on_white_and_carry_their_letters() -> None:
    assert [colour.key for colour in standards.COLOURS] == ["red", "orange", "yellow", "blue"]
    assert [colour.level for colour in standards.COLOURS] == [1, 2, 3, 4]
    for colour in standards.COLOURS:
        assert _contrast(colour.hex_on_white, "#FFFFFF") >= 4.5
        assert _contrast(colour.hex, colour.text_on_hex) >= 4.5
        assert standards.risk_colour(colour.key) is colour
    with pytest.raises(standards.OutOfScale, match="green"):
        standards.risk_colour("green")
